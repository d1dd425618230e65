#!/usr/bin/python3
"""Node's amqplib: all of its tests, from the npm package."""
import re
import sys
import tarfile

import suite

SUITE = suite.Suite(
    name="amqplib", variable="RIALTO_SUITE_AMQPLIB", version="2.0.1", passes=317,
    needs=("node", "npm"), ports={"amqp": 5672},
    excluded={
        "Connect > Connect API > serverProperties": "asks for the product name RabbitMQ",
        "Connect > Connect API > ipv6": "a Rialto listens on one address; here that is 127.0.0.1",
    })
NODE_OPTIONS = ("--test", "--test-timeout=1000")  # those of its package.json
LINE = re.compile(r"^( *)(ok|not ok) \d+ - (.*?)( # SKIP.*)?$")


def fetch(into):
    name = suite.call(["npm", "pack", "--silent", f"amqplib@{SUITE.version}"], into).split()[-1]
    with tarfile.open(into / name) as packed:
        packed.extractall(into)
    for path in list((into / "package").iterdir()):
        path.rename(into / path.name)


def prepare():
    source = suite.source_of(SUITE, fetch)
    if not (source / "node_modules" / "claire").exists():  # generates the data of some tests
        suite.call(["npm", "install", "--silent", "--no-save", "--no-audit", "--no-fund",
                    "--ignore-scripts", "claire@0.4.1"], source)
    return source


def verdicts_of(tap):
    """Of the innermost tests: the verdict of a group comes after those of its members."""
    verdicts, below = {}, {}
    for line in tap.splitlines():
        found = LINE.match(line)
        if not found:
            continue
        depth, word, name = len(found[1]), found[2], found[3]
        members = below.pop(depth + 4, None)
        verdict = "skipped" if found[4] else "passed" if word == "ok" else "failed"
        group = members or {"": verdict}
        told = below.setdefault(depth, {})
        for inner, got in group.items():
            whole = f"{name} > {inner}" if inner else name
            while whole in told:  # some files have tests of the same name
                whole += " again"
            told[whole] = got
        if word == "not ok" and members and "failed" not in members.values():
            below[depth][name] = verdict  # cut short: not all of its tests were run
    for group in below.values():
        verdicts.update(group)
    return verdicts


def drive(source, server):
    log = suite.run_suite(["node", *NODE_OPTIONS, "--test-reporter=tap"], source,
                          URL=f"amqp://guest:guest@127.0.0.1:{server.amqp_port}")
    return verdicts_of(log.read_text(errors="replace"))


if __name__ == "__main__":
    sys.exit(suite.run(SUITE, prepare, drive))
