"""Runs of the load generator against a server, and how their figures are shown."""
import json
import os
import pathlib
import statistics
import subprocess

from peers import cpu_seconds

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("RIALTO_BUILD", ROOT / "build" / "release"))
os.environ.setdefault("RIALTO_BIN", str(BUILD / "rialto"))
MQLOAD = pathlib.Path(os.environ["RIALTO_BIN"]).with_name("mqload")


def mqload(mode, *options):
    """The figures of one run, by name."""
    done = subprocess.run([str(MQLOAD), mode, *map(str, options)], text=True, capture_output=True,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"mqload {mode} {options}: {done.stderr.strip() or done.returncode}")
    return json.loads(done.stdout)


def measure(server, mode, messages, *options):
    """The same, with what a message cost server and generator: server_us, generator_us."""
    kind = ["--quorum"] if server.quorum else []
    before = cpu_seconds(server.pid())
    figures = mqload(mode, "--port", server.port(), "--messages", messages, *kind, *options)
    figures["server_us"] = (cpu_seconds(server.pid()) - before) / messages * 1e6
    figures["generator_us"] = figures["generator_cpu_s"] / messages * 1e6
    return figures


def in_turn(names, rounds, take):
    """Every one of `names` once a round, so that a change of the machine meets all alike."""
    taken = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            taken[name].append(take(name))
    return taken


def median(rounds, key):
    return statistics.median(r[key] for r in rounds)


def mean(rounds, key):
    """For what comes in lumps over several rounds, such as preparing 64 MiB of journal at once."""
    return statistics.mean(r[key] for r in rounds)


def spread(rounds, key):
    values = sorted(r[key] for r in rounds)
    return f"{values[0]:.1f}..{values[-1]:.1f}"


def show(title, columns, rows):
    """A table of Markdown; each row has its cells as text."""
    print(f"\n## {title}\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def bar(what, holds):
    print(f"bar: {what}: {'met' if holds else 'NOT met'}", flush=True)
