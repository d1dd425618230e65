#!/usr/bin/python3
"""A time to live that was too short: what it took comes back, exactly that, without a dead letter
queue that somebody would have had to think of."""
import json
import os
import subprocess
import time
import urllib.request

import pika

from mission import expect, row
from rialto_server import RialtoServer

SENT = 2000
TTL_MS = 300


def replay(server, *words):
    ran = subprocess.run([os.environ["RIALTO_BIN"], "replay", "--url",
                          f"http://127.0.0.1:{server.http_port}", "-q", "orders", "--state",
                          "expired", *words], capture_output=True, text=True, timeout=60,
                         check=False)
    expect(ran.returncode == 0, f"rialto replay: {ran}")
    return int(ran.stdout.split()[1])


def ready(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.http_port}/v1/queues/orders",
                                timeout=30) as answer:
        return json.load(answer)["messages"]


def channel_of(server):
    return pika.BlockingConnection(
        pika.ConnectionParameters("127.0.0.1", server.amqp_port)).channel()


def run():
    with RialtoServer() as server:
        channel = channel_of(server)
        channel.queue_declare("orders", durable=True, arguments={"x-message-ttl": TTL_MS})
        channel.confirm_delivery()
        for number in range(SENT):
            channel.basic_publish("", "orders", str(number).encode(),
                                  pika.BasicProperties(headers={"shop": f"s{number % 2}"}))
        while ready(server):
            time.sleep(0.01)
        begin = time.monotonic()
        expect(replay(server, "--dry-run") == SENT, "the dry run counts something else")
        expect(replay(server, "--since", "1h", "--where", "shop=s1") == SENT // 2, "not by header")
        took = time.monotonic() - begin
        server.restart(kill=True)
        time.sleep(2 * TTL_MS / 1000)  # their old time to live holds no more
        expect(ready(server) == SENT // 2, f"{ready(server)} are ready after the kill")
        channel = channel_of(server)
        found = []
        while True:
            method, _, body = channel.basic_get("orders", auto_ack=True)
            if method is None:
                break
            found.append(int(body))
        expect(found == list(range(1, SENT, 2)), "lost, doubled or out of order")
        return (f"{SENT} expired, {SENT // 2} chosen by a header and back in {took * 1000:.0f} ms, "
                "kill -9 behind it: each once, in order, for good")


row("Can messages that a time to live took be had back?", run)
