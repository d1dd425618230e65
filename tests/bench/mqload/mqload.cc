#include "tests/bench/mqload/probes.h"
#include "tests/bench/mqload/workloads.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace {

double own_cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

using Mode = std::function<mqload::Figures(const mqload::Load&)>;

const std::map<std::string, Mode>& modes() {
  static const std::map<std::string, Mode> all = {{"throughput", mqload::publish_and_consume},
                                                  {"latency", mqload::one_in_flight},
                                                  {"backlog", mqload::publish_only},
                                                  {"open-loop", mqload::open_loop},
                                                  {"fan-out", mqload::fan_out},
                                                  {"delay", mqload::publish_delayed},
                                                  {"lateness", mqload::take_delayed}};
  return all;
}

void print(const mqload::Figures& figures) {
  const char* before = "{";
  for (const auto& [name, value] : figures) {
    std::printf("%s\"%s\": %.4f", before, name.c_str(), value);
    before = ", ";
  }
  std::printf("}\n");
}

void add_options(CLI::App& app, mqload::Load& load) {
  app.add_option("--port", load.port);
  app.add_option("--queue", load.queue);
  app.add_flag("--volatile", load.transient_queue, "a non-durable queue");
  app.add_flag("--quorum", load.quorum);
  app.add_option("--size", load.body_bytes)->check(CLI::Range(8, 1 << 20));
  app.add_option("--messages", load.messages);
  app.add_option("--window", load.window);
  app.add_option("--prefetch", load.prefetch);
  app.add_option("--expiration", load.expiration, "of each message, ms");
  app.add_option("--priorities", load.priorities, "levels of the queue")->check(CLI::Range(0, 255));
  app.add_option("--delay", load.delay_ms, "of each message");
  app.add_option("--max-length", load.max_length, "of the queue");
  app.add_flag("--message-ids", load.message_ids,
               "on a queue that looks for those that come again");
  app.add_flag("--dead-letters", load.dead_letters, "each is rejected and acked where it went");
  app.add_option("--per-commit", load.per_commit, "messages of a transaction");
  app.add_flag("--consume", load.consume, "latency: deliveries too");
  app.add_option("--rate", load.rate, "open-loop: messages a second")->check(CLI::PositiveNumber);
  app.add_option("--connections", load.connections, "open-loop")->check(CLI::PositiveNumber);
  app.add_option("--warm-up", load.warm_up, "open-loop: messages that are not counted");
  app.add_option("--queues", load.queues, "fan-out");
  app.add_option("--delay-from", load.delay_from_ms, "delay: milliseconds from now");
  app.add_option("--delay-to", load.delay_to_ms);
}

}  // namespace

/// Prints one line of JSON: what was measured, and the processor time it cost the generator.
int main(int argc, char** argv) {
  CLI::App app("Load for AMQP brokers over raw sockets");
  mqload::Load load;
  std::string mode = "throughput";
  std::string directory = ".";
  std::vector<std::string> names{"probe"};
  for (const auto& [name, run] : modes())
    names.push_back(name);
  app.add_option("mode", mode)->check(CLI::IsMember(names));
  app.add_option("--directory", directory, "where probe writes");
  add_options(app, load);
  CLI11_PARSE(app, argc, argv);
  try {
    mqload::Figures figures = mode == "probe" ? mqload::probe(directory) : modes().at(mode)(load);
    figures.emplace_back("generator_cpu_s", own_cpu_seconds());
    print(figures);
    return 0;
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "mqload: %s\n", failed.what());
    return 1;
  }
}
