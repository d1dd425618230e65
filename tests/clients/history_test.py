#!/usr/bin/python3
"""The log behind the queues: streams read from anywhere, subscriptions that share the log of a
topic with Kafka's clients, and `rialto replay`. pika, Debian's kcat, and kills."""
import datetime
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

import pika

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from amqp_pika_test import Client, refused  # pylint: disable=wrong-import-position
from amqp_queue_features_test import until  # pylint: disable=wrong-import-position
from rialto_server import RialtoServer, check, finish  # pylint: disable=wrong-import-position

STREAM = {"x-queue-type": "stream"}


def produce(server, topic, *values, partition=0):
    subprocess.run(["kcat", "-b", f"127.0.0.1:{server.kafka_port}", "-t", topic, "-P",
                    "-p", str(partition)], input="\n".join(values), text=True, check=True,
                   timeout=30)


def kafka_values(server, topic):
    ran = subprocess.run(["kcat", "-b", f"127.0.0.1:{server.kafka_port}", "-t", topic, "-C", "-e",
                          "-q"], capture_output=True, text=True, check=True, timeout=30)
    return ran.stdout.split()


def topic(server, name, partitions):
    request = urllib.request.Request(f"http://127.0.0.1:{server.http_port}/v1/topics/{name}",
                                     json.dumps({"partitions": partitions}).encode(), method="PUT")
    urllib.request.urlopen(request, timeout=30).close()


def replay(server, *words):
    ran = subprocess.run([os.environ["RIALTO_BIN"], "replay", "--url",
                          f"http://127.0.0.1:{server.http_port}", "-q", *words],
                         capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran
    return int(ran.stdout.split()[1])


def read(server, queue, count, start=None):
    with Client(server) as client:
        client.channel.basic_qos(prefetch_count=10)
        arguments = {} if start is None else {"x-stream-offset": start}
        got = client.take(queue, count, arguments=arguments)
        for method, _, _ in got:
            client.channel.basic_ack(method.delivery_tag)
        return [(body, properties.headers["x-stream-offset"]) for _, properties, body in got]


def streams(server):
    with Client(server) as client:
        client.channel.queue_declare("s", durable=True, arguments=STREAM)
        client.channel.confirm_delivery()
        client.put("s", *(b"%d" % n for n in range(5)))
        everything = [(b"%d" % n, n) for n in range(5)]
        assert read(server, "s", 5, "first") == everything
        assert read(server, "s", 2, 3) == everything[3:]
        assert read(server, "s", 5, "1h") == everything
        assert read(server, "s", 5, datetime.datetime(2020, 1, 1)) == everything
        assert read(server, "s", 1, "last")[-1][0] == b"4"
        assert client.depth("s") == 5
        with Client(server) as other:
            other.channel.basic_qos(prefetch_count=1)
            seen = []
            other.channel.basic_consume("s", lambda *got: seen.append(got[3]))
            client.put("s", b"next")
            end = time.monotonic() + 5
            while not seen and time.monotonic() < end:
                other.connection.process_data_events(0.1)
            assert seen == [b"next"], seen
    assert kafka_values(server, "s") == ["0", "1", "2", "3", "4", "next"]


def streams_refuse(server):
    for wrong in (lambda c: c.channel.basic_get("s"), lambda c: c.channel.queue_purge("s"),
                  lambda c: c.channel.basic_consume("s", print, auto_ack=True)):
        with Client(server) as client:
            refused(540, lambda c=client, w=wrong: w(c))
    with Client(server) as client:
        refused(406, lambda: client.channel.basic_consume("s", print))
    with Client(server) as client:
        client.channel.basic_qos(prefetch_count=1)
        text = refused(406, lambda: client.channel.basic_consume(
            "s", print, arguments={"x-stream-offset": "soon"}))
        assert "x-stream-offset" in text, text
    with Client(server) as client:
        text = refused(406, lambda: client.channel.queue_declare(
            "other", durable=True, arguments={**STREAM, "x-message-ttl": 1}))
        assert "x-message-ttl" in text, text


def stays_after_a_kill(server):
    server.restart(kill=True)
    assert len(read(server, "s", 6, "first")) == 6


def subscriptions(server):
    topic(server, "orders", 2)
    produce(server, "orders", "a", "b")
    produce(server, "orders", "c", partition=1)
    with Client(server) as client:
        for name in ("billing", "shipping"):
            client.channel.queue_declare(name, durable=True, arguments={
                "x-source-topic": "orders", "x-start": "earliest"})
        client.channel.queue_declare("tail", durable=True, arguments={"x-source-topic": "orders"})
        consumers = [Client(server) for _ in range(3)]
        held = []
        for consumer in consumers:
            consumer.channel.basic_qos(prefetch_count=1)
            held.append(consumer.take("billing", 1)[0])
        assert sorted(body for _, _, body in held) == [b"a", b"b", b"c"]
        ids = {properties.headers["x-rialto-id"] for _, properties, _ in held}
        assert ids == {"orders/0/0", "orders/0/1", "orders/1/0"}, ids
        # The second of three is acked; the others come back.
        consumers[1].channel.basic_ack(held[1][0].delivery_tag)
        for consumer in consumers:
            consumer.connection.close()
        until(lambda: client.depth("billing") == 2)
        assert client.depth("shipping") == 3 and client.depth("tail") == 0
        produce(server, "orders", "d", partition=1)
        until(lambda: client.depth("tail") == 1)
    server.restart(kill=True)
    with Client(server) as client:
        assert client.depth("billing") == 3
        assert sorted(client.bodies("shipping", 4)) == [b"a", b"b", b"c", b"d"]
    assert sorted(kafka_values(server, "orders")) == ["a", "b", "c", "d"]


def replays(server):
    with Client(server) as client:
        queue = client.queue()
        client.channel.confirm_delivery()
        for n in range(100):
            client.channel.basic_publish("", queue, b"%d" % n, pika.BasicProperties(
                headers={"customer": "c%d" % (n % 10)}))
        for _ in range(40):
            assert client.channel.basic_get(queue, auto_ack=True)[0]
        client.channel.queue_purge(queue)
        assert client.depth(queue) == 0
        assert replay(server, queue, "--state", "purged", "--dry-run") == 60
        assert client.depth(queue) == 0
        assert replay(server, queue, "--state", "purged") == 60
        assert replay(server, queue, "--state", "purged") == 0
        assert replay(server, queue, "--state", "acked", "--since", "1h", "--where",
                      "customer=c7") == 4
        assert replay(server, queue, "--state", "acked", "--until", "1h") == 0
        server.restart(kill=True)
    with Client(server) as client:
        assert client.depth(queue) == 64
        got = client.take(queue, 64, auto_ack=True)
        assert [int(body) for _, _, body in got] == [7, 17, 27, 37, *range(40, 100)]
        assert all(method.redelivered for method, _, _ in got[:4])


with RialtoServer() as shared:
    check("streams are read from anywhere, and by Kafka's clients", lambda: streams(shared))
    check("streams refuse what takes messages out, in RabbitMQ's words",
          lambda: streams_refuse(shared))
    check("a stream is whole after a kill", lambda: stays_after_a_kill(shared))
    check("subscriptions share a topic: more consumers than partitions, one ack each",
          lambda: subscriptions(shared))
    check("what was acked or purged comes back, exactly what was asked for, over a kill",
          lambda: replays(shared))
sys.exit(finish())
