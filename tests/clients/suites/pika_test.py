#!/usr/bin/python3
"""pika: its acceptance tests. They are not in the packages of PyPI, so they come from its tag."""
import sys

import suite

SUITE = suite.Suite(
    name="pika", variable="RIALTO_SUITE_PIKA", version="1.4.4", passes=546, ports={"amqp": 5672},
    excluded={
        r".*TestGetaddrinfoWWWGoogleDotComPort80\..*": "no server in it: asks a name server of the "
                                                       "internet",
        r".*kqueue.*": "kqueue is not on Linux",
    })


def fetch(into):
    suite.clone_tag("https://github.com/pika/pika", SUITE.version, into)


def prepare():
    source = suite.source_of(SUITE, fetch)
    python = suite.venv_of(SUITE, f"pika=={SUITE.version}", "pytest==8.4.2", "pytest-timeout",
                           "tornado", "twisted", "gevent")
    return source, python


def drive(prepared, _server):
    source, python = prepared
    suite.run_suite([python, "-m", "pytest", "-q", "--tb=short", "--junitxml=report.xml",
                     "tests/acceptance"], source)
    return suite.junit_verdicts([source / "report.xml"])


if __name__ == "__main__":
    sys.exit(suite.run(SUITE, prepare, drive))
