#include "tests/bench/mqload/probes.h"
#include "tests/bench/mqload/workloads.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <sys/resource.h>

namespace {

double own_cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

/// Prints one line of JSON: what was measured, and the processor time it cost the generator.
int main(int argc, char** argv) {
  CLI::App app("Load for AMQP brokers over raw sockets");
  mqload::Load load;
  std::string mode = "throughput";
  std::string directory = ".";
  bool transient_queue = false;
  app.add_option("mode", mode, "throughput, latency, backlog, delay, lateness or probe");
  app.add_option("--port", load.port);
  app.add_option("--queue", load.queue);
  app.add_flag("--volatile", transient_queue, "a non-durable queue");
  app.add_flag("--quorum", load.quorum);
  app.add_option("--size", load.body_bytes);
  app.add_option("--messages", load.messages);
  app.add_option("--window", load.window);
  app.add_option("--prefetch", load.prefetch);
  app.add_option("--delay-from", load.delay_from_ms, "milliseconds from now");
  app.add_option("--delay-to", load.delay_to_ms);
  app.add_option("--directory", directory, "where probe writes");
  CLI11_PARSE(app, argc, argv);
  load.durable = !transient_queue;
  try {
    if (mode == "probe") {
      const mqload::Probes p = mqload::probe(directory);
      std::printf(
          "{\"fdatasync_p50_us\":%.1f,\"fdatasync_p99_us\":%.1f,\"memcpy_gb_s\":%.1f,"
          "\"loopback_gb_s\":%.2f}\n",
          p.fdatasync_p50_us, p.fdatasync_p99_us, p.memcpy_gb_s, p.loopback_gb_s);
      return 0;
    }
    if (mode == "lateness") {
      const mqload::Lateness late = mqload::take_delayed(load);
      std::printf("{\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"early\":%llu}\n", late.p50_ms,
                  late.p99_ms, late.max_ms, static_cast<unsigned long long>(late.early));
      return 0;
    }
    const std::map<std::string, std::function<mqload::Figures(const mqload::Load&)>> modes = {
        {"throughput", mqload::publish_and_consume},
        {"latency", mqload::one_in_flight},
        {"backlog", mqload::publish_only},
        {"delay", mqload::publish_delayed}};
    const auto run = modes.find(mode);
    if (run == modes.end()) {
      std::fprintf(stderr,
                   "mqload: no mode '%s'; there are throughput, latency, backlog, delay, "
                   "lateness, probe\n",
                   mode.c_str());
      return 2;
    }
    const mqload::Figures f = run->second(load);
    std::printf(
        "{\"messages\":%llu,\"seconds\":%.4f,\"per_second\":%.0f,\"confirm_p50_us\":%.1f,"
        "\"confirm_p99_us\":%.1f,\"generator_cpu_s\":%.3f}\n",
        static_cast<unsigned long long>(load.messages), f.seconds,
        static_cast<double>(load.messages) / f.seconds, f.confirm_p50_us, f.confirm_p99_us,
        own_cpu_seconds());
    return 0;
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "mqload: %s\n", failed.what());
    return 1;
  }
}
