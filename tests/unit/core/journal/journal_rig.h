#pragma once

#include "core/base/clock.h"
#include "core/journal/journal.h"
#include "tests/support/fault_file.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rialto::test {

/// What a test asks to be written.
struct WantedFrame {
  FrameKind kind = FrameKind::data;
  std::string meta;
  std::string payload;
};

/// A write set that was staged, and where it went.
struct SentSet {
  std::vector<WantedFrame> frames;
  std::vector<Lsn> lsns;
  Lsn end;
};

/// Keeps what recovery shows.
class Recorder final : public JournalReplay {
 public:
  struct Frame {
    FrameKind kind = FrameKind::mark;
    Lsn lsn;
    Lsn end;
    Lsn set_first;
    Epoch epoch;
    std::string meta;
    std::uint32_t payload_bytes = 0;
  };

  Result<void> on_checkpoint(Lsn lsn, const std::vector<std::string>& parts) override {
    checkpoint_lsn = lsn;
    checkpoint = parts;
    return {};
  }
  Result<void> on_frame(const ReplayedFrame& f) override {
    frames.push_back(
        Frame{f.kind, f.lsn, f.end, f.set_first, f.epoch, std::string(f.meta), f.payload_bytes});
    return {};
  }

  std::optional<std::vector<std::string>> checkpoint;
  Lsn checkpoint_lsn;
  std::vector<Frame> frames;
};

/// Small slots, work inline: every step is deterministic.
JournalOptions small_options(std::uint64_t slot_bytes = 8192);

/// A journal on a FaultDisk together with a model of what was sent: `sent` is everything staged
/// and not lost, `durable_sets` how many of them were promised.
class JournalRig {
 public:
  explicit JournalRig(FaultDisk& disk, JournalOptions options = small_options())
      : disk_(&disk), options_(options) {}

  /// The same model and options, without the open journal.
  JournalRig(const JournalRig& o)
      : disk_(o.disk_),
        options_(o.options_),
        clock_(o.clock_),
        sent_(o.sent_),
        promised_(o.promised_) {}
  JournalRig& operator=(const JournalRig&) = delete;

  /// Opens (again). What was found is compared with the model: see found_matches().
  Result<void> open();
  /// Goes on with another disk, a clone of the one before.
  void move_to(FaultDisk& disk) { disk_ = &disk; }
  /// Drops the process without any farewell.
  void abandon();

  /// Stages when admitted; false otherwise.
  bool send(std::vector<WantedFrame> frames, Urgency urgency = Urgency::durable);
  bool send_one(std::string meta, std::string payload, Urgency urgency = Urgency::durable);
  /// One set after the other, each in a tick of its own.
  void fill(std::uint64_t sets, std::size_t bytes);
  /// hand_over, poll.
  void tick();
  void advance_ms(std::int64_t ms) { clock_.advance_ms(ms); }
  /// Checkpoints at the durable end; the part tells how many sets it covers.
  void checkpoint();
  /// Gives back every `nth` slot that may go.
  void release(std::uint64_t nth = 1);

  std::size_t durable_sets() const;

  Journal& journal() { return *journal_; }
  bool is_open() const { return journal_ != nullptr; }
  ManualClock& clock() { return clock_; }
  JournalOptions& options() { return options_; }
  const Recorder& found() const { return found_; }
  const std::vector<SentSet>& sent() const { return sent_; }

  /// After open(): whole sets, in order, a prefix of what was sent, holding everything that was
  /// durable; payloads read back. Forgets the sets that are rightly gone.
  ::testing::AssertionResult found_matches();

 private:
  ::testing::AssertionResult same_set(const SentSet& sent, std::size_t first_frame);

  FaultDisk* disk_;
  JournalOptions options_;
  ManualClock clock_;
  std::unique_ptr<Directory> dir_;
  Recorder found_;
  std::unique_ptr<Journal> journal_;
  std::vector<SentSet> sent_;
  std::size_t promised_ = 0;  ///< durable sets when the last process ended
};

/// Bytes that differ by seed.
std::string filler(std::size_t bytes, std::uint64_t seed);

/// Name of the slot file at position `number`, found by what the manifest says.
std::string slot_file_of(FaultDisk& disk, std::uint64_t number);

}  // namespace rialto::test
