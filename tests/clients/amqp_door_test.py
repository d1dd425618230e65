#!/usr/bin/python3
"""Debian's pika against Rialto: what AMQP applications use beyond the tutorials."""
import pathlib
import sys

import pika
import pika.exceptions

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from amqp_pika_test import Client, refused  # pylint: disable=wrong-import-position
from rialto_server import RialtoServer, check, finish  # pylint: disable=wrong-import-position


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


TESTS = (
    ("a headers exchange matches all or any, with and without x- headers", headers_exchange),
    ("exchanges are bound to exchanges, circles included", exchange_bindings),
    ("an alternate exchange gets what no binding takes", alternate_exchange),
    ("an internal exchange takes messages of exchanges only", internal_exchange),
    ("an auto-delete exchange goes with the last binding from it", auto_delete_exchange),
    ("exchanges are refused in RabbitMQ's words", exchange_rules),
    ("CC and BCC route to more keys, and BCC is not told", copies),
    ("exchanges, their bindings and alternates survive a kill", topology_survives),
)


def main():
    with RialtoServer() as server:
        for sentence, run in TESTS:
            check(sentence, lambda run=run: run(server))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
