#include "core/model/frames/codec.h"
#include "core/queue/queue.h"
#include "tests/unit/core/queue/queue_oracle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

namespace rialto {
namespace {

using State = QueueOracle::State;
using Step = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t, std::uint8_t>;

constexpr Moment moment{Instant(1'000'000'000), WallMs(1'700'000'000'000)};
constexpr int steps_max = 500;

/// Does the same to the machine and to the oracle and compares all that can be seen.
class Pair {
 public:
  Pair() {
    for (const PartitionId p : parts) {
      machine_->add_partition(p, PartitionIndex(0), Offset(0), Offset(0));
      oracle_.arrive(p, 0);
    }
  }

  void step(const Step& s) {
    const auto& [what, a, b, c] = s;
    switch (what % 20) {
      case 0:
      case 1: arrive(a, b); break;
      case 2:
      case 3: add_consumer(a, b, c); break;
      case 4: remove_consumer(a, b); break;
      case 5: set_ready(a, b % 3 != 0); break;
      case 6:
      case 7:
      case 8: settle(a, b, c, SettleHow::ack); break;
      case 9: settle(a, b, c, SettleHow::requeue); break;
      case 10: settle(a, b, c, SettleHow::reject); break;
      case 11: get(a, b); break;
      case 12: undo(a); break;
      case 13: skip(a, b); break;
      case 14:
        if (a % 3 == 0) end_session(b);
        break;
      case 15:
        if (a % 6 == 0) purge();
        break;
      case 16:
        if (a % 6 == 0) restart();
        break;
      default: deliver(); break;
    }
    compare_counts();
  }

 private:
  static constexpr PartitionId parts[] = {PartitionId(7), PartitionId(9)};

  static PartitionId partition(unsigned n) { return parts[n % 2]; }
  static SessionId session(unsigned n) { return SessionId(1 + n % 3); }

  std::int64_t size(PartitionId p) {
    return static_cast<std::int64_t>(oracle_.partitions[p].size());
  }
  Offset some_offset(PartitionId p, unsigned n) {
    // Mostly among the last ones: that is where things are in flight.
    const std::int64_t back = static_cast<std::int64_t>(n) % 24;
    return Offset(std::max<std::int64_t>(0, size(p) - 1 - back));
  }

  void arrive(unsigned p, unsigned count) {
    const std::int64_t end = size(partition(p)) + count % 4;
    machine_->arrived(partition(p), Offset(end));
    oracle_.arrive(partition(p), end);
  }

  void add_consumer(unsigned who, unsigned how, unsigned priority) {
    const ConsumerSpec spec{how % 7 == 0, how % 11 == 0, how % 4, static_cast<int>(priority % 2)};
    const ConsumerId id(++last_consumer_);
    RC_ASSERT(machine_->add_consumer(session(who), id, spec) ==
              oracle_.add(session(who), id, spec));
  }

  void remove_consumer(unsigned who, unsigned which) {
    const ConsumerId id(1 + which % (last_consumer_ + 1));
    RC_ASSERT(machine_->remove_consumer(session(who), id) == oracle_.remove(session(who), id));
  }

  void set_ready(unsigned who, bool ready) {
    machine_->set_session_ready(session(who), ready);
    oracle_.set_ready(session(who), ready);
  }

  void check_taken(const Assignment& got) {
    QueueOracle::Message& m = oracle_.at(got.partition, got.offset);
    RC_ASSERT(got.offset == *oracle_.next_offset(got.partition));
    const bool marked = static_cast<std::size_t>(got.offset.get()) < oracle_.marks[got.partition];
    RC_ASSERT(got.redelivered == (m.redelivered || marked));
    RC_ASSERT(got.deliveries == m.deliveries);
    m.redelivered = got.redelivered;
    last_ = got;
    m.state = got.no_ack ? State::settled : State::held;
    m.session = got.session;
  }

  void deliver() {
    QueueOracle::Consumer* who = oracle_.next_consumer();
    const bool any = oracle_.count(State::ready) != 0;
    const auto got = machine_->next();
    RC_ASSERT(got.has_value() == (who != nullptr && any));
    if (!got) return;
    RC_ASSERT(got->session == who->session);
    RC_ASSERT(got->consumer == who->id);
    RC_ASSERT(got->no_ack == who->spec.no_ack);
    check_taken(*got);
    if (!got->no_ack) {
      QueueOracle::Message& m = oracle_.at(got->partition, got->offset);
      m.consumer = who->id;
      m.has_credit = true;
    }
    oracle_.served(*who);
  }

  void get(unsigned who, unsigned how) {
    const auto got = machine_->take(session(who), how % 3 == 0);
    RC_ASSERT(got.has_value() == (oracle_.count(State::ready) != 0));
    if (got) check_taken(*got);
  }

  void settle(unsigned who, unsigned where, unsigned width, SettleHow how) {
    const PartitionId p = partition(where);
    const Offset first = some_offset(p, where / 2);
    const Offset last = first + width % 5;
    SettleOutcome out;
    machine_->settle(session(who), p, first, last, how, out);
    std::uint64_t unknown = 0;
    std::vector<Offset> settled;
    std::vector<Offset> returned;
    for (Offset o = first; o <= last; ++o) {
      if (o.get() >= size(p) || oracle_.at(p, o).state != State::held ||
          oracle_.at(p, o).session != session(who)) {
        ++unknown;
      } else if (how == SettleHow::requeue) {
        oracle_.requeue(oracle_.at(p, o));
        returned.push_back(o);
      } else {
        oracle_.leave(oracle_.at(p, o), State::settled);
        settled.push_back(o);
      }
    }
    RC_ASSERT(out.unknown == unknown);
    std::vector<Offset> told;
    for (const auto& run : out.settled) {
      for (Offset o = run.first; o <= run.last; ++o)
        told.push_back(o);
    }
    RC_ASSERT(told == settled);
    RC_ASSERT(out.returned.size() == returned.size());
    for (std::size_t i = 0; i < returned.size(); ++i) {
      RC_ASSERT(out.returned[i].offset == returned[i]);
      RC_ASSERT(out.returned[i].deliveries == oracle_.at(p, returned[i]).deliveries);
    }
  }

  /// Takes the last assignment back, while nothing else has happened to it.
  void undo(unsigned) {
    if (!last_) return;
    QueueOracle::Message& m = oracle_.at(last_->partition, last_->offset);
    const State expected = last_->no_ack ? State::settled : State::held;
    const bool same =
        m.state == expected && m.session == last_->session && m.deliveries == last_->deliveries;
    if (!same) return;
    machine_->undo(*last_);
    oracle_.leave(m, State::ready);
    m.came_back = true;
    last_.reset();
  }

  void skip(unsigned where, unsigned width) {
    const PartitionId p = partition(where);
    const Offset first = some_offset(p, where / 2);
    const Offset last = first + width % 3;
    machine_->skip(p, first, last);
    for (Offset o = first; o <= last && o.get() < size(p); ++o) {
      if (oracle_.at(p, o).state == State::held) oracle_.leave(oracle_.at(p, o), State::settled);
    }
    for (Offset o = first; o <= last && o.get() < size(p); ++o) {
      oracle_.at(p, o).state = State::settled;
    }
    last_.reset();
  }

  void end_session(unsigned who) {
    std::erase_if(oracle_.consumers, [&](const auto& c) { return c.session == session(who); });
    std::erase(oracle_.blocked, session(who));
    const auto returned = machine_->remove_session(session(who));
    std::size_t i = 0;
    for (const PartitionId p : parts) {
      for (Offset o(0); o.get() < size(p); ++o) {
        QueueOracle::Message& m = oracle_.at(p, o);
        if (m.state != State::held || m.session != session(who)) continue;
        oracle_.requeue(m);
        RC_ASSERT(i < returned.size());
        RC_ASSERT(returned[i].partition == p);
        RC_ASSERT(returned[i].offset == o);
        RC_ASSERT(returned[i].deliveries == m.deliveries);
        ++i;
      }
    }
    RC_ASSERT(i == returned.size());
  }

  void purge() {
    std::uint64_t purged = 0;
    for (const PurgedRuns& part : machine_->purge()) {
      for (const SettledRun& run : part.runs) {
        for (Offset o = run.first; o <= run.last; ++o) {
          RC_ASSERT(oracle_.at(part.partition, o).state == State::ready);
          oracle_.at(part.partition, o).state = State::settled;
          ++purged;
        }
      }
    }
    RC_ASSERT(oracle_.count(State::ready) == 0U);
    last_.reset();
  }

  void restart() {
    QueueImage image;
    machine_->image(image);
    QueueImage read;
    RC_ASSERT(decode_fields(encode_fields(image), read));
    machine_ = std::make_unique<QueueMachine>();
    machine_->restore(read, moment);
    oracle_.restart();
    last_.reset();
    for (const DeliveryImage& part : read.partitions) {
      // The mark may say too much (a settled or undone offset), never too little.
      const auto mark = static_cast<std::size_t>(part.handed_out.get());
      RC_ASSERT(mark >= oracle_.marks[part.partition]);
      oracle_.marks[part.partition] = mark;
    }
  }

  void compare_counts() {
    RC_ASSERT(machine_->ready_count() == oracle_.count(State::ready));
    RC_ASSERT(machine_->unacked_count() == oracle_.count(State::held));
    RC_ASSERT(machine_->consumer_count() == oracle_.consumers.size());
    for (const PartitionId p : parts) {
      std::int64_t floor = 0;
      while (floor < size(p) && oracle_.at(p, Offset(floor)).state == State::settled)
        ++floor;
      RC_ASSERT(machine_->floor(p) == Offset(floor));
    }
  }

  std::unique_ptr<QueueMachine> machine_ = std::make_unique<QueueMachine>();
  QueueOracle oracle_;
  std::optional<Assignment> last_;
  std::uint64_t last_consumer_ = 0;
};

RC_GTEST_PROP(QueueModel, DoesWhatASlowAndObviousQueueDoes, ()) {
  const auto steps = *rc::gen::resize(
      steps_max, rc::gen::container<std::vector<Step>>(rc::gen::arbitrary<Step>()));
  Pair pair;
  for (const Step& s : steps)
    pair.step(s);
}

}  // namespace
}  // namespace rialto
