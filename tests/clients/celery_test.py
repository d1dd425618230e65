#!/usr/bin/python3
"""The newest Celery of PyPI against Rialto: a real worker with queues of either type, results by
rpc://, its remote control, and delays both as the worker keeps them and as it has the broker keep
them. Skipped when Celery cannot be had; it is installed into build/celery-venv once."""
import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.request

sys.dont_write_bytecode = True

import own_venv  # noqa: E402
from rialto_server import RialtoServer, check, finish, skip  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SECONDS_MAX = 30
LEVELS = 28


class Worker:
    """A `celery worker` of one type of queue, and the application as its clients have it."""

    def __init__(self, server, kind):
        self.server, self.kind = server, kind
        os.environ.update(RIALTO_CELERY=kind, RIALTO_AMQP_PORT=str(server.amqp_port))
        sys.modules.pop("celery_app", None)
        import celery_app  # pylint: disable=import-outside-toplevel
        self.tasks, self.app = celery_app, celery_app.app
        self.app.set_current()
        self.log = server.home / f"celery-{kind}.log"
        self.process = None

    def __enter__(self):
        try:
            self.start()
        except AssertionError:
            self.__exit__(AssertionError)
            raise
        return self

    def __exit__(self, kind, *_):
        self.end(signal.SIGTERM)
        self.app.close()
        if kind:
            print(self.log.read_text(errors="replace")[-8000:])

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--concurrency=2",
                 "--loglevel=INFO", "-n", f"{self.kind}@here"], cwd=HERE, stdout=log, stderr=log,
                start_new_session=True)
        end = time.monotonic() + SECONDS_MAX
        while not self.app.control.ping(timeout=0.5):
            assert self.process.poll() is None and time.monotonic() < end, "no worker"

    def end(self, number):
        if self.process.poll() is None:
            (os.killpg if number == signal.SIGKILL else os.kill)(self.process.pid, number)
            self.process.wait(SECONDS_MAX)

    def queues(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.http_port}/api/queues",
                                    timeout=10) as answer:
            return {queue["name"]: queue for queue in json.load(answer)}


def results(worker):
    add = worker.tasks.add
    asked = [add.delay(n, n) for n in range(100)]
    assert [result.get(timeout=SECONDS_MAX) for result in asked] == [2 * n for n in range(100)]
    chain = add.s(1, 2) | add.s(3) | add.s(4)
    assert chain.apply_async().get(timeout=SECONDS_MAX) == 10
    failed = worker.tasks.fail.delay()
    try:
        failed.get(timeout=SECONDS_MAX)
    except ValueError as error:
        assert str(error) == "as asked"
    else:
        raise AssertionError("it did not fail")


def remote_control(worker):
    name = f"{worker.kind}@here"
    inspect = worker.app.control.inspect(timeout=5)
    assert inspect.ping() == {name: {"ok": "pong"}}
    assert [queue["name"] for queue in inspect.active_queues()[name]] == [f"celery-{worker.kind}"]
    assert inspect.stats()[name]["total"]["add"] >= 100
    assert sorted(inspect.registered()[name]) == ["add", "fail", "flaky", "slow"]
    reply = worker.app.control.rate_limit("fail", "100/s", reply=True, timeout=5)
    assert "ok" in reply[0][name], reply


def delays(worker):
    add = worker.tasks.add
    sent = time.monotonic()
    far = add.apply_async((0, 0), countdown=3600)
    soon = add.apply_async((1, 2), countdown=2)
    at = add.apply_async((3, 4), eta=datetime.datetime.now(datetime.timezone.utc)
                         + datetime.timedelta(seconds=3))
    if worker.kind == "quorum":
        waiting = [name for name, queue in worker.queues().items()
                   if name.startswith("celery_delayed_") and queue["messages"]]
        assert len([n for n in worker.queues() if n.startswith("celery_delayed_")]) == LEVELS
        assert "celery_delayed_11" in waiting and "celery_delayed_1" in waiting, waiting
    assert soon.get(timeout=SECONDS_MAX) == 3
    assert 1.9 <= time.monotonic() - sent < 4, time.monotonic() - sent
    assert at.get(timeout=SECONDS_MAX) == 7
    assert 2 <= time.monotonic() - sent < 6, time.monotonic() - sent
    assert not far.ready()
    far.revoke()


def retries(worker):
    sent = time.monotonic()
    assert worker.tasks.flaky.delay(2).get(timeout=SECONDS_MAX) == 2
    assert 2 <= time.monotonic() - sent < 8


def killed(worker):
    path = worker.server.home / f"begun-{worker.kind}"
    result = worker.tasks.slow.delay(str(path), 3)
    end = time.monotonic() + SECONDS_MAX
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    worker.end(signal.SIGKILL)
    worker.start()
    assert result.get(timeout=SECONDS_MAX) == "done"
    assert path.read_text() == "begun\n" * 2


def over_a_restart(worker):
    """The worker comes back by itself, and tasks sent before the kill are done."""
    worker.server.restart(kill=True)
    end = time.monotonic() + SECONDS_MAX
    while True:
        try:
            assert worker.tasks.add.delay(5, 6).get(timeout=5) == 11
            return
        except Exception:  # pylint: disable=broad-except
            assert time.monotonic() < end, "the worker did not come back"


TESTS = (
    ("Celery's tasks are done and their results come back", results),
    ("Celery's remote control finds its worker", remote_control),
    ("Celery's tasks with a countdown or a time run then", delays),
    ("Celery's retries come after their countdown", retries),
    ("a task of a killed Celery worker is done by the next", killed),
    ("Celery goes on after kill -9 of the server", over_a_restart),
)


def main():
    named = [(f"{sentence}, {kind} queues", kind, run)
             for kind in ("classic", "quorum") for sentence, run in TESTS]
    reason = own_venv.enter("celery-venv", "celery")
    if reason:
        for sentence, _, _ in named:
            skip(sentence, reason)
        return 0
    for kind in ("classic", "quorum"):
        with RialtoServer() as server, Worker(server, kind) as worker:
            for sentence, of, run in named:
                if of == kind:
                    check(sentence, lambda run=run: run(worker))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
