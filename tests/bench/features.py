"""What a feature costs beside the plain path, of Rialto alone."""
from load import in_turn, mean, measure, median, show, spread
from peers import Rialto

# What is asked for beside the plain path, and the options of mqload for it.
CONSUMED = (
    ("plain", ()),
    ("expiration of each message", ("--expiration", 60_000)),
    ("x-max-priority 10, all levels", ("--priorities", 10)),
    ("x-delay of 50 ms", ("--delay", 50)),
    ("each rejected, dead-lettered, acked there", ("--dead-letters",)),
    ("x-message-deduplication, ids as long as UUIDs", ("--message-ids",)),
    ("tx: 100 publishes and a commit, which is waited for", ("--per-commit", 100)),
    ("x-max-length, not reached", ("--max-length", 10_000_000)),
)
# Without a consumer: a queue that is full drops its oldest for each that comes.
PUBLISHED_ONLY = (
    ("plain, published only", ()),
    ("x-max-length 1000, full: each drops the oldest", ("--max-length", 1000)),
)


ROUNDS_MAX = 3


def cost_rows(features, mode, messages, rounds):
    """The first feature is what the others are measured by."""
    options = dict(features)
    with Rialto() as server:
        measure(server, mode, messages, "--queue", "warm-up")
        # A queue that was only published to is not emptied: each run has one of its own.
        run = iter(range(rounds * len(features)))
        taken = in_turn(options, rounds, lambda name: measure(
            server, mode, messages, "--queue", f"load{next(run)}", *options[name]))
    plain = next(iter(taken.values()))
    for name, figures in taken.items():
        rate, cpu = median(figures, "per_second"), mean(figures, "server_us")
        yield (name, f"{rate:.0f}", f"{median(plain, 'per_second') / rate:.2f}", f"{cpu:.2f}",
               spread(figures, "server_us"), f"{cpu / mean(plain, 'server_us'):.2f}")


def features(rounds, scale):
    rounds = min(rounds, ROUNDS_MAX)
    columns = ("", "msg/s", "plain by this", "server CPU us/msg, mean", "(min..max)",
               "this by plain")
    messages = int(300_000 * scale)
    show("what a feature costs: window 1000, 128 B, confirm, deliver, manual ack", columns,
         cost_rows(CONSUMED, "throughput", messages, rounds))
    show("the same without a consumer", columns,
         cost_rows(PUBLISHED_ONLY, "backlog", messages, rounds))
