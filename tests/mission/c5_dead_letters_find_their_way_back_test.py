#!/usr/bin/python3
"""Dead letters: what was rejected is looked at, counted, and brought back where it died: chosen
ones, then all, with kill -9 on the way."""
import json
import threading
import time
import urllib.error
import urllib.request

import pika

from mission import expect, numbers_in, row
from rialto_server import RialtoServer

SENT = 500


def ask(server, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    url = f"http://127.0.0.1:{server.http_port}{path}"
    with urllib.request.urlopen(urllib.request.Request(url, data, method=method),
                                timeout=60) as answer:
        return json.load(answer)


def channel_of(server):
    return pika.BlockingConnection(
        pika.ConnectionParameters("127.0.0.1", server.amqp_port)).channel()


def reject_all(server):
    channel = channel_of(server)
    for name in ("paid", "shipped"):
        channel.queue_declare(name, durable=True, arguments={
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
    channel.queue_declare("dead", durable=True)
    channel.confirm_delivery()
    for number in range(SENT):
        channel.basic_publish("", ("paid", "shipped")[number % 2], str(number).encode(),
                              pika.BasicProperties(headers={"customer": f"c{number % 5}"}))
    for name in ("paid", "shipped"):
        for _ in range(SENT // 2):
            method, _, _ = channel.basic_get(name)
            channel.basic_reject(method.delivery_tag, requeue=False)
    while depth(server, "dead") < SENT:
        time.sleep(0.01)


def depth(server, queue):
    return ask(server, "GET", f"/v1/queues/{queue}")["messages"]


def drained(server, queue):
    return numbers_in(channel_of(server), queue)


def redrive_slowly(server):
    try:
        ask(server, "POST", "/v1/queues/dead/redrive", {"rate": 200})
    except (urllib.error.URLError, OSError):
        pass  # the server was killed


def run():
    with RialtoServer() as server:
        reject_all(server)
        search = "/v1/queues/dead/messages?max=1000&where=customer=c3"
        shown = ask(server, "GET", search)["messages"]
        expect(len(shown) == SENT // 5, f"{len(shown)} found by a header")
        expect(shown[0]["headers"]["x-death"][0]["reason"] == "rejected", "no x-death")
        count = ask(server, "POST", "/v1/queues/dead/redrive", {"dry_run": True})
        expect(count == {"would_move": SENT, "would_stay": 0}, f"dry run: {count}")
        ids = [message["id"] for message in shown]
        expect(ask(server, "POST", "/v1/queues/dead/redrive", {"ids": ids})["moved"] == len(ids),
               "chosen ones did not move")
        slow = threading.Thread(target=redrive_slowly, args=(server,))
        slow.start()
        while depth(server, "dead") > SENT - SENT // 5 - 50:
            time.sleep(0.01)
        server.restart(kill=True)
        slow.join()
        left = depth(server, "dead")
        expect(0 < left < SENT - SENT // 5, f"{left} left after the kill")
        ask(server, "POST", "/v1/queues/dead/redrive", {})
        expect(depth(server, "dead") == 0, "something stays dead")
        paid, shipped = drained(server, "paid"), drained(server, "shipped")
        expect(sorted(paid) == list(range(0, SENT, 2)), "paid: lost, doubled or astray")
        expect(sorted(shipped) == list(range(1, SENT, 2)), "shipped: lost, doubled or astray")
    return f"{SENT} dead letters of 2 queues, {len(ids)} chosen by a header, kill -9 on the way: " \
           "each back once where it died"


row("Do dead letters find their way back, each once, and only those that were chosen?", run)
