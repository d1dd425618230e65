#!/usr/bin/python3
"""Manual ack: what was not acked comes back in its place, marked; what was acked never does."""
import pika

from mission import expect, row
from rialto_server import RialtoServer

COUNT = 1000


def consume(channel, count, prefetch):
    channel.basic_qos(prefetch_count=prefetch)
    got = []
    for method, _, body in channel.consume("work", inactivity_timeout=10):
        if method is None:
            raise AssertionError(f"only {len(got)} of {count} came")
        got.append((method, int(body)))
        if len(got) == count:
            return got


def run():
    with RialtoServer() as server:
        connect = lambda: pika.BlockingConnection(  # noqa: E731
            pika.ConnectionParameters("127.0.0.1", server.amqp_port))
        first = connect()
        channel = first.channel()
        channel.queue_declare("work", durable=True)
        channel.confirm_delivery()
        for number in range(COUNT):
            channel.basic_publish("", "work", str(number).encode())
        for _ in range(600):
            method, _, body = channel.basic_get("work")
            if int(body) % 2 == 0:
                channel.basic_ack(method.delivery_tag)
        # Acks have no answer; a later confirm of the same channel says that they are safe.
        channel.queue_declare("marker", durable=True)
        channel.basic_publish("", "marker", b"")
        first.close()
        again = consume(connect().channel(), 700, 0)
        numbers = [number for _, number in again]
        expect(numbers == list(range(1, 600, 2)) + list(range(600, COUNT)), "order or content")
        marked = [number for method, number in again if method.redelivered]
        expect(marked == list(range(1, 600, 2)), "the redelivered mark is wrong")
        server.restart(kill=True)
        numbers = [number for _, number in consume(connect().channel(), 700, 0)]
        expect(numbers == list(range(1, 600, 2)) + list(range(600, COUNT)), "after kill -9")
    return f"300 of {COUNT} acked stay away, 300 come back in order and marked, kill -9 included"


row("Does an unacked message come back, and only that?", run)
