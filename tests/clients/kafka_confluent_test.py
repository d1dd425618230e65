#!/usr/bin/python3
"""The newest confluent-kafka (librdkafka) from PyPI against a Rialto; skipped when it cannot be
had. It is installed into build/clients-venv once."""
import sys

sys.dont_write_bytecode = True

import own_venv  # noqa: E402
from rialto_server import RialtoServer, check, finish, skip  # noqa: E402

SECONDS_MAX = 30


def address(server):
    return f"127.0.0.1:{server.kafka_port}"


def send(server, topic, records, **settings):
    """records: (key, value, headers). The offsets that were told."""
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": address(server),
                         **{k.replace("_", "."): v for k, v in settings.items()}})
    told = []

    def on_delivery(error, message):
        assert error is None, error
        told.append(message.offset())

    for key, value, headers in records:
        producer.produce(topic, value=value, key=key, headers=headers, on_delivery=on_delivery)
    left = producer.flush(SECONDS_MAX)
    assert left == 0 and len(told) == len(records), (left, len(told))
    return told


def take(server, topic, count, **settings):
    from confluent_kafka import Consumer
    consumer = Consumer({"bootstrap.servers": address(server), "group.id": f"reader-{topic}",
                         "auto.offset.reset": "earliest", "enable.auto.commit": False,
                         **{k.replace("_", "."): v for k, v in settings.items()}})
    consumer.subscribe([topic])
    records = []
    while len(records) < count:
        message = consumer.poll(SECONDS_MAX)
        assert message is not None, f"{len(records)} of {count}"
        assert message.error() is None, message.error()
        records.append(message)
    consumer.close()
    return records


def codecs(server):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        records = [(b"k", bytes(range(256)) * 3 + str(i).encode(), [("h", b"\0\1"), ("n", None)])
                   for i in range(100)]
        send(server, f"codec-{codec}", records, compression_type=codec)
        seen = [(m.key(), m.value(), m.headers()) for m in take(server, f"codec-{codec}", 100)]
        assert seen == records, codec


def idempotent(server):
    records = [(None, str(i).encode(), []) for i in range(2000)]
    told = send(server, "once", records, enable_idempotence=True)
    assert sorted(told) == list(range(2000))
    assert [m.value() for m in take(server, "once", 2000)] == [r[1] for r in records]


def tombstones(server):
    send(server, "tombs", [(b"k", None, []), (None, b"", [])])
    first, second = take(server, "tombs", 2)
    assert (first.key(), first.value()) == (b"k", None)
    assert (second.key(), second.value()) == (None, b"")


def batches(server):
    body = bytes(1000)
    count = 20_000
    told = send(server, "many", [(None, body, [])] * count, linger_ms=5,
                queue_buffering_max_messages=count)
    assert sorted(told) == list(range(count))
    assert len(take(server, "many", count)) == count


def admin(server):
    from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic
    client = AdminClient({"bootstrap.servers": address(server)})
    made = client.create_topics([NewTopic("made", 3, 3, config={"retention.ms": "77"})])
    made["made"].result(SECONDS_MAX)
    assert len(client.list_topics("made", SECONDS_MAX).topics["made"].partitions) == 3
    resource = ConfigResource(ConfigResource.Type.TOPIC, "made")
    told = client.describe_configs([resource])[resource].result(SECONDS_MAX)
    assert told["retention.ms"].value == "77" and told["cleanup.policy"].value == "delete"
    assert client.describe_cluster().result(SECONDS_MAX).cluster_id
    client.delete_topics(["made"])["made"].result(SECONDS_MAX)
    assert "made" not in client.list_topics(timeout=SECONDS_MAX).topics


def offsets(server):
    from confluent_kafka import TopicPartition
    from confluent_kafka.admin import AdminClient, OffsetSpec
    send(server, "places", [(None, b"x", [])] * 5)
    client = AdminClient({"bootstrap.servers": address(server)})
    place = TopicPartition("places", 0)
    for spec, offset in ((OffsetSpec.earliest(), 0), (OffsetSpec.latest(), 5)):
        told = client.list_offsets({place: spec})
        assert told[place].result(SECONDS_MAX).offset == offset
    greatest = client.list_offsets({place: OffsetSpec.max_timestamp()})
    assert 0 <= greatest[place].result(SECONDS_MAX).offset < 5


def groups(server):
    from confluent_kafka import Consumer, TopicPartition
    from confluent_kafka.admin import AdminClient
    send(server, "grouped", [(None, str(i).encode(), []) for i in range(10)])
    consumer = Consumer({"bootstrap.servers": address(server), "group.id": "grouped",
                         "auto.offset.reset": "earliest", "enable.auto.commit": False,
                         "partition.assignment.strategy": "cooperative-sticky",
                         "group.instance.id": "fixed"})
    consumer.subscribe(["grouped"])
    assert [consumer.poll(SECONDS_MAX).value() for _ in range(4)] == [b"0", b"1", b"2", b"3"]
    consumer.commit(offsets=[TopicPartition("grouped", 0, 4)], asynchronous=False)
    client = AdminClient({"bootstrap.servers": address(server)})
    told = client.describe_consumer_groups(["grouped"])["grouped"].result(SECONDS_MAX)
    assert len(told.members) == 1 and told.members[0].group_instance_id in ("fixed", None), told
    consumer.close()
    server.restart(kill=True)
    again = Consumer({"bootstrap.servers": address(server), "group.id": "grouped",
                      "auto.offset.reset": "earliest"})
    again.subscribe(["grouped"])
    assert again.poll(SECONDS_MAX).value() == b"4"
    again.close()


def transactions(server):
    from confluent_kafka import KafkaException, Producer
    producer = Producer({"bootstrap.servers": address(server), "transactional.id": "tx"})
    try:
        producer.init_transactions(10)
    except KafkaException as refused:
        assert "transaction" in str(refused).lower(), refused
        assert refused.args[0].fatal(), refused
        return
    raise AssertionError("transactions were begun")


TESTS = (
    ("confluent-kafka gets back what it produced in each of the five codecs", codecs),
    ("confluent-kafka produces idempotently, in order", idempotent),
    ("confluent-kafka gets back null values and empty ones", tombstones),
    ("confluent-kafka produces and consumes 20 000 records of 1 KB", batches),
    ("confluent-kafka creates, describes and deletes a topic asked for with three replicas", admin),
    ("confluent-kafka lists the first, last and latest-in-time offsets", offsets),
    ("a static, cooperative member's commit survives kill -9", groups),
    ("confluent-kafka is told at once that there are no transactions", transactions),
)


def main():
    reason = own_venv.enter("clients-venv", "confluent-kafka", module="confluent_kafka")
    if reason:
        for sentence, _ in TESTS:
            skip(sentence, reason)
        return 0
    with RialtoServer() as server:
        for sentence, run in TESTS:
            check(sentence, lambda: run(server))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
