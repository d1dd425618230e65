#include "core/queue/queue.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <memory>
#include <set>
#include <tuple>
#include <vector>

namespace rialto {
namespace {

constexpr PartitionId partition{1};
constexpr SessionId session{1};

/// A machine over one partition, and which of its messages are ready, held and settled.
class Beside {
 public:
  Beside() { machine->add_partition(partition, PartitionIndex(0), Offset(0), Offset(0)); }

  void arrive(std::int64_t count) {
    for (; count > 0; --count)
      ready.insert(end++);
    machine->arrived(partition, Offset(end));
  }
  void take() {
    const auto got = machine->take(session, false);
    RC_ASSERT(got.has_value() == !ready.empty());
    if (!got) return;
    RC_ASSERT(ready.erase(got->offset.get()) == 1U);
    held.insert(got->offset.get());
  }
  void settle(std::int64_t first, std::int64_t last, SettleHow how) {
    SettleOutcome out;
    machine->settle(session, partition, Offset(first), Offset(last), how, out);
    for (auto at = held.lower_bound(first); at != held.end() && *at <= last; at = held.erase(at))
      (how == SettleHow::requeue ? ready : settled).insert(*at);
  }
  void purge() {
    machine->purge();
    settled.merge(ready);
    ready.clear();
  }
  void bring_back(std::int64_t first, std::int64_t last) {
    machine->bring_back(partition, Offset(first), Offset(last));
    for (auto at = settled.lower_bound(first); at != settled.end() && *at <= last;
         at = settled.erase(at))
      ready.insert(*at);
  }
  /// What a restart makes of it: what was held is ready.
  void restart() {
    QueueImage image;
    machine->image(image);
    machine = std::make_unique<QueueMachine>();
    machine->restore(image, {});
    ready.merge(held);
    held.clear();
  }
  void compare() const {
    RC_ASSERT(machine->ready_count() == ready.size());
    RC_ASSERT(machine->unacked_count() == held.size());
    for (std::int64_t o = 0; o < end; ++o)
      RC_ASSERT(machine->is_ready(partition, Offset(o)) == ready.contains(o));
    std::set<std::int64_t> gone;
    for (const OffsetRun& run : machine->settled_in(partition, Offset(0), Offset(end - 1))) {
      for (Offset o = run.first; o <= run.last; ++o)
        gone.insert(o.get());
    }
    RC_ASSERT(gone == settled);
  }

  std::unique_ptr<QueueMachine> machine = std::make_unique<QueueMachine>();
  std::int64_t end = 0;
  std::set<std::int64_t> ready;
  std::set<std::int64_t> held;
  std::set<std::int64_t> settled;
};

RC_GTEST_PROP(BringingBack, KeepsEveryMessageInExactlyOnePlace,
              (const std::vector<std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>>& steps)) {
  Beside beside;
  for (const auto& [what, from, width] : steps) {
    const std::int64_t first = beside.end == 0 ? 0 : from % beside.end;
    const std::int64_t last = first + width % 6;
    switch (what % 8) {
      case 0: beside.arrive(width % 5); break;
      case 1:
      case 2: beside.take(); break;
      case 3: beside.settle(first, last, SettleHow::ack); break;
      case 4: beside.settle(first, last, SettleHow::requeue); break;
      case 5: beside.purge(); break;
      case 6: beside.bring_back(first, last); break;
      default: beside.restart(); break;
    }
    beside.compare();
  }
  beside.restart();
  while (!beside.ready.empty())
    beside.take();
  beside.compare();
}

TEST(BringingBack, SaysThatAMessageMayHaveBeenDelivered) {
  Beside beside;
  beside.arrive(3);
  beside.take();
  beside.settle(0, 0, SettleHow::ack);
  beside.bring_back(0, 0);
  EXPECT_TRUE(beside.machine->take(session, false)->redelivered);
  EXPECT_FALSE(beside.machine->take(session, false)->redelivered);
}

}  // namespace
}  // namespace rialto
