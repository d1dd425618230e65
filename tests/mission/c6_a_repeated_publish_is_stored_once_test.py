#!/usr/bin/python3
"""Publishers that never know whether their last messages arrived: the server is killed under them
again and again, and after each kill they send what was not confirmed, and more, once again."""
import http.client
import threading
import time

import pika

from mission import expect, numbers_in, row
from rialto_server import RialtoServer

MESSAGES = 400
KILLS = 4
SENT_AGAIN = 25  # that were confirmed already


def by_message_id(number):
    return pika.BasicProperties(message_id=f"order-{number}")


def by_sequence(number):
    return pika.BasicProperties(headers={"x-producer-name": "orders",
                                         "x-producer-sequence": number})


class Amqp:
    def __init__(self, server, queue, properties_of):
        self.queue = queue
        self.properties_of = properties_of
        self.channel = pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", server.amqp_port)).channel()
        self.channel.confirm_delivery()

    def send(self, number):
        self.channel.basic_publish("", self.queue, str(number).encode(),
                                   self.properties_of(number))


class Http:
    def __init__(self, server, queue):
        self.path = f"/v1/queues/{queue}/messages"
        self.link = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=30)

    def send(self, number):
        self.link.request("POST", self.path, str(number).encode(),
                          {"Idempotency-Key": f"order-{number}"})
        answer = self.link.getresponse()
        answer.read()
        if answer.status != 201:
            raise OSError(f"answered {answer.status}")


class Publisher(threading.Thread):
    """Sends its messages one by one, each until it is confirmed; starts again a bit too early."""

    def __init__(self, connect):
        super().__init__()
        self.connect = connect
        self.next = 0
        self.sent = 0
        self.lost = 0

    def run(self):
        while self.next < MESSAGES:
            try:
                link = self.connect()
                for number in range(max(0, self.next - SENT_AGAIN), MESSAGES):
                    self.sent += 1
                    link.send(number)
                    self.next = max(self.next, number + 1)
                    time.sleep(0.002)
            except (pika.exceptions.AMQPError, http.client.HTTPException, OSError):
                self.lost += 1
                time.sleep(0.05)


def run():
    with RialtoServer() as server:
        channel = pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", server.amqp_port)).channel()
        channel.queue_declare("ids", durable=True, arguments={"x-message-deduplication": True})
        for queue in ("sequences", "keys"):
            channel.queue_declare(queue, durable=True)
        publishers = {"ids": Publisher(lambda: Amqp(server, "ids", by_message_id)),
                      "sequences": Publisher(lambda: Amqp(server, "sequences", by_sequence)),
                      "keys": Publisher(lambda: Http(server, "keys"))}
        for publisher in publishers.values():
            publisher.start()
        for kill in range(KILLS):
            enough = (kill + 1) * MESSAGES // (KILLS + 1)
            while any(p.next < enough for p in publishers.values()):
                time.sleep(0.005)
            server.restart(kill=True)
        for publisher in publishers.values():
            publisher.join()
        channel = pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", server.amqp_port)).channel()
        for queue in publishers:
            got = numbers_in(channel, queue)
            expect(got == list(range(MESSAGES)),
                   f"queue {queue} has {len(got)} messages, {len(set(got))} different ones")
        sent = sum(p.sent for p in publishers.values())
        total = MESSAGES * len(publishers)
        return (f"{total} messages by id, by sequence and by Idempotency-Key, {sent - total} sent "
                f"again, {KILLS} kills: each stored once and in order")


row("Is a message that is published again after a crash stored once?", run)
