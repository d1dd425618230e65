#!/usr/bin/python3
"""make run starts a server; the first time it installs and builds, later it only starts."""
import os
import shutil
import signal
import subprocess
import time

from mission import ROOT, expect, row
from rialto_server import DOORS, free_ports

SECONDS_MAX = 5


def run():
    ports = dict(zip(DOORS, free_ports(len(DOORS))))
    environment = dict(os.environ)
    for door, port in ports.items():
        environment[f"RIALTO_{door.upper()}__LISTEN"] = f"127.0.0.1:{port}"
    data = ROOT / "rialto-data"
    kept = data.exists()
    begin = time.monotonic()
    server = subprocess.Popen(["make", "-s", "run"], cwd=ROOT, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              start_new_session=True)
    try:
        said = []
        for line in server.stdout:
            said.append(line)
            if line.startswith(" Ready") or " Ready in " in line:
                break
        seconds = time.monotonic() - begin
        screen = "".join(said)
        expect(server.poll() is None, f"the server ended: {screen}")
        for door, port in ports.items():
            expect(f":{port}" in screen, f"the start screen leaves out the {door} door: {screen}")
        expect(seconds < SECONDS_MAX, f"{seconds:.1f} s until ready")
        # To the server; make itself would only report that it was stopped.
        os.killpg(server.pid, signal.SIGTERM)
        expect("everything is on disk" in server.stdout.read(), "the server did not stop cleanly")
        return f"later runs are ready in {seconds:.1f} s"
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        if not kept:
            shutil.rmtree(data, ignore_errors=True)


row("Is `make run` enough to have a server?", run)
