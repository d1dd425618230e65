#include "adapters/amqp/confirm_ledger.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <rapidcheck.h>
#include <set>
#include <string>
#include <vector>

namespace rialto::amqp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> folded(ConfirmLedger& ledger) {
  std::vector<std::string> said;
  ledger.fold([&](std::uint64_t sequence, bool multiple, bool good) {
    said.push_back((good ? "ack " : "nack ") + std::to_string(sequence) + (multiple ? "*" : ""));
  });
  return said;
}

ConfirmLedger issued(int count) {
  ConfirmLedger ledger;
  for (int i = 0; i < count; ++i)
    ledger.issue();
  return ledger;
}

TEST(ConfirmLedger, CountsFromOne) {
  ConfirmLedger ledger;
  EXPECT_EQ(ledger.issue(), 1U);
  EXPECT_EQ(ledger.issue(), 2U);
}

TEST(ConfirmLedger, ARunFromTheLowestIsOneAnswer) {
  ConfirmLedger ledger = issued(5);
  ledger.settle(1, 4, true);
  EXPECT_THAT(folded(ledger), ElementsAre("ack 4*"));
  EXPECT_THAT(folded(ledger), IsEmpty());
  EXPECT_EQ(ledger.outstanding(), 1U);
}

TEST(ConfirmLedger, WhatComesAboveAnOpenOneIsSaidSingly) {
  ConfirmLedger ledger = issued(4);
  ledger.settle(3, 4, true);
  EXPECT_THAT(folded(ledger), ElementsAre("ack 3", "ack 4"));
  ledger.settle(1, 2, true);
  EXPECT_THAT(folded(ledger), ElementsAre("ack 2*"));
}

TEST(ConfirmLedger, AMultipleNeverReachesARefusedOne) {
  ConfirmLedger ledger = issued(5);
  ledger.settle(1, 2, true);
  ledger.settle(3, 3, false);
  ledger.settle(4, 5, true);
  EXPECT_THAT(folded(ledger), ElementsAre("ack 2*", "nack 3", "ack 4", "ack 5"));
}

TEST(ConfirmLedger, OneAloneIsNotMultiple) {
  ConfirmLedger ledger = issued(2);
  ledger.settle(1, 1, true);
  EXPECT_THAT(folded(ledger), ElementsAre("ack 1"));
}

TEST(ConfirmLedger, AnOutcomeThatComesTwiceIsSaidOnce) {
  ConfirmLedger ledger = issued(3);
  ledger.settle(2, 2, true);
  ledger.settle(2, 2, false);
  EXPECT_THAT(folded(ledger), ElementsAre("ack 2"));
  ledger.settle(2, 9, true);
  EXPECT_THAT(folded(ledger), ElementsAre("ack 3"));
}

// What a client makes of the answers: each sequence is settled exactly once, as it was decided.
TEST(ConfirmLedger, EverySequenceIsCoveredExactlyOnceInAnyOrderOfOutcomes) {
  EXPECT_TRUE(rc::check([] {
    const auto count = *rc::gen::inRange<std::uint64_t>(1, 60);
    std::vector<std::uint64_t> order(count);
    std::iota(order.begin(), order.end(), 1);
    for (std::size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
    }
    ConfirmLedger ledger = issued(static_cast<int>(count));
    std::set<std::uint64_t> open(order.begin(), order.end());
    std::set<std::uint64_t> refused;
    const auto hear = [&](std::uint64_t sequence, bool multiple, bool good) {
      if (!multiple) {
        RC_ASSERT(open.erase(sequence) == 1U);
        RC_ASSERT(good == !refused.contains(sequence));
        return;
      }
      RC_ASSERT(good);
      RC_ASSERT(open.contains(sequence));
      while (!open.empty() && *open.begin() <= sequence) {
        RC_ASSERT(!refused.contains(*open.begin()));
        open.erase(open.begin());
      }
    };
    for (const std::uint64_t sequence : order) {
      const bool good = *rc::gen::inRange(0, 5) != 0;
      if (!good) refused.insert(sequence);
      ledger.settle(sequence, sequence, good);
      if (*rc::gen::arbitrary<bool>()) ledger.fold(hear);
    }
    ledger.fold(hear);
    RC_ASSERT(open.empty());
    RC_ASSERT(ledger.outstanding() == 0U);
  }));
}

}  // namespace
}  // namespace rialto::amqp
