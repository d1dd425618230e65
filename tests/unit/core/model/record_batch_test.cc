#include "core/model/record_batch.h"

#include "core/model/codecs.h"
#include "tests/unit/core/model/golden.h"

#include <gtest/gtest.h>

namespace rialto {
namespace {

using test::fix_crc;

/// One record without key, value or headers, written out by hand.
std::string record(std::int64_t offset_delta) {
  std::string body("\0\0", 2);
  append_zigzag(body, offset_delta);
  append_zigzag(body, -1);
  append_zigzag(body, -1);
  append_zigzag(body, 0);
  std::string out;
  append_zigzag(out, static_cast<std::int64_t>(body.size()));
  return out + body;
}

/// The same with a value, and a time after the batch's base.
std::string value_record(std::int64_t offset_delta, Bytes value, std::int64_t timestamp_delta = 0) {
  std::string body("\0", 1);
  append_zigzag(body, timestamp_delta);
  append_zigzag(body, offset_delta);
  append_zigzag(body, -1);
  append_zigzag(body, static_cast<std::int64_t>(value.size()));
  body.append(value);
  append_zigzag(body, 0);
  std::string out;
  append_zigzag(out, static_cast<std::int64_t>(body.size()));
  return out + body;
}

/// A batch around `records` whose header fits.
std::string batch_of(Bytes records, std::int32_t count) {
  std::string b(batch_header_bytes, '\0');
  b.append(records);
  store_be(b.data() + 8, static_cast<std::int32_t>(b.size() - 12));
  b[16] = 2;
  store_be(b.data() + 23, count - 1);
  store_be(b.data() + 27, std::int64_t{1000});
  store_be(b.data() + 35, std::int64_t{2000});
  store_be(b.data() + 43, std::int64_t{-1});
  store_be(b.data() + 51, std::int16_t{-1});
  store_be(b.data() + 53, std::int32_t{-1});
  store_be(b.data() + 57, count);
  fix_crc(b);
  return b;
}

Errc verdict(Bytes batch) {
  const auto result = validate_produced_batch(batch);
  if (result) return Errc::ok;
  EXPECT_NE(result.error().code, Errc::ok);
  return result.error().code;
}

template <class T>
std::string with(std::string batch, std::size_t at, T value) {
  store_be(batch.data() + at, value);
  fix_crc(batch);
  return batch;
}

const std::string two = batch_of(record(0) + record(1), 2);

TEST(ProducedBatch, OfTheSmallestRecordsIsAccepted) {
  EXPECT_EQ(verdict(two), Errc::ok);
}

TEST(ProducedBatch, IsExactlyOne) {
  EXPECT_EQ(verdict(two + two), Errc::invalid_record);
  EXPECT_EQ(verdict(two + "x"), Errc::invalid_record);
  EXPECT_EQ(verdict(""), Errc::corrupt);
}

TEST(ProducedBatch, WithALengthThatIsALieIsCorrupt) {
  for (const std::int32_t length : {0, -1, 48, INT32_MIN, INT32_MAX}) {
    EXPECT_EQ(verdict(with(two, 8, length)), Errc::corrupt) << length;
  }
}

TEST(ProducedBatch, OfAnotherMagicIsRefused) {
  for (const int magic : {0, 1, 3, -1}) {
    EXPECT_EQ(verdict(with(two, 16, static_cast<std::int8_t>(magic))), Errc::invalid_record);
  }
}

TEST(ProducedBatch, WithAnUnknownCodecIsNamedSo) {
  for (const int codec : {5, 6, 7}) {
    EXPECT_EQ(verdict(with(two, 21, static_cast<std::int16_t>(codec))), Errc::unknown_codec);
  }
}

TEST(ProducedBatch, MayBeTransactionalButNotControl) {
  EXPECT_EQ(verdict(with(two, 21, std::int16_t{16})), Errc::ok);
  EXPECT_EQ(verdict(with(two, 21, std::int16_t{32})), Errc::invalid_record);
}

TEST(ProducedBatch, CountsWhatItHolds) {
  EXPECT_EQ(verdict(batch_of("", 0)), Errc::invalid_record);
  EXPECT_EQ(verdict(batch_of(record(0) + record(1), 1)), Errc::invalid_record);
  EXPECT_EQ(verdict(batch_of(record(0) + record(1), 3)), Errc::invalid_record);
  EXPECT_EQ(verdict(batch_of(record(0), INT32_MAX)), Errc::invalid_record);
  EXPECT_EQ(verdict(batch_of(record(0), -1)), Errc::invalid_record);
  EXPECT_EQ(verdict(with(two, 23, std::int32_t{5})), Errc::invalid_record);
}

TEST(ProducedBatch, GivesItsRecordsTheirOffsetsInOrder) {
  EXPECT_EQ(verdict(batch_of(record(1) + record(0), 2)), Errc::invalid_record);
  EXPECT_EQ(verdict(batch_of(record(0) + record(0), 2)), Errc::invalid_record);
  EXPECT_EQ(verdict(batch_of(record(-1), 1)), Errc::invalid_record);
}

TEST(ProducedBatch, OfAnIdempotentProducerHasEpochAndSequence) {
  const std::string with_id = with(two, 43, std::int64_t{9});
  EXPECT_EQ(verdict(with_id), Errc::invalid_record);
  const std::string with_epoch = with(with_id, 51, std::int16_t{0});
  EXPECT_EQ(verdict(with_epoch), Errc::invalid_record);
  EXPECT_EQ(verdict(with(with_epoch, 53, std::int32_t{0})), Errc::ok);
}

TEST(ProducedBatch, SaysWhichRecordIsWrong) {
  const auto result = validate_produced_batch(batch_of(record(0) + record(7), 2));
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text.find("record 1 "), std::string::npos) << result.error().text;
}

TEST(ProducedBatch, MayNotClaimTheTimeOfItsAppend) {
  EXPECT_EQ(verdict(with(two, 21, std::int16_t{8})), Errc::invalid_timestamp);
}

TEST(ProducedBatch, AnswersTheGreatestTimeOfItsRecordsWhateverItsHeaderSays) {
  const std::string batch =
      batch_of(value_record(0, "a", 5) + value_record(1, "b", 70) + value_record(2, "c", -3), 3);
  for (const std::int64_t claimed : {std::int64_t{-1}, std::int64_t{1070}, INT64_MAX}) {
    EXPECT_EQ(validate_produced_batch(with(batch, 35, claimed))->max_timestamp, 1070) << claimed;
  }
  const std::string before_time = with(batch_of(record(0), 1), 27, std::int64_t{-9});
  EXPECT_EQ(validate_produced_batch(before_time)->max_timestamp, -1);
}

TEST(ProducedBatch, GetsAnotherGreatestTimeWithAChecksumThatHolds) {
  const Slice sent = Slice::copy_of(two);
  EXPECT_EQ(with_max_timestamp(sent, 2000).data(), sent.data());
  const Slice corrected = with_max_timestamp(sent, 1000);
  EXPECT_EQ(decode_batch_header(corrected.bytes())->max_timestamp, 1000);
  EXPECT_EQ(verdict(corrected.bytes()), Errc::ok);
  EXPECT_EQ(corrected.bytes().substr(43), sent.bytes().substr(43));
}

TEST(ProducedBatch, HoldsNoValueThatIsLargerThanAnyDoorCarries) {
  const std::string largest(value_bytes_max, 'v');
  EXPECT_EQ(verdict(batch_of(value_record(0, largest), 1)), Errc::ok);
  const auto refused = validate_produced_batch(batch_of(value_record(0, largest + "v"), 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::too_large);
  EXPECT_NE(refused.error().text.find("16777217"), std::string::npos) << refused.error().text;
}

struct BadRecord {
  const char* what;
  Bytes body;  ///< what follows the length
};

TEST(ProducedBatch, WithAMalformedRecordIsRefused) {
  using namespace std::string_view_literals;
  constexpr BadRecord bad[] = {
      {"empty", ""sv},
      {"without a header count", "\0\0\0\1\1"sv},
      {"key length -2", "\0\0\0\3\1\0"sv},
      {"value length -2", "\0\0\0\1\3\0"sv},
      {"key beyond the record", "\0\0\0\x7e\1\0"sv},
      {"value beyond the record", "\0\0\0\1\x7e\0"sv},
      {"header count -1", "\0\0\0\1\1\1"sv},
      {"header count without headers", "\0\0\0\1\1\x7e"sv},
      {"null header key", "\0\0\0\1\1\2\1\1"sv},
      {"header value length -2", "\0\0\0\1\1\2\0\3"sv},
      {"a byte too many", "\0\0\0\1\1\0\0"sv},
      {"an offset delta of six bytes", "\0\0\x80\x80\x80\x80\x80\0\1\1\0"sv},
      {"a key length beyond 32 bit", "\0\0\0\x80\x80\x80\x80\x20\1\0"sv},
      {"an endless timestamp", "\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\0\1\1\0"sv},
  };
  for (const auto& [what, body] : bad) {
    std::string records;
    append_zigzag(records, static_cast<std::int64_t>(body.size()));
    records.append(body);
    EXPECT_EQ(verdict(batch_of(records, 1)), Errc::invalid_record) << what;
    for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
      const auto packed = compress(codec, records).value();
      const auto batch =
          with(batch_of(packed, 1), 21, static_cast<std::int16_t>(static_cast<int>(codec)));
      EXPECT_EQ(verdict(batch), Errc::invalid_record) << what;
    }
  }
}

TEST(ProducedBatch, ThatUnpacksBeyondTheBoundIsTooLarge) {
  const std::string zeros(80 << 20, '\0');
  for (const Codec codec : {Codec::gzip, Codec::zstd}) {
    const auto packed = compress(codec, zeros).value();
    const auto batch =
        with(batch_of(packed, 1), 21, static_cast<std::int16_t>(static_cast<int>(codec)));
    EXPECT_EQ(verdict(batch), Errc::too_large);
  }
}

TEST(UncompressedBytesMax, IsAHundredfoldWithinOneAnd64MiB) {
  EXPECT_EQ(uncompressed_bytes_max(0), 1U << 20);
  EXPECT_EQ(uncompressed_bytes_max(100'000), 10'000'000U);
  EXPECT_EQ(uncompressed_bytes_max(SIZE_MAX), 64U << 20);
}

TEST(UncompressedBatch, IsTheInputItselfWhenItHasNoCodec) {
  const Slice batch = Slice::copy_of(two);
  EXPECT_EQ(uncompressed_batch(batch)->data(), batch.data());
}

TEST(UncompressedBatch, TakesWhatValidationTakesToTheByte) {
  const auto zeros_up_to = [](std::size_t section_bytes) {
    std::string padded = value_record(0, std::string(section_bytes - 11, '\0'));
    EXPECT_EQ(padded.size(), section_bytes);
    return with(batch_of(compress(Codec::zstd, padded).value(), 1), 21, std::int16_t{4});
  };
  constexpr std::size_t bound = 1U << 20;
  EXPECT_EQ(verdict(zeros_up_to(bound)), Errc::ok);
  EXPECT_TRUE(uncompressed_batch(Slice::copy_of(zeros_up_to(bound))));
  EXPECT_EQ(verdict(zeros_up_to(bound + 1)), Errc::too_large);
  EXPECT_EQ(uncompressed_batch(Slice::copy_of(zeros_up_to(bound + 1))).error().code,
            Errc::too_large);
}

TEST(UncompressedBatch, OfDamagedBytesIsAnAnswerAndNotACrash) {
  const std::string sent = test::golden("librdkafka_lz4");
  EXPECT_EQ(uncompressed_batch(Slice::copy_of(sent.substr(0, 60))).error().code, Errc::corrupt);
  EXPECT_EQ(uncompressed_batch(Slice::copy_of(sent.substr(0, 80))).error().code, Errc::corrupt);
  EXPECT_EQ(uncompressed_batch(Slice::copy_of(with(two, 21, std::int16_t{6}))).error().code,
            Errc::unknown_codec);
}

TEST(RecordAt, TakesNoPositionOutsideOfTheRecords) {
  for (const std::uint32_t position : {0U, 60U, 75U, UINT32_MAX}) {
    EXPECT_FALSE(record_at(two, position, Offset(0))) << position;
  }
  EXPECT_FALSE(record_at("short", 61, Offset(0)));
}

TEST(RecordAt, ReadsNothingOutOfACompressedBatch) {
  EXPECT_FALSE(record_at(test::golden("librdkafka_zstd"), 61, Offset(0)));
}

TEST(RecordAt, GivesAbsoluteOffsetsAndTimestamps) {
  std::string batch = test::golden("kafka_python_none");
  const std::int64_t deltas[] = {0, 5, -7, 3};
  std::uint32_t position = batch_header_bytes;
  for (int i = 0; i < 4; ++i) {
    const auto at = record_at(batch, position, Offset(500));
    ASSERT_TRUE(at);
    EXPECT_EQ(at->record.offset, Offset(500 + i));
    EXPECT_EQ(at->record.timestamp_ms, 1'700'000'000'000 + deltas[i]);
    position = at->next;
  }
  EXPECT_EQ(position, batch.size());
}

TEST(RecordAt, GivesEveryRecordTheAppendTimeWhenTheBatchHasOne) {
  const std::string batch = with(two, 21, std::int16_t{8});
  EXPECT_EQ(record_at(batch, 61, Offset(0))->record.timestamp_ms, 2000);
  EXPECT_EQ(record_at(two, 61, Offset(0))->record.timestamp_ms, 1000);
}

TEST(RecordAt, SumsAnyTimestampsWithoutOverflow) {
  const std::string late = with(test::golden("kafka_python_none"), 27, INT64_MAX);
  EXPECT_TRUE(test::records_of(late));
  EXPECT_TRUE(record_at(late, 61, Offset(INT64_MAX)));
}

TEST(ViewOf, TakesTheOffsetFromTheReference) {
  RecordRef ref;
  ref.batch = Slice::copy_of(two);
  ref.position = 61 + 7;
  ref.offset = Offset(4711);
  EXPECT_EQ(view_of(ref)->offset, Offset(4711));
  ref.position = 2;
  EXPECT_EQ(view_of(ref).error().code, Errc::corrupt);
}

TEST(FindHeader, GivesTheFirstOfItsName) {
  const std::string batch = test::golden("librdkafka_none");
  const auto record = record_at(batch, 61, Offset(0))->record;
  EXPECT_EQ(find_header(record, "a"), Bytes("1"));
  EXPECT_EQ(find_header(record, "e"), Bytes());
  EXPECT_EQ(find_header(record, "n"), std::nullopt);
  EXPECT_EQ(find_header(record, "absent"), std::nullopt);
}

TEST(FindHeader, FindsNothingInDamagedHeaders) {
  RecordView record;
  record.header_count = 3;
  record.headers = Bytes("\x02k\x7e", 3);
  EXPECT_EQ(find_header(record, "k"), std::nullopt);
}

}  // namespace
}  // namespace rialto
