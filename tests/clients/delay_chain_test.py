#!/usr/bin/python3
"""The delay infrastructure of NServiceBus, which Celery has too: 28 levels of a topic exchange and
a queue each, whose messages wait 2^level seconds and are dead-lettered to the next level. The bits
of the delay are the first words of the routing key, so a message waits where a bit is 1 and passes
through where it is 0. Here by pika; in the tests without "seconds" level n waits 2^n milliseconds.
"""
import pathlib
import random
import sys
import time

import pika

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from amqp_pika_test import Client  # pylint: disable=wrong-import-position
from amqp_queue_features_test import until  # pylint: disable=wrong-import-position
from rialto_server import run_all  # pylint: disable=wrong-import-position

LEVEL_MAX = 27
MS_A_SECOND = 1000


class Chain:
    """The topology below a prefix; `unit_ms` is what the lowest bit waits."""

    def __init__(self, client, prefix="nsb.v2", unit_ms=1, kind="quorum"):
        self.client, self.prefix, self.kind = client, prefix, kind
        channel = client.channel
        self.delivery = f"{prefix}.delay-delivery"
        for level in range(LEVEL_MAX, -1, -1):
            name = self.level(level)
            channel.exchange_declare(name, "topic", durable=True)
            channel.queue_declare(name, durable=True, arguments=self.arguments(level, unit_ms))
            channel.queue_bind(name, name, "*." * (LEVEL_MAX - level) + "1.#")
        for level in range(LEVEL_MAX, 0, -1):
            channel.exchange_bind(self.level(level - 1), self.level(level),
                                  "*." * (LEVEL_MAX - level) + "0.#")
        channel.exchange_declare(self.delivery, "topic", durable=True)
        channel.exchange_bind(self.delivery, self.level(0), "*." * LEVEL_MAX + "0.#")

    def level(self, number):
        return f"{self.prefix}.delay-level-{number:02}"

    def arguments(self, level, unit_ms):
        out = {"x-message-ttl": 2 ** level * unit_ms,
               "x-dead-letter-exchange": self.below(level)}
        if self.kind == "quorum":
            out.update({"x-queue-type": "quorum", "x-dead-letter-strategy": "at-least-once",
                        "x-overflow": "reject-publish"})
        return out

    def bind(self, queue):
        self.client.channel.queue_bind(queue, self.delivery, f"#.{queue}")

    def send(self, queue, units, body):
        bits = f"{units:0{LEVEL_MAX + 1}b}"
        first = max(units.bit_length() - 1, 0)
        self.client.channel.basic_publish(
            self.level(first), ".".join(bits) + "." + queue, body,
            pika.BasicProperties(delivery_mode=2, message_id=str(units)), mandatory=True)

    def below(self, level):
        return self.level(level - 1) if level else self.delivery

    def deaths(self, units):
        """Where a message waits, and to which exchange it was sent for that; the last first."""
        levels = [n for n in range(LEVEL_MAX, -1, -1) if units >> n & 1]
        sent_to = [self.level(levels[0])] + [self.below(n) for n in levels]
        return [(self.level(n), sent_to[i]) for i, n in enumerate(levels)][::-1], sent_to[-1]


def waits_the_sum(server):
    with Client(server) as client:
        chain, queue = Chain(client), client.queue()
        chain.bind(queue)
        client.channel.confirm_delivery()
        for units in (1, 2, 0b101, 0b1111, 0b101101101, 1023):
            sent = time.monotonic()
            chain.send(queue, units, b"m")
            method, properties, _ = client.take(queue, 1, auto_ack=True)[0]
            client.channel.cancel()
            took = (time.monotonic() - sent) * 1000
            assert units <= took < units + 400, f"{units} ms took {took:.0f} ms"
            deaths, last = chain.deaths(units)
            assert method.exchange == last, method
            death = properties.headers["x-death"]
            assert [(d["queue"], d["exchange"]) for d in death] == deaths, death
            assert {(d["count"], d["reason"]) for d in death} == {(1, "expired")}, death
            assert all(d["routing-keys"] == [method.routing_key] for d in death)
            assert properties.message_id == str(units)


def passes_through(server):
    with Client(server) as client:
        chain, queue = Chain(client), client.queue()
        chain.bind(queue)
        client.channel.confirm_delivery()
        key = "0." * (LEVEL_MAX + 1) + queue
        client.channel.basic_publish(chain.level(LEVEL_MAX), key, b"now", mandatory=True)
        method, properties, body = client.take(queue, 1, auto_ack=True)[0]
        assert (method.exchange, body) == (chain.level(LEVEL_MAX), b"now")
        assert "x-death" not in (properties.headers or {})


def many(server):
    with Client(server) as client:
        chain, queue = Chain(client), client.queue()
        chain.bind(queue)
        client.channel.confirm_delivery()
        choice = random.Random(28)
        due = {}
        for n in range(300):
            units = choice.randrange(1, 1500)
            due[b"%d" % n] = time.time() + units / 1000
            chain.send(queue, units, b"%d" % n)
        got = []
        for _, _, body in client.channel.consume(queue, auto_ack=True, inactivity_timeout=10):
            assert body is not None, f"{len(got)} came"
            assert time.time() >= due[body] - 0.001, "too early"
            got.append(body)
            if len(got) == len(due):
                break
        client.channel.cancel()
        assert len(set(got)) == len(due)
        assert client.depth(queue) == 0


def over_a_kill(server):
    with Client(server) as client:
        chain, queue = Chain(client), client.queue(queue="over-a-kill")
        chain.bind(queue)
        client.channel.confirm_delivery()
        for n in range(200):
            chain.send(queue, 1 + 13 * n, b"%d" % n)
        server.restart(kill=True)
    with Client(server) as client:
        until(lambda: client.depth(queue) == 200, 15)
        assert sorted(int(body) for body in client.bodies(queue, 200)) == list(range(200))
        assert client.depth(queue) == 0


def seconds(server):
    """The figures of NServiceBus and Celery, with queues of both types."""
    for kind in ("quorum", "classic"):
        with Client(server) as client:
            chain = Chain(client, f"s-{kind}", MS_A_SECOND, kind)
            queue = client.queue()
            chain.bind(queue)
            client.channel.confirm_delivery()
            sent = time.monotonic()
            chain.send(queue, 3, b"3 s")
            chain.send(queue, 2 ** LEVEL_MAX, b"4 years")
            got = client.take(queue, 1, auto_ack=True)[0]
            took = time.monotonic() - sent
            assert got[2] == b"3 s" and 3 <= took < 3.2, f"{took:.3f} s"
            assert client.depth(chain.level(LEVEL_MAX)) == 1


TESTS = (
    ("a message waits the sum of its levels, and x-death counts each level once", waits_the_sum),
    ("a message without a delay passes 28 exchanges at once", passes_through),
    ("300 messages of any delay come once, none early", many),
    ("what waits in the chain comes once over kill -9", over_a_kill),
    ("the chain in seconds is taken as its users declare it", seconds),
)


if __name__ == "__main__":
    sys.exit(run_all(TESTS))
