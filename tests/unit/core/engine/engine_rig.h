#pragma once

#include "core/base/clock.h"
#include "core/engine/embedded_engine.h"
#include "core/model/frames/codec.h"
#include "tests/support/fault_file.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rialto::test {

/// A data frame of one batch. The engine never looks into a payload, so any text will do.
inline StagedFrame data_frame(std::vector<DataTarget> targets, std::string body,
                              std::int32_t records = 1, std::int64_t timestamp_ms = 0) {
  StagedFrame frame;
  frame.kind = FrameKind::data;
  frame.data.targets = std::move(targets);
  frame.data.record_count = static_cast<std::uint32_t>(records);
  frame.data.last_offset_delta = records - 1;
  frame.data.max_timestamp_ms = timestamp_ms;
  frame.meta = encode_fields(frame.data);
  frame.payload = Slice::copy_of(body);
  return frame;
}

inline WriteSet data_set(PartitionId partition, Offset base, std::string body,
                         std::int32_t records = 1, std::int64_t timestamp_ms = 0) {
  WriteSet set;
  set.push_back(data_frame({{partition, base, 0}}, std::move(body), records, timestamp_ms));
  return set;
}

/// Forwards to another directory; its files answer Errc::full to every nowait read, as a disk
/// does whose pages are not in memory.
class ColdDirectory final : public Directory {
 public:
  explicit ColdDirectory(Directory& dir) : dir_(dir) {}

  Result<void> lock() override { return dir_.lock(); }
  Result<std::vector<std::string>> list() const override { return dir_.list(); }
  bool exists(std::string_view name) const override { return dir_.exists(name); }
  Result<std::unique_ptr<File>> create(std::string_view name) override {
    return wrap(dir_.create(name));
  }
  Result<std::unique_ptr<File>> open(std::string_view name) override {
    return wrap(dir_.open(name));
  }
  Result<void> rename(std::string_view from, std::string_view to) override {
    return dir_.rename(from, to);
  }
  Result<void> remove(std::string_view name) override { return dir_.remove(name); }
  Result<void> sync() override { return dir_.sync(); }
  Result<std::uint64_t> free_bytes() const override { return dir_.free_bytes(); }
  std::string path_of(std::string_view name) const override { return dir_.path_of(name); }

  /// How often a file was told what will be needed.
  int hints() const { return seen_->hints; }
  /// Reads of files that were not refused.
  int reads() const { return seen_->reads; }

 private:
  struct Seen {
    int hints = 0;
    int reads = 0;
  };

  class ColdFile final : public File {
   public:
    ColdFile(std::unique_ptr<File> file, std::shared_ptr<Seen> seen)
        : file_(std::move(file)), seen_(std::move(seen)) {}
    Result<void> write(std::uint64_t at, std::span<const Bytes> pieces) override {
      return file_->write(at, pieces);
    }
    Result<void> read(std::uint64_t at, char* out, std::size_t bytes, bool nowait) const override {
      if (nowait) return Error(Errc::full);
      ++seen_->reads;
      return file_->read(at, out, bytes, false);
    }
    void will_need(std::uint64_t, std::uint64_t) const override { ++seen_->hints; }
    Result<void> sync() override { return file_->sync(); }
    Result<std::uint64_t> size_bytes() const override { return file_->size_bytes(); }

   private:
    std::unique_ptr<File> file_;
    std::shared_ptr<Seen> seen_;
  };

  Result<std::unique_ptr<File>> wrap(Result<std::unique_ptr<File>> file) const {
    if (!file) return file.error();
    return std::unique_ptr<File>(std::make_unique<ColdFile>(std::move(*file), seen_));
  }

  Directory& dir_;
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

struct SeenReplay final : EngineReplay {
  Result<void> on_checkpoint(const std::vector<std::string>& p) override {
    parts = p;
    return {};
  }
  Result<void> on_frame(FrameKind kind, std::uint16_t, Bytes, std::int64_t) override {
    kinds.push_back(kind);
    return {};
  }

  std::optional<std::vector<std::string>> parts;
  std::vector<FrameKind> kinds;
};

/// One disk, and the engine that runs on it now. Everything happens inside of tick().
class EngineRig {
 public:
  EngineRig() {
    options.journal.slot_bytes = 64 * 1024;
    options.journal.inline_work = true;
    options.read_threads = 0;
  }

  Result<void> start() {
    dir = disk.open();
    cold_dir = std::make_unique<ColdDirectory>(*dir);
    Directory& used = cold ? static_cast<Directory&>(*cold_dir) : *dir;
    engine = std::make_unique<EmbeddedEngine>(options, used, clock);
    replay = SeenReplay();
    return engine->open(replay);
  }
  void stop() {
    engine.reset();
    cold_dir.reset();
    dir.reset();
  }
  /// kill -9, and the next life.
  Result<void> restart() {
    stop();
    disk.process_crash();
    return start();
  }

  /// Hands over, takes what happened. Enough turns for a group that waits behind another.
  void tick() {
    for (int turn = 0; turn < 3; ++turn) {
      clock.advance_ms(1);
      engine->hand_over(clock.now());
      for (CompletedRead& read : engine->poll(clock.now()).reads) {
        completed.emplace(read.token, std::move(read));
      }
    }
  }
  Ticket put(PartitionId partition, std::string body, std::int32_t records = 1,
             std::int64_t timestamp_ms = 0) {
    Offset& end = log_end[partition];
    const Offset base = end;
    end += records;
    const Ticket ticket = engine->stage(
        data_set(partition, base, std::move(body), records, timestamp_ms), Haste::durable);
    tick();
    return ticket;
  }
  /// Slots that are sealed and on disk have grown by at least this many.
  void fill(PartitionId partition, std::size_t count, std::size_t body_bytes = 1000) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "body " + std::to_string(log_end[partition].get()) + " ";
      put(partition, name + std::string(body_bytes - name.size(), '.'));
    }
  }
  /// Nothing below is kept.
  void trim(PartitionId partition, Offset log_start) {
    engine->trim({partition, log_start, log_start, log_end[partition], nullptr});
  }
  void take_checkpoint(std::vector<std::string> parts = {"image"}) {
    tick();
    engine->checkpoint(std::move(parts));
    tick();
  }

  /// What a read brings in the end, pending or not.
  Result<std::vector<StoredBatch>> read(PartitionId partition, Offset from,
                                        std::size_t bytes_max = SIZE_MAX) {
    const ReadToken token{++last_token};
    ReadOutcome outcome = engine->read({partition, from, Offset{INT64_MAX}, bytes_max}, token);
    last_state = outcome.state;
    if (outcome.state == ReadOutcome::State::ready) return std::move(outcome.batches);
    if (outcome.state == ReadOutcome::State::busy) return Error(Errc::full);
    return wait_for(token);
  }
  Result<std::vector<StoredBatch>> at_time(PartitionId partition, std::int64_t timestamp_ms) {
    const ReadToken token{++last_token};
    ReadOutcome outcome = engine->read_at_time(partition, timestamp_ms, token);
    last_state = outcome.state;
    if (outcome.state == ReadOutcome::State::ready) return std::move(outcome.batches);
    if (outcome.state == ReadOutcome::State::busy) return Error(Errc::full);
    return wait_for(token);
  }
  Result<std::vector<StoredBatch>> wait_for(ReadToken token) {
    for (int turn = 0; turn < 10 && !completed.contains(token); ++turn)
      tick();
    const auto at = completed.find(token);
    if (at == completed.end()) return Error(Errc::timed_out, "the read never completed");
    quarantined = at->second.quarantined;
    auto batches = std::move(at->second.batches);
    completed.erase(at);
    return batches;
  }
  /// Every batch of the partition from `from` on, as (base offset, payload); damaged ones are
  /// stepped over and noted.
  std::map<std::int64_t, std::string> all(PartitionId partition, Offset from = Offset{0},
                                          std::size_t bytes_max = 8 * 1024) {
    std::map<std::int64_t, std::string> found;
    for (;;) {
      auto batches = read(partition, from, bytes_max);
      if (!batches && batches.error().code == Errc::corrupt) {
        damaged.push_back(quarantined);
        from = quarantined.last + 1;
        continue;
      }
      if (!batches || batches->empty()) return found;
      for (const StoredBatch& b : *batches) {
        found.emplace(b.base_offset.get(), std::string(b.batch.bytes()));
      }
      from = batches->back().last_offset + 1;
    }
  }

  FaultDisk disk;
  ManualClock clock;
  EmbeddedOptions options;
  bool cold = false;  ///< nothing is ever in the page cache
  std::unique_ptr<Directory> dir;
  std::unique_ptr<ColdDirectory> cold_dir;
  std::unique_ptr<EmbeddedEngine> engine;
  SeenReplay replay;
  std::map<PartitionId, Offset> log_end;
  std::map<ReadToken, CompletedRead> completed;
  std::vector<OffsetRun> damaged;
  OffsetRun quarantined{no_offset, no_offset};
  std::uint64_t last_token = 0;
  ReadOutcome::State last_state = ReadOutcome::State::ready;
};

}  // namespace rialto::test
