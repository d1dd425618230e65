#!/usr/bin/python3
"""Celery's kombu: the integration tests of its AMQP transport, from the source package of PyPI."""
import sys
import tarfile

import suite

SUITE = suite.Suite(
    name="kombu", variable="RIALTO_SUITE_KOMBU", version="5.6.2", passes=41, excluded={})


def fetch(into):
    # Metadata of source packages is made by their own build, which needs nothing of the network.
    python = suite.venv_of(SUITE, f"kombu=={SUITE.version}", "pytest==8.4.2", "setuptools", "wheel")
    suite.call([python, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation",
                "--no-binary", ":all:", f"kombu=={SUITE.version}"], into)
    with tarfile.open(next(into.glob("*.tar.gz"))) as packed:
        packed.extractall(into)
    for path in list((into / f"kombu-{SUITE.version}").iterdir()):
        path.rename(into / path.name)


def prepare():
    source = suite.source_of(SUITE, fetch)
    return source, suite.venv_of(SUITE, f"kombu=={SUITE.version}", "pytest==8.4.2")


def drive(prepared, server):
    source, python = prepared
    suite.run_suite([python, "-m", "pytest", "-q", "--junitxml=report.xml",
                     "t/integration/test_py_amqp.py"], source, RABBITMQ_HOST="127.0.0.1",
                    RABBITMQ_5672_TCP=server.amqp_port)
    return suite.junit_verdicts([source / "report.xml"])


if __name__ == "__main__":
    sys.exit(suite.run(SUITE, prepare, drive))
