#!/usr/bin/python3
"""An idempotent producer sends on while the server is killed and comes back: nothing twice."""
import subprocess
import threading

import kafka

from mission import expect, row
from rialto_server import RialtoServer

COUNT = 60_000
KILLS = 3


def run():
    with RialtoServer() as server:
        address = f"127.0.0.1:{server.kafka_port}"
        producer = subprocess.Popen(
            ["kcat", "-P", "-E", "-b", address, "-t", "once", "-p", "0",
             "-X", "enable.idempotence=true", "-X", "linger.ms=2", "-X", "batch.num.messages=50",
             "-X", "message.timeout.ms=60000",
             "-X", "reconnect.backoff.max.ms=200", "-X", "retry.backoff.ms=50"],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        fed = threading.Event()

        def feed():
            for number in range(COUNT):
                producer.stdin.write(b"%d\n" % number)
                if number % (COUNT // (KILLS + 1)) == COUNT // (KILLS + 1) - 1:
                    fed.set()
            producer.stdin.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        for _ in range(KILLS):
            fed.wait(30)
            fed.clear()
            server.restart(kill=True)
        feeder.join()
        errors = producer.stderr.read().decode()
        expect(producer.wait(90) == 0, f"kcat failed: {errors[-500:]}")
        part = kafka.TopicPartition("once", 0)
        consumer = kafka.KafkaConsumer(bootstrap_servers=address, enable_auto_commit=False)
        consumer.assign([part])
        consumer.seek_to_beginning(part)
        end = consumer.end_offsets([part])[part]
        found = []
        while consumer.position(part) < end:
            for records in consumer.poll(1000).values():
                found += [int(r.value) for r in records]
        expect(len(found) == len(set(found)), "a record is there twice")
        expect(found == list(range(COUNT)), f"{len(found)} of {COUNT} are there, or out of order")
    return f"{COUNT} records, {KILLS} kills, each exactly once and in order (kcat)"


row("Does an idempotent producer survive a restart without doubles?", run)
