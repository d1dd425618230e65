#include "core/partition/producer_states.h"

#include "core/model/frames/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <tuple>
#include <vector>

namespace rialto {
namespace {

constexpr std::int32_t int_max = std::numeric_limits<std::int32_t>::max();
constexpr ProducerId pid{4};
constexpr WallMs now{1'000};

ProducerBatch batch(std::int32_t first, std::int32_t count, std::int16_t epoch = 0) {
  return {pid, ProducerEpoch(epoch), Sequence(first), count};
}

class AProducer : public testing::Test {
 protected:
  void append(const ProducerBatch& b) {
    ASSERT_EQ(states.check(b).error, Errc::ok);
    ASSERT_FALSE(states.check(b).duplicate);
    states.appended(b, Offset(end), now);
    end += b.count;
  }
  Errc error(const ProducerBatch& b) { return states.check(b).error; }

  ProducerStates states;
  std::int64_t end = 100;
};

TEST_F(AProducer, MayStartAnywhereWhileItIsUnknown) {
  append(batch(77, 3));
  append(batch(80, 1));
}

TEST_F(AProducer, GetsTheFirstOffsetAgainForEachOfTheLastFiveBatches) {
  for (int i = 0; i < 6; ++i)
    append(batch(i * 2, 2));
  EXPECT_EQ(error(batch(0, 2)), Errc::out_of_order_sequence) << "the sixth is forgotten";
  for (int i = 1; i < 6; ++i) {
    const ProducerVerdict verdict = states.check(batch(i * 2, 2));
    EXPECT_TRUE(verdict.duplicate);
    EXPECT_EQ(verdict.base_offset, Offset(100 + i * 2));
    EXPECT_EQ(verdict.last_offset, Offset(101 + i * 2));
  }
  EXPECT_EQ(error(batch(10, 1)), Errc::out_of_order_sequence) << "only the exact batch is one";
}

TEST_F(AProducer, MayNeitherSkipNorGoBack) {
  append(batch(0, 5));
  EXPECT_EQ(error(batch(6, 1)), Errc::out_of_order_sequence);
  EXPECT_EQ(error(batch(4, 1)), Errc::out_of_order_sequence);
  EXPECT_EQ(error(batch(5, 1)), Errc::ok);
}

TEST_F(AProducer, WrapsFromTheGreatestSequenceToZero) {
  append(batch(int_max - 1, 2));
  append(batch(0, 1));
  append(batch(1, 1));
  EXPECT_EQ(batch(int_max, 3).last(), Sequence(1));
  states = {};
  append(batch(int_max, 3));
  EXPECT_TRUE(states.check(batch(int_max, 3)).duplicate);
  append(batch(2, 1));
}

TEST_F(AProducer, IsFencedByANewerEpochThatStartsAtZero) {
  append(batch(0, 5));
  EXPECT_EQ(error(batch(5, 1, 1)), Errc::out_of_order_sequence);
  append(batch(0, 1, 1));
  EXPECT_EQ(error(batch(5, 1, 0)), Errc::fenced);
  EXPECT_EQ(error(batch(0, 5, 0)), Errc::fenced) << "even a batch that was appended";
  append(batch(1, 1, 1));
}

TEST_F(AProducer, WithoutAnIdIsNeverRefused) {
  const ProducerBatch plain{no_producer, ProducerEpoch(-1), Sequence(-1), 1};
  append(plain);
  append(plain);
  EXPECT_EQ(states.size(), 0U);
}

TEST_F(AProducer, IsForgottenAfterItsTime) {
  append(batch(0, 1));
  EXPECT_EQ(states.expire(now), 0U);
  EXPECT_EQ(states.expire(now + 1), 1U);
  append(batch(9, 1));
}

RC_GTEST_PROP(ProducerStates, KnowExactlyTheLastFiveOfEachProducerEvenAfterARestart,
              (const std::vector<std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>>& steps)) {
  struct Known {
    ProducerBatch batch;
    Offset base;
  };
  ProducerStates states;
  std::deque<Known> last[3];
  std::int64_t end = 0;
  for (const auto& [who, what, n] : steps) {
    auto& known = last[who % 3];
    ProducerBatch b{ProducerId(who % 3), ProducerEpoch(0), Sequence(0), n % 4 + 1};
    const std::int32_t next = known.empty() ? 0 : known.back().batch.last().get() + 1;
    if (!known.empty()) b.epoch = known.back().batch.epoch;
    if (what % 8 == 0) {
      ProducerStatesImage image;
      states.image(image);
      ProducerStatesImage read;
      RC_ASSERT(decode_fields(encode_fields(image), read));
      states = {};
      states.restore(read);
    }
    if (what % 5 == 0 && !known.empty()) {
      const Known& old = known[n % known.size()];
      const ProducerVerdict verdict = states.check(old.batch);
      RC_ASSERT(verdict.duplicate);
      RC_ASSERT(verdict.base_offset == old.base);
      continue;
    }
    if (what % 5 == 1) {
      b.epoch = b.epoch + 1;
      known.clear();
    } else {
      b.first = Sequence(next);
      ProducerBatch gap = b;
      gap.first = gap.first + 1;
      if (!known.empty()) RC_ASSERT(states.check(gap).error == Errc::out_of_order_sequence);
    }
    RC_ASSERT(states.check(b).error == Errc::ok);
    RC_ASSERT(!states.check(b).duplicate);
    states.appended(b, Offset(end), now);
    known.push_back({b, Offset(end)});
    if (known.size() > ProducerStates::batches_kept) known.pop_front();
    end += b.count;
  }
}

}  // namespace
}  // namespace rialto
