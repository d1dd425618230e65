#!/usr/bin/python3
"""Kills the server again and again under mixed AMQP, Kafka and HTTP load, then looks for what it
confirmed. RIALTO_KILLS chooses how many kills (default 20)."""
import http.client
import json
import os
import pathlib
import random
import sys
import threading
import time
import urllib.request

import kafka
import pika

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "clients"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from kill_loads import (IdempotentProducer, Leases, Repeats,  # noqa: E402
                        Transactions, check_equal)
from rialto_server import RialtoServer, check, finish  # noqa: E402

KILLS = int(os.environ.get("RIALTO_KILLS", "20"))
MOVED_COUNT = 4000
SEED = int(os.environ.get("RIALTO_KILL_SEED", "7"))


class Sent:
    """What one sender knows: numbers confirmed, and numbers whose answer never came."""

    def __init__(self):
        self.next = 0
        self.confirmed = []
        self.uncertain = set()

    def take(self):
        self.next += 1
        self.uncertain.add(self.next)
        return self.next

    def confirm(self, number):
        self.uncertain.discard(number)
        self.confirmed.append(number)


class Load:
    def __init__(self, server):
        self.server = server
        self.amqp, self.kafka, self.http_topic, self.http_queue = (Sent() for _ in range(4))
        self.delayed, self.dying = Sent(), Sent()
        self.transactions, self.repeats = Transactions(self), Repeats(self)
        self.leases, self.idempotent = Leases(self), IdempotentProducer(self)
        self.over_kills = (self.transactions, self.repeats, self.leases, self.idempotent)
        self.handed_out = set()
        self.finished = set()
        self.wrong = []
        self.running = False

    def connect(self):
        return pika.BlockingConnection(pika.ConnectionParameters(
            "127.0.0.1", self.server.amqp_port, heartbeat=0, socket_timeout=5))

    def set_up(self):
        connection = self.connect()
        channel = connection.channel()
        for queue in ("work", "move", "moved", "pulled", "later", "dead"):
            channel.queue_declare(queue, durable=True)
        channel.queue_declare("dying", durable=True, arguments={
            "x-message-ttl": 50, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
        channel.confirm_delivery()
        for number in range(MOVED_COUNT):
            channel.basic_publish("", "move", str(number).encode())
        self.http("PUT", "/v1/topics/http-log", b'{"partitions":1}')
        self.create_topic("kafka-log")
        for load in self.over_kills:
            load.set_up(channel)
        connection.close()

    def create_topic(self, name):
        admin = kafka.KafkaAdminClient(bootstrap_servers=f"127.0.0.1:{self.server.kafka_port}")
        admin.create_topics([kafka.admin.NewTopic(name, 1, 1)])
        admin.close()

    def http(self, method, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.http_port, timeout=5)
        connection.request(method, path, body)
        status = connection.getresponse().status
        connection.close()
        return status

    def publish_amqp(self):
        channel = self.connect().channel()
        channel.confirm_delivery()
        while self.running:
            number = self.amqp.take()
            mode = pika.BasicProperties(delivery_mode=1 + number % 2)
            channel.basic_publish("", "work", str(number).encode(), mode)
            self.amqp.confirm(number)

    def publish_delayed(self):
        channel = self.connect().channel()
        channel.confirm_delivery()
        while self.running:
            number = self.delayed.take()
            channel.basic_publish("", "later", str(number).encode(), pika.BasicProperties(
                headers={"x-delay": random.randint(1, 1500)}))
            self.delayed.confirm(number)

    def publish_dying(self):
        channel = self.connect().channel()
        channel.confirm_delivery()
        while self.running:
            number = self.dying.take()
            channel.basic_publish("", "dying", str(number).encode())
            self.dying.confirm(number)

    def move(self):
        """Acks, then publishes on the same channel: confirmed means the ack is safe as well."""
        channel = self.connect().channel()
        channel.confirm_delivery()
        channel.basic_qos(prefetch_count=20)
        for method, _, body in channel.consume("move", inactivity_timeout=0.2):
            if not self.running:
                return
            if method is None:
                continue
            number = int(body)
            if number in self.finished:
                self.wrong.append(f"{number} came back after its ack was safe")
            if number in self.handed_out and not method.redelivered:
                self.wrong.append(f"{number} came twice without the redelivered mark")
            self.handed_out.add(number)
            channel.basic_ack(method.delivery_tag)
            channel.basic_publish("", "moved", body)
            self.finished.add(number)

    def produce_kafka(self):
        producer = kafka.KafkaProducer(bootstrap_servers=f"127.0.0.1:{self.server.kafka_port}",
                                       acks="all", retries=0, linger_ms=1, max_block_ms=3000)
        try:
            while self.running:
                numbers = [self.kafka.take() for _ in range(20)]
                futures = [producer.send("kafka-log", str(n).encode(), partition=0)
                           for n in numbers]
                for number, future in zip(numbers, futures):
                    future.get(timeout=5)
                    self.kafka.confirm(number)
        finally:
            # What it still holds must not reach the server that comes next: it would be late.
            producer.close(timeout=0)

    def post(self, sent, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.http_port, timeout=5)
        while self.running:
            number = sent.take()
            connection.request("POST", path, str(number).encode())
            answer = connection.getresponse()
            answer.read()
            if answer.status == 201:
                sent.confirm(number)

    def round(self, seconds):
        self.running = True
        jobs = [self.publish_amqp, self.publish_delayed, self.publish_dying, self.move,
                self.produce_kafka,
                lambda: self.post(self.http_topic, "/v1/topics/http-log/messages"),
                lambda: self.post(self.http_queue, "/v1/queues/pulled/messages"),
                *(load.run for load in self.over_kills)]
        threads = [threading.Thread(target=self.guarded, args=(job,), daemon=True) for job in jobs]
        for thread in threads:
            thread.start()
        threading.Event().wait(seconds)  # the kill comes at any moment; nothing is waited for
        self.server.kill9()
        self.running = False
        for thread in threads:
            thread.join(20)

    def guarded(self, job):
        try:
            job()
        except Exception:  # pylint: disable=broad-except
            pass  # the server was killed under it; what matters is what it had confirmed

    def await_timers(self):
        """Until nothing is delayed and nothing waits for its end."""
        end = time.monotonic() + 30
        while True:
            counts = [self.get("/v1/delayed?max=1")["pending"],
                      self.get("/v1/queues/dying")["messages"]]
            if counts == [0, 0]:
                return
            assert time.monotonic() < end, f"still waiting: {counts}"
            time.sleep(0.02)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.http_port}{path}",
                                    timeout=30) as answer:
            return json.load(answer)

    def drain_amqp(self, queue, look_at=lambda properties: None):
        channel = self.connect().channel()
        bodies = []
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is None:
                channel.connection.close()
                return bodies
            look_at(properties)
            bodies.append(int(body))

    def read_topic(self, topic):
        part = kafka.TopicPartition(topic, 0)
        consumer = kafka.KafkaConsumer(bootstrap_servers=f"127.0.0.1:{self.server.kafka_port}",
                                       auto_offset_reset="earliest", enable_auto_commit=False)
        consumer.assign([part])
        end = consumer.end_offsets([part])[part]
        consumer.seek_to_beginning(part)
        numbers = []
        while consumer.position(part) < end:
            for records in consumer.poll(timeout_ms=1000).values():
                numbers += [int(r.value) for r in records]
        consumer.close()
        return numbers


def kept(sent, found, in_order=True):
    missing = set(sent.confirmed) - set(found)
    assert not missing, f"{len(missing)} of {len(sent.confirmed)} confirmed are lost: " \
                        f"{sorted(missing)[:5]}"
    unknown = set(found) - set(sent.confirmed) - sent.uncertain
    assert not unknown, f"never sent: {sorted(unknown)[:5]}"
    assert len(found) == len(set(found)), "something is there twice"
    assert not in_order or found == sorted(found), "the order of sending is broken"
    assert sent.confirmed, "nothing was confirmed at all"


def expired_once(properties):
    deaths = [(d["queue"], d["reason"], d["count"]) for d in properties.headers["x-death"]]
    check_equal(deaths, [("dying", "expired", 1)])


def main():
    print(f"# seed {SEED}, {KILLS} kills")
    random.seed(SEED)
    with RialtoServer() as server:
        load = Load(server)
        load.set_up()
        for _ in range(KILLS):
            load.round(random.uniform(0.4, 1.2))
            server.start()
        load.await_timers()
        for over_kills in load.over_kills:
            over_kills.end()
        later = load.drain_amqp("later")
        work, pulled = load.drain_amqp("work"), load.drain_amqp("pulled")
        logs = {topic: load.read_topic(topic) for topic in ("kafka-log", "http-log")}
        queue_log = load.read_topic("work")
        left = set(load.drain_amqp("move"))
        print(f"# confirmed: amqp {len(load.amqp.confirmed)}, kafka {len(load.kafka.confirmed)}, "
              f"http {len(load.http_topic.confirmed)} + {len(load.http_queue.confirmed)}, "
              f"moved {len(load.finished)}, delayed {len(load.delayed.confirmed)}, "
              f"dead {len(load.dying.confirmed)}, in commits {len(load.transactions.committed)}, "
              f"sent again {load.repeats.repeated} of {load.repeats.last}, leases acked "
              f"{len(load.leases.finished)} ({load.leases.late} after a kill), come back "
              f"{load.leases.back}, idempotent {load.idempotent.sent}")
        check(f"over {KILLS} kills no message confirmed to an AMQP publisher is lost, doubled or "
              "out of order", lambda: kept(load.amqp, work))
        check(f"over {KILLS} kills no record acknowledged to a Kafka producer is lost, doubled or "
              "out of order", lambda: kept(load.kafka, logs["kafka-log"]))
        check(f"over {KILLS} kills no message answered 201 over HTTP is lost, doubled or out of "
              "order", lambda: (kept(load.http_topic, logs["http-log"]),
                                kept(load.http_queue, pulled)))
        check(f"over {KILLS} kills every delayed message that was confirmed fires once",
              lambda: kept(load.delayed, later, in_order=False))
        check(f"over {KILLS} kills every message that expires becomes one dead letter",
              lambda: kept(load.dying, load.drain_amqp("dead", expired_once)))
        check(f"over {KILLS} kills all of a commit is there or nothing, publishes and acks",
              load.transactions.verify)
        check(f"over {KILLS} kills what is published again by the same id or number is stored once",
              load.repeats.verify)
        check(f"over {KILLS} kills a lease can be acked after the kill, and one that is not comes "
              "back in its time", load.leases.verify)
        check(f"over {KILLS} kills an idempotent Kafka producer's records are there once and in "
              "order", load.idempotent.verify)
        check("what AMQP consumed from a queue is what a Kafka consumer reads from its topic",
              lambda: check_equal(queue_log, work))
        check("a message acked before a later confirmed publish of its channel never returns",
              lambda: check_equal((load.wrong, left & load.finished), ([], set())))
        check("every message that was not acked is still in its queue", lambda: check_equal(
            set(range(MOVED_COUNT)) - left - load.handed_out, set()))
    return finish()


sys.exit(main())
