#!/usr/bin/python3
"""The unpaid order: each order is published with a delayed reminder; a payment cancels it. Payments
race the reminders, and the server is killed in the middle."""
import http.client
import json
import random
import threading
import time

import pika

from mission import expect, numbers_in, row
from rialto_server import RialtoServer

ORDERS = 600
DELAY_MS = 2000


def publish_orders(server):
    channel = pika.BlockingConnection(
        pika.ConnectionParameters("127.0.0.1", server.amqp_port)).channel()
    channel.queue_declare("reminders", durable=True)
    channel.confirm_delivery()
    for number in range(ORDERS):
        channel.basic_publish("", "reminders", str(number).encode(), pika.BasicProperties(
            headers={"x-delay": DELAY_MS, "x-delay-key": f"order-{number}"}))


def pay(server, orders, paid, began):
    """Cancels over the time in which the reminders fire; `paid` gets what was cancelled."""
    link = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=30)
    for number, at in orders:
        time.sleep(max(0.0, began + at - time.monotonic()))
        link.request("DELETE", f"/v1/delayed?cancelKey=order-{number}")
        answer = link.getresponse()
        told = json.load(answer)
        expect(answer.status in (200, 404), f"cancel answered {answer.status}: {told}")
        if answer.status == 200:
            paid.add(number)


def reminded(server):
    channel = pika.BlockingConnection(
        pika.ConnectionParameters("127.0.0.1", server.amqp_port)).channel()
    return numbers_in(channel, "reminders")


def waiting(server):
    link = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=30)
    link.request("GET", "/v1/delayed?max=1")
    return json.load(link.getresponse())["pending"]


def run():
    with RialtoServer() as server:
        publish_orders(server)
        server.restart(kill=True)
        expect(waiting(server) > 0, "nothing waits after kill -9")
        began = time.monotonic()
        paid = set()
        due = sorted((number, random.uniform(0, DELAY_MS / 1000)) for number in range(ORDERS)
                     if number % 2 == 0)
        due.sort(key=lambda order: order[1])
        payments = threading.Thread(target=pay, args=(server, due, paid, began))
        payments.start()
        payments.join()
        while waiting(server):
            time.sleep(0.01)
        server.restart(kill=True)
        got = reminded(server)
        expect(len(got) == len(set(got)), "an order was reminded twice")
        both = paid.intersection(got)
        expect(not both, f"paid and reminded: {sorted(both)[:5]}")
        neither = set(range(ORDERS)) - paid - set(got)
        expect(not neither, f"neither paid nor reminded: {sorted(neither)[:5]}")
        late = len(due) - len(paid)
        return (f"{ORDERS} orders, {len(paid)} paid in time, {late} paid too late, "
                f"{len(got)} reminded once each, 2 kills")


row("Is an order that was paid never reminded, and every other one once?", run)
