#include "core/routing/weighted_table.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace rialto {
namespace {

BindingRecord binding(std::uint64_t id, const std::string& weight) {
  BindingRecord out;
  out.id = BindingId(id);
  out.queue = QueueId(id);
  out.routing_key = weight;
  return out;
}

std::uint64_t place_of(const WeightedTable& table, const std::string& text) {
  std::vector<Target> out;
  table.match(text, out);
  EXPECT_LE(out.size(), 1U);
  return out.empty() ? 0 : out[0].queue.get();
}

TEST(AWeightedTable, SharesTextsByWeight) {
  WeightedTable table;
  EXPECT_EQ(place_of(table, "nobody is there"), 0U);
  table.add(binding(1, "1"));
  table.add(binding(2, "3"));
  table.add(binding(3, "0"));
  std::map<std::uint64_t, int> counts;
  for (int i = 0; i < 10'000; ++i)
    ++counts[place_of(table, "key" + std::to_string(i))];
  EXPECT_NEAR(counts[1], 2'500, 250);
  EXPECT_NEAR(counts[2], 7'500, 250);
  EXPECT_EQ(counts[3], 0);
}

TEST(AWeightedTable, MovesOnlyWhatAGoneBindingHad) {
  WeightedTable table;
  for (std::uint64_t id = 1; id <= 4; ++id)
    table.add(binding(id, "1"));
  std::map<std::string, std::uint64_t> before;
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = std::to_string(i);
    before[key] = place_of(table, key);
  }
  table.remove(binding(2, "1"));
  for (const auto& [key, place] : before) {
    if (place != 2) {
      EXPECT_EQ(place_of(table, key), place) << key;
    } else {
      EXPECT_NE(place_of(table, key), 2U) << key;
    }
  }
}

TEST(AWeightedTable, TakesWholeNumbersForWeights) {
  EXPECT_EQ(weight_of("10"), 10U);
  for (const char* bad : {"", "x", "1.5", "-1", "1 "})
    EXPECT_FALSE(weight_of(bad).has_value()) << bad;
}

}  // namespace
}  // namespace rialto
