"""What the runners of public test suites share: where a suite comes from, and how it is judged.

A suite is somebody else's tests, unchanged, in one pinned version. Its file names the version, how
many tests have to pass, and every test that is left out, with the reason. A test that fails or is
skipped and is not on that list makes the run fail, and so does a test that vanished.
"""
import dataclasses
import os
import pathlib
import re
import shutil
import socket
import socketserver
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from rialto_server import RialtoServer, check, finish, skip  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[3]
FETCH_SECONDS_MAX = 600
RUN_SECONDS_MAX = 900


class Unavailable(Exception):
    """The suite or what it needs cannot be had here."""


@dataclasses.dataclass
class Suite:
    name: str       # as it is called in README.md
    variable: str   # environment variable that names a checkout of it
    version: str
    passes: int     # so many of its tests pass
    excluded: dict  # pattern of whole test names: reason
    needs: tuple = ()
    ports: dict = dataclasses.field(default_factory=dict)  # of doors it looks for there only

    @property
    def home(self):
        return ROOT / "build" / "suites" / f"{self.name}-{self.version}"

    def reason_for(self, test):
        return next((why for pattern, why in self.excluded.items()
                     if re.fullmatch(pattern, test)), None)


def call(words, cwd, seconds_max=FETCH_SECONDS_MAX, **env):
    """Runs a command that has to succeed; its output is the answer."""
    done = subprocess.run([str(word) for word in words], cwd=cwd, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
                          timeout=seconds_max, env={**os.environ, **env})
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(str(w) for w in words[:4])}: {done.stdout.strip()[-300:]}")
    return done.stdout


def run_suite(words, cwd, **env):
    """Runs the tests; their verdicts are in a report, so any exit code will do."""
    log = pathlib.Path(cwd) / "suite.log"
    with open(log, "w", encoding="utf-8") as out:
        subprocess.run([str(word) for word in words], cwd=cwd, check=False, stdout=out,
                       stderr=subprocess.STDOUT, timeout=RUN_SECONDS_MAX,
                       env={**os.environ, **{k: str(v) for k, v in env.items()}})
    return log


def source_of(suite, fetch):
    """A copy of the suite's sources below build/: of the checkout that the environment names, or
    what fetch(directory) gets from where it is published."""
    source = suite.home / "src"
    checkout = os.environ.get(suite.variable)
    if checkout:
        shutil.rmtree(source, ignore_errors=True)
        shutil.copytree(checkout, source, ignore=shutil.ignore_patterns(".git"))
    elif not source.exists():
        suite.home.mkdir(parents=True, exist_ok=True)
        fresh = suite.home / "fetched"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        fetch(fresh)
        fresh.rename(source)
    return source


def clone_tag(url, tag, into):
    """Of suites that are not in the published package."""
    call(["git", "clone", "-q", "--depth", "1", "--branch", tag, url, into], into.parent)
    shutil.rmtree(into / ".git")


def venv_of(suite, *packages):
    """The python of an environment of its own."""
    python = suite.home / "venv" / "bin" / "python"
    if not python.exists():
        call([sys.executable, "-m", "venv", suite.home / "venv"], suite.home)
        call([python, "-m", "pip", "install", "-q", *packages], suite.home)
    return python


def junit_verdicts(reports):
    """{name: passed, failed or skipped} of JUnit reports; the name is class.test."""
    import xml.etree.ElementTree as xml  # pylint: disable=import-outside-toplevel
    verdicts = {}
    for report in reports:
        for case in xml.parse(report).getroot().iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            bad = case.find("failure") is not None or case.find("error") is not None
            verdict = "skipped" if case.find("skipped") is not None else "passed"
            verdicts[name] = "failed" if bad else verdict
    return verdicts


def judge(suite, verdicts, left_out=0):
    """`left_out`: excluded tests that were not even run."""
    failed, passed, excluded = [], 0, left_out
    for name, verdict in sorted(verdicts.items()):
        if suite.reason_for(name):
            excluded += 1
        elif verdict == "passed":
            passed += 1
        else:
            failed.append(f"{name} ({verdict})")
    for name in failed:
        print(f"#   {name}")
    print(f"# {suite.name} {suite.version}: {passed} passed, {len(failed)} failed, "
          f"{excluded} excluded", flush=True)
    assert not failed, f"{len(failed)} tests of the list failed"
    assert passed >= suite.passes, f"{passed} passed, {suite.passes} are on the list"


class Control(socketserver.ThreadingTCPServer):
    """Stops and starts the server on behalf of the suite, which asks with `rabbitmqctl`."""

    daemon_threads = True

    def __init__(self, server):
        class Asked(socketserver.StreamRequestHandler):
            def handle(self):
                command = self.rfile.readline().strip()
                if command == b"stop_app":
                    server.stop()
                else:
                    server.start()
                self.wfile.write(b"done\n")

        super().__init__(("127.0.0.1", 0), Asked)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def run(suite, prepare, drive):
    """prepare() answers what drive(prepared, server) needs; drive answers verdicts, or verdicts
    and how many excluded tests were left out of the run."""
    sentence = f"{suite.name} {suite.version} passes its own tests against Rialto"
    missing = next((tool for tool in suite.needs if not shutil.which(tool)), None)
    if missing:
        skip(sentence, f"no {missing}")
        return finish()
    taken = [port for port in suite.ports.values() if not port_is_free(port)]
    if taken:
        skip(sentence, f"port {taken[0]}, which it insists on, is taken")
        return finish()
    try:
        prepared = prepare()
    except (Unavailable, subprocess.TimeoutExpired, OSError) as error:
        reason = " ".join(str(error).split())
        skip(sentence, f"cannot be had ({suite.variable} may name a checkout): {reason}")
        return finish()
    with RialtoServer(ports=suite.ports) as server:
        def driven():
            found = drive(prepared, server)
            judge(suite, *(found if isinstance(found, tuple) else (found,)))
        check(sentence, driven)
    return finish()
