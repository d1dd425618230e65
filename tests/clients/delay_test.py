#!/usr/bin/python3
"""Messages that enter their queues later: pika on any exchange and on x-delayed-message, plain
HTTP, lists and cancellation, Kafka records, over restarts."""
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

import kafka
import pika

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from amqp_pika_test import Client, refused  # pylint: disable=wrong-import-position
from amqp_queue_features_test import until  # pylint: disable=wrong-import-position
from rialto_server import RialtoServer, check, finish  # pylint: disable=wrong-import-position


def http(server, method, path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{server.http_port}{path}", body,
                                     method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def put_later(client, exchange, key, body, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    client.channel.basic_publish(exchange, key, body, pika.BasicProperties(headers=headers))


def on_any_exchange(server):
    with Client(server) as client:
        queue = client.queue()
        client.channel.confirm_delivery()
        sent = time.monotonic()
        put_later(client, "", queue, b"later", x_delay=300)
        assert time.monotonic() - sent < 0.2, "a confirm does not wait for the delay"
        assert client.depth(queue) == 0
        until(lambda: client.depth(queue) == 1)
        took = time.monotonic() - sent
        assert 0.3 <= took < 0.35, f"{took:.3f} s"
        got = client.take(queue, 1, auto_ack=True)
        assert got[0][1].headers["x-delay"] == -300, got[0][1].headers


def on_a_delayed_exchange(server):
    with Client(server) as client:
        queue = client.queue()
        client.channel.exchange_declare("late", "x-delayed-message", durable=True,
                                        arguments={"x-delayed-type": "topic"})
        client.channel.queue_bind(queue, "late", "order.*")
        client.channel.confirm_delivery()
        for body, delay in ((b"3", 300), (b"1", 100), (b"2", 200)):
            put_later(client, "late", "order.new", body, x_delay=delay)
        put_later(client, "late", "order.new", b"0")
        until(lambda: client.depth(queue) == 4)
        got = client.take(queue, 4, auto_ack=True)
        assert [body for _, _, body in got] == [b"0", b"1", b"2", b"3"]
    with Client(server) as client:
        refused(406, lambda: client.channel.exchange_declare("bad", "x-delayed-message"))


def cancelled_by_key(server):
    with Client(server) as client:
        queue = client.queue()
        client.channel.confirm_delivery()
        put_later(client, "", queue, b"unpaid", x_delay=60000, x_delay_key="order-17")
        status, told = http(server, "GET", "/v1/delayed")
        assert status == 200 and told["pending"] == 1, told
        assert told["messages"][0]["cancel_key"] == "order-17"
        assert http(server, "DELETE", "/v1/delayed?cancelKey=order-17") == (200, {"cancelled": 1})
        assert http(server, "DELETE", "/v1/delayed?cancelKey=order-17")[0] == 404


def over_http(server):
    with Client(server) as client:
        queue = client.queue(durable=True)
        path = f"/v1/queues/{queue}/messages"
        status, told = http(server, "POST", f"{path}?delay=200", b"body")
        assert status == 201, told
        shown = http(server, "GET", f"/v1/delayed/{told['id']}")[1]
        assert shown["message"]["body"] == "body" and shown["routing_key"] == queue, shown
        until(lambda: client.depth(queue) == 1)
        assert http(server, "DELETE", f"/v1/delayed/{told['id']}")[0] == 404, "it has fired"


def over_restarts(server):
    with Client(server) as client:
        client.channel.queue_declare("kept", durable=True)
        client.channel.confirm_delivery()
        for number in range(200):
            put_later(client, "", "kept", str(number).encode(), x_delay=1000 + number)
    server.restart(kill=True)
    with Client(server) as client:
        until(lambda: client.depth("kept") == 200)
        got = client.take("kept", 200, auto_ack=True)
        assert [int(body) for _, _, body in got] == list(range(200))
        assert not any(method.redelivered for method, _, _ in got)


def of_kafka_records(server):
    producer = kafka.KafkaProducer(bootstrap_servers=f"127.0.0.1:{server.kafka_port}")
    with Client(server) as client:
        client.channel.queue_declare("log", durable=True)
        sent = time.monotonic()
        at = int((time.time() + 3) * 1000)
        for body, headers in ((b"late", [("x-delay", b"1500")]), (b"now", None),
                              (b"later", [("x-deliver-at", str(at).encode())])):
            producer.send("log", body, headers=headers or []).get(30)
        log = kafka.KafkaConsumer(bootstrap_servers=f"127.0.0.1:{server.kafka_port}",
                                  consumer_timeout_ms=30_000)
        partition = kafka.TopicPartition("log", 0)
        log.assign([partition])
        log.seek_to_beginning()
        assert [next(log).value for _ in range(3)] == [b"late", b"now", b"later"]
        log.close()
        got = [client.channel.basic_get("log", auto_ack=True)[2] for _ in range(2)]
        assert got[0] == b"now"
        assert got[1] is None or time.monotonic() - sent >= 1.5, got
        until(lambda: client.depth("log") == 1 or got[1])
        assert time.monotonic() - sent >= 1.5
        server.restart(kill=True)
    with Client(server) as client:
        waiting = [b"late", b"later"] if got[1] is None else [b"later"]
        until(lambda: client.depth("log") == len(waiting))
        assert time.time() * 1000 >= at
        bodies = [body for _, _, body in client.take("log", len(waiting), auto_ack=True)]
        assert bodies == waiting
    producer.close()


def main():
    with RialtoServer() as server:
        for sentence, test in (
                ("a delay on any exchange: confirmed at once, never early, 50 ms late at most",
                 on_any_exchange),
                ("an x-delayed-message exchange routes as the type it names, in order of time",
                 on_a_delayed_exchange),
                ("a key that the publisher chose cancels its message", cancelled_by_key),
                ("HTTP delays, shows and forgets what has fired", over_http),
                ("a Kafka record is in the log at once, and in the queue when it is due",
                 of_kafka_records),
                ("delayed messages fire once and in order after kill -9", over_restarts)):
            check(sentence, lambda test=test: test(server))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
