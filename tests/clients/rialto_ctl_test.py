#!/usr/bin/python3
"""`rialto ctl`, also under the name rabbitmqctl, against a server with real AMQP connections."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pika
import pika.exceptions

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from amqp_pika_test import Client  # pylint: disable=wrong-import-position
from rialto_server import (RialtoServer, check, finish,  # pylint: disable=wrong-import-position
                           free_ports)

NOT_RUNNING = 69


class Ctl:
    """Runs verbs; the program is a link of RabbitMQ's name to the one under test."""

    def __init__(self, port, folder):
        self.url = f"http://127.0.0.1:{port}"
        self.program = pathlib.Path(folder) / "rabbitmqctl"
        if not self.program.exists():
            self.program.symlink_to(os.environ["RIALTO_BIN"])

    def run(self, *words):
        return subprocess.run([str(self.program), "--url", self.url, *words], capture_output=True,
                              text=True, timeout=30, check=False)

    def lines(self, *words):
        ran = self.run("-q", *words)
        assert ran.returncode == 0, ran
        return [line.split("\t") for line in ran.stdout.splitlines()]

    def json(self, *words):
        ran = self.run("--formatter", "json", *words)
        assert ran.returncode == 0, ran
        return json.loads(ran.stdout)


def queues(server, ctl):
    with Client(server) as client:
        client.channel.queue_declare("orders", durable=True)
        client.channel.basic_publish("", "orders", b"1")
        client.channel.basic_publish("", "orders", b"2")
        client.channel.queue_declare("orders", passive=True)
        assert ctl.lines("list_queues") == [["name", "messages"], ["orders", "2"]]
        assert ctl.lines("list_queues", "name", "messages_ready", "durable") == [
            ["name", "messages_ready", "durable"], ["orders", "2", "true"]]
        assert ctl.json("list_queues", "name", "messages") == [{"name": "orders", "messages": 2}]
        assert ctl.run("list_queues").stdout.startswith("Listing queues for vhost / ...\n")
        refused = ctl.run("purge_queue", "orders", "--dry-run")
        assert refused.returncode == 2 and "it takes: QUEUE" in refused.stderr, refused
        assert ctl.lines("-s", "list_queues", "messages") == [["2"]]
        csv = ctl.run("--formatter", "csv", "list_queues", "name", "messages").stdout
        assert csv == '"name","messages"\n"orders","2"\n', csv
        pretty = ctl.run("-q", "--formatter", "pretty_table", "list_queues", "name").stdout
        assert pretty.splitlines()[1:4] == ["│ name   │", "├────────┤", "│ orders │"], pretty
        assert ctl.lines("-s", "list_queues", "--online", "name") == [["orders"]]
        assert ctl.lines("-s", "list_queues", "--local", "--offline", "name") == [["orders"]]
        assert ctl.lines("list_queues", "--offline") == []
        assert ctl.run("purge_queue", "orders").returncode == 0
        assert ctl.lines("-s", "list_queues", "messages") == [["0"]]
        assert ctl.run("delete_queue", "orders", "--if-empty").returncode == 0
        again = ctl.run("delete_queue", "orders")
        assert again.returncode == 1 and "no queue 'orders' in vhost '/'" in again.stderr, again


def exchanges_and_bindings(server, ctl):
    with Client(server) as client:
        client.channel.exchange_declare("events", "topic", durable=True)
        client.channel.queue_declare("bound", durable=True)
        client.channel.queue_bind("bound", "events", "a.#", {"x": 1})
        assert ["events", "topic"] in ctl.lines("list_exchanges")
        rows = ctl.lines("list_bindings")
        assert rows[0] == ["source_name", "source_kind", "destination_name", "destination_kind",
                           "routing_key", "arguments"], rows
        assert ["events", "exchange", "bound", "queue", "a.#", '[{"x",1}]'] in rows, rows
        assert ["", "exchange", "bound", "queue", "bound", "[]"] in rows, rows
        assert {"source_kind": "exchange"} in ctl.json("list_bindings", "source_kind")


def vhosts(server, ctl):
    assert ctl.run("add_vhost", "shop").returncode == 0
    assert ctl.lines("-s", "list_vhosts") == [["/"], ["shop"]]
    at = pika.ConnectionParameters("127.0.0.1", server.amqp_port, "shop")
    connection = pika.BlockingConnection(at)
    connection.channel().queue_declare("q")
    assert ctl.lines("-s", "-p", "shop", "list_queues", "name") == [["q"]]
    refused = ctl.run("delete_vhost", "shop")
    assert refused.returncode == 1 and "close them first" in refused.stderr, refused
    connection.close()
    assert ctl.run("delete_vhost", "shop").returncode == 0
    assert ctl.run("add_vhost", "told", "--description", "what it is", "--tags",
                   "a,b").returncode == 0
    assert ["told", "what it is", "[a, b]"] in ctl.lines("list_vhosts", "name", "description",
                                                         "tags")
    assert ctl.run("delete_vhost", "told").returncode == 0
    assert ctl.run("-p", "shop", "list_queues").returncode == 1


def connections(server, ctl):
    with Client(server) as client:
        client.channel.queue_declare("watched", durable=True)
        client.channel.basic_qos(prefetch_count=9)
        client.channel.basic_consume("watched", lambda *_: None, consumer_tag="watcher")
        ((pid, port, vhost, channels),) = ctl.lines("-s", "list_connections", "pid", "peer_port",
                                                    "vhost", "channels")
        assert pid.startswith(f"127.0.0.1:{port} -> 127.0.0.1:{server.amqp_port}"), pid
        assert (vhost, channels) == ("/", "1")
        (shown,) = ctl.json("list_connections", "client_properties", "protocol")
        assert "Pika" in shown["client_properties"]["product"], shown
        assert shown["protocol"] == "AMQP 0-9-1"
        ((queue, channel, tag, _, prefetch, active, _),) = ctl.lines("-s", "list_consumers")
        assert (queue, tag, prefetch, active) == ("watched", "watcher", "9", "true")
        assert ctl.lines("-s", "list_consumers", "activity_status") == [["up"]]
        client.channel.confirm_delivery()
        assert ctl.lines("-s", "list_channels", "prefetch_count", "confirm", "transactional") == [
            ["9", "true", "false"]]
        assert ctl.lines("-s", "list_channels", "pid", "consumer_count") == [[channel, "1"]]
        assert ctl.run("close_connection", pid, "maintenance").returncode == 0
        try:
            client.connection.process_data_events(5)
            raise AssertionError("the connection is still open")
        except pika.exceptions.ConnectionClosed as closed:
            assert closed.reply_code == 320 and "maintenance" in closed.reply_text, closed
    assert ctl.lines("-s", "list_connections") == []


def policies(server, ctl):
    with Client(server) as client:
        client.channel.queue_declare("short", durable=True)
        done = ctl.run("set_policy", "--priority", "3", "--apply-to", "queues", "limit", "^short$",
                       '{"max-length":1}')
        assert done.returncode == 0, done
        assert ctl.lines("-s", "list_policies") == [
            ["/", "limit", "^short$", "queues", '[{"max-length",1}]', "3"]]
        client.channel.confirm_delivery()
        client.put("short", b"a", b"b")
        assert ctl.lines("-s", "list_queues", "name", "messages", "policy").count(
            ["short", "1", "limit"]) == 1
        bad = ctl.run("set_policy", "bad", ".*", '{"max-length":"x"}')
        assert bad.returncode == 1 and "not a valid maximum length" in bad.stderr, bad
        assert ctl.run("set_policy", "alike", "^amq.topic$",
                       '{"alternate-exchange":"amq.fanout"}').returncode == 0
        assert ["amq.topic", "alike"] in ctl.lines("list_exchanges", "name", "policy")
        assert ctl.run("clear_policy", "alike").returncode == 0
        assert ctl.run("clear_policy", "limit").returncode == 0
        assert ctl.lines("-s", "list_policies") == []


def redrive(server, ctl):
    with Client(server) as client:
        client.channel.queue_declare("graves", durable=True)
        client.channel.queue_declare("work", durable=True, arguments={
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "graves"})
        client.channel.confirm_delivery()
        client.put("work", b"a", b"b", b"c")
        for _ in range(3):
            client.channel.basic_reject(client.channel.basic_get("work")[0].delivery_tag, False)
        assert ["would_move", "3"] in ctl.lines("-s", "redrive", "graves", "--dry-run")
        assert ["moved", "1"] in ctl.lines("-s", "redrive", "graves", "--max", "1")
        assert ["moved", "2"] in ctl.lines("-s", "redrive", "graves", "--rate", "1000")
        assert client.depth("work") == 3 and client.depth("graves") == 0


def browse(server, ctl):
    with Client(server) as client:
        client.channel.queue_declare("morgue", durable=True)
        client.channel.queue_declare("ward", durable=True, arguments={
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "morgue"})
        client.channel.confirm_delivery()
        bodies = [b"short", b"l" * 200, b"\x00\xff\x00\xff"] + [b"%d" % n for n in range(200)]
        for n, body in enumerate(bodies):
            client.channel.basic_publish("", "ward", body, pika.BasicProperties(
                headers={"parity": "odd" if n % 2 else "even"}))
        for _ in bodies:
            client.channel.basic_reject(client.channel.basic_get("ward")[0].delivery_tag, False)
        rows = ctl.lines("browse", "morgue", "--max", "3")
        assert rows[0] == ["id", "timestamp", "x-first-death-reason", "x-first-death-queue",
                           "headers", "body"], rows
        assert [row[2:] for row in rows[1:]] == [
            ["rejected", "ward", '[{"parity","even"}]', "short"],
            ["rejected", "ward", '[{"parity","odd"}]', "(200 bytes)"],
            ["rejected", "ward", '[{"parity","even"}]', "(4 bytes)"]], rows
        told = ctl.run("browse", "morgue").stdout.splitlines()
        assert len(told) == 103, told
        assert told[0] == "Listing messages of queue 'morgue' in vhost '/' ...", told
        assert told[-1] == "There may be more: see --max", told
        shown = ctl.json("browse", "morgue", "--max", "1000")
        assert len(shown) == len(bodies) and shown[1]["body"] == "l" * 200, shown
        assert shown[0]["headers"]["x-first-death-reason"] == "rejected", shown
        odd = ctl.json("browse", "morgue", "--max", "101", "--where", "parity=odd")
        assert [row["headers"]["parity"] for row in odd] == ["odd"] * 101, odd
        chosen = [word for row in (shown[0], shown[2]) for word in ("--id", row["id"])]
        assert ["would_move", "2"] in ctl.lines("-s", "redrive", "morgue", "--dry-run", *chosen)
        assert ["moved", "2"] in ctl.lines("-s", "redrive", "morgue", *chosen)
        assert client.bodies("ward", 2) == [bodies[0], bodies[2]]
        assert [row["id"] for row in ctl.json("browse", "morgue", "--max", "2")] == [
            shown[1]["id"], shown[3]["id"]]
        bad = ctl.run("redrive", "morgue", "--id", "third")
        assert bad.returncode == 1 and "'third' is no id" in bad.stderr, bad
        assert ctl.run("browse", "nowhere").returncode == 1
        assert ctl.run("purge_queue", "morgue").returncode == 0
        assert ctl.lines("browse", "morgue") == []


def status(_, ctl):
    assert ctl.run("ping").returncode == 0
    shown = ctl.run("status").stdout
    assert "Rialto" in shown and "amqp" in shown, shown
    assert ctl.lines("-s", "list_users") == [["guest", "[administrator]"]]


def mistakes(_, ctl):
    assert "did you mean 'list_queues'?" in ctl.run("list_quues").stderr
    unsupported = ctl.run("eval", "1 + 1.")
    assert unsupported.returncode == 2 and "'eval' is not supported" in unsupported.stderr
    assert "has to be a JSON object" in ctl.run("set_policy", "p", ".*", "60000").stderr
    assert "--rate has to be a number" in ctl.run("redrive", "q", "--rate", "fast").stderr
    nowhere = subprocess.run(
        [os.environ["RIALTO_BIN"], "ctl", "--url", f"127.0.0.1:{free_ports(1)[0]}", "list_queues"],
        capture_output=True, text=True, timeout=30, check=False)
    assert nowhere.returncode == NOT_RUNNING and "rialto serve" in nowhere.stderr, nowhere


def definitions(server, ctl):
    path = pathlib.Path(ctl.program).parent / "definitions.json"
    with Client(server) as client:
        client.channel.exchange_declare("exported", "topic", durable=True)
        client.channel.queue_declare("exported", durable=True, arguments={"x-max-length": 7})
        client.channel.queue_bind("exported", "exported", "a.#")
        assert ctl.run("set_policy", "long", "^exp", '{"expires":60000}').returncode == 0
        told = ctl.run("export_definitions", str(path)).stdout
        assert told.startswith("Exporting definitions in JSON to a file at"), told
        assert ctl.json("export_definitions", "-") == json.loads(path.read_text())
        client.channel.queue_delete("exported")
        client.channel.exchange_delete("exported")
        assert ctl.run("clear_policy", "long").returncode == 0
        ran = ctl.run("import_definitions", str(path))
        assert ran.returncode == 0, ran
        assert ["exported", "exchange", "exported", "queue", "a.#",
                "[]"] in ctl.lines("list_bindings")
        assert ["exported", "long"] in ctl.lines("list_queues", "name", "policy")
        client.channel.basic_publish("exported", "a.b", b"m")
        assert client.bodies("exported", 1) == [b"m"]
    assert ctl.run("clear_policy", "long").returncode == 0
    path.write_text('{"users": [{"name": "ada"}]}')
    refused = ctl.run("import_definitions", str(path))
    assert refused.returncode == 1 and "no users but guest" in refused.stderr, refused
    assert ctl.run("import_definitions", "/nowhere").returncode == 2


def main():
    with RialtoServer() as server, tempfile.TemporaryDirectory() as folder:
        ctl = Ctl(server.http_port, folder)
        for sentence, use in (
                ("ctl lists, purges and deletes queues", queues),
                ("ctl lists exchanges and bindings", exchanges_and_bindings),
                ("ctl makes, lists and deletes vhosts", vhosts),
                ("ctl shows connections, channels and consumers, and closes connections",
                 connections),
                ("ctl sets, lists and clears policies, which hold at once", policies),
                ("ctl brings dead letters back, or only counts them", redrive),
                ("ctl shows dead letters, searches them by a header and brings chosen ones back",
                 browse),
                ("ctl exports definitions and imports them", definitions),
                ("ctl tells whether a server answers and what it holds", status),
                ("ctl says what was meant, what is missing and where no server is", mistakes)):
            check(sentence, lambda use=use: use(server, ctl))
    sys.exit(finish())


if __name__ == "__main__":
    main()
