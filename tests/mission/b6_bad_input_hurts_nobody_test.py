#!/usr/bin/python3
"""Garbage, length bombs and a TLS hello on every door: bounded memory, nobody else disturbed."""
import os
import random
import socket
import struct

import pika

from mission import expect, row
from rialto_server import RialtoServer

TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(200)
ROUNDS = 60
GROWTH_MIB_MAX = 32


def resident_mib(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        for line in status:
            if line.startswith("RssAnon"):
                return int(line.split()[1]) / 1024
    return 0


def attacks(seed):
    dice = random.Random(seed)
    yield dice.randbytes(dice.randrange(1, 4000))
    yield TLS_HELLO
    yield b"AMQP\0\0\x09\x01" + b"\1\0\0" + struct.pack(">I", 0x7fffffff) + b"x" * 100
    yield b"AMQP\0\0\x09\x01" + dice.randbytes(200)
    yield b"AMQP\3\1\0\0"
    yield struct.pack(">i", -1) + b"x" * 50
    yield struct.pack(">ihhi", 0x7fffffff, 0, 3, 1) + b"x" * 1000
    yield struct.pack(">ihhih", 30, 18, 99, 1, -1) + b"x" * 16
    yield struct.pack(">ihhihiii", 26, 3, 1, 1, -1, 0x7fffffff, -2, 0) + b"x"
    yield b"GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    yield b"POST /v1/topics/x/messages HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n"
    yield b"GET /" + b"a" * 40_000


def throw(port, payload):
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.settimeout(3)
        try:
            s.sendall(payload)
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                pass
        except (ConnectionError, socket.timeout) as ended:
            expect(not isinstance(ended, socket.timeout), "a broken peer is left hanging")


def run():
    with RialtoServer() as server:
        connection = pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", server.amqp_port))
        channel = connection.channel()
        channel.queue_declare("calm", durable=True)
        channel.confirm_delivery()
        channel.basic_publish("", "calm", b"0")
        before = resident_mib(server)
        thrown = 0
        for seed in range(ROUNDS):
            for payload in attacks(seed):
                for port in server.ports.values():
                    throw(port, payload)
                    thrown += 1
            channel.basic_publish("", "calm", str(seed).encode())
        expect(server.process.poll() is None, "the server ended")
        grown = resident_mib(server) - before
        expect(grown < GROWTH_MIB_MAX, f"memory grew by {grown:.0f} MiB")
        count = channel.queue_declare("calm", durable=True, passive=True).method.message_count
        expect(count == ROUNDS + 1, f"{count} messages are left")
        expect(os.path.exists(server.data), "the data directory is gone")
    return f"{thrown} broken connections, {grown:+.1f} MiB, no confirm of a neighbour lost"


row("Can a broken or hostile peer hurt others?", run)
