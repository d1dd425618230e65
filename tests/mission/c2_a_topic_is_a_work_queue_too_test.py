#!/usr/bin/python3
"""More workers than partitions on one topic, each message acked by itself; Kafka reads it all."""
import subprocess

import pika

from mission import expect, row
from rialto_server import RialtoServer

COUNT = 600
PARTITIONS = 2
WORKERS = 6


def produce(server):
    lines = "\n".join(f"k{number % 7}:{number}" for number in range(COUNT))
    subprocess.run(["kcat", "-P", "-q", "-b", f"127.0.0.1:{server.kafka_port}", "-t", "jobs",
                    "-K", ":", "-X", "acks=all"], input=lines.encode(), check=True, timeout=60)


def read_log(server):
    done = subprocess.run(["kcat", "-C", "-q", "-e", "-b", f"127.0.0.1:{server.kafka_port}", "-t",
                           "jobs", "-o", "beginning"], capture_output=True, check=True, timeout=60)
    return sorted(int(line) for line in done.stdout.split())


def work(server):
    """Each worker takes in turn; every third message is given back once."""
    workers = []
    for _ in range(WORKERS):
        connection = pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", server.amqp_port))
        channel = connection.channel()
        channel.queue_declare("jobs", durable=True)
        channel.basic_qos(prefetch_count=5)
        workers.append((channel, channel.consume("jobs", inactivity_timeout=1)))
    done, returned, shares = [], set(), [0] * WORKERS
    while len(done) < COUNT:
        before = len(done), len(returned)
        for index, (channel, inbox) in enumerate(workers):
            method, _, body = next(inbox)
            if method is None:
                continue
            number = int(body)
            if number % 3 == 0 and number not in returned:
                returned.add(number)
                channel.basic_nack(method.delivery_tag, requeue=True)
            else:
                channel.basic_ack(method.delivery_tag)
                done.append(number)
                shares[index] += 1
        expect((len(done), len(returned)) != before, f"only {len(done)} of {COUNT} came")
    return done, shares, workers[0][0]


def run():
    with RialtoServer() as server:
        subprocess.run(["curl", "-sf", "-X", "PUT", "-d", f'{{"partitions":{PARTITIONS}}}',
                        f"http://127.0.0.1:{server.http_port}/v1/topics/jobs"],
                       check=True, capture_output=True, timeout=60)
        produce(server)
        done, shares, channel = work(server)
        expect(sorted(done) == list(range(COUNT)), "a message was lost or settled twice")
        expect(min(shares) > 0, "a worker got nothing")
        expect(channel.queue_declare("jobs", passive=True).method.message_count == 0, "not empty")
        expect(read_log(server) == list(range(COUNT)), "the log lost what was acked")
    return (f"{COUNT} messages of {PARTITIONS} partitions by {WORKERS} workers, a third of them "
            "given back once, all still in the log")


row("Can more workers than partitions share a topic, each acking message by message?", run)
