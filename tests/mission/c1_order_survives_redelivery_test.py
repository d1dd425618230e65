#!/usr/bin/python3
"""Requeues, lost connections and kills: every message comes back to its own place."""
import random

import pika

from mission import expect, row
from rialto_server import RialtoServer

COUNT = 400
ROUNDS = 12


def connect(server):
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", server.amqp_port))


def drain(channel, queue):
    numbers = []
    while True:
        method, _, body = channel.basic_get(queue, auto_ack=False)
        if method is None:
            return numbers
        numbers.append((method.delivery_tag, int(body)))


def disturb(server, dice, left):
    """Takes a few, acks some, gives some back in any order, and drops the rest with the line."""
    connection = connect(server)
    channel = connection.channel()
    held = []
    for _ in range(dice.randrange(5, 40)):
        method, _, body = channel.basic_get("line")
        if method is not None:
            held.append((method.delivery_tag, int(body)))
    expect([number for _, number in held] == left[:len(held)], "not handed out in order")
    dice.shuffle(held)
    for tag, number in held:
        fate = dice.randrange(4)
        if fate == 0:
            channel.basic_ack(tag)
            left.remove(number)
        elif fate == 1:
            channel.basic_nack(tag, requeue=True)
        elif fate == 2:
            channel.basic_reject(tag, requeue=True)
    # What this connection said counts once a later question of it is answered.
    channel.queue_declare("line", passive=True)
    connection.close()


def run():
    dice = random.Random(7)
    with RialtoServer() as server:
        channel = connect(server).channel()
        channel.queue_declare("line", durable=True)
        channel.queue_declare("marker", durable=True)
        channel.confirm_delivery()
        for number in range(COUNT):
            channel.basic_publish("", "line", str(number).encode())
        left = list(range(COUNT))
        kills = 0
        for turn in range(ROUNDS):
            disturb(server, dice, left)
            if turn % 4 == 3:
                # A confirmed publish after the acks says that they are safe.
                channel = connect(server).channel()
                channel.confirm_delivery()
                channel.basic_publish("", "marker", b"")
                server.restart(kill=True)
                kills += 1
        found = [number for _, number in drain(connect(server).channel(), "line")]
        expect(found == left, "a message is missing, twice or out of its place")
    return (f"{COUNT - len(left)} acked, {len(left)} in order after {ROUNDS} rounds and {kills} "
            "kills")


row("Does a returned message keep its place?", run)
