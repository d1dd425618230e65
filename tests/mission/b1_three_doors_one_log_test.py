#!/usr/bin/python3
"""What is written through any door is read through every door, byte for byte."""
import base64
import json
import os
import urllib.request

import kafka
import pika

from mission import expect, row
from rialto_server import RialtoServer

BODIES = [b"plain text", bytes(range(256)), os.urandom(70_000)]


class Doors:
    def __init__(self, server):
        self.server = server
        self.connection = pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", server.amqp_port))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def http(self, method, path, body=None, headers=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.http_port}{path}", body,
                                         headers or {}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def write_amqp(self, queue):
        for mode, body in enumerate(BODIES):
            # Transient publishes to a durable queue are kept like the others.
            self.channel.basic_publish("", queue, body,
                                       pika.BasicProperties(delivery_mode=1 + mode % 2))

    def write_kafka(self, queue):
        producer = kafka.KafkaProducer(bootstrap_servers=f"127.0.0.1:{self.server.kafka_port}",
                                       acks="all")
        for body in BODIES:
            producer.send(queue, body).get(10)
        producer.close()

    def write_http(self, queue):
        for body in BODIES:
            self.http("POST", f"/v1/queues/{queue}/messages", body)

    def read_amqp(self, queue):
        return [self.channel.basic_get(queue, auto_ack=True)[2] for _ in BODIES]

    def read_kafka(self, queue):
        consumer = kafka.KafkaConsumer(queue, auto_offset_reset="earliest", group_id=None,
                                       bootstrap_servers=f"127.0.0.1:{self.server.kafka_port}",
                                       consumer_timeout_ms=10_000)
        found = [next(consumer).value for _ in BODIES]
        consumer.close()
        return found

    def read_http(self, queue):
        asked = json.dumps({"max": len(BODIES), "lease_ms": 60_000, "wait_ms": 5_000}).encode()
        answer = json.loads(self.http("POST", f"/v1/queues/{queue}/pull", asked,
                                      {"Content-Type": "application/json"}))
        return [base64.b64decode(m["body_base64"]) if "body_base64" in m else m["body"].encode()
                for m in answer["messages"]]


def run():
    with RialtoServer() as server:
        doors = Doors(server)
        names = ("amqp", "kafka", "http")
        pairs = 0
        for source in names:
            for sink in names:
                queue = f"{source}-to-{sink}"
                doors.channel.queue_declare(queue, durable=True)
                getattr(doors, f"write_{source}")(queue)
                found = getattr(doors, f"read_{sink}")(queue)
                expect(found == BODIES, f"{source} to {sink} differs")
                pairs += 1
    return f"{pairs} of 9 pairs byte-exact (pika, kafka-python, plain HTTP)"


row("Can every client read what any other wrote?", run)
