#!/usr/bin/python3
"""RabbitMQ's own rabbitmqadmin, unchanged, against Rialto: each of its commands."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pika

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from rialto_server import (RialtoServer, check, finish,  # pylint: disable=wrong-import-position
                           skip)

SENTENCES = []


def tool():
    """Where Debian's rabbitmq-server has it; None without that package."""
    found = shutil.which("rabbitmqadmin")
    inside = "lib/*/plugins/rabbitmq_management-*/priv/www/cli/rabbitmqadmin"
    return found or next(map(str, pathlib.Path("/usr/lib/rabbitmq").glob(inside)), None)


def sentence(text):
    def keep(function):
        SENTENCES.append((text, function))
        return function
    return keep


class Admin:
    def __init__(self, program, server):
        self.server = server
        self.words = [sys.executable, program, "-H", "127.0.0.1", "-P", str(server.http_port)]

    def run(self, *words, stdin=None):
        return subprocess.run([*self.words, *words], capture_output=True, text=True, timeout=30,
                              check=False, input=stdin)

    def says(self, *words, stdin=None):
        ran = self.run(*words, stdin=stdin)
        assert ran.returncode == 0, ran
        return ran.stdout.strip()

    def refuses(self, reason, *words):
        ran = self.run(*words)
        assert ran.returncode == 1 and reason in ran.stderr, ran

    def json(self, *words):
        return json.loads(self.says("-f", "raw_json", *words))

    def rows(self, *words):
        return [line.split("\t") for line in self.says("-q", "-f", "tsv", *words).splitlines()]


@sentence("rabbitmqadmin declares, lists and deletes queues")
def queues(admin):
    for _ in range(2):
        assert admin.says("declare", "queue", "name=q1") == "queue declared"
    admin.refuses("inequivalent arg 'durable'", "declare", "queue", "name=q1", "durable=false")
    admin.says("declare", "queue", "name=q2", "queue_type=quorum")
    admin.says("declare", "queue", "name=q3", "auto_delete=true", "durable=false",
               'arguments={"x-max-length":5}')
    admin.refuses("has to be true or false", "declare", "queue", "name=q4", "durable=maybe")
    admin.refuses("'node' has to be", "declare", "queue", "name=q4", "node=rabbit@elsewhere")
    shown = {row["name"]: row for row in admin.json("list", "queues")}
    assert shown["q2"]["type"] == "quorum" and shown["q1"]["durable"] is True, shown
    assert shown["q3"]["arguments"] == {"x-max-length": 5}, shown
    assert admin.says("delete", "queue", "name=q3") == "queue deleted"
    admin.refuses("Not found: /api/queues/%2F/q3", "delete", "queue", "name=q3")
    admin.says("delete", "queue", "name=q2")


@sentence("rabbitmqadmin declares and deletes exchanges and bindings")
def bindings(admin):
    assert admin.says("declare", "exchange", "name=e1", "type=topic") == "exchange declared"
    admin.says("declare", "exchange", "name=e2", "type=fanout", "internal=true")
    admin.refuses("nope", "declare", "exchange", "name=e3", "type=nope")
    for key in ("routing_key=a.#", "routing_key="):
        assert admin.says("declare", "binding", "source=e1", "destination=q1",
                          key) == "binding declared"
    admin.says("declare", "binding", "source=e1", "destination=q1", "routing_key=z",
               'arguments={"h":1}')
    admin.says("declare", "binding", "source=e1", "destination=e2",
               "destination_type=exchange", "routing_key=k")
    admin.refuses("Not found", "declare", "binding", "source=e1", "destination=none")
    keys = {row[0] for row in admin.rows("list", "bindings", "properties_key")}
    assert {"a.%23", "~", "k"} < keys, keys
    ends = ("source=e1", "destination_type=queue", "destination=q1")
    assert admin.says("delete", "binding", *ends, "properties_key=a.%23") == "binding deleted"
    assert admin.says("delete", "binding", *ends) == "binding deleted"
    admin.refuses("Not found", "delete", "binding", *ends)
    admin.says("delete", "exchange", "name=e2")
    assert admin.rows("list", "exchanges", "name", "type").count(["e1", "topic"]) == 1


@sentence("rabbitmqadmin declares vhosts and works in them")
def vhosts(admin):
    assert admin.says("declare", "vhost", "name=shop") == "vhost declared"
    admin.says("declare", "vhost", "name=shop", "tracing=false")
    admin.refuses("*** 'tracing' is not supported yet", "declare", "vhost", "name=v",
                  "tracing=true")
    admin.says("-V", "shop", "declare", "queue", "name=sq")
    assert admin.rows("-V", "shop", "list", "queues", "name", "vhost") == [["sq", "shop"]]
    assert [row[0] for row in admin.rows("list", "queues")] == ["q1", "sq"]
    admin.says("-V", "shop", "publish", "routing_key=sq", "payload=m")
    assert admin.rows("list", "vhosts") == [["/", "0"], ["shop", "1"]]


@sentence("rabbitmqadmin declares, lists and deletes policies")
def policies(admin):
    assert admin.says("declare", "policy", "name=p1", "pattern=^q1", "priority=3",
                      'definition={"max-length":100}', "apply-to=queues") == "policy declared"
    admin.says("declare", "policy", "name=p2", "pattern=^e",
               'definition={"alternate-exchange":"amq.fanout"}')
    admin.says("declare", "operator_policy", "name=o1", "pattern=^q1", "apply-to=queues",
               'definition={"max-length":90}')
    assert ["e1", "p2"] in [row for row in admin.rows(
        "-V", "/", "list", "exchanges", "name", "policy") if row[0] == "e1"]
    for listed in ("policies", "operator_policies", "parameters"):
        assert "max-length" in admin.says("list", listed), listed
    admin.refuses("component x not found", "declare", "parameter", "component=x", "name=y",
                  "value={}")
    for kind, name in (("policy", "p1"), ("policy", "p2"), ("operator_policy", "o1")):
        assert admin.says("delete", kind, f"name={name}") == f"{kind} deleted"


@sentence("rabbitmqadmin publishes, gets and purges")
def messages(admin):
    assert admin.says("publish", "routing_key=q1", "payload=hello") == "Message published"
    properties = {"delivery_mode": 2, "headers": {"a": 1, "t": {"x": [1, 2]}},
                  "content_type": "text/plain", "message_id": "m1"}
    admin.says("declare", "binding", "source=e1", "destination=q1", "routing_key=a.#")
    admin.says("publish", "exchange=e1", "routing_key=a.b", "payload=aGkg",
               "payload_encoding=base64", "properties=" + json.dumps(properties))
    admin.says("publish", "routing_key=q1", stdin="from a pipe")
    assert admin.says("publish", "routing_key=none",
                      "payload=x") == "Message published but NOT routed"
    admin.refuses("Not found", "publish", "exchange=none", "routing_key=q1", "payload=x")
    shown = admin.json("get", "queue=q1", "count=9")
    assert [one["payload"] for one in shown] == ["hello", "hi ", "from a pipe"], shown
    assert shown[1]["properties"] == properties and shown[0]["properties"] == [], shown
    assert [one["message_count"] for one in shown] == [2, 1, 0], shown
    assert "hello" in admin.says("get", "queue=q1", "ackmode=ack_requeue_false")
    admin.refuses("'ackmode' has to be", "get", "queue=q1", "ackmode=none")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "payload"
        admin.says("get", "queue=q1", f"payload_file={path}", "ackmode=reject_requeue_false")
        assert path.read_text() == "hi "
    assert admin.says("purge", "queue", "name=q1") == "queue purged"
    assert admin.says("get", "queue=q1") == "No items"
    admin.refuses("Not found", "get", "queue=none")
    admin.refuses("Not found", "purge", "queue", "name=none")


@sentence("rabbitmqadmin shows lists and the overview in all its formats, sorted when asked")
def formats(admin):
    for form in ("table", "tsv", "long", "kvp", "raw_json", "pretty_json", "bash"):
        for listed in ("queues", "exchanges", "vhosts", "bindings", "nodes", "users",
                       "permissions"):
            # bash completes names, and these have none.
            nameless = form == "bash" and listed in ("bindings", "permissions")
            assert admin.says("-f", form, "list", listed) or nameless, (form, listed)
        for empty in ("consumers", "vhost_limits", "policies"):
            admin.says("-f", form, "list", empty)
        if form != "bash":
            assert "4.2.0" in admin.says("-f", form, "show", "overview")
    names = [row[0] for row in admin.rows("-S", "name", "-R", "list", "queues", "name")]
    assert names == ["sq", "q1"], names
    assert admin.says("-d", "2", "list", "vhosts")
    assert admin.says("-f", "kvp", "show", "overview",
                      "rabbitmq_version") == 'rabbitmq_version="4.2.0"'


@sentence("rabbitmqadmin lists and closes connections")
def connections(admin):
    at = pika.ConnectionParameters("127.0.0.1", admin.server.amqp_port)
    connection = pika.BlockingConnection(at)
    channel = connection.channel()
    channel.basic_consume("q1", lambda *_: None, consumer_tag="here")
    ((name, user, channels),) = admin.rows("list", "connections")
    assert (user, channels) == ("guest", "1"), (user, channels)
    assert admin.rows("list", "channels") == [[name + " (1)", "guest"]]
    ((tag, active),) = admin.rows("list", "consumers", "consumer_tag", "activity_status")
    assert (tag, active) == ("here", "up")
    assert admin.says("close", "connection", "name=" + name) == "connection closed"
    admin.refuses("Not found", "close", "connection", "name=nowhere")


@sentence("rabbitmqadmin exports definitions and imports them")
def definitions(admin):
    with tempfile.TemporaryDirectory() as folder:
        whole, part = (str(pathlib.Path(folder) / name) for name in ("all", "shop"))
        assert admin.says("export", whole).startswith("Exported definitions")
        admin.says("-V", "shop", "export", part)
        admin.says("delete", "queue", "name=q1")
        assert admin.says("import", whole).startswith("Uploaded definitions")
        assert ["q1"] in admin.rows("list", "queues", "name")
        admin.says("declare", "vhost", "name=other")
        admin.says("-V", "other", "import", part)
        assert admin.rows("-V", "other", "list", "queues", "name") == [["sq"]]
    assert admin.says("delete", "vhost", "name=other") == "vhost deleted"


@sentence("rabbitmqadmin is content with guest and told of what there is not")
def users(admin):
    rights = ("configure=.*", "write=.*", "read=.*")
    assert admin.says("declare", "permission", "vhost=/", "user=guest",
                      *rights) == "permission declared"
    admin.says("declare", "user", "name=guest", "password=guest", "tags=administrator")
    for words in (("user", "name=bob", "password=x", "tags="),
                  ("permission", "vhost=/", "user=bob", *rights)):
        admin.refuses("*** there are no users but guest", "declare", *words)
    admin.refuses("*** limits of vhosts are not supported yet", "declare", "vhost_limit",
                  "vhost=/", "name=max-queues", "value=5")
    admin.refuses("Not found", "delete", "user", "name=bob")
    admin.refuses("Not found", "delete", "permission", "vhost=/", "user=bob")
    admin.refuses("Not found", "delete", "parameter", "component=x", "name=y")
    admin.refuses("Not found", "delete", "vhost_limit", "vhost=/", "name=max-queues")
    admin.refuses("Access refused", "-u", "bob", "-p", "x", "list", "queues")


def main():
    program = tool()
    if not program:
        for text, _ in SENTENCES:
            skip(text, "apt-get install rabbitmq-server")
        return
    with RialtoServer() as server:
        admin = Admin(program, server)
        for text, use in SENTENCES:
            check(text, lambda use=use: use(admin))
    sys.exit(finish())


if __name__ == "__main__":
    main()
