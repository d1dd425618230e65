#!/usr/bin/python3
"""Debian's kcat (librdkafka 2.0.2, which looks for exact versions of APIs) against a Rialto."""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True

from rialto_server import RialtoServer, check, finish  # noqa: E402

SECONDS_MAX = 60
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def kcat(server, *words, stdin=b"", fails=False):
    """stdout as bytes; with `fails`, both streams of a run that must not succeed."""
    run = subprocess.run(["kcat", "-b", f"127.0.0.1:{server.kafka_port}", *words], input=stdin,
                         capture_output=True, timeout=SECONDS_MAX, check=False)
    if fails:
        assert run.returncode != 0, run
        return run.stdout + run.stderr
    assert run.returncode == 0, run
    return run.stdout


def consume(server, topic, *words):
    """Every record of the topic as a dict."""
    lines = kcat(server, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J", *words)
    return [json.loads(line) for line in lines.splitlines()]


def produce(server, topic, lines, *words):
    kcat(server, "-P", "-t", topic, *words, stdin=b"".join(line + b"\n" for line in lines))


def every_codec(server):
    for codec in CODECS:
        topic = f"codec-{codec}"
        values = [f"{codec} {i} {'x' * 400}" for i in range(200)]
        produce(server, topic, [v.encode() for v in values], "-z", codec)
        assert [r["payload"] for r in consume(server, topic)] == values, codec
        # What arrived compressed is stored compressed.
        segment = server.data.rglob("*")
        stored = b"".join(path.read_bytes() for path in segment if path.is_file())
        compressed = values[100].encode() not in stored
        assert compressed == (codec != "none"), codec


def keys_headers_nulls(server):
    produce(server, "shapes", [b"k1:v1", b"k2:", b":v3"], "-K", ":", "-Z", "-H", "a=1", "-H", "b=")
    first, second, third = consume(server, "shapes")
    assert (first["key"], first["payload"]) == ("k1", "v1")
    assert first["headers"][:2] == ["a", "1"] and first["headers"][2] == "b", first
    assert (second["key"], second["payload"]) == ("k2", None)
    assert (third["key"], third["payload"]) == (None, "v3")


def any_bytes(server):
    body = bytes(range(256)) * 300
    path = server.home / "body"
    path.write_bytes(body)
    kcat(server, "-P", "-t", "binary", str(path))
    assert kcat(server, "-C", "-t", "binary", "-e", "-q", "-D", "") == body


def metadata(server):
    produce(server, "listed", [b"x"])
    seen = json.loads(kcat(server, "-L", "-J"))
    assert [b["name"] for b in seen["brokers"]] == [f"127.0.0.1:{server.kafka_port}"], seen
    assert "listed" in [t["topic"] for t in seen["topics"]]
    one = json.loads(kcat(server, "-L", "-J", "-t", "listed"))["topics"][0]
    assert len(one["partitions"]) == 1 and one["partitions"][0]["leader"] > 0, one


def offsets_by_time(server):
    produce(server, "timed", [b"first"])
    first = consume(server, "timed")[0]
    after = first["ts"] + 1
    while not [r for r in consume(server, "timed") if r["ts"] >= after]:
        produce(server, "timed", [b"later"])
    records = consume(server, "timed")
    expected = next(r["offset"] for r in records if r["ts"] >= after)
    told = kcat(server, "-Q", "-t", f"timed:0:{after}").decode()
    assert told.strip().endswith(f"offset {expected}"), (told, expected)
    told = kcat(server, "-Q", "-t", f"timed:0:{records[-1]['ts'] + 10**6}").decode()
    assert "offset -1" in told or f"offset {len(records)}" in told, told


def idempotence(server):
    produce(server, "once", [str(i).encode() for i in range(500)], "-X", "enable.idempotence=true")
    assert [r["payload"] for r in consume(server, "once")] == [str(i) for i in range(500)]


def every_acks(server):
    for acks in ("0", "1", "all"):
        produce(server, f"acks-{acks}", [b"a", b"b"], "-X", f"acks={acks}")
    for acks in ("1", "all"):
        assert len(consume(server, f"acks-{acks}")) == 2
    watch = kcat(server, "-C", "-t", "acks-0", "-c", "2", "-o", "beginning", "-q")
    assert watch == b"a\nb\n", watch


def a_group(server):
    produce(server, "grouped", [b"1", b"2", b"3"])
    words = ("-G", "kcat-group", "-X", "auto.offset.reset=earliest", "-e", "-q", "grouped")
    assert kcat(server, *words) == b"1\n2\n3\n"
    produce(server, "grouped", [b"4"])
    assert kcat(server, *words) == b"4\n"


def survives(server):
    produce(server, "kept", [b"before"], "-z", "zstd")
    server.restart(kill=True)
    produce(server, "kept", [b"after"], "-z", "lz4")
    assert [r["payload"] for r in consume(server, "kept")] == ["before", "after"]


def no_transactions(server):
    told = kcat(server, "-P", "-t", "t", "-X", "transactional.id=tx", stdin=b"x\n", fails=True)
    assert b"transaction" in told.lower(), told


def no_sasl(server):
    told = kcat(server, "-L", "-m", "5", "-X", "security.protocol=sasl_plaintext", "-X",
                "sasl.mechanism=PLAIN", "-X", "sasl.username=u", "-X", "sasl.password=p",
                fails=True)
    assert b"PLAIN" in told or b"mechanism" in told, told


def main():
    assert os.environ["RIALTO_BIN"]
    with RialtoServer() as server:
        for sentence, run in (
                ("kcat gets back what it produced in each of the five codecs", every_codec),
                ("kcat gets back keys, headers and null values", keys_headers_nulls),
                ("kcat gets back a binary body byte for byte", any_bytes),
                ("kcat -L shows one broker at the address it connected to", metadata),
                ("kcat -Q finds offsets by time", offsets_by_time),
                ("kcat produces with enable.idempotence", idempotence),
                ("kcat produces with acks 0, 1 and all", every_acks),
                ("a kcat group goes on where it committed", a_group),
                ("what kcat was told is stored survives kill -9", survives),
                ("a transactional id is refused with a reason", no_transactions),
                ("SASL is refused by name", no_sasl)):
            check(sentence, lambda: run(server))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
