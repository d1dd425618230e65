#!/usr/bin/python3
"""Debian's pika against Rialto: what a queue does with its messages by itself. Time to live,
length limits, dead letters, delivery limits and priorities, as on RabbitMQ."""
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

import pika
import pika.exceptions

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from amqp_pika_test import Client, refused  # pylint: disable=wrong-import-position
from rialto_server import run_all  # pylint: disable=wrong-import-position


def until(true, seconds=5):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


# ---- time to live ----------------------------------------------------------------------------

def queue_ttl(server):
    with Client(server) as client:
        queue = client.queue(arguments={"x-message-ttl": 200})
        client.channel.confirm_delivery()
        sent = time.monotonic()
        client.put(queue, b"a", b"b")
        until(lambda: client.depth(queue) == 0)
        took = time.monotonic() - sent
        assert 0.2 <= took < 0.3, f"{took:.3f} s"


def message_ttl(server):
    with Client(server) as client:
        queue = client.queue()
        client.channel.confirm_delivery()
        client.put(queue, b"stays")
        sent = time.monotonic()
        client.put(queue, b"goes", expiration="150")
        until(lambda: client.depth(queue) == 1)
        assert 0.15 <= time.monotonic() - sent < 0.25
        client.put(queue, b"property", expiration="60000")
        got = client.take(queue, 2, auto_ack=True)
        assert [body for _, _, body in got] == [b"stays", b"property"]
        assert got[1][1].expiration == "60000"


def zero_ttl(server):
    with Client(server) as client, Client(server) as receiver:
        queue = client.queue(arguments={"x-message-ttl": 0})
        client.channel.confirm_delivery()
        client.put(queue, b"nobody waits")
        assert client.depth(queue) == 0
        got = []
        receiver.channel.basic_consume(queue, lambda *args: got.append(args[3]), auto_ack=True)
        client.put(queue, b"somebody waits")
        receiver.connection.process_data_events(0.5)
        assert got == [b"somebody waits"], got


def bad_values(server):
    for arguments in ({"x-message-ttl": -1}, {"x-message-ttl": "10"}, {"x-expires": 0},
                      {"x-max-length": -1}, {"x-overflow": "drop-tail"},
                      {"x-dead-letter-routing-key": "k"}):
        with Client(server) as client:
            told = refused(406, lambda: client.queue(arguments=arguments))
            assert told.startswith("PRECONDITION_FAILED - invalid arg '"), told
    for expiration in ("soon", "-1", "1.5", ""):
        with Client(server) as client:
            queue = client.queue()
            client.channel.confirm_delivery()
            told = refused(406, lambda: client.put(queue, b"x", expiration=expiration))
            assert "invalid expiration" in told, told


def listed(server, queue):
    """A list is no use of a queue, so that it can be watched while it expires."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.http_port}/v1/queues",
                                timeout=30) as answer:
        return queue in [each["name"] for each in json.load(answer)["queues"]]


def queue_expires(server):
    with Client(server) as client:
        queue = client.queue(arguments={"x-expires": 1000})
        used_until = time.monotonic() + 1.5
        while time.monotonic() < used_until:
            client.depth(queue)
        last_used = time.monotonic()
        until(lambda: not listed(server, queue))
        assert time.monotonic() - last_used >= 0.9, "it went before its time"
        refused(404, lambda: client.depth(queue))


def ttl_over_restart(server):
    with Client(server) as client:
        queue = client.queue(arguments={"x-message-ttl": 60000})
        client.channel.confirm_delivery()
        client.put(queue, b"long")
        client.put(queue, b"short", expiration="300")
        server.restart(kill=True)
    with Client(server) as client:
        until(lambda: client.depth(queue) == 1)
        assert client.bodies(queue, 1) == [b"long"]


# ---- length limits ---------------------------------------------------------------------------

def drop_head(server):
    with Client(server) as client:
        queue = client.queue(arguments={"x-max-length": 3})
        client.channel.confirm_delivery()
        client.put(queue, *(b"%d" % i for i in range(10)))
        assert client.depth(queue) == 3
        assert client.bodies(queue, 3) == [b"7", b"8", b"9"]


def ask(server, method, path, body=None):
    """The status of a request to the HTTP door, and what it answered."""
    request = urllib.request.Request(f"http://127.0.0.1:{server.http_port}{path}", method=method,
                                     data=json.dumps(body).encode() if body else None)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def policies(server):
    with Client(server) as client:
        queue = client.queue()
        client.channel.confirm_delivery()
        client.put(queue, b"1", b"2", b"3")
        policy = "/api/policies/%2F/short"
        definition = {"pattern": f"^{queue}$", "definition": {"max-length": 2}}
        assert ask(server, "PUT", policy, definition)[0] == 201
        assert client.depth(queue) == 2
        server.restart(kill=True)
    with Client(server) as client:
        client.channel.confirm_delivery()
        client.put(queue, b"4")
        assert client.depth(queue) == 2
        guard = {"pattern": f"^{queue}$", "definition": {"message-ttl": 200}}
        assert ask(server, "PUT", "/api/operator-policies/%2F/guard", guard)[0] == 201
        until(lambda: client.depth(queue) == 0)
        for path in (policy, "/api/operator-policies/%2F/guard"):
            assert ask(server, "DELETE", path)[0] == 204
        client.put(queue, b"5", b"6", b"7")
        assert client.bodies(queue, 3) == [b"5", b"6", b"7"]
        status, told = ask(server, "PUT", policy, {"pattern": "", "definition": {"foo": 1}})
        assert status == 400 and b"are not recognised policy settings" in told, told


def reject_publish(server):
    with Client(server) as client:
        queue = client.queue(arguments={"x-max-length": 2, "x-overflow": "reject-publish"})
        other = client.queue()
        for name in (queue, other):
            client.channel.queue_bind(name, "amq.direct", queue)
        client.channel.confirm_delivery()
        refusals = 0
        for i in range(4):
            try:
                client.channel.basic_publish("amq.direct", queue, b"%d" % i)
            except pika.exceptions.NackError:
                refusals += 1
        assert refusals == 2, refusals
        assert client.bodies(queue, 2) == [b"0", b"1"]
        assert client.bodies(other, 4) == [b"0", b"1", b"2", b"3"]


def limit_of_bytes(server):
    with Client(server) as client:
        queue = client.queue(arguments={"x-max-length-bytes": 1000})
        client.channel.confirm_delivery()
        client.put(queue, *(bytes([i]) * 300 for i in range(10)))
        assert client.depth(queue) == 3
        held = client.channel.basic_get(queue)
        client.put(queue, b"x" * 400)
        assert client.depth(queue) == 3
        client.channel.basic_reject(held[0].delivery_tag, requeue=True)
        until(lambda: client.depth(queue) == 3)
        server.restart(kill=True)
    with Client(server) as client:
        client.channel.confirm_delivery()
        client.put(queue, b"y" * 400)
        bodies = client.bodies(queue, client.depth(queue))
        assert [body[:1] for body in bodies] == [b"x", b"y"], bodies


# ---- dead letters ----------------------------------------------------------------------------

def dead_letters(server):
    with Client(server) as client:
        dead = client.queue()
        client.channel.exchange_declare("dlx", "fanout", durable=True)
        client.channel.queue_bind(dead, "dlx")
        queue = client.queue(arguments={"x-dead-letter-exchange": "dlx"})
        client.channel.queue_bind(queue, "amq.topic", "a.#")
        client.channel.confirm_delivery()
        client.channel.basic_publish(
            "amq.topic", "a.b", b"m",
            pika.BasicProperties(headers={"mine": 1}, expiration="60000", content_type="x/y"))
        method, _, _ = client.channel.basic_get(queue)
        client.channel.basic_nack(method.delivery_tag, requeue=False)
        until(lambda: client.depth(dead) == 1)
        method, properties, body = client.take(dead, 1, auto_ack=True)[0]
        assert (method.exchange, method.routing_key, body) == ("dlx", "a.b", b"m")
        assert properties.expiration is None and properties.content_type == "x/y"
        death = properties.headers.pop("x-death")
        assert properties.headers == {
            "mine": 1,
            "x-first-death-exchange": "amq.topic", "x-last-death-exchange": "amq.topic",
            "x-first-death-queue": queue, "x-last-death-queue": queue,
            "x-first-death-reason": "rejected", "x-last-death-reason": "rejected"}
        died = death[0].pop("time").timestamp()
        assert len(death) == 1 and abs(time.time() - died) < 24 * 3600
        assert list(death[0].items()) == [
            ("original-expiration", "60000"), ("count", 1), ("reason", "rejected"),
            ("queue", queue), ("exchange", "amq.topic"), ("routing-keys", ["a.b"])], death


def retry_loop(server):
    """The pattern of Symfony's messenger and of others: wait in a queue with a time to live."""
    with Client(server) as client:
        work = client.queue()
        client.channel.confirm_delivery()
        for n in (1, 2):
            wait = client.queue(queue="wait-" + work, arguments={
                "x-message-ttl": 100, "x-expires": 1000, "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": work})
            client.put(wait, b"again")
            until(lambda: client.depth(work) == 1)
            _, properties, body = client.take(work, 1, auto_ack=True)[0]
            client.channel.cancel()
            assert body == b"again" and properties.headers["x-death"][0]["count"] == 1, n
            assert properties.headers["x-first-death-reason"] == "expired"


def dead_letters_survive(server):
    with Client(server) as client:
        dead = client.queue()
        queue = client.queue(arguments={
            "x-message-ttl": 500, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
        client.channel.confirm_delivery()
        client.put(queue, *(b"%d" % i for i in range(200)))
        for _ in range(50):
            method, _, _ = client.channel.basic_get(queue)
            client.channel.basic_reject(method.delivery_tag, requeue=False)
        server.restart(kill=True)
    with Client(server) as client:
        until(lambda: client.depth(dead) == 200)
        assert client.depth(queue) == 0
        got = sorted(int(body) for body in client.bodies(dead, 200))
        assert got == list(range(200))


def dead_letters_wait_for_room(server):
    with Client(server) as client:
        dead = client.queue(arguments={"x-max-length": 10, "x-overflow": "reject-publish"})
        queue = client.queue(arguments={
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
        client.channel.confirm_delivery()
        client.put(queue, *(b"%d" % i for i in range(60)))
        for _ in range(60):
            method, _, _ = client.channel.basic_get(queue)
            client.channel.basic_reject(method.delivery_tag, requeue=False)
        until(lambda: client.depth(dead) == 10)
        assert client.depth(queue) == 0
        client.put(client.queue(), b"confirmed after what was settled before it")
        server.restart(kill=True)
    with Client(server) as client:
        assert client.channel.basic_get(queue) == (None, None, None)
        got = [int(body) for body in client.bodies(dead, 60)]
        assert got == list(range(60)), got


def delivery_limit(server):
    with Client(server) as client:
        dead = client.queue()
        queue = client.queue(arguments={
            "x-queue-type": "quorum", "x-delivery-limit": 2, "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead})
        client.channel.confirm_delivery()
        client.put(queue, b"m")
        for count in (None, 1, 2):
            for give_back in (client.channel.basic_nack, client.channel.basic_reject):
                method, properties, _ = client.channel.basic_get(queue)
                assert (properties.headers or {}).get("x-delivery-count") == count
                give_back(method.delivery_tag, requeue=True)
        until(lambda: client.depth(dead) == 1)
        assert client.depth(queue) == 0
        _, properties, _ = client.channel.basic_get(dead)
        assert properties.headers["x-last-death-reason"] == "delivery_limit"


def backoff(server):
    with Client(server) as client:
        queue = client.queue(arguments={"x-retry-kind": "exponential", "x-retry-delay": 100,
                                        "x-retry-limit": 2})
        client.channel.confirm_delivery()
        client.put(queue, b"poison", b"other")
        waits = []
        for _ in range(3):
            got = client.channel.basic_get(queue)
            assert got[2] == b"poison", got
            client.channel.basic_nack(got[0].delivery_tag, requeue=True)
            since = time.monotonic()
            if len(waits) < 2:
                until(lambda: client.depth(queue) == 2)
            waits.append(time.monotonic() - since)
        assert 0.1 <= waits[0] < 0.19 and 0.2 <= waits[1] < 0.3, waits
        assert client.bodies(queue, 1) == [b"other"]
        assert client.depth(queue) == 0


def delayed_retry_over_restart(server):
    with Client(server) as client:
        queue = client.queue(arguments={
            "x-queue-type": "quorum", "x-delayed-retry-type": "failed",
            "x-delayed-retry-min": 1500, "x-delayed-retry-max": 5000})
        client.channel.confirm_delivery()
        client.put(queue, b"1")
        got = client.channel.basic_get(queue)
        client.channel.basic_nack(got[0].delivery_tag, requeue=True)
        until(lambda: client.depth(queue) == 1)
        got = client.channel.basic_get(queue)
        client.channel.basic_reject(got[0].delivery_tag, requeue=True)
        since = time.monotonic()
        client.put(queue, b"2")
        assert client.depth(queue) == 1
        server.restart(kill=True)
    with Client(server) as client:
        until(lambda: client.depth(queue) == 2)
        assert time.monotonic() - since >= 1.5
        assert client.bodies(queue, 2) == [b"1", b"2"]


def priorities(server):
    with Client(server) as client:
        queue = client.queue(arguments={"x-max-priority": 5})
        client.channel.confirm_delivery()
        for priority in (1, None, 9, 3, 5, 1):
            client.put(queue, str(priority).encode(), priority=priority)
        got = client.bodies(queue, 6)
        assert got == [b"9", b"5", b"3", b"1", b"1", b"None"], got


TESTS = (
    ("a queue's messages expire by themselves, on time and never early", queue_ttl),
    ("a message expires by its own expiration, also behind one that stays", message_ttl),
    ("a time to live of zero is for a consumer that waits", zero_ttl),
    ("wrong values are refused with 406", bad_values),
    ("a queue that nobody uses expires", queue_expires),
    ("expiry survives a kill", ttl_over_restart),
    ("a full queue drops its oldest messages", drop_head),
    ("a full queue that refuses nacks, and the others have the message", reject_publish),
    ("a limit of bytes holds message by message, over a kill", limit_of_bytes),
    ("policies hold at once, over a kill, and until they are cleared", policies),
    ("a rejected message is dead-lettered with RabbitMQ's headers", dead_letters),
    ("retries by way of an expiring queue work again and again", retry_loop),
    ("a kill neither loses nor doubles dead letters", dead_letters_survive),
    ("dead letters wait for room, over a kill, and keep their order", dead_letters_wait_for_room),
    ("a quorum queue counts rejects, and no nacks, and gives up at its limit", delivery_limit),
    ("a returned message waits, twice as long each time, and is given up", backoff),
    ("a failed message of a quorum queue waits its time, over a kill", delayed_retry_over_restart),
    ("a queue with priorities hands out the highest first", priorities),
)


if __name__ == "__main__":
    sys.exit(run_all(TESTS))
