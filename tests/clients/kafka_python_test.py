#!/usr/bin/python3
"""Debian's kafka-python 2.0.2 against a Rialto."""
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True

import kafka  # noqa: E402
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition  # noqa: E402
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic  # noqa: E402
from kafka.structs import OffsetAndMetadata  # noqa: E402

from rialto_server import RialtoServer, check, finish  # noqa: E402

SECONDS_MAX = 30


class Clients:
    """What the tests share: clients of one server, closed at the end of each test."""

    def __init__(self, server):
        self.server = server
        self.open = []

    def _made(self, kind, **words):
        client = kind(bootstrap_servers=f"127.0.0.1:{self.server.kafka_port}", **words)
        self.open.append(client)
        return client

    def producer(self, **words):
        return self._made(KafkaProducer, **words)

    def admin(self):
        return self._made(KafkaAdminClient)

    def consumer(self, *topics, **words):
        consumer = self._made(KafkaConsumer, auto_offset_reset="earliest",
                              consumer_timeout_ms=SECONDS_MAX * 1000, **words)
        if topics:
            consumer.subscribe(list(topics))
        return consumer

    def reader(self, topic, partition=0, **words):
        consumer = self.consumer(group_id=None, **words)
        consumer.assign([TopicPartition(topic, partition)])
        consumer.seek_to_beginning()
        return consumer

    def close(self):
        for client in self.open:
            client.close()
        self.open = []


def take(consumer, count):
    records = []
    for record in consumer:
        records.append(record)
        if len(records) == count:
            return records
    raise AssertionError(f"{len(records)} of {count} records")


def codecs(c):
    for codec in (None, "gzip", "snappy", "lz4", "zstd"):
        try:
            producer = c.producer(compression_type=codec, linger_ms=50)
        except AssertionError as missing:  # no binding for this codec in Debian
            assert "Libraries" in str(missing), missing
            continue
        values = [bytes(range(256)) * 4 + str(i).encode() for i in range(50)]
        for value in values:
            producer.send(f"codec-{codec}", value)
        producer.flush(SECONDS_MAX)
        assert [r.value for r in take(c.reader(f"codec-{codec}"), 50)] == values, codec


def shapes(c):
    producer = c.producer(acks="all")
    headers = [("a", b"1"), ("a", b"2"), ("empty", b"")]
    told = producer.send("shapes", b"v", key=b"k", headers=headers,
                         timestamp_ms=1234567890123).get(SECONDS_MAX)
    producer.send("shapes", None, key=b"gone").get(SECONDS_MAX)
    first, second = take(c.reader("shapes"), 2)
    assert (told.offset, first.offset) == (0, 0)
    assert (first.key, first.value, first.headers) == (b"k", b"v", headers)
    assert first.timestamp == 1234567890123
    assert (second.key, second.value) == (b"gone", None)


def large(c):
    body = bytes(range(256)) * 3500
    c.producer(max_request_size=2 << 20).send("large", body).get(SECONDS_MAX)
    assert take(c.reader("large"), 1)[0].value == body
    try:
        c.producer(max_request_size=4 << 20).send("large", body + body).get(SECONDS_MAX)
    except kafka.errors.MessageSizeTooLargeError:
        return
    raise AssertionError("a batch over max.message.bytes was taken")


def times(c):
    producer = c.producer()
    for at in (1000, 5000, 9000):
        producer.send("times", b"x", timestamp_ms=at).get(SECONDS_MAX)
    here = TopicPartition("times", 0)
    consumer = c.consumer()
    assert consumer.offsets_for_times({here: 1001})[here] == (1, 5000)
    assert consumer.offsets_for_times({here: 9001})[here] is None
    assert consumer.beginning_offsets([here])[here] == 0
    assert consumer.end_offsets([here])[here] == 3


def topics(c):
    admin = c.admin()
    admin.create_topics([NewTopic("made", 3, 1, topic_configs={"retention.ms": "1234"})])
    assert c.consumer().partitions_for_topic("made") == {0, 1, 2}
    try:
        admin.create_topics([NewTopic("made", 1, 1)])
        raise AssertionError("made twice")
    except kafka.errors.TopicAlreadyExistsError:
        pass
    try:
        admin.create_topics([NewTopic("odd", 1, 1, topic_configs={"no.such": "1"})])
        raise AssertionError("an unknown config was taken")
    except kafka.errors.InvalidConfigurationError as refused:
        assert "no.such" in str(refused), refused
    told = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "made")])
    configs = {entry[0]: entry[1] for entry in told[0].resources[0][4]}
    assert configs["retention.ms"] == "1234" and configs["cleanup.policy"] == "delete", configs
    admin.delete_topics(["made"])
    assert "made" not in admin.list_topics()


def keyed(c):
    c.admin().create_topics([NewTopic("keyed", 4, 1)])
    producer = c.producer()
    told = [producer.send("keyed", b"v", key=str(i % 10).encode()) for i in range(200)]
    places = [(i % 10, f.get(SECONDS_MAX).partition) for i, f in enumerate(told)]
    assert len(set(places)) == 10 and len({p for _, p in places}) > 1, set(places)


def two_members(c):
    c.admin().create_topics([NewTopic("shared", 4, 1)])
    seen = {0: [], 1: []}
    parts = {}
    end = threading.Event()
    spread = threading.Barrier(3, timeout=SECONDS_MAX)

    def member(number):
        consumer = KafkaConsumer("shared", group_id="pair", auto_offset_reset="earliest",
                                 bootstrap_servers=f"127.0.0.1:{c.server.kafka_port}",
                                 session_timeout_ms=6000, heartbeat_interval_ms=200)
        waiting = True
        while not end.is_set():
            for records in consumer.poll(100).values():
                seen[number] += [r.value for r in records]
            parts[number] = consumer.assignment()
            if waiting and len(parts[number]) == 2:
                waiting = False
                spread.wait()
        consumer.close()

    threads = [threading.Thread(target=member, args=(n,)) for n in seen]
    for t in threads:
        t.start()
    try:
        spread.wait()
        assert not parts[0] & parts[1], parts
        producer = c.producer()
        for i in range(400):
            producer.send("shared", str(i).encode(), partition=i % 4)
        producer.flush(SECONDS_MAX)
        limit = time.monotonic() + SECONDS_MAX
        while len(seen[0]) + len(seen[1]) < 400 and time.monotonic() < limit:
            time.sleep(0.05)
    finally:
        end.set()
        for t in threads:
            t.join(SECONDS_MAX)
    assert len(seen[0]) == len(seen[1]) == 200, (len(seen[0]), len(seen[1]))
    assert sorted(map(int, seen[0] + seen[1])) == list(range(400))


def commits(c):
    producer = c.producer()
    for i in range(10):
        producer.send("committed", str(i).encode()).get(SECONDS_MAX)
    here = TopicPartition("committed", 0)
    consumer = c.consumer("committed", group_id="keeper", enable_auto_commit=False)
    take(consumer, 4)
    consumer.commit({here: OffsetAndMetadata(4, "a note")})
    c.close()
    for kill in (False, True):
        c.server.restart(kill=kill)
        consumer = c.consumer("committed", group_id="keeper", enable_auto_commit=False)
        assert [r.value for r in take(consumer, 6)] == [b"4", b"5", b"6", b"7", b"8", b"9"]
        assert consumer.committed(here) == 4
        c.close()
    told = c.admin().list_consumer_group_offsets("keeper")
    assert told[here] == OffsetAndMetadata(4, "a note"), told


def group_admin(c):
    c.producer().send("described", b"x").get(SECONDS_MAX)
    consumer = c.consumer("described", group_id="described", enable_auto_commit=False)
    take(consumer, 1)
    admin = c.admin()
    group = admin.describe_consumer_groups(["described"])[0]
    assert group.state == "Stable" and len(group.members) == 1, group
    assert ("described", "consumer") in admin.list_consumer_groups()
    consumer.commit()
    consumer.close()
    assert admin.delete_consumer_groups(["described"])[0][1] is kafka.errors.NoError
    assert ("described", "consumer") not in admin.list_consumer_groups()


def garbage(c):
    import socket
    frames = (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\xff" * 64,
              struct.pack(">ihhih", 10, 3, 99, 1, -1), struct.pack(">i", 1 << 20) + b"x")
    for frame in frames:
        # A first request that stays unfinished is waited for 30 s.
        with socket.create_connection(("127.0.0.1", c.server.kafka_port), 2 * SECONDS_MAX) as s:
            s.sendall(frame)
            assert s.recv(100) == b"", frame
    c.producer().send("still", b"here").get(SECONDS_MAX)


TESTS = (
    ("kafka-python gets back what it produced in each codec it has", codecs),
    ("kafka-python gets back keys, repeated headers, timestamps and null values", shapes),
    ("a record near the limit passes and one above it is refused by name", large),
    ("kafka-python finds offsets by time, the first and the last", times),
    ("kafka-python creates, describes and deletes topics", topics),
    ("equal keys go to one partition", keyed),
    ("two members of a group share four partitions without loss or double", two_members),
    ("commits survive a restart and a kill -9", commits),
    ("kafka-python describes, lists and deletes groups", group_admin),
    ("bytes that are not Kafka are cut off and disturb nobody", garbage),
)


def main():
    with RialtoServer() as server:
        clients = Clients(server)
        for sentence, run in TESTS:
            check(sentence, lambda: run(clients))
            clients.close()
    return finish()


if __name__ == "__main__":
    sys.exit(main())
