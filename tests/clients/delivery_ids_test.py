#!/usr/bin/python3
"""The stable id of a message: the same on every delivery and through every door."""
import json
import pathlib
import sys
import urllib.request

import kafka
import pika

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from rialto_server import RialtoServer, check, finish  # noqa: E402


def connected(server):
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", server.amqp_port))


def taken(channel, queue):
    method, properties, _ = channel.basic_get(queue)
    return method.delivery_tag, (properties.headers or {}).get("x-rialto-id")


def one_id_through_every_door(server):
    with connected(server) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("ids", durable=True)
        channel.basic_publish("", "ids", b"first")
        channel.basic_publish("", "ids", b"second", pika.BasicProperties(
            headers={"x-rialto-id": "elsewhere/0/7", "mine": 1}, message_id="m"))
        tag, first = taken(channel, "ids")
        channel.basic_nack(tag)
        assert taken(channel, "ids")[1] == first == "ids/0/0"
        method, properties, _ = channel.basic_get("ids")
        assert properties.headers == {"x-rialto-id": "ids/0/1", "mine": 1}, properties.headers
        assert properties.message_id == "m" and method.delivery_tag
    read = f"http://127.0.0.1:{server.http_port}/v1/topics/ids/messages?from=earliest"
    with urllib.request.urlopen(read, timeout=30) as answer:
        assert [m["id"] for m in json.load(answer)["messages"]] == ["ids/0/0", "ids/0/1"]
    log = kafka.KafkaConsumer("ids", bootstrap_servers=f"127.0.0.1:{server.kafka_port}",
                              auto_offset_reset="earliest", consumer_timeout_ms=30_000)
    records = [next(log) for _ in range(2)]
    log.close()
    assert [f"{r.topic}/{r.partition}/{r.offset}" for r in records] == ["ids/0/0", "ids/0/1"]


def over_a_kill(server):
    server.restart(kill=True)
    with connected(server) as connection:
        assert taken(connection.channel(), "ids")[1] == "ids/0/0"


def untouched_unless_asked_for(server):
    with connected(server) as connection:
        channel = connection.channel()
        channel.queue_declare("plain", durable=True)
        channel.basic_publish("", "plain", b"m")
        assert taken(channel, "plain")[1] is None


def main():
    with RialtoServer({"amqp.delivery_ids": "true"}) as server:
        check("a message has one id through every door, whatever it says itself",
              lambda: one_id_through_every_door(server))
        check("the id is the same after kill -9", lambda: over_a_kill(server))
    with RialtoServer() as server:
        check("properties are as published unless ids are asked for",
              lambda: untouched_unless_asked_for(server))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
