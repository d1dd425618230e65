#!/usr/bin/python3
"""RabbitMQ's Go client: unit and integration tests, from the Go module proxy."""
import json
import re
import shutil
import stat
import sys

import suite

SUITE = suite.Suite(
    name="amqp091-go", variable="RIALTO_SUITE_GO", version="v1.16.0", passes=235, needs=("go",),
    ports={"http": 15672},  # where its tests of recovery close connections
    excluded={
        "TestConnection_Close_WhenMemoryAlarmIsActive": "raises an alarm of memory with "
                                                        "rabbitmqctl",
        "TestNotifyClosesAllChansAfterConnectionClose": "no server in it: a race of its own that "
                                                        "it loses now and then",
    })
MODULE = "github.com/rabbitmq/amqp091-go"


def fetch(into):
    told = suite.call(["go", "mod", "download", "-json", f"{MODULE}@{SUITE.version}"], into)
    shutil.copytree(json.loads(told)["Dir"], into, dirs_exist_ok=True)


def prepare():
    source = suite.source_of(SUITE, fetch)
    for path in [source, *source.rglob("*")]:  # the module cache is read-only
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
    suite.call(["go", "vet", "-tags", "integration", "."], source)  # fetches what it depends on
    return source


def drive(source, server):
    left_out = "|".join(f"^{pattern}$" for pattern in SUITE.excluded)
    listed = suite.call(["go", "test", "-tags", "integration", "-list", "Test", "."], source)
    names = [name for name in listed.split() if name.startswith("Test")]
    log = suite.run_suite(["go", "test", "-tags", "integration", "-count", "1", "-json", "-skip",
                           left_out, "."], source,
                          AMQP_URL=f"amqp://guest:guest@127.0.0.1:{server.amqp_port}/")
    verdicts = {}
    for line in log.read_text(errors="replace").splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        word = {"pass": "passed", "fail": "failed", "skip": "skipped"}.get(event.get("Action"))
        if word and re.fullmatch(r"Test[^/]*", event.get("Test", "")):
            verdicts[event["Test"]] = word
    return verdicts, sum(1 for name in names if SUITE.reason_for(name))


if __name__ == "__main__":
    sys.exit(suite.run(SUITE, prepare, drive))
