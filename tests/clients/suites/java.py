#!/usr/bin/python3
"""RabbitMQ's Java client: its functional and server tests.

Client and libraries come from Maven Central. The tests are not published there: their sources come
from the tag of that version, or from the checkout that RIALTO_SUITE_JAVA names. They are compiled
against the published client, so that its generated classes need no generator. What tests do with
RabbitMQ's tool is done by `rialto ctl`, and restarts by the runner: `rabbitmqctl` beside this file.
"""
import os
import pathlib
import re
import shutil
import sys

import suite

ALARM = "raises an alarm of memory with rabbitmqctl"
CLASSES = "com.rabbitmq.client.test."

SUITE = suite.Suite(
    name="rabbitmq-java-client", variable="RIALTO_SUITE_JAVA", version="5.35.0", passes=399,
    needs=("java", "javac", "mvn"), ports={"amqp": 5672},
    excluded={
        "functional.UserIDHeader#impersonatedUserId": "gives tags to users with rabbitmqctl",
        "functional.ConnectionRecovery#blockedListenerRecovery": ALARM,
        "server.(BlockedConnection|MemoryAlarms)#.*": ALARM,
        "server.(ChannelLimitNegotiation|LoopbackUsers)#.*": "changes the configuration in Erlang",
        "server.Firehose#.*": "traces with rabbitmqctl",
        "server.(Permissions|TopicPermissions)#.*": "makes users with rabbitmqctl",
    })
# Sources that are left out: what they need is not in Maven Central, or they name one that is.
LEFT_OUT = ("MicrometerObservationCollectorMetrics.java", "FunctionalTestSuite.java",
            "HaTestSuite.java", "LastHaTestSuite.java")
LIBRARIES = """
com.rabbitmq amqp-client 5.35.0
io.dropwizard.metrics metrics-core 4.2.39
io.micrometer micrometer-core 1.17.0
io.opentelemetry opentelemetry-sdk-testing 1.65.0
com.fasterxml.jackson.core jackson-databind 2.22.2
org.junit.jupiter junit-jupiter 5.14.4
org.junit.platform junit-platform-suite 1.14.4
org.junit.platform junit-platform-console 1.14.4
ch.qos.logback logback-classic 1.2.13
org.mockito mockito-core 5.23.0
org.assertj assertj-core 3.27.7
org.eclipse.jetty jetty-servlet 9.4.58.v20250814
org.bouncycastle bcpkix-jdk18on 1.85
com.github.netcrusherorg netcrusher-core 0.10
com.google.code.gson gson 2.14.0
io.netty netty-transport-classes-epoll 4.2.17.Final
io.netty netty-transport-classes-kqueue 4.2.17.Final
org.wiremock wiremock-standalone 3.9.1
""".split("\n")[1:-1]
CTL = pathlib.Path(__file__).resolve().parent / "rabbitmqctl"
CONSOLE = "org.junit.platform.console.ConsoleLauncher"


def pom():
    parts = ("groupId", "artifactId", "version")
    wanted = "".join(
        "<dependency>" + "".join(f"<{part}>{word}</{part}>" for part, word in
                                 zip(parts, line.split())) + "</dependency>\n"
        for line in LIBRARIES)
    return ('<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
            "<groupId>suite</groupId><artifactId>suite</artifactId><version>1</version>"
            f"<packaging>pom</packaging><dependencies>\n{wanted}</dependencies></project>\n")


def fetch(into):
    suite.clone_tag("https://github.com/rabbitmq/rabbitmq-java-client", f"v{SUITE.version}", into)


def prepare():
    source = suite.source_of(SUITE, fetch)
    home = SUITE.home
    if not (home / "lib").exists():
        (home / "pom.xml").write_text(pom(), encoding="utf-8")
        suite.call(["mvn", "-q", "-B", "dependency:copy-dependencies",
                    f"-DoutputDirectory={home / 'fetched-lib'}"], home)
        (home / "fetched-lib").rename(home / "lib")
    shutil.rmtree(home / "classes", ignore_errors=True)
    shutil.copytree(source / "src/test/resources", home / "classes")
    tests = [path for path in (source / "src/test/java").rglob("*.java")
             if path.name not in LEFT_OUT]
    suite.call(["javac", "-nowarn", "-d", "classes", "-cp", "lib/*", *tests], home)
    return source


def classes_of(source):
    """The whole names of the classes that the two suites list."""
    home = SUITE.home / "classes"
    known = {path.stem: ".".join(path.relative_to(home).with_suffix("").parts)
             for path in home.rglob("*.class")}
    listed = []
    for name in ("functional/Functional", "server/Server"):
        text = (source / f"src/test/java/com/rabbitmq/client/test/{name}TestSuite.java").read_text()
        listed += re.findall(r"(\w+)\.class", text)
    return [known[name] for name in listed if name in known]


def console(command, classes, excluded, *options):
    words = ["java", f"-Drabbitmqctl.bin={CTL}", "-Dmake.bin=make", "-Drabbitmq.dir=none",
             "-Dtest-broker.A.nodename=rialto@localhost",
             f"-Dtest-broker.A.node_port={SUITE.ports['amqp']}",
             "-Dtest-broker.B.nodename=none@localhost", "-Dtest-broker.B.node_port=5673",
             "-Dnet.bytebuddy.experimental=true", "-cp", "classes" + os.pathsep + "lib/*", CONSOLE,
             command, "--disable-banner", "--disable-ansi-colors", "--include-classname=.*"]
    words += [f"--select-class={name}" for name in classes]
    words += [f"--exclude-methodname={re.escape(CLASSES)}{pattern}" for pattern in excluded]
    return words + list(options)


def count(classes, excluded):
    told = suite.call(console("discover", classes, excluded), SUITE.home)
    return int(re.search(r"(\d+) tests found", told)[1])


def drive(source, server):
    home, classes = SUITE.home, classes_of(source)
    left_out = count(classes, ()) - count(classes, SUITE.excluded)
    shutil.rmtree(home / "reports", ignore_errors=True)
    with suite.Control(server) as control:
        suite.run_suite(console("execute", classes, SUITE.excluded, "--details=tree",
                                "--reports-dir=reports"), home, RIALTO_SUITE_CONTROL=control.port,
                        RIALTO_SUITE_HTTP=f"http://127.0.0.1:{server.http_port}")
        control.shutdown()
    verdicts = suite.junit_verdicts((home / "reports").glob("TEST-*.xml"))
    return {name.removeprefix(CLASSES): verdict for name, verdict in verdicts.items()}, left_out


if __name__ == "__main__":
    sys.exit(suite.run(SUITE, prepare, drive))
