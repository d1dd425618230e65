#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rialto {

/// The two models that the metrics compare.
enum class Model : std::uint8_t { queue = 0, topic = 1 };
constexpr std::size_t model_count = 2;

/// Which door a session came through.
enum class Protocol : std::uint8_t { amqp = 0, kafka = 1, http = 2 };
constexpr std::size_t protocol_count = 3;

/// Plain counters of one thread for one model and protocol; summed when somebody looks.
struct FlowCounters {
  std::uint64_t received = 0;  ///< messages accepted from producers
  std::uint64_t received_bytes = 0;
  std::uint64_t confirmed = 0;  ///< told to the producer as safe
  std::uint64_t refused = 0;    ///< nacked or answered with an error
  std::uint64_t unroutable = 0;
  std::uint64_t repeated = 0;   ///< came again: confirmed and not stored
  std::uint64_t delivered = 0;  ///< sent towards consumers, fetches included
  std::uint64_t delivered_bytes = 0;
  std::uint64_t redelivered = 0;
  std::uint64_t settled = 0;
};

/// Counts of durations in fixed buckets. The upper bounds are in seconds; the last bucket has none.
struct DurationHistogram {
  static constexpr std::array<double, 12> bounds_s = {0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002,
                                                      0.005,   0.01,   0.025,  0.1,    0.5,   2.0};
  std::array<std::uint64_t, bounds_s.size() + 1> counts{};
  double sum_s = 0;

  void observe(double seconds) {
    std::size_t i = 0;
    while (i < bounds_s.size() && seconds > bounds_s[i])
      ++i;
    ++counts[i];
    sum_s += seconds;
  }
};

/// What a scrape shows, at one moment of the core thread.
struct StatsSnapshot {
  std::array<std::array<FlowCounters, protocol_count>, model_count> flow{};
  std::array<std::uint64_t, protocol_count> sessions{};
  std::array<std::uint64_t, model_count> backlog{};  ///< ready messages; records above log start
  std::uint64_t unacked = 0;
  std::uint64_t delayed = 0;  ///< messages that wait for their time
  std::uint64_t blocked = 0;  ///< dead letters that wait for room where they go
  /// Messages that queues let go of undelivered: no record could be read at their offset.
  std::uint64_t unreadable = 0;
  std::uint64_t dedup_ids = 0;        ///< by which messages are known when they come again
  std::uint64_t dedup_forgotten = 0;  ///< of these before their time, for want of room
  std::uint64_t queues = 0;
  std::uint64_t topics = 0;
  std::uint64_t partitions = 0;
  std::uint64_t consumers = 0;
  std::uint64_t stored_bytes = 0;
  DurationHistogram commit_seconds;  ///< from hand-over of a write set to its durable event
};

}  // namespace rialto
