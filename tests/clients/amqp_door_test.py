#!/usr/bin/python3
"""Debian's pika against Rialto: what AMQP applications use beyond the tutorials."""
import pathlib
import socket
import struct
import sys
import time
import urllib.request

import pika
import pika.exceptions

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from amqp_pika_test import Client, refused  # pylint: disable=wrong-import-position
from rialto_server import run_all  # pylint: disable=wrong-import-position


def drained(client, queue):
    """Every body that is in the queue now."""
    bodies = []
    while True:
        method, _, body = client.channel.basic_get(queue, auto_ack=True)
        if method is None:
            return bodies
        bodies.append(body)


def on_channel(server, code, use):
    with Client(server) as client:
        return refused(code, lambda: use(client.channel))


# ---- exchanges -------------------------------------------------------------------------------

def headers_exchange(server):
    with Client(server) as client:
        client.channel.exchange_declare("by-headers", "headers", durable=True)
        wanted = {"all": {"x-match": "all", "kind": "report", "pages": 3},
                  "any": {"x-match": "any", "kind": "report", "pages": 3},
                  "all-with-x": {"x-match": "all-with-x", "x-kind": "report"},
                  "any-with-x": {"x-match": "any-with-x", "x-kind": "report", "pages": 3}}
        queues = {how: client.queue() for how in wanted}
        for how, arguments in wanted.items():
            client.channel.queue_bind(queues[how], "by-headers", arguments=arguments)
        for body, headers in ((b"both", {"kind": "report", "pages": 3}),
                              (b"one", {"kind": "report"}), (b"text", {"pages": "3"}),
                              (b"x", {"x-kind": "report"}), (b"none", None)):
            client.channel.basic_publish("by-headers", "ignored", body,
                                         pika.BasicProperties(headers=headers))
        assert drained(client, queues["all"]) == [b"both"]
        assert drained(client, queues["any"]) == [b"both", b"one"]
        assert drained(client, queues["all-with-x"]) == [b"x"]
        assert drained(client, queues["any-with-x"]) == [b"both", b"x"]
        queue = client.queue()
    text = on_channel(server, 406, lambda c: c.queue_bind(queue, "by-headers",
                                                          arguments={"x-match": "most"}))
    assert text == ('PRECONDITION_FAILED - Invalid x-match field value <<"most">>; expected all, '
                    "any, all-with-x, or any-with-x"), text


def exchange_bindings(server):
    with Client(server) as client:
        channel = client.channel
        channel.exchange_declare("front", "topic", durable=True)
        channel.exchange_declare("middle", "direct", durable=True)
        channel.exchange_declare("back", "fanout", durable=True)
        channel.exchange_bind("middle", "front", "a.*")
        channel.exchange_bind("back", "middle", "a.b")
        channel.exchange_bind("front", "back", "")  # a circle
        queue = client.queue()
        channel.queue_bind(queue, "back")
        for key in ("a.b", "a.c", "b.b"):
            channel.basic_publish("front", key, key.encode())
        assert drained(client, queue) == [b"a.b"]
        channel.exchange_unbind("back", "middle", "a.b")
        channel.exchange_unbind("back", "middle", "a.b")
        channel.basic_publish("front", "a.b", b"unbound")
        assert drained(client, queue) == []
    text = on_channel(server, 404, lambda c: c.exchange_bind("nobody", "front", "k"))
    assert text == "NOT_FOUND - no exchange 'nobody' in vhost '/'", text
    text = on_channel(server, 403, lambda c: c.exchange_bind("front", "", "k"))
    assert text == "ACCESS_REFUSED - operation not permitted on the default exchange", text


def alternate_exchange(server):
    with Client(server) as client:
        channel = client.channel
        channel.exchange_declare("rest", "fanout", durable=True)
        options = {"durable": True, "arguments": {"alternate-exchange": "rest"}}
        channel.exchange_declare("first-choice", "direct", **options)
        channel.exchange_declare("first-choice", "direct", **options)
        queue, rest = client.queue(), client.queue()
        channel.queue_bind(queue, "first-choice", "k")
        channel.queue_bind(rest, "rest")
        channel.confirm_delivery()
        channel.basic_publish("first-choice", "k", b"taken", mandatory=True)
        channel.basic_publish("first-choice", "other", b"left", mandatory=True)
        assert drained(client, queue) == [b"taken"] and drained(client, rest) == [b"left"]
    text = on_channel(server, 406, lambda c: c.exchange_declare("first-choice", "direct",
                                                                durable=True))
    assert text == ("PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange "
                    "'first-choice' in vhost '/': received none but current is the value 'rest' "
                    "of type 'longstr'"), text


def internal_exchange(server):
    with Client(server) as client:
        channel = client.channel
        channel.exchange_declare("inner", "fanout", internal=True, durable=True)
        channel.exchange_declare("outer", "fanout", durable=True)
        channel.exchange_bind("inner", "outer")
        queue = client.queue()
        channel.queue_bind(queue, "inner")
        channel.basic_publish("outer", "", b"by a binding")
        assert drained(client, queue) == [b"by a binding"]
        channel.confirm_delivery()
        text = refused(403, lambda: channel.basic_publish("inner", "", b"directly"))
        assert text == ("ACCESS_REFUSED - cannot publish to internal exchange 'inner' in vhost "
                        "'/'"), text


def auto_delete_exchange(server):
    with Client(server) as client:
        channel = client.channel
        channel.exchange_declare("passing", "fanout", auto_delete=True)
        channel.exchange_declare("source", "fanout", auto_delete=True)
        queue = client.queue()
        channel.exchange_bind("passing", "source")
        channel.queue_bind(queue, "passing")
        channel.queue_delete(queue)
        for name in ("passing", "source"):
            refused(404, lambda n=name: client.connection.channel().exchange_declare(
                n, passive=True))


def exchange_rules(server):
    with Client(server) as client:
        client.channel.exchange_declare("used", "direct", durable=True)
        queue = client.queue()
        client.channel.queue_bind(queue, "used", "k")
        client.channel.exchange_delete("never-there")
    cases = (
        (406, lambda c: c.exchange_delete("used", if_unused=True),
         "PRECONDITION_FAILED - exchange 'used' in vhost '/' in use"),
        (406, lambda c: c.exchange_declare("used", "fanout", durable=True),
         "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'used' in vhost '/': "
         "received 'fanout' but current is 'direct'"),
        (406, lambda c: c.exchange_declare("used", "direct", durable=True, internal=True),
         "PRECONDITION_FAILED - inequivalent arg 'internal' for exchange 'used' in vhost '/': "
         "received 'true' but current is 'false'"),
        (406, lambda c: c.exchange_declare("new", "ring"),
         "PRECONDITION_FAILED - unknown exchange type 'ring'"),
        (403, lambda c: c.exchange_delete("amq.topic"),
         "ACCESS_REFUSED - deletion of system exchange 'amq.topic' in vhost '/' not allowed"),
        (403, lambda c: c.queue_unbind(queue, "", queue),
         "ACCESS_REFUSED - operation not permitted on the default exchange"),
        (403, lambda c: c.exchange_delete(""),
         "ACCESS_REFUSED - operation not permitted on the default exchange"),
    )
    for code, use, wanted in cases:
        text = on_channel(server, code, use)
        assert text == wanted, text


def copies(server):
    with Client(server) as client:
        to, cc, bcc = client.queue(), client.queue(), client.queue()
        headers = {"CC": [cc], "BCC": [bcc], "kept": 1}
        client.channel.confirm_delivery()
        client.put(to, b"copied", headers=headers, message_id="m")
        for queue in (to, cc, bcc):
            method, properties, body = client.channel.basic_get(queue, auto_ack=True)
            assert method.routing_key == to, method.routing_key
            assert properties.headers == {"CC": [cc], "kept": 1}, properties.headers
            assert properties.message_id == "m" and body == b"copied"
        text = refused(406, lambda: client.put(to, b"", headers={"CC": cc}))
        assert text == ('PRECONDITION_FAILED - invalid message: '
                        '{unacceptable_type_in_header,"CC",longstr}'), text


# ---- consumers -------------------------------------------------------------------------------

def pump(clients, until):
    """Lets the clients' callbacks run until it is so."""
    for _ in range(400):
        if until():
            return
        for client in clients:
            client.connection.process_data_events(time_limit=0.01)
    raise AssertionError("it never came to that")


def collect(client, queue, seen, **options):
    return client.channel.basic_consume(
        queue, lambda _, method, __, body: seen.append((method, body)), **options)


def consumer_priorities(server):
    with Client(server) as high, Client(server) as low:
        queue = high.queue()
        first, second = [], []
        low.channel.basic_qos(prefetch_count=10)
        collect(low, queue, second)
        high.channel.basic_qos(prefetch_count=2)
        collect(high, queue, first, arguments={"x-priority": 10})
        high.put(queue, *(b"%d" % i for i in range(5)))
        pump((high, low), lambda: len(first) + len(second) == 5)
        assert [body for _, body in first] == [b"0", b"1"], first
        assert [body for _, body in second] == [b"2", b"3", b"4"], second


def single_active_consumer(server):
    with Client(server) as boss, Client(server) as one, Client(server) as two:
        queue = boss.queue(arguments={"x-single-active-consumer": True})
        first, second = [], []
        collect(one, queue, first)
        collect(two, queue, second)
        boss.put(queue, *(b"%d" % i for i in range(4)))
        pump((one, two), lambda: len(first) == 4)
        assert not second
        one.channel.basic_ack(first[1][0].delivery_tag, multiple=True)
        one.connection.close()
        pump((two,), lambda: len(second) == 2)
        assert [(m.redelivered, body) for m, body in second] == [(True, b"2"), (True, b"3")]
        text = refused(405, lambda: boss.channel.basic_get(queue))
        assert text == (f"RESOURCE_LOCKED - cannot obtain access to locked queue '{queue}' in "
                        "vhost '/'. basic.get operations are not supported by classic queues "
                        "with single active consumer"), text
    text = on_channel(server, 403, lambda c: c.basic_consume(queue, print, exclusive=True))
    assert text == f"ACCESS_REFUSED - queue '{queue}' in vhost '/' in exclusive use", text
    text = on_channel(server, 406, lambda c: c.queue_declare(queue, durable=True))
    assert "inequivalent arg 'x-single-active-consumer'" in text, text


def global_prefetch(server):
    with Client(server) as client:
        one, two = client.queue(), client.queue()
        client.channel.basic_qos(prefetch_count=3, global_qos=True)
        seen = []
        collect(client, one, seen)
        collect(client, two, seen)
        client.put(one, *[b"m"] * 3)
        client.put(two, *[b"m"] * 3)
        pump((client,), lambda: len(seen) == 3)
        client.connection.process_data_events(time_limit=0.2)
        assert len(seen) == 3, len(seen)
        client.channel.basic_ack(seen[0][0].delivery_tag)
        pump((client,), lambda: len(seen) == 4)
        client.channel.basic_qos(prefetch_count=0, global_qos=True)
        pump((client,), lambda: len(seen) == 6)


def recover_rules(server):
    with Client(server) as client:
        queue = client.queue()
        client.put(queue, b"a", b"b")
        client.channel.basic_get(queue)
        seen = []
        collect(client, queue, seen)
        pump((client,), lambda: len(seen) == 1)
        client.channel.basic_recover(requeue=True)
        pump((client,), lambda: len(seen) == 3)
        assert [body for _, body in seen] == [b"b", b"a", b"b"]
        assert seen[1][0].redelivered and seen[2][0].redelivered
        text = refused(540, lambda: client.channel.basic_recover(requeue=False))
        assert text == "NOT_IMPLEMENTED - requeue=false", text


# ---- direct replies --------------------------------------------------------------------------

def direct_reply(server):
    with Client(server) as callee, Client(server) as caller:
        calls = callee.queue()
        answers = []
        collect(caller, "amq.rabbitmq.reply-to", answers, auto_ack=True)
        caller.put(calls, b"21", reply_to="amq.rabbitmq.reply-to", correlation_id="c")
        _, properties, body = callee.take(calls, 1, auto_ack=True)[0]
        callee.channel.cancel()
        assert properties.reply_to.startswith("amq.rabbitmq.reply-to."), properties.reply_to
        probe = callee.channel.queue_declare(properties.reply_to, passive=True).method
        assert (probe.message_count, probe.consumer_count) == (0, 1)
        callee.channel.confirm_delivery()
        callee.channel.basic_publish("", properties.reply_to, str(int(body) * 2).encode(),
                                     mandatory=True)
        pump((caller,), lambda: answers)
        assert answers[0][1] == b"42"
        caller.connection.close()
        try:
            callee.channel.basic_publish("", properties.reply_to, b"late", mandatory=True)
        except pika.exceptions.UnroutableError:
            pass
        else:
            raise AssertionError("it was not returned")
        text = refused(404, lambda: callee.channel.queue_declare(
            properties.reply_to, passive=True))
        assert text == f"NOT_FOUND - no queue '{properties.reply_to}' in vhost '/'", text
    for text, use in (
            ("reply consumer cannot acknowledge",
             lambda c: c.basic_consume("amq.rabbitmq.reply-to", print)),
            ("fast reply consumer does not exist",
             lambda c: (c.confirm_delivery(), c.basic_publish(
                 "", calls, b"", pika.BasicProperties(reply_to="amq.rabbitmq.reply-to"))))):
        got = on_channel(server, 406, use)
        assert got == "PRECONDITION_FAILED - " + text, got


# ---- transactions ----------------------------------------------------------------------------

def transactions(server):
    with Client(server) as client, Client(server) as reader:
        one, two = client.queue(), client.queue()
        client.put(one, b"first", b"second")
        client.channel.tx_select()
        method, _, _ = client.channel.basic_get(one)
        client.put(two, b"a", b"b")
        client.channel.basic_ack(method.delivery_tag)
        assert reader.depth(two) == 0
        client.channel.tx_rollback()
        assert reader.depth(two) == 0 and reader.depth(one) == 1
        client.put(two, b"c", b"d")
        client.channel.basic_ack(method.delivery_tag)
        client.channel.tx_commit()
        assert reader.bodies(two, 2) == [b"c", b"d"]
        client.connection.close()
        assert reader.bodies(one, 1) == [b"second"]
    text = on_channel(server, 406, lambda c: c.tx_commit())
    assert text == "PRECONDITION_FAILED - channel is not transactional", text


def committed_survives(server):
    with Client(server) as client:
        queue, source = client.queue(), client.queue()
        client.put(source, b"moved", b"not moved")
        client.channel.tx_select()
        method, _, body = client.channel.basic_get(source)
        client.put(queue, body, delivery_mode=2)
        client.channel.basic_ack(method.delivery_tag)
        client.channel.tx_commit()
        method, _, body = client.channel.basic_get(source)
        client.put(queue, body)
        client.channel.basic_ack(method.delivery_tag)
        client.connection.process_data_events(time_limit=0.1)
        server.restart(kill=True)
    with Client(server) as client:
        assert drained(client, queue) == [b"moved"] and drained(client, source) == [b"not moved"]


# ---- vhosts and other exchanges --------------------------------------------------------------

def ask_http(server, method, path):
    request = urllib.request.Request(f"http://127.0.0.1:{server.http_port}{path}", method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status


def vhosts(server):
    assert ask_http(server, "PUT", "/api/vhosts/orders") == 201
    assert ask_http(server, "PUT", "/api/vhosts/orders") == 204
    with Client(server, virtual_host="orders") as inside, Client(server) as outside:
        inside.queue(queue="same-name")
        outside.queue(queue="same-name")
        inside.put("same-name", b"inside")
        assert drained(outside, "same-name") == []
        inside.channel.confirm_delivery()
        text = refused(404, lambda: inside.channel.basic_publish("nowhere", "", b""))
        assert text == "NOT_FOUND - no exchange 'nowhere' in vhost 'orders'", text
    server.restart(kill=True)
    with Client(server, virtual_host="orders") as inside:
        assert drained(inside, "same-name") == [b"inside"]
    assert ask_http(server, "DELETE", "/api/vhosts/orders") == 204
    try:
        Client(server, virtual_host="orders")
    except pika.exceptions.AMQPConnectionError as failed:
        assert "530" in repr(failed) and "vhost orders not found" in repr(failed), repr(failed)
    else:
        raise AssertionError("it got in")


def consistent_hash(server):
    with Client(server) as client:
        channel = client.channel
        channel.exchange_declare("shared-out", "x-consistent-hash", durable=True)
        queues = [client.queue() for _ in range(3)]
        for queue in queues:
            channel.queue_bind(queue, "shared-out", "10")
        for i in range(300):
            for _ in range(2):
                channel.basic_publish("shared-out", f"key-{i}", b"%d" % i)
        got = [drained(client, queue) for queue in queues]
        assert sum(len(bodies) for bodies in got) == 600
        for bodies in got:
            assert 120 <= len(bodies) <= 280, [len(b) for b in got]
            assert all(bodies.count(body) == 2 for body in set(bodies))


def topology_survives(server):
    with Client(server) as client:
        channel = client.channel
        channel.exchange_declare("kept-headers", "headers", durable=True,
                                 arguments={"alternate-exchange": "kept-rest"})
        channel.exchange_declare("kept-rest", "fanout", durable=True)
        channel.exchange_declare("kept-front", "fanout", durable=True)
        queue, rest = client.queue(), client.queue()
        channel.queue_bind(queue, "kept-headers", arguments={"colour": "red"})
        channel.queue_bind(rest, "kept-rest")
        channel.exchange_bind("kept-headers", "kept-front")
    server.restart(kill=True)
    with Client(server) as client:
        for colour in ("red", "blue"):
            client.channel.basic_publish("kept-front", "", colour.encode(),
                                         pika.BasicProperties(headers={"colour": colour}))
        assert drained(client, queue) == [b"red"] and drained(client, rest) == [b"blue"]


# ---- handshakes ------------------------------------------------------------------------------

def method_frame(class_id, method_id, arguments):
    payload = struct.pack(">HH", class_id, method_id) + arguments
    return struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce"


def unhurried_handshake(server):
    """tune-ok and open by two sends, as a client does that leaves Nagle's algorithm on."""
    fastest = 1.0
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", server.amqp_port), timeout=5) as peer:
            peer.sendall(b"AMQP\0\0\x09\x01")
            assert peer.recv(65536)
            login = b"\0guest\0guest"
            peer.sendall(method_frame(10, 11, struct.pack(">I", 0) + b"\x05PLAIN" + struct.pack(
                ">I", len(login)) + login + b"\x05en_US"))
            assert peer.recv(65536)
            begun = time.monotonic()
            peer.sendall(method_frame(10, 31, struct.pack(">HIH", 2047, 131072, 0)))
            peer.sendall(method_frame(10, 40, b"\x01/\0\0"))
            assert b"\0\x0a\0\x29" in peer.recv(65536), "open-ok"
            fastest = min(fastest, time.monotonic() - begun)
    assert fastest < 0.03, fastest


TESTS = (
    ("a handshake never waits for a delayed acknowledgement", unhurried_handshake),
    ("a headers exchange matches all or any, with and without x- headers", headers_exchange),
    ("exchanges are bound to exchanges, circles included", exchange_bindings),
    ("an alternate exchange gets what no binding takes", alternate_exchange),
    ("an internal exchange takes messages of exchanges only", internal_exchange),
    ("an auto-delete exchange goes with the last binding from it", auto_delete_exchange),
    ("exchanges are refused in RabbitMQ's words", exchange_rules),
    ("CC and BCC route to more keys, and BCC is not told", copies),
    ("a consumer of a higher priority gets what it can take", consumer_priorities),
    ("a single active consumer is followed by the next", single_active_consumer),
    ("a global prefetch bounds a whole channel", global_prefetch),
    ("basic.recover requeues what basic.get took, too", recover_rules),
    ("a call is answered without a queue", direct_reply),
    ("a transaction is committed or rolled back as a whole", transactions),
    ("what was committed survives a kill, and nothing else", committed_survives),
    ("vhosts are made over HTTP and have names of their own", vhosts),
    ("a consistent-hash exchange sends equal keys to one queue", consistent_hash),
    ("exchanges, their bindings and alternates survive a kill", topology_survives),
)


if __name__ == "__main__":
    sys.exit(run_all(TESTS))
