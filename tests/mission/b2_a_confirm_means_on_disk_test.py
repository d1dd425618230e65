#!/usr/bin/python3
"""One message in flight: each confirm has its own fdatasync, and survives kill -9."""
import re
import subprocess
import tempfile

import pika

from mission import expect, row
from rialto_server import RialtoServer

COUNT = 300


def publish(server):
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", server.amqp_port))
    channel = connection.channel()
    channel.queue_declare("kept", durable=True)
    channel.confirm_delivery()
    for number in range(COUNT):
        channel.basic_publish("", "kept", str(number).encode())


def traced(server):
    with tempfile.NamedTemporaryFile("r") as out:
        trace = subprocess.Popen(["strace", "-f", "-qq", "-e", "trace=fdatasync", "-o", out.name,
                                  "-p", str(server.process.pid)], stderr=subprocess.PIPE)
        # strace is attached when the first call after it shows up; a settled publish proves it.
        warm = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", server.amqp_port))
        channel = warm.channel()
        channel.confirm_delivery()
        channel.queue_declare("warm", durable=True)
        while not open(out.name).read():
            channel.basic_publish("", "warm", b"")
        before = len(re.findall(r"fdatasync\(", open(out.name).read()))
        publish(server)
        trace.terminate()
        trace.wait()
        return len(re.findall(r"fdatasync\(", open(out.name).read())) - before


def run():
    with RialtoServer() as server:
        syncs = traced(server)
        server.restart(kill=True)
        connection = pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", server.amqp_port))
        channel = connection.channel()
        found = [channel.basic_get("kept", auto_ack=True)[2] for _ in range(COUNT)]
        expect(found == [str(n).encode() for n in range(COUNT)], "a confirmed message is missing")
        expect(syncs >= 0.95 * COUNT, f"{syncs} fdatasync for {COUNT} confirms")
        return f"{syncs / COUNT:.2f} fdatasync a confirm, {COUNT} of {COUNT} there after kill -9"


row("Is a confirmed message on the disk?", run)
