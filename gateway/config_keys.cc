#include "gateway/config_keys.h"

#include "gateway/config_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <vector>

namespace rialto {

namespace {

constexpr std::int64_t one_mib = 1LL << 20;
constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t reference_columns = 96;

constexpr ConfigKey table[] = {
    {"amqp.listen", KeyType::address, "127.0.0.1:5672", 0, 0, "", TakesEffect::restart,
     "Where RabbitMQ clients connect (AMQP 0-9-1). Loopback only until the door can be locked: "
     "every peer acts as user guest.",
     [](Config& c) -> ConfigPlace { return &c.amqp.listen; }},
    {"amqp.delivery_ids", KeyType::truth, "false", 0, 0, "", TakesEffect::restart,
     "Every delivery has a header x-rialto-id: queue/partition/offset, the same each time and "
     "through every door. Off, only records of other doors have it: applications and client "
     "libraries exist that compare the properties of a delivery with what was published.",
     [](Config& c) -> ConfigPlace { return &c.amqp.delivery_ids; }},
    {"kafka.listen", KeyType::address, "127.0.0.1:9092", 0, 0, "", TakesEffect::restart,
     "Where Kafka clients connect. They are told to come back to the address they used, so there "
     "is no advertised address to get wrong.",
     [](Config& c) -> ConfigPlace { return &c.kafka.listen; }},
    {"kafka.auto_create_topics", KeyType::truth, "true", 0, 0, "", TakesEffect::live,
     "A Kafka client that names a missing topic makes it, as Kafka's own default does and as "
     "first steps expect. Switch it off where a typing error must not become a topic.",
     [](Config& c) -> ConfigPlace { return &c.kafka.auto_create_topics; }},
    {"kafka.default_partitions", KeyType::count, "1", 1, 10'000, "", TakesEffect::live,
     "Partitions of a topic that is made without a number. One keeps the order of the whole topic; "
     "partitions cost nothing per sync here, so more are for parallel readers only.",
     [](Config& c) -> ConfigPlace { return &c.kafka.default_partitions; }},
    {"kafka.group_initial_rebalance_ms", KeyType::duration, "0", 0, 300'000, "", TakesEffect::live,
     "How long an empty consumer group waits for more members before it first divides the work. "
     "Kafka waits 3 s to save rebalances when a fleet starts; a rebalance on one node takes "
     "milliseconds, so the first consumer starts at once.",
     [](Config& c) -> ConfigPlace { return &c.kafka.group_initial_rebalance_ms; }},
    {"http.listen", KeyType::address, "127.0.0.1:15672", 0, 0, "", TakesEffect::restart,
     "Where curl and browsers connect. The port of RabbitMQ's management page, so that fingers and "
     "port lists keep working.",
     [](Config& c) -> ConfigPlace { return &c.http.listen; }},
    {"http.head_timeout_ms", KeyType::duration, "10s", 100, 600'000, "", TakesEffect::live,
     "How long a client may take to send the head of a request. Ten seconds are ample for a slow "
     "line and too short to hold connections open with trickled bytes.",
     [](Config& c) -> ConfigPlace { return &c.http.head_timeout_ms; }},
    {"http.idle_timeout_ms", KeyType::duration, "75s", 1000, 3'600'000, "", TakesEffect::live,
     "How long a connection may be silent between requests. Longer than the 60 s after which "
     "common proxies and pools drop theirs, so that the client closes first.",
     [](Config& c) -> ConfigPlace { return &c.http.idle_timeout_ms; }},
    {"metrics.listen", KeyType::address, "127.0.0.1:15692", 0, 0, "", TakesEffect::restart,
     "Where Prometheus scrapes /metrics: a port of its own, so that it can be opened to a scraper "
     "without opening the data.",
     [](Config& c) -> ConfigPlace { return &c.metrics.listen; }},
    {"data.dir", KeyType::text, "./rialto-data", 0, 0, "", TakesEffect::restart,
     "The directory of the journal, made when missing. One process at a time; everything durable "
     "is in it. `rialto serve --data DIR` sets it too.",
     [](Config& c) -> ConfigPlace { return &c.data.dir; }},
    {"storage.fsync", KeyType::choice, "always", 0, 0, "always|os", TakesEffect::restart,
     "always: nothing is confirmed or shown before it would survive a power cut. os: when the "
     "operating system has it; a killed process loses nothing, a power cut may.",
     [](Config& c) -> ConfigPlace { return &c.storage.fsync; }},
    {"storage.slot_bytes", KeyType::size, "64MiB", one_mib, 1024 * one_mib, "",
     TakesEffect::restart,
     "Size of one prewritten file of the journal. Large enough that rolling to the next is rare, "
     "small enough that preparing one does not disturb. A message has to fit into one. Fixed when "
     "a data directory is made.",
     [](Config& c) -> ConfigPlace { return &c.storage.slot_bytes; }},
    {"journal.history", KeyType::size, "0", 0, any, "", TakesEffect::live,
     "How much of what every queue has settled stays readable for log readers. 0 is the smaller of "
     "8GiB and a tenth of the disk.",
     [](Config& c) -> ConfigPlace { return &c.journal.history_bytes; }},
    {"topics.retention_ms", KeyType::duration, "7d", -1, any, "", TakesEffect::live,
     "How long a topic keeps its records unless its retention.ms says otherwise; Kafka's default. "
     "forever keeps them all.",
     [](Config& c) -> ConfigPlace { return &c.topics.retention_ms; }},
    {"server.shards", KeyType::count, "0", 0, 64, "", TakesEffect::restart,
     "Threads that serve connections. 0 chooses: on one or two cores one thread does everything, "
     "otherwise all cores but two, which the core and the log need.",
     [](Config& c) -> ConfigPlace { return &c.server.shards; }},
    {"limits.connections", KeyType::count, "10000", 1, 1'000'000, "", TakesEffect::live,
     "Connections of all doors together; more are closed at once. An idle one costs about 20 KB, "
     "so the default is bounded by file descriptors, not by memory.",
     [](Config& c) -> ConfigPlace { return &c.limits.connections; }},
    {"log.level", KeyType::choice, "info", 0, 0, "trace|debug|info|warn|error", TakesEffect::live,
     "What is written to the log. info tells of starts, stops and connections, never of single "
     "messages.",
     [](Config& c) -> ConfigPlace { return &c.log.level; }},
};

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, changed});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[b.size()];
}

std::string form_of(const ConfigKey& key) {
  switch (key.type) {
    case KeyType::address: return "host:port";
    case KeyType::text: return "text";
    case KeyType::truth: return "true or false";
    case KeyType::size:
      return key.max == any ? fmt::format("size, from {}", size_text(key.min))
                            : fmt::format("size, {} to {}", size_text(key.min), size_text(key.max));
    case KeyType::duration:
      if (key.max == any) return key.min < 0 ? "time, or forever" : "time";
      return fmt::format("time, {} to {}", duration_text(key.min), duration_text(key.max));
    case KeyType::count: return fmt::format("number, {} to {}", key.min, key.max);
    case KeyType::choice: {
      std::string words(key.choices);
      for (std::size_t at; (at = words.find('|')) != std::string::npos;)
        words.replace(at, 1, ", ");
      return "one of " + words;
    }
  }
  return "";
}

void append_comment(std::string& out, std::string_view text) {
  constexpr std::string_view start = "  #";
  std::string line(start);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (line.size() + 1 + end > reference_columns) {
      out += line + "\n";
      line = start;
    }
    line += " ";
    line += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out += line + "\n";
}

}  // namespace

std::span<const ConfigKey> config_keys() {
  return table;
}

const ConfigKey* find_config_key(std::string_view name) {
  for (const ConfigKey& key : table) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

const ConfigKey* nearest_config_key(std::string_view name) {
  constexpr std::size_t name_bytes_max = 100;
  if (name.size() > name_bytes_max) return nullptr;
  const ConfigKey* nearest = nullptr;
  std::size_t least = name.size() / 3 + 2;
  for (const ConfigKey& key : table) {
    // The section alone may be what is wrong or missing: `listn` below amqp, or `shards` bare.
    const std::string_view bare = key.name.substr(key.name.find('.') + 1);
    const std::size_t distance =
        std::min(edit_distance(name, key.name), edit_distance(name, bare) + 1);
    if (distance < least) {
      least = distance;
      nearest = &key;
    }
  }
  return nearest;
}

std::string environment_name(std::string_view key) {
  std::string name = "RIALTO_";
  for (const char c : key) {
    if (c == '.') {
      name += "__";
    } else {
      name.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    }
  }
  return name;
}

std::string config_reference() {
  std::string out =
      "# Every key of Rialto with its default and the reason for it; generated from the key table\n"
      "# in gateway/config_keys.cc and held equal to it by a test. Nothing here needs to be set.\n"
      "#\n"
      "# A later layer wins: default, this file (--config FILE), the environment\n"
      "# (RIALTO_AMQP__LISTEN for amqp.listen), the command line (--set amqp.listen=...).\n"
      "# `rialto config check` names every mistake at once with its line and column.\n";
  std::string section;
  for (const ConfigKey& key : table) {
    const std::size_t dot = key.name.find('.');
    if (key.name.substr(0, dot) != section) {
      section = key.name.substr(0, dot);
      out += "\n" + section + ":\n";
    }
    append_comment(out, key.reason);
    append_comment(out, fmt::format("({}; {})", form_of(key),
                                    key.takes_effect == TakesEffect::live ? "live" : "restart"));
    out += fmt::format("  {}: {}\n", key.name.substr(dot + 1), key.default_text);
  }
  return out;
}

}  // namespace rialto
