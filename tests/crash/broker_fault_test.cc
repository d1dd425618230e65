#include "core/engine/fake_engine.h"
#include "core/model/frames/codec.h"
#include "tests/crash/broker_view.h"
#include "tests/crash/broker_workload.h"
#include "tests/crash/recording_engine.h"
#include "tests/support/fault_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <tuple>

// The broker on a disk that fails once, at every operation of a workload and in every way. What is
// found afterwards is what an engine in memory shows that replays the first so many write sets
// from the very beginning: whole sets, in their order, checkpoints and reused slots or not.

namespace rialto::test {
namespace {

struct Ending {
  const char* name;
  FaultOn on;
  FaultEffect effect;
  std::optional<PowerLoss> loss;  ///< none: the process is killed, the power stays
};

constexpr Ending endings[] = {
    {"killed", FaultOn::any, FaultEffect::death, std::nullopt},
    {"power gone, nothing unsynced kept", FaultOn::any, FaultEffect::death, PowerLoss::drop_all},
    {"power gone, sectors shuffled", FaultOn::any, FaultEffect::death, PowerLoss::sectors},
    {"write fails", FaultOn::write, FaultEffect::error, PowerLoss::sectors},
    {"sync fails", FaultOn::sync, FaultEffect::error, PowerLoss::drop_all},
    {"rename fails", FaultOn::rename, FaultEffect::error, PowerLoss::prefix},
    {"no space", FaultOn::write, FaultEffect::no_space, PowerLoss::prefix},
};

constexpr std::uint64_t first_steps = 24;
constexpr std::uint64_t second_steps = 6;

EmbeddedOptions engine_options() {
  EmbeddedOptions options;
  options.journal.slot_bytes = 16 << 10;
  options.journal.inline_work = true;
  options.read_threads = 0;
  return options;
}

BrokerOptions broker_options() {
  BrokerOptions options;
  options.history_bytes = 12 << 10;
  return options;
}

/// Of somebody who only looks: storage stays as it was found.
BrokerOptions looking_on() {
  BrokerOptions options = broker_options();
  constexpr std::int64_t a_year_ms = 365LL * 24 * 3600 * 1000;
  options.reclaim_every_ms = a_year_ms;
  return options;
}

/// Without targets that no restart brings back.
WriteSet durable_part(WriteSet set) {
  for (StagedFrame& frame : set) {
    if (frame.kind != FrameKind::data) continue;
    std::erase_if(frame.data.targets,
                  [](const DataTarget& t) { return (t.flags & DataTarget::is_volatile) != 0; });
    frame.meta = encode_fields(frame.data);
  }
  return set;
}

/// One life of the process.
struct Life {
  Life(FaultDisk& disk, ManualClock& clock, std::vector<RecordingEngine::Given> earlier,
       const BrokerOptions& options = broker_options())
      : dir(disk.open()),
        engine(engine_options(), *dir, clock, std::move(earlier)),
        client(engine, clock, options),
        opened(client.open()) {}

  std::unique_ptr<Directory> dir;
  RecordingEngine engine;
  BrokerClient client;
  Result<void> opened;
};

/// Several lives on one disk, and what has to be there after each.
class Lives {
 public:
  explicit Lives(Plot plot) : plot_(plot) {}

  FaultDisk disk;

  void live(std::uint64_t steps) {
    // What the last life settled and nothing confirmed after it: nobody knows.
    for (; told_.settled.size() > told_.surely_settled; told_.settled.pop_back())
      told_.perhaps_gone.insert(told_.settled.back());
    Life life(disk, clock_, given_);
    if (life.opened) BrokerWorkload(life.client, told_, plot_, ++number_).run(steps);
    given_ = life.engine.given();
    durable_ = life.engine.durable_count();
    note_kinds_and_slots(life);
  }

  /// Looks at a copy of the disk. Forgets the sets that are rightly gone.
  ::testing::AssertionResult is_right() {
    const auto copy = disk.clone();
    ManualClock clock = clock_;
    Life life(*copy, clock, {}, looking_on());
    if (!life.opened) return ::testing::AssertionFailure() << life.opened.error().text;
    const BrokerView found = look_at(life.client, told_.leases);
    std::string nearest;
    for (std::size_t count = durable_; count <= given_.size(); ++count) {
      const std::string expected = replayed(count);
      if (count == durable_) nearest = expected;
      if (expected != found.text) continue;
      given_.resize(count);
      for (RecordingEngine::Given& g : given_)
        g.ticket = no_ticket;
      return keeps_what_was_told(found);
    }
    return ::testing::AssertionFailure() << "no prefix of at least " << durable_ << " of "
                                         << given_.size() << " write sets explains\n"
                                         << found.text << "\n"
                                         << durable_ << " of them are\n"
                                         << nearest;
  }

  // Of the last life.
  std::set<FrameKind> kinds;
  std::set<SettleReason> ends;
  std::set<SettleReason> moved;  ///< together with copies
  bool waits = false;            ///< a message did, before it was ready again
  bool blocked = false;          ///< a dead letter was
  bool holds_back = false;       ///< a partition did, a record
  bool remembers = false;        ///< a partition does, what came with a key
  std::uint64_t rolls = 0;
  std::uint64_t released = 0;
  Lsn checkpoint;

 private:
  void note_kinds_and_slots(Life& life) {
    for (const auto& given : given_) {
      for (const StagedFrame& frame : given.set) {
        kinds.insert(frame.kind);
        note_ends(frame, given.set.size() > 1);
      }
    }
    if (!life.opened) return;
    const Journal& journal = life.engine.journal();
    rolls = journal.slots().back().number;
    released = rolls + 1 - journal.slots().size();
    checkpoint = journal.checkpoint_lsn();
  }

  void note_ends(const StagedFrame& frame, bool has_copies) {
    SettleFrame settled;
    CountsFrame counts;
    holds_back = holds_back || !frame.data.dues.empty();
    remembers = remembers || !frame.data.seen.empty();
    if (frame.kind == FrameKind::settle && decode_fields(frame.meta, settled)) {
      for (const SettleEntry& entry : settled.entries) {
        ends.insert(entry.reason);
        if (has_copies) moved.insert(entry.reason);
      }
    }
    if (frame.kind == FrameKind::counts && decode_fields(frame.meta, counts)) {
      for (const CountEntry& entry : counts.entries) {
        waits = waits || entry.ready_at_wall_ms != 0;
        blocked = blocked || entry.blocked != SettleReason::acked;
      }
    }
  }

  /// What an engine shows that holds the first `count` sets and no checkpoint.
  std::string replayed(std::size_t count) const {
    FakeEngine fake;
    for (std::size_t i = 0; i < count; ++i)
      fake.stage(durable_part(given_[i].set), given_[i].haste);
    fake.hand_over(Instant{0});
    fake.commit_all();
    const auto engine = fake.restarted();
    ManualClock clock = clock_;
    BrokerClient client(*engine, clock, looking_on());
    client.after_tick = [&engine] { engine->commit_all(); };
    client.open().value();
    return look_at(client, told_.leases).text;
  }

  /// Where a message may be that was sent to a queue.
  static std::vector<std::string> homes_of(const std::string& queue) {
    if (queue == "work") return {"work", "dead"};
    return {queue};
  }

  ::testing::AssertionResult keeps_what_was_told(const BrokerView& found) const {
    const auto has = [&](const std::string& queue, const std::string& body) {
      const auto at = found.bodies.find(queue);
      return at == found.bodies.end() ? std::ptrdiff_t{0}
                                      : std::count(at->second.begin(), at->second.end(), body);
    };
    const auto failure = [&](const char* what, const std::string& queue, const std::string& body) {
      return ::testing::AssertionFailure()
             << what << " in " << queue << ": " << body.substr(0, 20) << "\n"
             << found.text;
    };
    const auto end = told_.settled.begin() + static_cast<std::ptrdiff_t>(told_.surely_settled);
    for (const auto& [body, queues] : told_.sent_to) {
      for (const std::string& queue : queues) {
        const auto place = told_.places.find(body);
        bool surely_gone = false;
        bool perhaps_gone = place != told_.places.end() &&
                            place->second.second < found.log_starts.at(place->second.first);
        std::ptrdiff_t times = 0;
        for (const std::string& home : homes_of(queue)) {
          const std::pair<std::string, std::string> message(home, body);
          surely_gone = surely_gone || told_.gone.contains(message) ||
                        std::find(told_.settled.begin(), end, message) != end;
          perhaps_gone = perhaps_gone || told_.perhaps_gone.contains(message) ||
                         std::find(end, told_.settled.end(), message) != told_.settled.end();
          times += has(home, body);
        }
        if (times > 1) return failure("twice", queue, body);
        if (surely_gone && times != 0) return failure("settled and there again", queue, body);
        const bool missing = told_.confirmed.contains(body) && !surely_gone && !perhaps_gone;
        if (missing && times == 0) return failure("confirmed and lost", queue, body);
      }
    }
    for (const std::string& body : told_.refused) {
      if (has("t", body) != 0) return failure("refused and there", "t", body);
    }
    return ::testing::AssertionSuccess();
  }

  Plot plot_;
  ManualClock clock_;
  Told told_;
  std::uint64_t number_ = 0;
  std::vector<RecordingEngine::Given> given_;
  std::size_t durable_ = 0;
};

/// False when the fault lies beyond the end of the workload.
bool run_once(Plot plot, const Ending& ending, std::uint64_t nth) {
  Lives lives(plot);
  lives.disk.fail(nth, ending.on, ending.effect);
  lives.live(first_steps);
  const bool happened = lives.disk.fault_happened();
  if (ending.loss) {
    lives.disk.power_loss(*ending.loss, nth);
  } else {
    lives.disk.process_crash();
  }
  const auto right = lives.is_right();
  EXPECT_TRUE(right) << ending.name << ", operation " << nth;
  if (!right) return false;

  // The next life writes over what the first one left, and ends badly too.
  lives.live(second_steps);
  lives.disk.power_loss(PowerLoss::sectors, nth * 31);
  const auto right_again = lives.is_right();
  EXPECT_TRUE(right_again) << ending.name << ", second life of " << nth;
  return happened && right_again;
}

using Way = std::tuple<Plot, Ending>;

class TheBrokersDiskFails : public ::testing::TestWithParam<Way> {};

TEST_P(TheBrokersDiskFails, AndWhatWasPromisedIsFoundInWholeSetsAndInOrder) {
  const auto& [plot, ending] = GetParam();
  std::uint64_t nth = 1;
  while (run_once(plot, ending, nth))
    ++nth;
  EXPECT_GT(nth, 5U) << "the workload is long enough to mean something";
  RecordProperty("operations", static_cast<int>(nth));
}

INSTANTIATE_TEST_SUITE_P(Broker, TheBrokersDiskFails,
                         ::testing::Combine(::testing::Values(Plot::doors, Plot::moves),
                                            ::testing::ValuesIn(endings)),
                         [](const auto& way) {
                           std::string name =
                               std::get<Plot>(way.param) == Plot::doors ? "doors_" : "moves_";
                           for (const char c : std::string(std::get<Ending>(way.param).name)) {
                             if (std::isalpha(static_cast<unsigned char>(c))) name.push_back(c);
                           }
                           return name;
                         });

TEST(TheBrokersWorkload, CoversEveryKindOfFrameRollsCheckpointsAndReuseInAtMost300Operations) {
  Lives lives(Plot::doors);
  lives.live(first_steps);
  const std::set<FrameKind> all{FrameKind::data,      FrameKind::settle, FrameKind::catalog,
                                FrameKind::trim,      FrameKind::lease,  FrameKind::offsets,
                                FrameKind::producers, FrameKind::counts, FrameKind::secret,
                                FrameKind::unsettle};
  EXPECT_EQ(lives.kinds, all);
  EXPECT_GE(lives.rolls, 4U);
  EXPECT_GE(lives.released, 1U);
  EXPECT_GT(lives.checkpoint, Lsn(0));
  EXPECT_LT(lives.disk.slot_files(), lives.rolls + 2) << "reuse";
  EXPECT_LE(lives.disk.operations(FaultOn::any), 300U);
  EXPECT_GE(lives.disk.operations(FaultOn::any), 150U);
  EXPECT_TRUE(lives.is_right());
}

TEST(TheBrokersWorkload, MovesMessagesInEveryWayInAtMost300Operations) {
  Lives lives(Plot::moves);
  lives.live(first_steps);
  EXPECT_EQ(lives.ends, (std::set<SettleReason>{SettleReason::acked, SettleReason::rejected,
                                                SettleReason::delivery_limit, SettleReason::fired,
                                                SettleReason::cancelled, SettleReason::redriven}));
  for (const SettleReason reason :
       {SettleReason::acked, SettleReason::rejected, SettleReason::delivery_limit,
        SettleReason::fired, SettleReason::redriven}) {
    EXPECT_TRUE(lives.moved.contains(reason)) << static_cast<int>(reason);
  }
  EXPECT_TRUE(lives.waits);
  EXPECT_TRUE(lives.blocked);
  EXPECT_TRUE(lives.holds_back);
  EXPECT_TRUE(lives.remembers);
  EXPECT_GE(lives.rolls, 1U);
  EXPECT_GT(lives.checkpoint, Lsn(0));
  EXPECT_LE(lives.disk.operations(FaultOn::any), 300U);
  EXPECT_GE(lives.disk.operations(FaultOn::any), 150U);
  EXPECT_TRUE(lives.is_right());
}

}  // namespace
}  // namespace rialto::test
