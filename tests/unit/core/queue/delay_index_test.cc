#include "core/queue/delay_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace rialto {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::int64_t> offsets_of(const std::vector<DueHeap::Entry>& entries) {
  std::vector<std::int64_t> out;
  for (const DueHeap::Entry& entry : entries)
    out.push_back(entry.offset.get());
  return out;
}

TEST(DelayIndex, HandsOutWhatIsDueInTheOrderOfTimesAndNeverEarly) {
  DelayIndex index;
  index.arrived(Offset(10), {300, 100, 200, 100}, {});
  EXPECT_EQ(index.next(), 100);
  EXPECT_FALSE(index.pop_due(99));
  EXPECT_EQ(index.pop_due(250)->offset, Offset(11));
  EXPECT_EQ(index.pop_due(250)->offset, Offset(13));
  EXPECT_EQ(index.pop_due(250)->offset, Offset(12));
  EXPECT_FALSE(index.pop_due(250));
  EXPECT_EQ(index.next(), 300);
}

TEST(DelayIndex, ListsTheSoonestOfThePendingPageByPage) {
  DelayIndex index;
  index.arrived(Offset(0), {50, 40, 30, 20, 10, 10}, {});
  const auto pending = [](Offset o) { return o != Offset(3); };
  const auto first = index.soonest({0, no_offset}, 2, pending);
  EXPECT_THAT(offsets_of(first), ElementsAre(4, 5));
  EXPECT_THAT(offsets_of(index.soonest(first.back(), 2, pending)), ElementsAre(2, 1));
  EXPECT_THAT(offsets_of(index.soonest(first.back(), 0, pending)), IsEmpty());
}

TEST(DelayIndex, AKeyNamesAllItsMessagesUntilTheyAreForgotten) {
  DelayIndex index;
  index.arrived(Offset(0), {10, 20, 30, 40}, {7, 7, 8, 7});
  EXPECT_THAT(index.with_key(7), ElementsAre(Offset(3), Offset(1), Offset(0)));
  index.forget_key(7, Offset(1));
  EXPECT_THAT(index.with_key(7), ElementsAre(Offset(3), Offset(0)));
  index.forget_key(7, Offset(3));
  index.forget_key(7, Offset(3));
  EXPECT_THAT(index.with_key(7), ElementsAre(Offset(0)));
  index.forget_key(7, Offset(0));
  EXPECT_THAT(index.with_key(7), IsEmpty());
  EXPECT_THAT(index.with_key(8), ElementsAre(Offset(2)));
}

TEST(DelayIndex, ComesBackFromItsImages) {
  DelayIndex index;
  index.arrived(Offset(0), {10, 20, 30}, {7, 0, 7});
  DelayIndex again;
  std::vector<std::size_t> sizes;
  index.images(2, [&](const DelayImage& image) {
    sizes.push_back(image.entries.size() + image.keys.size());
    again.add(image);
  });
  EXPECT_THAT(sizes, ElementsAre(2, 2, 1));
  EXPECT_EQ(again.size(), 3U);
  EXPECT_THAT(again.with_key(7), ElementsAre(Offset(2), Offset(0)));
  EXPECT_EQ(again.pop_due(10)->offset, Offset(0));
  EXPECT_EQ(again.next(), 20);
}

TEST(DelayIndex, LetsGoOfWhatWasCancelledWhenThatIsMuch) {
  DelayIndex index;
  index.arrived(Offset(0), std::vector<std::int64_t>(4000, 1000), {});
  int cancelled = 1;
  while (!index.cancelled())
    ++cancelled;
  EXPECT_EQ(cancelled, 2000);
  index.compact([&](Offset o) { return o.get() >= cancelled; });
  EXPECT_EQ(index.size(), 2000U);
}

TEST(DelayIndex, AgreesWithAPlainMapOfKeys) {
  std::mt19937 rng(4);
  DelayIndex index;
  std::map<std::uint64_t, std::set<std::int64_t>> model;
  std::map<std::int64_t, std::uint64_t> key_of;
  std::int64_t next = 0;
  for (int step = 0; step < 5000; ++step) {
    if (rng() % 3 != 0 || key_of.empty()) {
      const std::uint64_t key = 1 + rng() % 40;
      index.arrived(Offset(next), {1000}, {key});
      model[key].insert(next);
      key_of[next++] = key;
    } else {
      const auto at = key_of.lower_bound(static_cast<std::int64_t>(rng()) % next);
      if (at == key_of.end()) continue;
      index.forget_key(at->second, Offset(at->first));
      model[at->second].erase(at->first);
      key_of.erase(at);
    }
  }
  for (const auto& [key, offsets] : model) {
    const std::vector<Offset> found = index.with_key(key);
    ASSERT_EQ(found.size(), offsets.size());
    auto expected = offsets.rbegin();
    for (const Offset offset : found)
      EXPECT_EQ(offset.get(), *expected++);
  }
}

}  // namespace
}  // namespace rialto
