#!/usr/bin/python3
"""Debian's pika against Rialto: the behaviour of RabbitMQ's six tutorials, and what applications
lean on beside it."""
import pathlib
import sys
import uuid

import pika
import pika.exceptions

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from rialto_server import run_all  # pylint: disable=wrong-import-position

SECONDS_MAX = 10


class Client:
    """A connection with one channel, closed at the end of a with block."""

    def __init__(self, server, **parameters):
        self.connection = pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", server.amqp_port, **parameters))
        self.channel = self.connection.channel()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            if self.connection.is_open:
                self.connection.close()
        except pika.exceptions.AMQPError:
            pass  # the server was stopped under it

    def queue(self, **options):
        name = options.pop("queue", "t-" + uuid.uuid4().hex[:8])
        options.setdefault("durable", True)
        self.channel.queue_declare(name, **options)
        return name

    def put(self, queue, *bodies, **properties):
        for body in bodies:
            self.channel.basic_publish("", queue, body, pika.BasicProperties(**properties))

    def depth(self, queue):
        return self.channel.queue_declare(queue, passive=True).method.message_count

    def take(self, queue, count, **options):
        """The next messages of a consumer, as (method, properties, body)."""
        got = []
        for item in self.channel.consume(queue, inactivity_timeout=SECONDS_MAX, **options):
            assert item[0] is not None, f"{len(got)} of {count} messages came"
            got.append(item)
            if len(got) == count:
                break
        return got

    def bodies(self, queue, count):
        got = [body for _, _, body in self.take(queue, count, auto_ack=True)]
        self.channel.cancel()
        return got


def refused(code, run):
    """The text with which the channel (or the connection) was closed."""
    try:
        run()
    except (pika.exceptions.ChannelClosedByBroker,
            pika.exceptions.ConnectionClosedByBroker) as closed:
        assert closed.reply_code == code, closed
        return closed.reply_text
    raise AssertionError(f"not refused with {code}")


# ---- the tutorials ---------------------------------------------------------------------------

def hello(server):
    with Client(server) as sender, Client(server) as receiver:
        sender.channel.queue_declare("hello")
        sender.put("hello", b"Hello World!")
        assert receiver.bodies("hello", 1) == [b"Hello World!"]


def work_queue(server):
    with Client(server) as boss, Client(server) as one, Client(server) as two:
        queue = boss.queue()
        seen = {one: [], two: []}
        for worker in (one, two):
            worker.channel.basic_qos(prefetch_count=1)
            worker.channel.basic_consume(
                queue, lambda ch, method, _, body, w=worker: seen[w].append((method, body)))
        boss.put(queue, *(b"task %d" % i for i in range(4)), delivery_mode=2)

        def until(worker, count):
            for _ in range(200):
                if len(seen[worker]) >= count:
                    return
                worker.connection.process_data_events(time_limit=0.05)
            raise AssertionError(f"{len(seen[worker])} of {count}")

        until(one, 1)
        until(two, 1)
        one.connection.process_data_events(time_limit=0.1)
        assert len(seen[one]) == len(seen[two]) == 1, "one each until it is acknowledged"
        for count in (1, 2):
            until(one, count)
            one.channel.basic_ack(seen[one][-1][0].delivery_tag)
        two.channel.basic_ack(seen[two][-1][0].delivery_tag)
        until(two, 1)
        for _ in range(100):
            if len(seen[one]) + len(seen[two]) == 4:
                break
            one.connection.process_data_events(time_limit=0.02)
            two.connection.process_data_events(time_limit=0.02)
        bodies = sorted(body for worker in seen.values() for _, body in worker)
        assert bodies == [b"task %d" % i for i in range(4)], bodies


def publish_subscribe(server):
    with Client(server) as sender, Client(server) as one, Client(server) as two:
        sender.channel.exchange_declare("logs", "fanout")
        queues = []
        for receiver in (one, two):
            name = receiver.channel.queue_declare("", exclusive=True).method.queue
            assert name.startswith("amq.gen-"), name
            receiver.channel.queue_bind(name, "logs")
            queues.append((receiver, name))
        sender.channel.basic_publish("logs", "", b"to everybody")
        for receiver, name in queues:
            method, _, body = receiver.take(name, 1, auto_ack=True)[0]
            assert (method.exchange, method.routing_key) == ("logs", "")
            assert body == b"to everybody"


def routing(server):
    with Client(server) as client:
        client.channel.exchange_declare("direct_logs", "direct")
        errors, everything = client.queue(), client.queue()
        client.channel.queue_bind(errors, "direct_logs", "error")
        for severity in ("info", "warning", "error"):
            client.channel.queue_bind(everything, "direct_logs", severity)
        for severity in ("info", "error", "debug"):
            client.channel.basic_publish("direct_logs", severity, severity.encode())
        assert client.bodies(everything, 2) == [b"info", b"error"]
        assert client.bodies(errors, 1) == [b"error"]
        assert client.depth(errors) == client.depth(everything) == 0


def topics(server):
    with Client(server) as client:
        client.channel.exchange_declare("topic_logs", "topic")
        patterns = {"#": 4, "kern.*": 2, "*.critical": 2, "kern.critical.#": 2}
        queues = {pattern: client.queue() for pattern in patterns}
        for pattern, queue in queues.items():
            client.channel.queue_bind(queue, "topic_logs", pattern)
        for key in ("kern.critical", "kern.info", "cron.critical", "kern.critical.disk.full"):
            client.channel.basic_publish("topic_logs", key, key.encode())
        for pattern, count in patterns.items():
            assert client.depth(queues[pattern]) == count, pattern


def remote_call(server):
    with Client(server) as callee, Client(server) as caller:
        calls = callee.queue(queue="rpc_queue")
        answers = caller.channel.queue_declare("", exclusive=True).method.queue
        token = str(uuid.uuid4())
        caller.put(calls, b"21", reply_to=answers, correlation_id=token)
        method, properties, body = callee.take(calls, 1)[0]
        callee.put(properties.reply_to, str(int(body) * 2).encode(),
                   correlation_id=properties.correlation_id)
        callee.channel.basic_ack(method.delivery_tag)
        _, answer, body = caller.take(answers, 1, auto_ack=True)[0]
        assert body == b"42" and answer.correlation_id == token


# ---- publishing ------------------------------------------------------------------------------

def confirms(server):
    with Client(server) as client:
        queue = client.queue()
        client.channel.confirm_delivery()
        for i in range(200):
            client.put(queue, b"%d" % i)
        assert client.depth(queue) == 200


def mandatory_returns(server):
    with Client(server) as client:
        client.channel.confirm_delivery()
        try:
            client.channel.basic_publish("", "nobody-home", b"lost?",
                                         pika.BasicProperties(message_id="m1"), mandatory=True)
        except pika.exceptions.UnroutableError as unroutable:
            returned = unroutable.messages[0]
            assert returned.method.reply_code == 312
            assert returned.method.reply_text == "NO_ROUTE"
            assert returned.properties.message_id == "m1"
            assert returned.body == b"lost?"
        else:
            raise AssertionError("it was not returned")
        client.put("nobody-home", b"unroutable without mandatory is confirmed")


def properties_survive(server):
    with Client(server) as client:
        queue = client.queue()
        headers = {"text": "t\u00e4xt", "int": -5, "big": 2 ** 40, "flag": True, "none": None,
                   "list": [1, "two", {"three": 3}], "table": {"a": {"b": "c"}}, "raw": b"\xff\x00"}
        sent = dict(content_type="application/json", content_encoding="gzip", headers=headers,
                    delivery_mode=2, priority=3, correlation_id="c", reply_to="r",
                    message_id="m", timestamp=1_700_000_000, type="kind", user_id="guest",
                    app_id="app")
        client.put(queue, b"\x00\xff body", **sent)
        _, got, body = client.take(queue, 1, auto_ack=True)[0]
        assert body == b"\x00\xff body"
        for name, value in sent.items():
            assert getattr(got, name) == value, (name, getattr(got, name))


def bodies_of_any_size(server):
    with Client(server) as client:
        queue = client.queue()
        sizes = (0, 1, 4095, 4096, 131_064, 131_065, 300_000, 2_000_000)
        for size in sizes:
            client.put(queue, bytes(i % 251 for i in range(1000)) * (size // 1000) + b"x" *
                       (size % 1000))
        for size, body in zip(sizes, client.bodies(queue, len(sizes))):
            assert len(body) == size, (size, len(body))
            assert body[:1000] == (bytes(i % 251 for i in range(1000)) if size >= 1000
                                   else b"x" * size)


def small_frames(server):
    with Client(server, frame_max=4096) as client:
        queue = client.queue()
        client.put(queue, b"y" * 50_000)
        assert client.bodies(queue, 1) == [b"y" * 50_000]


# ---- consuming -------------------------------------------------------------------------------

def get(server):
    with Client(server) as client:
        queue = client.queue()
        assert client.channel.basic_get(queue) == (None, None, None)
        client.put(queue, b"a", b"b", b"c")
        method, _, body = client.channel.basic_get(queue)
        assert (body, method.message_count, method.redelivered) == (b"a", 2, False)
        method, _, body = client.channel.basic_get(queue, auto_ack=True)
        assert (body, method.message_count) == (b"b", 1)


def prefetch(server):
    with Client(server) as client:
        queue = client.queue()
        client.put(queue, *(b"%d" % i for i in range(10)))
        seen = []
        client.channel.basic_qos(prefetch_count=3)
        client.channel.basic_consume(queue, lambda _c, method, _p, _b: seen.append(method))
        for _ in range(100):
            if len(seen) >= 3:
                break
            client.connection.process_data_events(time_limit=0.05)
        client.connection.process_data_events(time_limit=0.2)
        assert len(seen) == 3
        client.channel.basic_ack(seen[1].delivery_tag, multiple=True)
        for _ in range(100):
            if len(seen) >= 5:
                break
            client.connection.process_data_events(time_limit=0.05)
        client.connection.process_data_events(time_limit=0.2)
        assert len(seen) == 5


def requeue_order(server):
    with Client(server) as client:
        queue = client.queue()
        client.put(queue, *(b"%d" % i for i in range(6)))
        tags = [client.channel.basic_get(queue)[0].delivery_tag for _ in range(4)]
        client.channel.basic_ack(tags[1])
        client.channel.basic_nack(tags[2], requeue=True)
        client.channel.basic_nack(tags[0], requeue=True)
        client.channel.basic_reject(tags[3], requeue=False)
        got = client.take(queue, 4, auto_ack=True)
        assert [body for _, _, body in got] == [b"0", b"2", b"4", b"5"]
        assert [method.redelivered for method, _, _ in got] == [True, True, False, False]


def redelivered_after_reconnect(server):
    with Client(server) as client:
        queue = client.queue()
        client.put(queue, b"first", b"second")
        client.take(queue, 2)
    with Client(server) as client:
        got = client.take(queue, 2, auto_ack=True)
        assert [body for _, _, body in got] == [b"first", b"second"]
        assert all(method.redelivered for method, _, _ in got)


def recover(server):
    with Client(server) as client:
        queue = client.queue()
        client.put(queue, b"again")
        client.channel.basic_get(queue)
        client.channel.basic_recover(requeue=True)
        method, _, body = client.channel.basic_get(queue)
        assert body == b"again" and method.redelivered


def cancelled_by_delete(server):
    with Client(server) as client, Client(server) as other:
        queue = client.queue()
        told = []
        client.channel.add_on_cancel_callback(told.append)
        client.channel.basic_consume(queue, lambda *_: None, consumer_tag="watcher")
        other.channel.queue_delete(queue)
        for _ in range(100):
            if told:
                break
            client.connection.process_data_events(time_limit=0.05)
        assert told and told[0].method.consumer_tag == "watcher"


# ---- queues ----------------------------------------------------------------------------------

def purge_and_delete_counts(server):
    with Client(server) as client:
        queue = client.queue()
        client.put(queue, *[b"m"] * 7)
        client.channel.basic_get(queue)
        assert client.depth(queue) == 6
        assert client.channel.queue_purge(queue).method.message_count == 6
        assert client.depth(queue) == 0
        client.put(queue, *[b"m"] * 3)
        assert client.channel.queue_delete(queue).method.message_count == 3
        assert client.channel.queue_delete(queue).method.message_count == 0


def exclusive_queues(server):
    with Client(server) as owner, Client(server) as other:
        queue = owner.channel.queue_declare("", exclusive=True).method.queue
        text = refused(405, lambda: other.channel.queue_declare(queue, passive=True))
        assert "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue" in text, text
        owner.connection.close()
        text = refused(404, lambda: other.connection.channel().queue_declare(queue, passive=True))
        assert text == f"NOT_FOUND - no queue '{queue}' in vhost '/'", text


def auto_delete_queues(server):
    with Client(server) as client:
        queue = client.queue(durable=False, auto_delete=True)
        client.channel.basic_get(queue)
        assert client.depth(queue) == 0
        tag = client.channel.basic_consume(queue, lambda *_: None)
        client.channel.basic_cancel(tag)
        refused(404, lambda: client.channel.queue_declare(queue, passive=True))


# ---- wrong use -------------------------------------------------------------------------------

def error_codes(server):
    def on_channel(code, use):
        with Client(server) as client:
            return refused(code, lambda: use(client.channel))

    def publish_to_nowhere(channel):
        channel.confirm_delivery()
        channel.basic_publish("nowhere", "k", b"")

    with Client(server) as client:
        queue = client.queue()
    text = on_channel(404, lambda c: c.queue_declare("no-such-queue", passive=True))
    assert text == "NOT_FOUND - no queue 'no-such-queue' in vhost '/'", text
    text = on_channel(404, publish_to_nowhere)
    assert text == "NOT_FOUND - no exchange 'nowhere' in vhost '/'", text
    text = on_channel(404, lambda c: c.queue_bind(queue, "nowhere", "k"))
    assert text == "NOT_FOUND - no exchange 'nowhere' in vhost '/'", text
    text = on_channel(406, lambda c: c.queue_declare(queue, durable=False))
    assert text == (f"PRECONDITION_FAILED - inequivalent arg 'durable' for queue '{queue}' in "
                    "vhost '/': received 'false' but current is 'true'"), text
    text = on_channel(403, lambda c: c.exchange_declare("amq.mine", "direct"))
    assert text.startswith("ACCESS_REFUSED - "), text
    text = on_channel(403, lambda c: c.queue_declare("amq.mine"))
    assert text.startswith("ACCESS_REFUSED - "), text
    text = on_channel(530, lambda c: (c.basic_consume(queue, print, consumer_tag="x"),
                                      c._impl.basic_consume(queue, print, consumer_tag="y"),
                                      consume_again(c, queue)))
    assert text == "NOT_ALLOWED - attempt to reuse consumer tag 'x'", text
    with Client(server) as holder, Client(server) as other:
        holder.channel.basic_consume(queue, lambda *_: None, exclusive=True)
        text = refused(403, lambda: other.channel.basic_consume(queue, lambda *_: None))
        assert text == f"ACCESS_REFUSED - queue '{queue}' in vhost '/' in exclusive use", text


def consume_again(channel, queue):
    """basic.consume under a tag in use: pika would refuse it itself."""
    channel._impl._send_method(pika.spec.Basic.Consume(queue=queue, consumer_tag="x"))
    channel.connection.process_data_events(time_limit=SECONDS_MAX)


def unknown_tag(server):
    with Client(server) as client:
        client.channel.basic_ack(99)
        text = refused(406, lambda: client.channel.queue_declare("", exclusive=True))
        assert text == "PRECONDITION_FAILED - unknown delivery tag 99", text
        client.connection.channel().queue_declare("", exclusive=True)


def wrong_login(server):
    for parameters in ({"credentials": pika.PlainCredentials("guest", "wrong")},
                       {"credentials": pika.PlainCredentials("somebody", "guest")}):
        try:
            Client(server, **parameters)
        except pika.exceptions.ProbableAuthenticationError:
            continue
        except pika.exceptions.AMQPConnectionError as failed:
            assert "403" in repr(failed), repr(failed)
            continue
        raise AssertionError("it got in")
    try:
        Client(server, virtual_host="elsewhere")
    except pika.exceptions.AMQPConnectionError:
        return
    raise AssertionError("it got in")


# ---- over restarts ---------------------------------------------------------------------------

def survives_restart(server):
    for kill in (False, True):
        with Client(server) as client:
            queue = client.queue()
            client.channel.confirm_delivery()
            client.put(queue, *(b"%d" % i for i in range(50)))
            for _ in range(10):
                client.channel.basic_get(queue, auto_ack=True)
            client.put(queue, b"last")  # its confirm says that the acks before it are safe
            method, _, _ = client.channel.basic_get(queue)
            assert method.delivery_tag == 11
            server.restart(kill=kill)
        with Client(server) as client:
            assert client.depth(queue) == 41, client.depth(queue)
            got = client.take(queue, 41, auto_ack=True)
            assert [body for _, _, body in got] == [b"%d" % i for i in range(10, 50)] + [b"last"]
            assert got[0][0].redelivered


TESTS = (
    ("tutorial 1: a message goes from a sender to a receiver", hello),
    ("tutorial 2: workers share a queue, one message each until it is acknowledged", work_queue),
    ("tutorial 3: a fanout exchange copies to every bound queue", publish_subscribe),
    ("tutorial 4: a direct exchange picks by routing key", routing),
    ("tutorial 5: a topic exchange picks by pattern", topics),
    ("tutorial 6: a call gets its answer on a queue of its own", remote_call),
    ("every publish is confirmed", confirms),
    ("a mandatory message without a queue comes back before its ack", mandatory_returns),
    ("properties and typed headers arrive as they were sent", properties_survive),
    ("bodies of any size arrive whole", bodies_of_any_size),
    ("a client with frames of 4096 bytes is served", small_frames),
    ("basic.get takes one message and tells how many are left", get),
    ("a prefetch bounds what is unacknowledged", prefetch),
    ("requeued messages come back in their place", requeue_order),
    ("what was not acknowledged is redelivered to the next connection",
     redelivered_after_reconnect),
    ("basic.recover brings everything back", recover),
    ("a consumer is told when its queue is deleted", cancelled_by_delete),
    ("purge and delete tell how many messages went", purge_and_delete_counts),
    ("an exclusive queue is locked for others and goes with its connection", exclusive_queues),
    ("an auto-delete queue goes with its last consumer", auto_delete_queues),
    ("wrong use is answered with RabbitMQ's codes and texts", error_codes),
    ("an unknown delivery tag closes the channel and leaves the connection", unknown_tag),
    ("a wrong password and an unknown vhost do not get in", wrong_login),
    ("queues, messages and acks survive a stop and a kill", survives_restart),
)


if __name__ == "__main__":
    sys.exit(run_all(TESTS))
