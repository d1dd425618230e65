#include "adapters/http/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace rialto::http {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr std::array<const char*, model_count> models = {"queue", "topic"};
constexpr std::array<const char*, protocol_count> protocols = {"amqp091", "kafka", "http"};

struct FlowFamily {
  const char* name;
  const char* help;
  std::uint64_t FlowCounters::*counter;
};

constexpr std::array<FlowFamily, 10> flow_families = {{
    {"rialto_messages_received_total", "Messages accepted from producers.",
     &FlowCounters::received},
    {"rialto_received_bytes_total", "Bytes of messages accepted from producers.",
     &FlowCounters::received_bytes},
    {"rialto_messages_confirmed_total", "Messages told to their producer as safe.",
     &FlowCounters::confirmed},
    {"rialto_messages_refused_total", "Messages nacked or answered with an error.",
     &FlowCounters::refused},
    {"rialto_messages_unroutable_total", "Messages that no queue took.", &FlowCounters::unroutable},
    {"rialto_messages_repeated_total", "Messages that came again, confirmed and not stored.",
     &FlowCounters::repeated},
    {"rialto_messages_delivered_total", "Messages sent to consumers, fetched ones included.",
     &FlowCounters::delivered},
    {"rialto_delivered_bytes_total", "Bytes of messages sent to consumers.",
     &FlowCounters::delivered_bytes},
    {"rialto_messages_redelivered_total", "Deliveries of messages delivered before.",
     &FlowCounters::redelivered},
    {"rialto_messages_settled_total", "Messages settled by their consumers.",
     &FlowCounters::settled},
}};

MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily out;
  out.name = name;
  out.help = help;
  out.type = type;
  return out;
}

ClientMetric counter(Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = value;
  return metric;
}

ClientMetric gauge(Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  return metric;
}

MetricFamily one_gauge(const char* name, const char* help, double value) {
  MetricFamily out = family(name, help, MetricType::Gauge);
  out.metric.push_back(gauge({}, value));
  return out;
}

MetricFamily one_gauge(const char* name, const char* help, std::uint64_t value) {
  return one_gauge(name, help, static_cast<double>(value));
}

void add_flow(std::vector<MetricFamily>& out, const StatsSnapshot& stats) {
  for (const FlowFamily& f : flow_families) {
    MetricFamily all = family(f.name, f.help, MetricType::Counter);
    for (std::size_t m = 0; m < model_count; ++m) {
      for (std::size_t p = 0; p < protocol_count; ++p) {
        all.metric.push_back(counter({{"model", models[m]}, {"protocol", protocols[p]}},
                                     static_cast<double>(stats.flow[m][p].*f.counter)));
      }
    }
    out.push_back(std::move(all));
  }
}

void add_state(std::vector<MetricFamily>& out, const StatsSnapshot& stats) {
  MetricFamily backlog =
      family("rialto_backlog_messages",
             "Ready messages of queues; records above the log start of topics.", MetricType::Gauge);
  for (std::size_t m = 0; m < model_count; ++m) {
    backlog.metric.push_back(gauge({{"model", models[m]}}, static_cast<double>(stats.backlog[m])));
  }
  out.push_back(std::move(backlog));
  MetricFamily unreadable =
      family("rialto_messages_unreadable_total",
             "Messages that queues let go of undelivered because no record could be read.",
             MetricType::Counter);
  unreadable.metric.push_back(counter({}, static_cast<double>(stats.unreadable)));
  out.push_back(std::move(unreadable));
  MetricFamily forgotten = family(
      "rialto_dedup_forgotten_total",
      "Message ids forgotten before their window was over, for want of room.", MetricType::Counter);
  forgotten.metric.push_back(counter({}, static_cast<double>(stats.dedup_forgotten)));
  out.push_back(std::move(forgotten));
  out.push_back(one_gauge("rialto_dedup_ids", "Message ids remembered.", stats.dedup_ids));
  MetricFamily connections =
      family("rialto_connections", "Connections that have a session.", MetricType::Gauge);
  for (std::size_t p = 0; p < protocol_count; ++p) {
    connections.metric.push_back(
        gauge({{"protocol", protocols[p]}}, static_cast<double>(stats.sessions[p])));
  }
  out.push_back(std::move(connections));
  out.push_back(
      one_gauge("rialto_delayed_messages", "Messages that wait for their time.", stats.delayed));
  out.push_back(one_gauge("rialto_blocked_dead_letters",
                          "Dead letters that wait for room in the queue they go to.",
                          stats.blocked));
  out.push_back(one_gauge("rialto_unacked_messages", "Messages delivered and not yet settled.",
                          stats.unacked));
  out.push_back(one_gauge("rialto_consumers", "Consumers of queues.", stats.consumers));
  out.push_back(one_gauge("rialto_queues", "Queues.", stats.queues));
  out.push_back(one_gauge("rialto_topics", "Topics, those of queues included.", stats.topics));
  out.push_back(one_gauge("rialto_partitions", "Partitions.", stats.partitions));
  out.push_back(one_gauge("rialto_stored_bytes", "Bytes of storage in use.", stats.stored_bytes));
}

MetricFamily commit_seconds(const DurationHistogram& durations) {
  MetricFamily out =
      family("rialto_commit_seconds", "From hand-over of a write set until it is durable.",
             MetricType::Histogram);
  ClientMetric metric;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < durations.counts.size(); ++i) {
    count += durations.counts[i];
    ClientMetric::Bucket bucket;
    bucket.cumulative_count = count;
    bucket.upper_bound = i < DurationHistogram::bounds_s.size()
                             ? DurationHistogram::bounds_s[i]
                             : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back(bucket);
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = durations.sum_s;
  out.metric.push_back(std::move(metric));
  return out;
}

void add_process(std::vector<MetricFamily>& out, const ProcessFigures& process) {
  out.push_back(one_gauge("rialto_process_resident_memory_bytes", "Resident memory.",
                          process.resident_bytes));
  MetricFamily cpu = family("rialto_process_cpu_seconds_total",
                            "User and system time of all threads.", MetricType::Counter);
  cpu.metric.push_back(counter({}, process.cpu_seconds));
  out.push_back(std::move(cpu));
  out.push_back(one_gauge("rialto_process_open_fds", "Open file descriptors.", process.open_fds));
}

}  // namespace

ProcessFigures ProcessFigures::now() {
  ProcessFigures out;
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  out.resident_bytes = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));

  // The name of the program may hold anything; the fields begin behind its last bracket.
  std::string stat;
  std::getline(std::ifstream("/proc/self/stat"), stat);
  std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
  constexpr int fields_before_utime = 11;
  std::string skipped;
  for (int i = 0; i < fields_before_utime; ++i)
    fields >> skipped;
  std::uint64_t user = 0, system = 0;
  fields >> user >> system;
  out.cpu_seconds = static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));

  std::error_code failed;
  for (std::filesystem::directory_iterator at("/proc/self/fd", failed), end; !failed && at != end;
       at.increment(failed)) {
    ++out.open_fds;
  }
  return out;
}

std::string metrics_text(const StatsSnapshot& stats, const BuildInfo& build,
                         const ProcessFigures& process) {
  std::vector<MetricFamily> families;
  MetricFamily info = family("rialto_build_info", "What is running.", MetricType::Gauge);
  info.metric.push_back(gauge(
      {{"version", build.version}, {"revision", build.revision}, {"compiler", __VERSION__}}, 1));
  families.push_back(std::move(info));
  add_flow(families, stats);
  add_state(families, stats);
  families.push_back(commit_seconds(stats.commit_seconds));
  add_process(families, process);
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

}  // namespace rialto::http
