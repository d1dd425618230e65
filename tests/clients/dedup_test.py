#!/usr/bin/python3
"""Messages that are published again are stored once: pika by message id and by producer and
sequence, plain HTTP by Idempotency-Key, over kill -9 and clean restarts."""
import http.client
import json
import pathlib
import sys
import time

import pika

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from amqp_pika_test import Client, refused  # pylint: disable=wrong-import-position
from rialto_server import RialtoServer, check, finish  # pylint: disable=wrong-import-position


def deduplicating(client, name, window_ms=600000, **arguments):
    return client.queue(queue=name, arguments={
        "x-message-deduplication": True, "x-dedup-window": window_ms, **arguments})


def post(server, path, body, **headers):
    """Status and answer."""
    link = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=30)
    link.request("POST", path, body,
                 {name.replace("_", "-"): value for name, value in headers.items()})
    answer = link.getresponse()
    return answer.status, json.load(answer)


def by_message_id(server):
    with Client(server) as client:
        deduplicating(client, "ids")
        client.channel.confirm_delivery()
        for number in range(100):
            client.put("ids", str(number).encode(), message_id=f"m{number}")
    for kill in (True, False):
        server.restart(kill=kill)
        with Client(server) as client:
            client.channel.confirm_delivery()
            for number in range(100):
                client.put("ids", b"again", message_id=f"m{number}")
            client.put("ids", b"header", headers={"x-deduplication-header": "m1"})
            assert client.depth("ids") == 100, client.depth("ids")
    with Client(server) as client:
        assert client.bodies("ids", 100) == [str(number).encode() for number in range(100)]


def until_the_window_ends(server):
    with Client(server) as client:
        deduplicating(client, "short", window_ms=300)
        client.channel.confirm_delivery()
        client.put("short", b"1", b"2", message_id="a")
        assert client.depth("short") == 1
        time.sleep(0.35)
        client.put("short", b"3", message_id="a")
        assert client.bodies("short", 2) == [b"1", b"3"]


def by_producer_and_sequence(server):
    def put(client, sequence, name="orders"):
        client.put("numbered", str(sequence).encode(), headers={
            "x-producer-name": name, "x-producer-sequence": sequence})

    with Client(server) as client:
        client.queue(queue="numbered")
        client.channel.confirm_delivery()
        for sequence in (1, 2, 5, 5, 3):
            put(client, sequence)
    server.restart(kill=True)
    with Client(server) as client:
        client.channel.confirm_delivery()
        for sequence in (1, 2, 5, 6):
            put(client, sequence)
        put(client, 1, "another")
        assert client.bodies("numbered", 5) == [b"1", b"2", b"5", b"6", b"1"]
        assert client.depth("numbered") == 0
    with Client(server) as client:
        refused(406, lambda: (client.channel.confirm_delivery(), put(client, "x")))


def by_idempotency_key(server):
    with Client(server) as client:
        client.queue(queue="web")
        path = "/v1/queues/web/messages"
        status, told = post(server, path, b"1", Idempotency_Key="order-17")
        assert status == 201 and "duplicate" not in told, told
        batch = json.dumps({"messages": [{"body": "2"}, {"body": "3"}]})
        assert post(server, "/v1/queues/web/batch", batch, Idempotency_Key="b")[0] == 201
        server.restart(kill=True)
        status, told = post(server, path, b"1", Idempotency_Key='"order-17"')
        assert status == 201 and told["duplicate"] is True, told
        status, told = post(server, "/v1/queues/web/batch", batch, Idempotency_Key="b")
        assert status == 201 and told["duplicates"] == 2, told
    with Client(server) as client:
        assert client.bodies("web", 3) == [b"1", b"2", b"3"]
        assert client.depth("web") == 0


def of_some_targets(server):
    with Client(server) as client:
        for name in ("left", "right"):
            deduplicating(client, name)
            client.channel.queue_bind(name, "amq.fanout")
        client.channel.confirm_delivery()
        client.put("left", b"first", message_id="a")
        client.channel.basic_publish("amq.fanout", "", b"second",
                                     pika.BasicProperties(message_id="a"))
        assert client.bodies("left", 1) == [b"first"]
        assert client.bodies("right", 1) == [b"second"]


def main():
    with RialtoServer() as server:
        for sentence, test in (
                ("a message id that comes again is confirmed and not stored, over restarts",
                 by_message_id),
                ("an id is known until its window ends", until_the_window_ends),
                ("a producer's sequence is stored once, with gaps, over kill -9",
                 by_producer_and_sequence),
                ("an Idempotency-Key stores a message or a batch once, over kill -9",
                 by_idempotency_key),
                ("a queue that has the message is left out, the others get it", of_some_targets)):
            check(sentence, lambda test=test: test(server))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
