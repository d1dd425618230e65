"""What Rialto alone is asked: volatile queues, memory, delayed messages."""
from load import bar, measure, median, mqload
from peers import Rialto, cpu_seconds, resident_mib, resident_range_mib


def volatile(rounds, scale):
    with Rialto() as server:
        alone = [measure(server, "latency", int(3000 * scale), "--volatile")
                 for _ in range(rounds)]
        consumed = [measure(server, "latency", int(3000 * scale), "--volatile", "--consume")
                    for _ in range(rounds)]
    delivery = median(consumed, "delivery_p50_us")
    print(f"\n## volatile queue, one message in flight, 128 B\nconfirm p50 "
          f"{median(alone, 'confirm_p50_us'):.0f} us, p99 "
          f"{median(alone, 'confirm_p99_us'):.0f} us; publish to delivery p50 {delivery:.0f} us, "
          f"p99 {median(consumed, 'delivery_p99_us'):.0f} us")
    bar(f"publish to delivery p50 {delivery:.0f} us is at most 150 us", delivery <= 150)


def memory(_rounds, scale):
    count = int(1_000_000 * scale)
    with Rialto() as server:
        empty = resident_mib(server.pid())
        mqload("backlog", "--port", server.port(), "--messages", count, "--size", 1024)
        full = resident_mib(server.pid())
    print(f"\n## memory (RssAnon + RssShmem)\nempty {empty:.1f} MiB, with a backlog of {count} x "
          f"1 KiB {full:.1f} MiB", flush=True)


def delays(_rounds, scale):
    count = int(1_000_000 * scale)
    from_ms, to_ms = int(45_000 * scale) + 5000, int(105_000 * scale) + 5000
    with Rialto() as server:
        empty = resident_mib(server.pid())
        load = ("--port", server.port(), "--messages", count, "--queue", "delayed")
        took = mqload("delay", *load, "--delay-from", from_ms, "--delay-to", to_ms)["seconds"]
        pending, peak = resident_range_mib(server.pid(), 5)
        before = cpu_seconds(server.pid())
        late = mqload("lateness", *load)
        fired_us = (cpu_seconds(server.pid()) - before) / count * 1e6
    p50, p99, most = (late[f"late_{which}_us"] / 1000 for which in ("p50", "p99", "max"))
    print(f"\n## delayed messages: {count} x 128 B, due over {(to_ms - from_ms) / 1000:.0f} s\n"
          f"published in {took:.1f} s; memory empty {empty:.1f} MiB, all pending "
          f"{pending:.1f} MiB, {peak:.1f} MiB at most in the 5 s after\n"
          f"late: p50 {p50:.1f} ms, p99 {p99:.1f} ms, most {most:.1f} ms; early "
          f"{late['early']:.0f}; to fire and deliver one {fired_us:.2f} us of server CPU",
          flush=True)
