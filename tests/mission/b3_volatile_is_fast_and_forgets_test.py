#!/usr/bin/python3
"""A durable queue keeps everything over kill -9, a volatile one nothing, and needs no disk."""
import statistics
import time

import pika

from mission import expect, row
from rialto_server import RialtoServer

COUNT = 300


def microseconds(channel, queue):
    taken = []
    for _ in range(COUNT):
        begin = time.perf_counter()
        channel.basic_publish("", queue, b"x" * 128)
        taken.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(taken)


def run():
    with RialtoServer() as server:
        connect = lambda: pika.BlockingConnection(  # noqa: E731
            pika.ConnectionParameters("127.0.0.1", server.amqp_port)).channel()
        channel = connect()
        channel.confirm_delivery()
        channel.queue_declare("durable", durable=True)
        channel.queue_declare("volatile", durable=False)
        durable = microseconds(channel, "durable")
        volatile = microseconds(channel, "volatile")
        server.restart(kill=True)
        channel = connect()
        kept = channel.queue_declare("durable", durable=True, passive=True).method.message_count
        expect(kept == COUNT, f"{kept} of {COUNT} are left in the durable queue")
        try:
            channel.queue_declare("volatile", passive=True)
            raise AssertionError("the volatile queue is still there")
        except pika.exceptions.ChannelClosedByBroker as gone:
            expect(gone.reply_code == 404, f"reply code {gone.reply_code}")
    return f"confirm p50 {durable:.0f} us durable, {volatile:.0f} us volatile (pika, one in flight)"


row("What does durability cost, and what does a volatile queue forget?", run)
