#include "core/queue/range_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

namespace rialto {
namespace {

using Step = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>;

std::uint64_t count_in(const std::set<std::int64_t>& set, std::int64_t first, std::int64_t last) {
  return static_cast<std::uint64_t>(std::distance(set.lower_bound(first), set.upper_bound(last)));
}

RC_GTEST_PROP(RangeSet, HoldsWhatASetOfSingleOffsetsHolds, (const std::vector<Step>& steps)) {
  RangeSet ranges;
  std::set<std::int64_t> naive;
  for (const auto& [what, from, width] : steps) {
    const std::int64_t first = from % 64;
    const std::int64_t last = first + width % 8;
    if (what % 3 == 0) {
      RC_ASSERT(ranges.remove(Offset(first), Offset(last)) == count_in(naive, first, last));
      for (std::int64_t o = first; o <= last; ++o)
        naive.erase(o);
    } else {
      const auto before = naive.size();
      for (std::int64_t o = first; o <= last; ++o)
        naive.insert(o);
      RC_ASSERT(ranges.add(Offset(first), Offset(last)) == naive.size() - before);
    }
    RC_ASSERT(ranges.size() == naive.size());
  }
  for (std::int64_t o = 0; o < 80; ++o) {
    RC_ASSERT(ranges.contains(Offset(o)) == naive.contains(o));
    RC_ASSERT(ranges.count_in(Offset(o), Offset(o + 9)) == count_in(naive, o, o + 9));
    std::int64_t absent = o;
    while (naive.contains(absent))
      ++absent;
    RC_ASSERT(ranges.next_absent(Offset(o)) == Offset(absent));
  }
  std::uint64_t in_gaps = 0;
  for (const OffsetRun& gap : ranges.gaps(Offset(0), Offset(79))) {
    for (Offset o = gap.first; o <= gap.last; ++o) {
      RC_ASSERT(!naive.contains(o.get()));
      ++in_gaps;
    }
  }
  RC_ASSERT(in_gaps + naive.size() == 80U);
  Offset previous(-2);
  ranges.for_each([&](const OffsetRun& run) {
    RC_ASSERT(run.first > previous + 1);  // else they would be one run
    previous = run.last;
  });
}

RC_GTEST_PROP(SettledRanges, KnowsWhatIsSettledWhateverTheOrder, (const std::vector<Step>& steps)) {
  SettledRanges ranges;
  std::set<std::int64_t> naive;
  for (const auto& [what, from, width] : steps) {
    const std::int64_t first = from % 48;
    const std::int64_t last = first + width % 6;
    if (what % 4 == 0 && naive.contains(first)) {
      ranges.remove(Offset(first));
      naive.erase(first);
      continue;
    }
    const auto before = naive.size();
    for (std::int64_t o = first; o <= last; ++o)
      naive.insert(o);
    RC_ASSERT(ranges.add(Offset(first), Offset(last)) == naive.size() - before);
  }
  std::int64_t floor = 0;
  while (naive.contains(floor))
    ++floor;
  RC_ASSERT(ranges.floor() == Offset(floor));
  for (std::int64_t o = 0; o < 60; ++o) {
    RC_ASSERT(ranges.contains(Offset(o)) == naive.contains(o));
    RC_ASSERT(ranges.count_in(Offset(o), Offset(o + 7)) == count_in(naive, o, o + 7));
  }
}

TEST(SettledRanges, KeepNoRunWhileSettlementIsInOrder) {
  SettledRanges ranges(Offset(10));
  for (std::int64_t o = 10; o < 1'000; ++o)
    ranges.add(Offset(o), Offset(o));
  EXPECT_EQ(ranges.floor(), Offset(1'000));
  EXPECT_EQ(ranges.above().run_count(), 0U);
}

TEST(SettledRanges, JoinTheFloorWhenTheHoleBelowCloses) {
  SettledRanges ranges;
  ranges.add(Offset(1), Offset(99));
  EXPECT_EQ(ranges.floor(), Offset(0));
  ranges.add(Offset(0), Offset(0));
  EXPECT_EQ(ranges.floor(), Offset(100));
  EXPECT_TRUE(ranges.above().empty());
}

}  // namespace
}  // namespace rialto
