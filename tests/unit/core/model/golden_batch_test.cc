#include "core/model/codecs.h"
#include "core/model/record_batch.h"
#include "tests/unit/core/model/golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto {
namespace {

using test::fix_crc;
using test::golden;

class GoldenBatch : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(RealProducers, GoldenBatch, testing::ValuesIn(test::golden_batches),
                         [](const auto& instance) { return instance.param; });

TEST_P(GoldenBatch, IsAcceptedAsItWasSent) {
  const auto header = validate_produced_batch(golden(GetParam()));
  ASSERT_TRUE(header) << header.error().text;
  EXPECT_EQ(header->record_count, 4);
  EXPECT_EQ(header->last_offset_delta, 3);
  EXPECT_EQ(header->transactional(), GetParam() == "kafka_python_transactional");
}

TEST_P(GoldenBatch, HoldsTheRecordsThatWereProduced) {
  const std::string sent = golden(GetParam());
  const auto plain = uncompressed_batch(Slice::copy_of(sent));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->pinned_bytes(), plain->size());
  const auto records = test::records_of(plain->bytes());
  ASSERT_TRUE(records);
  EXPECT_EQ(*records, test::golden_records());
}

TEST_P(GoldenBatch, UncompressedIsAValidBatchThatDiffersInCodecLengthAndCrcOnly) {
  const std::string sent = golden(GetParam());
  const auto plain = uncompressed_batch(Slice::copy_of(sent));
  ASSERT_TRUE(plain);
  const auto before = decode_batch_header(sent);
  const auto after = validate_produced_batch(plain->bytes());
  ASSERT_TRUE(after) << after.error().text;
  EXPECT_EQ(after->codec(), Codec::none);
  EXPECT_EQ(after->attributes, before->attributes & ~7);
  EXPECT_EQ(after->base_timestamp, before->base_timestamp);
  EXPECT_EQ(after->max_timestamp, before->max_timestamp);
  EXPECT_EQ(after->producer_id, before->producer_id);
  EXPECT_EQ(after->producer_epoch, before->producer_epoch);
  EXPECT_EQ(after->base_sequence, before->base_sequence);
}

TEST_P(GoldenBatch, StaysValidWhenStamped) {
  std::string sent = golden(GetParam());
  stamp_batch(sent.data(), Offset(0x123456789abcdef), 77);
  const auto header = validate_produced_batch(sent);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->base_offset, Offset(0x123456789abcdef));
  EXPECT_EQ(header->leader_epoch, 77);
}

TEST_P(GoldenBatch, IsRefusedWithAnyBitFlippedThatTheStampDoesNotCover) {
  std::string sent = golden(GetParam());
  for (std::size_t at = 8; at < sent.size(); ++at) {
    if (at >= 12 && at < 16) continue;
    for (const int mask : {0x01, 0x80, 0xff}) {
      sent[at] = static_cast<char>(sent[at] ^ mask);
      ASSERT_FALSE(validate_produced_batch(sent)) << at;
      sent[at] = static_cast<char>(sent[at] ^ mask);
    }
  }
}

TEST_P(GoldenBatch, IsRefusedWhenCutAnywhere) {
  const std::string sent = golden(GetParam());
  for (std::size_t size = 0; size < sent.size(); ++size) {
    // A copy of its own, so that a sanitizer sees a read past the end.
    const std::string cut = sent.substr(0, size);
    const auto header = validate_produced_batch(cut);
    ASSERT_FALSE(header) << size;
    ASSERT_EQ(header.error().code, Errc::corrupt) << size;
  }
}

TEST_P(GoldenBatch, DamagedBeneathAValidChecksumIsRefusedOrReadableInFull) {
  const std::string sent = golden(GetParam());
  for (std::size_t at = batch_crc_from; at < sent.size(); ++at) {
    std::string damaged = sent;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    fix_crc(damaged);
    const auto header = validate_produced_batch(damaged);
    if (!header) continue;
    const auto plain = uncompressed_batch(Slice::copy_of(damaged));
    ASSERT_TRUE(plain) << at;
    const auto records = test::records_of(plain->bytes());
    ASSERT_TRUE(records) << at;
    ASSERT_EQ(records->size(), static_cast<std::size_t>(header->record_count)) << at;
  }
}

TEST_P(GoldenBatch, ShortenedBeneathAValidChecksumIsRefused) {
  const std::string sent = golden(GetParam());
  for (std::size_t size = batch_header_bytes; size < sent.size(); ++size) {
    std::string cut = sent.substr(0, size);
    store_be(cut.data() + 8, static_cast<std::int32_t>(size - 12));
    fix_crc(cut);
    ASSERT_FALSE(validate_produced_batch(cut)) << size;
  }
}

TEST(GoldenBatches, CarryTheProducersIdentity) {
  const auto idempotent = validate_produced_batch(golden("librdkafka_idempotent"));
  ASSERT_TRUE(idempotent);
  EXPECT_EQ(idempotent->producer_id, 4242);
  EXPECT_EQ(idempotent->producer_epoch, 3);
  EXPECT_EQ(idempotent->base_sequence, 0);
  const auto transactional = validate_produced_batch(golden("kafka_python_transactional"));
  ASSERT_TRUE(transactional);
  EXPECT_EQ(transactional->producer_id, 77);
  EXPECT_EQ(transactional->base_sequence, 10);
}

TEST(GoldenBatches, CoverEveryCodecAndBothSnappyFramings) {
  std::set<Codec> seen;
  for (const auto& name : test::golden_batches) {
    seen.insert(decode_batch_header(golden(name))->codec());
  }
  EXPECT_EQ(seen.size(), 5U);
  EXPECT_EQ(golden("kafka_python_snappy").substr(batch_header_bytes + 1, 6), "SNAPPY");
  EXPECT_NE(golden("librdkafka_snappy").substr(batch_header_bytes + 1, 6), "SNAPPY");
}

}  // namespace
}  // namespace rialto
