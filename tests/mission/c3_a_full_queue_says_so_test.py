#!/usr/bin/python3
"""A full queue: the oldest makes room, or every door hears that there is none."""
import subprocess
import urllib.error
import urllib.request

import pika

from mission import expect, numbers_in, row
from rialto_server import RialtoServer

LIMIT = 50
SENT = 120


def publish_all(channel, queue):
    refused = []
    for number in range(SENT):
        try:
            channel.basic_publish("", queue, str(number).encode())
        except pika.exceptions.NackError:
            refused.append(number)
    return refused


def refusal_over_http(server, queue):
    url = f"http://127.0.0.1:{server.http_port}/v1/queues/{queue}/messages"
    try:
        urllib.request.urlopen(urllib.request.Request(url, b"more", method="POST"), timeout=30)
    except urllib.error.HTTPError as refused:
        return refused.code
    return 0


def refusal_over_kafka(server, queue):
    done = subprocess.run(["kcat", "-P", "-b", f"127.0.0.1:{server.kafka_port}", "-t", queue, "-X",
                           "message.timeout.ms=10000"], input=b"more\n", capture_output=True,
                          timeout=60, check=False)
    return done.stderr.decode()


def run():
    with RialtoServer() as server:
        channel = pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", server.amqp_port)).channel()
        channel.confirm_delivery()
        channel.queue_declare("drops", durable=True, arguments={"x-max-length": LIMIT})
        channel.queue_declare("refuses", durable=True,
                              arguments={"x-max-length": LIMIT, "x-overflow": "reject-publish"})
        expect(publish_all(channel, "drops") == [], "drop-head refused a message")
        expect(numbers_in(channel, "drops") == list(range(SENT - LIMIT, SENT)),
               "not the newest stay")
        refused = publish_all(channel, "refuses")
        expect(refused == list(range(LIMIT, SENT)), f"refused {refused[:3]}... of {len(refused)}")
        expect(refusal_over_http(server, "refuses") == 429, "HTTP did not answer 429")
        expect("policy" in refusal_over_kafka(server, "refuses").lower(), "Kafka heard no policy")
        expect(numbers_in(channel, "refuses") == list(range(LIMIT)), "not the first stay")
        expect(publish_all(channel, "refuses")[:1] == [LIMIT], "room again, but refused")
    return f"{SENT} into {LIMIT}: the newest stay, or {SENT - LIMIT} nacks, HTTP 429 and Kafka 44"


row("Does everybody hear that a queue is full?", run)
