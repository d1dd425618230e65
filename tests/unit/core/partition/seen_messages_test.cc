#include "core/partition/seen_messages.h"

#include "core/model/frames/codec.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace rialto {
namespace {

constexpr WallMs start{1'700'000'000'000};

SeenEntry id_entry(const std::string& id, std::int64_t until_wall_ms, std::uint32_t record = 0) {
  return {SeenEntry::Kind::id, 0, record, wide_hash(id), until_wall_ms};
}

SeenEntry sequence_entry(const std::string& name, std::int64_t sequence, std::uint32_t record = 0) {
  return {SeenEntry::Kind::sequence, 0, record, wide_hash(name), sequence};
}

SeenMessages reread(const SeenMessages& seen) {
  SeenImage image;
  EXPECT_TRUE(decode_fields(encode_fields(seen.image()), image));
  SeenMessages out;
  out.restore(image);
  return out;
}

class Seen : public testing::Test {
 protected:
  bool knows_id(const std::string& id, WallMs at = start) const {
    return seen.with_id(wide_hash(id), at).has_value();
  }
  bool knows(std::int64_t sequence, const std::string& name = "p") const {
    return seen.with_sequence(wide_hash(name), sequence).has_value();
  }
  void store(std::int64_t sequence, const std::string& name = "p", WallMs at = start) {
    seen.apply(sequence_entry(name, sequence), Offset(sequence), at);
  }
  void refuse(std::int64_t sequence) { seen.refused(wide_hash("p"), sequence, start); }

  SeenMessages seen;
};

TEST_F(Seen, AnIdIsKnownUntilItsWindowEndsAndNotAMillisecondLonger) {
  seen.apply(id_entry("a", start.get() + 100, 2), Offset(40), start);
  EXPECT_EQ(seen.with_id(wide_hash("a"), start + 99)->offset, Offset(42));
  EXPECT_FALSE(knows_id("a", start + 100));
  EXPECT_FALSE(knows_id("b"));
}

TEST_F(Seen, AnIdThatIsStoredAgainAfterItsWindowIsKnownAtItsNewPlace) {
  seen.apply(id_entry("a", start.get() + 10), Offset(1), start);
  seen.apply(id_entry("a", start.get() + 30), Offset(2), start + 20);
  EXPECT_EQ(seen.with_id(wide_hash("a"), start + 20)->offset, Offset(2));
  seen.expire_ids(start + 20, 10);
  EXPECT_EQ(seen.with_id(wide_hash("a"), start + 20)->offset, Offset(2));
}

TEST_F(Seen, WhatIsOverIsForgottenAsOthersComeOrWhenAsked) {
  for (int i = 0; i < 8; ++i)
    seen.apply(id_entry("old" + std::to_string(i), start.get() + 1), Offset(i), start);
  seen.apply(id_entry("new", start.get() + 100), Offset(9), start + 50);
  EXPECT_EQ(seen.id_count(), 5U) << "four went, one came";
  seen.expire_ids(start + 50, 2);
  EXPECT_EQ(seen.id_count(), 3U);
  seen.expire_ids(start + 100, 100);
  EXPECT_TRUE(seen.empty());
}

TEST_F(Seen, BeyondTheBoundTheOldestIdIsForgotten) {
  std::size_t forgotten = 0;
  const auto store_id = [&](std::size_t n) {
    const SeenEntry entry{SeenEntry::Kind::id, 0, 0, {1, n + 1}, start.get() + 1000};
    forgotten += seen.apply(entry, Offset(static_cast<std::int64_t>(n)), start);
  };
  for (std::size_t n = 0; n < SeenMessages::ids_max; ++n)
    store_id(n);
  EXPECT_EQ(forgotten, 0U);
  EXPECT_TRUE(seen.with_id({1, 1}, start));
  store_id(SeenMessages::ids_max);
  EXPECT_EQ(forgotten, 1U);
  EXPECT_EQ(seen.id_count(), SeenMessages::ids_max);
  EXPECT_FALSE(seen.with_id({1, 1}, start));
  EXPECT_TRUE(seen.with_id({1, 2}, start));
}

TEST_F(Seen, ASequenceIsKnownUpToTheHighestWithGaps) {
  EXPECT_FALSE(knows(0));
  store(0);
  EXPECT_TRUE(knows(0));
  store(10);
  EXPECT_TRUE(knows(7)) << "a gap is not filled later";
  EXPECT_FALSE(knows(11));
  EXPECT_FALSE(knows(7, "another"));
  EXPECT_TRUE(seen.with_sequence(wide_hash("p"), 10)->exact);
  EXPECT_FALSE(seen.with_sequence(wide_hash("p"), 7)->exact);
}

TEST_F(Seen, ARefusedMessageMayComeAfterLaterOnesOnce) {
  store(1);
  refuse(2);
  refuse(2);
  EXPECT_FALSE(knows(2));
  EXPECT_EQ(seen.take_unwritten(wide_hash("p")), (std::vector<std::int64_t>{2}));
  EXPECT_TRUE(seen.take_unwritten(wide_hash("p")).empty()) << "the next frame has it";
  store(3);
  EXPECT_FALSE(knows(2));
  EXPECT_TRUE(knows(3));
  store(2);
  EXPECT_TRUE(knows(2));
}

TEST_F(Seen, AReplayKnowsTheRefusedOnesThatAFrameTold) {
  SeenMessages replayed;
  replayed.apply({SeenEntry::Kind::refused, 0, 0, wide_hash("p"), 2}, Offset(0), start);
  replayed.apply(sequence_entry("p", 3), Offset(0), start);
  EXPECT_FALSE(replayed.with_sequence(wide_hash("p"), 2));
  EXPECT_TRUE(replayed.with_sequence(wide_hash("p"), 1));
}

TEST_F(Seen, RefusedOnesAreBounded) {
  for (std::size_t n = 0; n <= SeenMessages::refused_max; ++n)
    refuse(static_cast<std::int64_t>(n));
  store(1000);
  EXPECT_TRUE(knows(0)) << "the oldest was forgotten";
  EXPECT_FALSE(knows(1));
}

TEST_F(Seen, BeyondTheBoundTheProducersThatWereSilentLongestAreForgotten) {
  const auto count = static_cast<std::int64_t>(SeenMessages::producers_max);
  for (std::int64_t n = 0; n <= count; ++n)
    store(5, "p" + std::to_string(n), start + n);
  EXPECT_LE(seen.producer_count(), SeenMessages::producers_max);
  EXPECT_FALSE(knows(5, "p0"));
  EXPECT_TRUE(knows(5, "p" + std::to_string(count / 2)));
  EXPECT_TRUE(knows(5, "p" + std::to_string(count)));
}

TEST_F(Seen, AProducerThatIsSilentForTooLongIsForgotten) {
  store(5, "old", start);
  store(5, "new", start + 10);
  seen.expire_producers(start + 10);
  EXPECT_FALSE(knows(5, "old"));
  EXPECT_TRUE(knows(5, "new"));
}

TEST_F(Seen, AnImageSaysItAll) {
  seen.apply(id_entry("gone", start.get() + 1), Offset(0), start);
  seen.apply(id_entry("a", start.get() + 100), Offset(1), start);
  seen.expire_ids(start + 1, 1);
  store(4);
  refuse(2);
  const SeenMessages again = reread(seen);
  EXPECT_EQ(again.with_id(wide_hash("a"), start)->offset, Offset(1));
  EXPECT_EQ(again.id_count(), 1U);
  EXPECT_TRUE(again.with_sequence(wide_hash("p"), 4)->exact);
  EXPECT_TRUE(again.with_sequence(wide_hash("p"), 3));
  EXPECT_FALSE(again.with_sequence(wide_hash("p"), 2));
}

TEST(WideHash, TellsTextsApartAndIsNeverZero) {
  EXPECT_TRUE(wide_hash(""));
  EXPECT_NE(wide_hash("a"), wide_hash("b"));
  EXPECT_NE(wide_hash(std::string(8, '\0')), wide_hash(std::string(9, '\0')));
  const WideHash a = wide_hash("a");
  EXPECT_EQ(nth_hash(a, 0), a);
  EXPECT_NE(nth_hash(a, 1), a);
  EXPECT_NE(nth_hash(a, 1), nth_hash(a, 2));
  EXPECT_FALSE(nth_hash(WideHash(), 1)) << "no text has no parts";
}

// It is on disks.
TEST(WideHash, IsWhatItWas) {
  EXPECT_EQ(wide_hash("order-17").high, stable_hash("order-17"));
  EXPECT_EQ(wide_hash("order-17").low, 2125235405977424830U);
}

}  // namespace
}  // namespace rialto
