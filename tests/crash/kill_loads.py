"""Loads of the kill loop that go on over a kill: what they began before, they end after it."""
import http.client
import json
import random
import subprocess
import time

import pika


def check_equal(found, wanted):
    assert found == wanted, f"{str(found)[:300]} is not {str(wanted)[:300]}"


class Transactions:
    """Takes messages, publishes each to two queues and acks it, several of them in one commit."""
    COUNT = 4000
    QUEUES = ("tx", "tx-left", "tx-right")

    def __init__(self, load):
        self.load = load
        self.committed = set()

    def set_up(self, channel):
        for queue in self.QUEUES:
            channel.queue_declare(queue, durable=True)
        for number in range(self.COUNT):
            channel.basic_publish("", "tx", str(number).encode())

    def run(self):
        channel = self.load.connect().channel()
        channel.tx_select()
        while self.load.running:
            numbers = []
            for _ in range(4):
                method, _, body = channel.basic_get("tx")
                if method is None:
                    return
                channel.basic_publish("", self.QUEUES[1], body)
                time.sleep(0.002)  # the kill may come when half of it is said
                channel.basic_publish("", self.QUEUES[2], body)
                channel.basic_ack(method.delivery_tag)
                numbers.append(int(body))
            channel.tx_commit()
            self.committed.update(numbers)

    def end(self):
        pass

    def verify(self):
        waiting, left, right = (self.load.drain_amqp(queue) for queue in self.QUEUES)
        check_equal(left, right)
        check_equal(sorted(waiting + left), list(range(self.COUNT)))
        check_equal(self.committed - set(left), set())
        assert self.committed, "nothing was committed at all"


class Repeats:
    """Publishes to a queue that looks at ids and, numbered, to one that does not. After each kill
    it sends all that it sent since the kill before once again, and some of what is older."""
    QUEUES = ("ids", "numbered")

    def __init__(self, load):
        self.load = load
        self.last = 0       # that was sent
        self.confirmed = 0  # and all before it
        self.from_here = 1  # it sends again after the next kill
        self.repeated = 0

    def set_up(self, channel):
        channel.queue_declare("ids", durable=True, arguments={"x-message-deduplication": True})
        channel.queue_declare("numbered", durable=True)

    def publisher(self):
        channel = self.load.connect().channel()
        channel.confirm_delivery()
        return channel

    def send(self, channel, number):
        self.last = max(self.last, number)
        by_id = pika.BasicProperties(message_id=f"m{number}")
        by_number = pika.BasicProperties(headers={"x-producer-name": "killed",
                                                  "x-producer-sequence": number})
        for queue, properties in zip(self.QUEUES, (by_id, by_number)):
            channel.basic_publish("", queue, str(number).encode(), properties)
        self.confirmed = max(self.confirmed, number)

    def send_again(self, channel):
        first, self.from_here = self.from_here, self.confirmed + 1
        older = random.sample(range(1, first), min(20, first - 1))
        for number in older + list(range(first, self.last + 1)):
            self.send(channel, number)
            self.repeated += 1

    def run(self):
        channel = self.publisher()
        self.send_again(channel)
        while self.load.running:
            self.send(channel, self.last + 1)
            time.sleep(0.003)  # all of it has to be sent again

    def end(self):
        self.send_again(self.publisher())

    def verify(self):
        for queue in self.QUEUES:
            check_equal(self.load.drain_amqp(queue), list(range(1, self.last + 1)))
        assert self.repeated > self.last / 2, f"{self.repeated} of {self.last} were sent again"


class Leases:
    """Pulls messages over HTTP. Some are acked at once, some after the next kill, and some never:
    they come back when their leases are over, and not before."""
    COUNT = 3000
    LONG_MS = 6000
    SHORT_MS = 500
    KEPT_MAX = 20

    def __init__(self, load):
        self.load = load
        self.kept = {}      # number -> lease, its end, and whether it was never asked to be acked
        self.forgotten = {}  # number -> end of its lease
        self.perhaps = set()  # the lease was over before it could be acked again
        self.finished = set()
        self.late = self.back = 0
        self.wrong = []

    def set_up(self, channel):
        channel.queue_declare("leased", durable=True)
        for number in range(self.COUNT):
            channel.basic_publish("", "leased", str(number).encode())

    def link(self):
        return http.client.HTTPConnection("127.0.0.1", self.load.server.http_port, timeout=5)

    @staticmethod
    def post(link, path, what):
        link.request("POST", path, json.dumps(what))
        answer = link.getresponse()
        return json.load(answer)

    def pull(self, link, count, lease_ms):
        end = time.monotonic() + lease_ms / 1000
        told = self.post(link, "/v1/queues/leased/pull", {"max": count, "lease_ms": lease_ms})
        leases = {}
        for message in told["messages"]:
            number = int(message["body"])
            leases[number] = message["lease"]
            if number in self.finished:
                self.wrong.append(f"{number} came back after its ack")
            if number in self.kept:
                self.wrong.append(f"{number} came although it is leased")
            if number in self.forgotten:
                self.back += 1
                if time.monotonic() < self.forgotten.pop(number):
                    self.wrong.append(f"{number} came back before its lease was over")
        return leases, end

    def ack(self, link, leases, end):
        """Until there is an answer nobody knows."""
        for number, lease in leases.items():
            self.kept[number] = (lease, end, False)
        told = self.post(link, "/v1/leases", {"ack": list(leases.values())})
        for number, result in zip(leases, told["results"]):
            if result["status"] != 200 and time.monotonic() < end:
                self.wrong.append(f"{number} could not be acked: {result}")
            del self.kept[number]
            self.finished.add(number)

    def ack_kept(self, link):
        """One that was perhaps acked before the kill may be gone: then it was."""
        for number, (lease, end, is_new) in list(self.kept.items()):
            self.kept[number] = (lease, end, False)
            told = self.post(link, "/v1/leases", {"ack": [lease]})["results"][0]
            if time.monotonic() >= end:
                self.perhaps.add(number)
            elif told["status"] == 200 or (told["status"] == 410 and not is_new):
                self.finished.add(number)
                self.late += is_new
            else:
                self.wrong.append(f"{number} could not be acked after the kill: {told}")
            del self.kept[number]

    def run(self):
        link = self.link()
        self.ack_kept(link)
        while self.load.running:
            leases, end = self.pull(link, 4, self.LONG_MS)
            numbers = list(leases)
            if len(numbers) == 4 and len(self.kept) < self.KEPT_MAX:
                self.kept[numbers[-1]] = (leases.pop(numbers[-1]), end, True)
            self.ack(link, leases, end)
            leases, end = self.pull(link, 1, self.SHORT_MS)
            self.forgotten.update({number: end for number in leases})
            time.sleep(0.004)

    def end(self):
        self.ack_kept(self.link())

    def verify(self):
        left = []
        end = time.monotonic() + 30
        while self.load.get("/v1/queues/leased")["messages"] > 0:
            left += self.load.drain_amqp("leased")
            assert time.monotonic() < end, "leases do not end"
            time.sleep(0.05)
        check_equal(self.wrong, [])
        check_equal(len(left), len(set(left)))
        check_equal(self.finished & set(left), set())
        check_equal(set(range(self.COUNT)) - self.finished - set(left) - self.perhaps, set())
        assert self.late and self.back, f"{self.late} acked after a kill, {self.back} came back"


class IdempotentProducer:
    """One kcat that sends on over all the kills."""

    def __init__(self, load):
        self.load = load
        self.sent = 0
        self.process = None

    def set_up(self, _):
        self.load.create_topic("kafka-once")
        self.process = subprocess.Popen(
            ["kcat", "-P", "-E", "-b", f"127.0.0.1:{self.load.server.kafka_port}",
             "-t", "kafka-once", "-p", "0", "-X", "enable.idempotence=true", "-X", "linger.ms=2",
             "-X", "batch.num.messages=20", "-X", "message.timeout.ms=60000",
             "-X", "reconnect.backoff.max.ms=100", "-X", "retry.backoff.ms=20"],
            stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def run(self):
        while self.load.running:
            for _ in range(10):
                self.process.stdin.write(b"%d\n" % self.sent)
                self.sent += 1
            self.process.stdin.flush()
            time.sleep(0.005)

    def end(self):
        self.process.stdin.close()
        self.process.wait(90)

    def verify(self):
        check_equal(self.process.returncode, 0)
        check_equal(self.load.read_topic("kafka-once"), list(range(self.sent)))
        assert self.sent, "nothing was sent at all"
