#pragma once

#include "core/engine/embedded_engine.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace rialto::test {

/// The embedded engine, and a copy of every write set it was given.
class RecordingEngine final : public Engine {
 public:
  struct Given {
    WriteSet set;
    Haste haste = Haste::durable;
    Ticket ticket;
  };

  /// `earlier` is what former lives were given and did not lose.
  RecordingEngine(EmbeddedOptions options, Directory& dir, const Clock& clock,
                  std::vector<Given> earlier)
      : engine_(std::move(options), dir, clock), given_(std::move(earlier)) {}

  /// How many of the given sets the broker was told to be durable.
  std::size_t durable_count() const {
    return static_cast<std::size_t>(
        std::count_if(given_.begin(), given_.end(),
                      [this](const Given& g) { return g.ticket <= told_durable_; }));
  }
  const std::vector<Given>& given() const { return given_; }
  const Journal& journal() const { return engine_.journal(); }

  Result<void> open(EngineReplay& replay) override { return engine_.open(replay); }
  bool admits(std::size_t bytes, Haste haste) const override {
    return engine_.admits(bytes, haste);
  }
  std::size_t frame_bytes_max() const override { return engine_.frame_bytes_max(); }
  Ticket stage(WriteSet set, Haste haste) override {
    given_.push_back(Given{set, haste, no_ticket});
    return given_.back().ticket = engine_.stage(std::move(set), haste);
  }
  void hand_over(Instant now) override { engine_.hand_over(now); }
  Progress poll(Instant now) override {
    Progress progress = engine_.poll(now);
    told_durable_ = progress.durable;
    return progress;
  }
  Instant next_deadline() const override { return engine_.next_deadline(); }
  const Error* failed() const override { return engine_.failed(); }
  ReadOutcome read(const ReadSpec& spec, ReadToken token) override {
    return engine_.read(spec, token);
  }
  ReadOutcome read_at_time(PartitionId partition, std::int64_t timestamp_ms,
                           ReadToken token) override {
    return engine_.read_at_time(partition, timestamp_ms, token);
  }
  bool warm(PartitionId partition, const std::vector<Offset>& offsets, ReadToken token) override {
    return engine_.warm(partition, offsets, token);
  }
  bool read_history(const HistoryAsk& ask, ReadToken token) override {
    return engine_.read_history(ask, token);
  }
  void trim(const KeptRecords& kept) override { engine_.trim(kept); }
  void drop(PartitionId partition) override { engine_.drop(partition); }
  std::vector<StoredRun> stored(PartitionId partition, Offset log_end) const override {
    return engine_.stored(partition, log_end);
  }
  Epoch epoch() const override { return engine_.epoch(); }
  Ticket last_staged() const override { return engine_.last_staged(); }
  bool wants_checkpoint() const override { return engine_.wants_checkpoint(); }
  void checkpoint(std::vector<std::string> parts) override { engine_.checkpoint(std::move(parts)); }
  std::vector<StorageUnit> closed_units(std::uint64_t number) override {
    return engine_.closed_units(number);
  }
  std::vector<std::uint64_t> empty_units(std::uint64_t number) const override {
    return engine_.empty_units(number);
  }
  void release_units(const std::vector<std::uint64_t>& numbers) override {
    engine_.release_units(numbers);
  }
  std::uint64_t open_unit() const override { return engine_.open_unit(); }
  std::uint64_t stored_bytes() const override { return engine_.stored_bytes(); }
  bool wait() override { return engine_.wait(); }
  Result<void> close() override { return engine_.close(); }

 private:
  EmbeddedEngine engine_;
  std::vector<Given> given_;
  Ticket told_durable_ = no_ticket;
};

}  // namespace rialto::test
