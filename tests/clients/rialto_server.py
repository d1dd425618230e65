"""What the client scripts share: a Rialto of their own, and lines that tests/run reads.

    with RialtoServer() as server:
        check("a sentence", lambda: talk_to(server.amqp_port))
    sys.exit(finish())

As a program it runs a command beside a server: RIALTO_AMQP_PORT, RIALTO_KAFKA_PORT,
RIALTO_HTTP_PORT and RIALTO_METRICS_PORT tell where.
"""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request

DOORS = ("amqp", "kafka", "http", "metrics")
READY_SECONDS_MAX = 30
STOP_SECONDS_MAX = 30

_failed = []


def free_ports(count):
    """Ports of loopback nobody listens on; all held until the last is known, so they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class RialtoServer:
    """One `rialto serve` on free loopback ports with a data directory of its own.

    `data` survives stop(), kill9() and restart(); close() removes it. `ports` are those of doors
    that have to be somewhere.
    """

    def __init__(self, settings=None, ports=None):
        self.binary = os.environ["RIALTO_BIN"]
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="rialto-client-"))
        self.data = self.home / "data"
        self.log = self.home / "serve.log"
        self.settings = settings or {}
        self.ports = {**dict(zip(DOORS, free_ports(len(DOORS)))), **(ports or {})}
        self.process = None

    def __getattr__(self, name):
        door, _, rest = name.partition("_")
        if rest == "port" and door in DOORS:
            return self.ports[door]
        raise AttributeError(name)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    def command(self):
        words = [self.binary, "serve", "--data", str(self.data)]
        for door, port in self.ports.items():
            words += ["--set", f"{door}.listen=127.0.0.1:{port}"]
        for key, value in self.settings.items():
            words += ["--set", f"{key}={value}"]
        return words

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        end = time.monotonic() + READY_SECONDS_MAX
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.show_log()
                raise RuntimeError(f"rialto serve is not ready: {self.process.poll()}")
            time.sleep(0.02)

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['http']}/readyz",
                                        timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self):
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def kill9(self):
        return self._end(signal.SIGKILL)

    def restart(self, kill=False):
        code = self.kill9() if kill else self.stop()
        self.start()
        return code

    def _end(self, number):
        if self.process is None or self.process.poll() is not None:
            return None
        self.process.send_signal(number)
        try:
            return self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self.show_log()
            raise

    def show_log(self):
        if self.log.exists():
            sys.stdout.write(self.log.read_text(errors="replace"))
            sys.stdout.flush()

    def close(self):
        try:
            self.kill9()
        finally:
            if _failed:
                self.show_log()
            shutil.rmtree(self.home, ignore_errors=True)


def check(sentence, run):
    """Runs one test; an exception makes it `not ok`. True when it passed."""
    try:
        run()
    except Exception:  # pylint: disable=broad-except
        print(f"not ok - {sentence}")
        traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
        _failed.append(sentence)
        return False
    print(f"ok - {sentence}", flush=True)
    return True


def skip(sentence, reason):
    print(f"skip - {sentence} # {reason}", flush=True)


def finish():
    """The exit code of a script."""
    return 1 if _failed else 0


def run_all(tests):
    """Each (sentence, run) against one server; the exit code of a script."""
    with RialtoServer() as server:
        for sentence, run in tests:
            check(sentence, lambda run=run: run(server))
    return finish()


def run_beside(command):
    with RialtoServer() as server:
        ports = {f"RIALTO_{door.upper()}_PORT": str(port) for door, port in server.ports.items()}
        code = subprocess.run(command, check=False, env={**os.environ, **ports}).returncode
        if code != 0:
            server.show_log()
        return code


if __name__ == "__main__":
    sys.exit(run_beside(sys.argv[1:]))
