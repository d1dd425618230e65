"""One fanout exchange and more and more durable queues: what is stored once is written once."""
import collections
import os
import re
import subprocess

from load import in_turn, measure, median, show
from peers import Rialto

# How many queues, and messages so that a run takes about a second.
STEPS = {1: 200_000, 10: 100_000, 100: 15_000}
FRAME = re.compile(r"^ *\d+ (\w+) .*? meta (\d+) payload (\d+) ")
FRAME_HEADER_BYTES = 64


def journal_bytes(data):
    """What the frames of a stopped server's journal have, by their kind."""
    out = collections.Counter()
    dump = subprocess.run([os.environ["RIALTO_BIN"], "journal", "dump", "--headers-only", "--data",
                           str(data)], text=True, capture_output=True, check=True).stdout
    for line in dump.splitlines():
        frame = FRAME.match(line)
        if frame:
            size = FRAME_HEADER_BYTES + int(frame.group(2)) + int(frame.group(3))
            out[frame.group(1)] += (size + 7) // 8 * 8
    return out


def one(queues, scale):
    messages = int(STEPS[queues] * scale)
    with Rialto() as server:
        figures = measure(server, "fan-out", messages, "--queues", queues)
        server.stop()
        written = journal_bytes(server.data)
    figures["data_bytes"] = written["data"] / messages
    figures["other_bytes"] = (sum(written.values()) - written["data"]) / messages
    figures["delivery_us"] = figures["server_us"] / queues
    return figures


def fan_out(rounds, scale):
    taken = in_turn(STEPS, rounds, lambda queues: one(queues, scale))
    show("one fanout exchange, durable queues, 128 B, window 1000, a connection with manual acks "
         "for each queue",
         ("queues", "deliveries/s", "server CPU us/delivery", "us/message",
          "journal bytes/message: messages", "settlements and the rest"),
         [(str(queues), f"{median(r, 'per_second'):.0f}",
           f"{median(r, 'delivery_us'):.2f}", f"{median(r, 'server_us'):.1f}",
           f"{median(r, 'data_bytes'):.0f}", f"{median(r, 'other_bytes'):.0f}")
          for queues, r in taken.items()])
