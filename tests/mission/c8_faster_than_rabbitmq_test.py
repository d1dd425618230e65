#!/usr/bin/python3
"""Same work, same promise, same machine: Rialto takes at least four times the messages a second of
RabbitMQ's quorum queue, for at most a tenth of its processor time a message. Both confirm after a
sync; the generator and the runs are those of `make bench`."""
import contextlib
import os
import pathlib
import shutil
import sys

from mission import ROOT, NotHere, expect, row

sys.path.insert(0, str(ROOT / "tests" / "bench"))
from compared import ratios, window  # noqa: E402
from load import MQLOAD, median  # noqa: E402
from peers import RabbitMQ, Rialto  # noqa: E402

FASTER_MIN = 4
CHEAPER_MIN = 10
# A machine that does something else meanwhile gets more rounds before it is believed.
ROUNDS = (3, 6)
SCALE = 0.5


def needed():
    """Says what is not here to compare with, or cannot tell anything about speed."""
    if not shutil.which("rabbitmq-server"):
        raise NotHere("apt-get install rabbitmq-server")
    kind = pathlib.Path(os.environ["RIALTO_BIN"]).resolve().parent.name
    if not kind.startswith("release"):
        raise NotHere(f"the build is of kind {kind}, not release")
    if not MQLOAD.exists():
        raise NotHere("make build TARGETS=mqload")


def rabbitmq(stack):
    try:
        return stack.enter_context(RabbitMQ())
    except RuntimeError as failed:
        raise NotHere(str(failed)) from failed


def run():
    needed()
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Rialto()), rabbitmq(stack)]
        for rounds in ROUNDS:
            taken = window(servers, 128, rounds, SCALE)
            faster, cheaper = ratios(taken)
            if faster >= FASTER_MIN and cheaper >= CHEAPER_MIN:
                break
    ours, theirs = taken.values()
    figure = (f"{median(ours, 'per_second') / 1000:.0f} k msg/s, {faster:.1f}x RabbitMQ's; "
              f"{median(ours, 'server_us'):.2f} us of CPU a message, 1/{cheaper:.0f} of its "
              f"{median(theirs, 'server_us'):.1f} us")
    expect(faster >= FASTER_MIN and cheaper >= CHEAPER_MIN, figure)
    return figure


row("Is it faster than RabbitMQ, at the same durability?", run)
