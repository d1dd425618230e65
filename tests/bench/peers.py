"""The servers that a bench run compares, each with a fresh directory and free ports."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "clients"))
from rialto_server import RialtoServer, free_ports  # noqa: E402


def cpu_seconds(pid):
    """Processor time of all threads, in seconds; nanoseconds fine where the kernel counts them."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except (OSError, IndexError, ValueError):
            pass
    return total / 1e9


def resident_mib(pid):
    """Memory that is the process's own: anonymous and shared, no page cache."""
    total = 0
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(("RssAnon", "RssShmem")):
            total += int(line.split()[1])
    return total / 1024


def resident_range_mib(pid, seconds):
    """The least and the most of so many seconds: a checkpoint may be on its way to the disk."""
    seen = []
    end = time.monotonic() + seconds
    while not seen or time.monotonic() < end:
        seen.append(resident_mib(pid))
        time.sleep(0.05)
    return min(seen), max(seen)


class Rialto(RialtoServer):
    name = "Rialto"
    quorum = False

    def pid(self):
        return self.process.pid

    def port(self):
        return self.ports["amqp"]


class RabbitMQ:
    """Debian's rabbitmq-server; its quorum queues sync before they confirm, as Rialto does."""
    name = "RabbitMQ quorum"
    quorum = True

    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="rialto-peer-"))
        self.amqp, self.dist = free_ports(2)
        self.process = None

    def __enter__(self):
        home = str(self.home)
        # Loopback only; busy waiting of idle schedulers would count as work.
        environment = dict(
            os.environ, HOME=home, RABBITMQ_NODENAME=f"bench{self.amqp}@localhost",
            RABBITMQ_NODE_IP_ADDRESS="127.0.0.1", RABBITMQ_NODE_PORT=str(self.amqp),
            RABBITMQ_DIST_PORT=str(self.dist), RABBITMQ_MNESIA_BASE=home, RABBITMQ_LOG_BASE=home,
            RABBITMQ_CONFIG_FILE=f"{home}/none", RABBITMQ_ENABLED_PLUGINS_FILE=f"{home}/plugins",
            RABBITMQ_CONF_ENV_FILE=f"{home}/no-env", ERL_EPMD_ADDRESS="127.0.0.1",
            RABBITMQ_PID_FILE=f"{home}/pid",
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none")
        server = next(pathlib.Path("/usr/lib/rabbitmq").glob("lib/*/sbin/rabbitmq-server"), None)
        if not server:
            raise RuntimeError("rabbitmq-server is not where Debian has it")
        self.process = subprocess.Popen([str(server)], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        start_new_session=True)
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.amqp), 1).close()
                return self
            except OSError:
                time.sleep(0.2)
        self.__exit__()
        raise RuntimeError("rabbitmq-server did not come up")

    def pid(self):
        found = subprocess.run(["pgrep", "-s", str(self.process.pid), "beam.smp"], text=True,
                               capture_output=True, check=True).stdout.split()
        return int(found[0])

    def port(self):
        return self.amqp

    def __exit__(self, *_):
        # It was started in a session of its own: everything in it ends.
        subprocess.run(["pkill", "-KILL", "-s", str(self.process.pid)], check=False)
        self.process.wait(30)
        shutil.rmtree(self.home, ignore_errors=True)
