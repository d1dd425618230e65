#!/usr/bin/python3
"""Kafka's own command line tools, which use the Java client, against a Rialto. Maven fetches them
into build/clients-java once; skipped when that or Java is missing."""
import json
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

from rialto_server import RialtoServer, check, finish, skip  # noqa: E402

VERSION = "4.3.1"
JARS = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "clients-java" / VERSION
SECONDS_MAX = 120
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>rialto</groupId><artifactId>tools</artifactId>
<version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId>
<version>{VERSION}</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId>
<version>1.7.36</version></dependency>
</dependencies></project>
"""


def fetch():
    """A reason when the tools cannot be had."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if (JARS / "complete").exists():
        return None
    JARS.mkdir(parents=True, exist_ok=True)
    pom = JARS / "pom.xml"
    pom.write_text(POM)
    try:
        subprocess.run(["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies",
                        f"-DoutputDirectory={JARS}"], check=True, capture_output=True, timeout=600)
    except (subprocess.SubprocessError, OSError) as missing:
        return f"Maven cannot fetch kafka-tools ({type(missing).__name__})"
    (JARS / "complete").touch()
    return None


def tool(server, name, *words, stdin=b""):
    """What org.apache.kafka.tools.<name> prints."""
    run = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-Xmx256m", "-cp", f"{JARS}/*",
                          f"org.apache.kafka.tools.{name}", "--bootstrap-server",
                          f"127.0.0.1:{server.kafka_port}", *words], input=stdin,
                         capture_output=True, timeout=SECONDS_MAX, check=False)
    told = (run.stdout + run.stderr).decode()
    assert run.returncode == 0, (run.returncode, told)
    return told


def topics(server):
    tool(server, "TopicCommand", "--create", "--topic", "made", "--partitions", "3",
         "--replication-factor", "1", "--config", "retention.ms=77")
    assert "made" in tool(server, "TopicCommand", "--list").split()
    told = tool(server, "TopicCommand", "--describe", "--topic", "made")
    assert "PartitionCount: 3" in told and "retention.ms=77" in told, told
    tool(server, "TopicCommand", "--delete", "--topic", "made")
    assert "made" not in tool(server, "TopicCommand", "--list").split()


def console(server):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        topic = f"console-{codec}"
        lines = "".join(f"h:{i}\tk{i}\tvalue {i}\n" for i in range(50))
        tool(server, "ConsoleProducer", "--topic", topic, "--compression-codec", codec,
             "--property", "parse.key=true", "--property", "parse.headers=true",
             stdin=lines.encode())
        told = tool(server, "consumer.ConsoleConsumer", "--topic", topic, "--from-beginning",
                    "--max-messages", "50", "--timeout-ms", "30000", "--property",
                    "print.key=true", "--property", "print.headers=true")
        assert [t for t in told.splitlines() if t.startswith("h:")] == lines.splitlines(), told


def verifiable(server):
    told = tool(server, "VerifiableProducer", "--topic", "verified", "--max-messages", "3000",
                "--acks", "-1")
    events = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert sum(e["name"] == "producer_send_success" for e in events) == 3000, told[-500:]
    told = tool(server, "VerifiableConsumer", "--topic", "verified", "--group-id", "verifiers",
                "--max-messages", "3000", "--reset-policy", "earliest")
    events = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert sum(e["count"] for e in events if e["name"] == "records_consumed") == 3000
    assert all(e["success"] for e in events if e["name"] == "offsets_committed"), told[-500:]


def groups(server):
    told = tool(server, "consumer.group.ConsumerGroupCommand", "--describe", "--group", "verifiers")
    row = next(line.split() for line in told.splitlines() if " verified " in line)
    assert row[3:6] == ["3000", "3000", "0"], told
    assert "verifiers" in tool(server, "consumer.group.ConsumerGroupCommand", "--list")
    tool(server, "consumer.group.ConsumerGroupCommand", "--delete", "--group", "verifiers")
    assert "verifiers" not in tool(server, "consumer.group.ConsumerGroupCommand", "--list")


def offsets(server):
    for time, offset in (("-1", 3000), ("-2", 0)):
        told = tool(server, "GetOffsetShell", "--topic", "verified", "--time", time)
        assert f"verified:0:{offset}" in told, told


def restarted(server):
    server.restart(kill=True)
    told = tool(server, "consumer.ConsoleConsumer", "--topic", "verified", "--from-beginning",
                "--max-messages", "3000", "--timeout-ms", "30000")
    values = [line for line in told.splitlines() if line.isdigit()]
    assert values == [str(i) for i in range(3000)]


TESTS = (
    ("kafka-topics creates, lists, describes and deletes", topics),
    ("the console producer and consumer agree in each of the five codecs", console),
    ("the verifiable producer and consumer count 3000 of 3000", verifiable),
    ("kafka-consumer-groups describes, lists and deletes a group", groups),
    ("kafka-get-offsets finds the first and the last", offsets),
    ("the console consumer reads everything after kill -9", restarted),
)


def main():
    reason = fetch()
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
