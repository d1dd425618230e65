"""Rialto and RabbitMQ in turn: same generator, same durability."""
from load import bar, in_turn, measure, median, mqload, show, spread

OPEN_RATE = 10_000
OPEN_CONNECTIONS = 10


def both(servers, rounds, take):
    """Lists of figures by name of the server; `take` measures one server once."""
    by_name = {server.name: server for server in servers}
    return in_turn(by_name, rounds, lambda name: take(by_name[name]))


def window(servers, size, rounds, scale):
    return both(servers, rounds, lambda server: measure(
        server, "throughput", int((40_000 if server.quorum else 300_000) * scale),
        "--size", size))


def ratios(taken):
    """How many times the messages a second, and how many times less server CPU a message."""
    ours, theirs = taken.values()
    return (median(ours, "per_second") / median(theirs, "per_second"),
            median(theirs, "server_us") / median(ours, "server_us"))


def throughput(servers, rounds, scale):
    for size in (128, 1024):
        taken = window(servers, size, rounds, scale)
        show(f"window 1000, {size} B, persistent, confirm after fdatasync, deliver, manual ack, "
             "prefetch 500",
             ("server", "msg/s", "confirm p50 us", "confirm p99 us", "server CPU us/msg",
              "(min..max)", "generator CPU us/msg"),
             [(name, f"{median(all_rounds, 'per_second'):.0f}",
               f"{median(all_rounds, 'confirm_p50_us'):.0f}",
               f"{median(all_rounds, 'confirm_p99_us'):.0f}",
               f"{median(all_rounds, 'server_us'):.2f}", spread(all_rounds, "server_us"),
               f"{median(all_rounds, 'generator_us'):.2f}")
              for name, all_rounds in taken.items()])
        if len(taken) == 2:
            faster, cheaper = ratios(taken)
            ours, theirs = (median(r, "confirm_p99_us") for r in taken.values())
            print()
            bar(f"{faster:.1f}x RabbitMQ's messages a second is at least 4x", faster >= 4)
            bar(f"{cheaper:.1f}x less server CPU a message is at least 10x", cheaper >= 10)
            bar(f"confirm p99 {ours:.0f} us is not above RabbitMQ's {theirs:.0f} us",
                ours <= theirs)


def synced_one_by_one(server, scale):
    """The disk is asked right before: what a sync takes changes from minute to minute."""
    disk = mqload("probe", "--directory", server.home)
    return {**measure(server, "latency", int(3000 * scale)), **disk}


def latency(servers, rounds, scale):
    taken = both(servers, rounds, lambda server: synced_one_by_one(server, scale))
    show("one message in flight, 128 B, persistent, confirm after fdatasync",
         ("server", "msg/s", "confirm p50 us", "confirm p99 us", "server CPU us/msg"),
         [(name, f"{median(all_rounds, 'per_second'):.0f}",
           f"{median(all_rounds, 'confirm_p50_us'):.0f}",
           f"{median(all_rounds, 'confirm_p99_us'):.0f}",
           f"{median(all_rounds, 'server_us'):.1f}")
          for name, all_rounds in taken.items()])
    if len(taken) != 2:
        return
    ours, theirs = taken.values()
    faster = median(ours, "per_second") / median(theirs, "per_second")
    confirm, sync = median(ours, "confirm_p50_us"), median(ours, "fdatasync_p50_us")
    print()
    bar(f"{faster:.1f}x RabbitMQ's messages a second is at least 2x", faster >= 2)
    bar(f"confirm p50 {confirm:.0f} us is at most the {sync:.0f} us of a sync + 120 us",
        confirm <= sync + 120)


def open_loop(servers, rounds, scale):
    counted = int(45_000 * scale)
    warm_up = OPEN_RATE // 2
    taken = both(servers, rounds, lambda server: measure(
        server, "open-loop", counted + warm_up, "--warm-up", warm_up, "--rate", OPEN_RATE,
        "--connections", OPEN_CONNECTIONS))
    keys = ("confirm_p50_us", "confirm_p99_us", "delivery_p50_us", "delivery_p99_us")
    show(f"{OPEN_RATE} msg/s on a fixed schedule over {OPEN_CONNECTIONS} connections, 128 B, "
         "persistent, one consumer with manual acks; us since a message was due",
         ("server", "confirm p50", "p99", "publish to delivery p50", "p99", "server CPU us/msg",
          "generator late p99"),
         [(name, *(f"{median(all_rounds, key):.0f}" for key in keys),
           f"{median(all_rounds, 'server_us'):.1f}",
           f"{median(all_rounds, 'generator_late_p99_us'):.0f}")
          for name, all_rounds in taken.items()])
    if len(taken) != 2:
        return
    ours, theirs = ({key: median(r, key) for key in keys} for r in taken.values())
    print("\nRabbitMQ's is " + ", ".join(f"{theirs[key] / ours[key]:.1f}x" for key in keys))
    for key, what in (("confirm_p99_us", "confirm"), ("delivery_p99_us", "publish to delivery")):
        bar(f"{what} p99 {ours[key]:.0f} us is at most 1/3 of RabbitMQ's {theirs[key]:.0f} us",
            3 * ours[key] <= theirs[key])
