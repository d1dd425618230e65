"""What the rows of the scoreboard share: one promise a script, told as a question."""
import pathlib
import sys
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "clients"))


class NotYet(Exception):
    """The promise cannot be kept yet; the text says what is missing."""


class NotHere(Exception):
    """This machine lacks what the promise is measured with; the text says how to get it."""


def row(question, run):
    """Runs one promise; `run` returns its figure. Ends the script."""
    try:
        figure = run()
    except NotHere as missing:
        print(f"skip - {question} # not yet: {missing}")
        sys.exit(0)
    except NotYet as missing:
        print(f"not ok - {question} # not yet: {missing}")
        sys.exit(1)
    except Exception as failed:  # pylint: disable=broad-except
        traceback.print_exc(file=sys.stdout)
        print(f"not ok - {question} # {failed}")
        sys.exit(1)
    print(f"ok - {question} # {figure}")
    sys.exit(0)


def numbers_in(channel, queue):
    """The bodies of all ready messages, which are numbers; they are taken out."""
    numbers = []
    while True:
        method, _, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            return numbers
        numbers.append(int(body))


def expect(condition, what):
    if not condition:
        raise AssertionError(what)
