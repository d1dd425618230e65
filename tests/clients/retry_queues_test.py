#!/usr/bin/python3
"""The retry queues of Symfony's Messenger, in its own methods and arguments, by pika: at every send
a queue is declared in which the message waits until it expires, and which is deleted when nobody
has declared it for as long as its messages wait and ten seconds more."""
import json
import pathlib
import sys
import threading
import time
import urllib.request

import pika

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from amqp_pika_test import Client, refused  # pylint: disable=wrong-import-position
from amqp_queue_features_test import until  # pylint: disable=wrong-import-position
from rialto_server import run_all  # pylint: disable=wrong-import-position

SPARE_MS = 10_000


class Messenger:
    """An application with one exchange and one queue, and the exchange it delays through."""

    def __init__(self, client, exchange="messages", queue="messages", spare_ms=SPARE_MS):
        self.client, self.exchange, self.queue = client, exchange, queue
        self.spare_ms = spare_ms
        client.channel.exchange_declare(exchange, "fanout", durable=True)
        client.channel.queue_declare(queue, durable=True)
        client.channel.queue_bind(queue, exchange, "")

    def wait_in(self, ms, key, retry):
        """Declares and binds the queue for this delay, as at every send."""
        channel = self.client.channel
        name = f"delay_{self.exchange}_{key}_{ms}_{'retry' if retry else 'delay'}"
        channel.exchange_declare("delays", "direct", durable=True)
        channel.queue_declare(name, durable=True, arguments={
            "x-message-ttl": ms, "x-expires": ms + self.spare_ms,
            "x-dead-letter-exchange": "" if retry else self.exchange,
            "x-dead-letter-routing-key": key})
        channel.queue_bind(name, "delays", name)
        return name

    def send(self, body, ms, key="", retry=False):
        name = self.wait_in(ms, key, retry)
        self.client.channel.basic_publish("delays", name, body, pika.BasicProperties(
            content_type="application/json", delivery_mode=2, headers={"type": "App\\Message"}))
        return name

    def next(self):
        got = self.client.take(self.queue, 1, auto_ack=True)[0]
        self.client.channel.cancel()
        return got


def is_listed(server, queue):
    """A list of queues is no use of them: it does not keep them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.http_port}/api/queues",
                                timeout=10) as answer:
        return queue in [each["name"] for each in json.load(answer)]


def comes_back(server):
    with Client(server) as client:
        app = Messenger(client)
        client.channel.confirm_delivery()
        for attempt in (1, 2, 3):
            sent = time.monotonic()
            name = app.send(b"order", 100 * attempt, key=app.queue, retry=True)
            assert name == f"delay_messages_messages_{100 * attempt}_retry"
            method, properties, body = app.next()
            took = time.monotonic() - sent
            assert 0.1 * attempt <= took < 0.1 * attempt + 0.2, f"{took:.3f} s"
            assert body == b"order" and properties.content_type == "application/json"
            assert (method.exchange, method.routing_key) == ("", app.queue)
            assert properties.headers["type"] == "App\\Message"
            death = properties.headers["x-death"]
            assert [d["queue"] for d in death] == [name] and death[0]["count"] == 1, death
            assert death[0]["reason"] == "expired" and death[0]["exchange"] == "delays"


def to_all_consumers(server):
    with Client(server) as client:
        app = Messenger(client)
        second = client.queue()
        client.channel.queue_bind(second, app.exchange, "")
        client.channel.confirm_delivery()
        app.send(b"all", 150)
        method, _, body = app.next()
        assert (method.exchange, method.routing_key, body) == (app.exchange, "", b"all")
        assert client.bodies(second, 1) == [b"all"]


def many_senders(server):
    """Forty delays at once from four connections, each declaring before each send."""
    def send(first):
        with Client(server) as client:
            app = Messenger(client, "many", "many")
            client.channel.confirm_delivery()
            for n in range(first, first + 50):
                app.send(b"%d" % n, 50 + n % 40, key="many", retry=True)

    threads = [threading.Thread(target=send, args=(n * 50,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Client(server) as client:
        got = sorted(int(body) for body in client.bodies("many", 200))
        assert got == list(range(200))
        assert client.depth("many") == 0


def expires(server):
    with Client(server) as client:
        app = Messenger(client, "short", "short", spare_ms=600)
        client.channel.confirm_delivery()
        name = app.send(b"m", 200, key="short", retry=True)
        sent = time.monotonic()
        until(lambda: not is_listed(server, name))
        took = time.monotonic() - sent
        assert 0.75 <= took < 1.2, f"{took:.3f} s"
        refused(404, lambda: client.channel.queue_declare(name, passive=True))
    with Client(server) as client:
        assert client.bodies("short", 1) == [b"m"]


def renewed(server):
    with Client(server) as client:
        app = Messenger(client, "renewed", "renewed", spare_ms=500)
        client.channel.confirm_delivery()
        for _ in range(8):
            name = app.send(b"m", 100, key="renewed", retry=True)
            time.sleep(0.3)
            assert is_listed(server, name)
        until(lambda: not is_listed(server, name))
        assert client.depth("renewed") == 8


def exact_figures(server):
    """The queue of a minute lives for 70 s; another time to live under its name is refused."""
    with Client(server) as client:
        app = Messenger(client)
        name = app.send(b"later", 60_000, key=app.queue, retry=True)
        text = refused(406, lambda: client.channel.queue_declare(name, durable=True, arguments={
            "x-message-ttl": 60_000, "x-expires": 60_000 + SPARE_MS + 1,
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": app.queue}))
        assert text == (
            f"PRECONDITION_FAILED - inequivalent arg 'x-expires' for queue '{name}' in vhost '/': "
            "received the value '70001' of type 'signedint' but current is the value '70000' of "
            "type 'signedint'"), text


TESTS = (
    ("a retry comes back to its queue after its time, with its history", comes_back),
    ("a delayed message comes through the exchange to every queue", to_all_consumers),
    ("delays declared by many at once lose nothing and double nothing", many_senders),
    ("a retry queue expires when nobody declares it any more", expires),
    ("a retry queue that is declared at every send stays", renewed),
    ("a retry queue keeps the arguments of its first declaration", exact_figures),
)


if __name__ == "__main__":
    sys.exit(run_all(TESTS))
