#include "core/model/record_batch.h"
#include "tests/unit/core/model/golden.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {
std::size_t allocations = 0;
}  // namespace

// Not inlined: the compiler would see malloc on one side and delete on the other, and complain.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++allocations;
  void* p = std::malloc(bytes == 0 ? 1 : bytes);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
  std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}

namespace rialto {
namespace {

using test::OwnedRecord;

void add(BatchBuilder& builder, const OwnedRecord& record) {
  std::vector<HeaderView> headers;
  for (const auto& [key, value] : record.headers) {
    headers.push_back({key, value ? std::optional<Bytes>(*value) : std::nullopt});
  }
  const Bytes body = record.value ? Bytes(*record.value) : Bytes();
  const Bytes pieces[] = {body.substr(0, body.size() / 2), body.substr(body.size() / 2)};
  RecordParts parts;
  if (record.key) parts.key = *record.key;
  parts.null_value = !record.value;
  if (record.value) parts.body = pieces;
  parts.headers = headers;
  const std::size_t before = builder.size_bytes();
  builder.add(parts);
  EXPECT_LE(builder.size_bytes() - before, BatchBuilder::size_of(parts));
  EXPECT_GE(builder.size_bytes() - before + 5, BatchBuilder::size_of(parts));
}

TEST(BatchBuilder, WritesByteForByteWhatARealProducerWrites) {
  const std::string golden = test::golden("librdkafka_none");
  BatchBuilder builder;
  builder.begin(decode_batch_header(golden)->base_timestamp);
  for (const auto& record : test::golden_records())
    add(builder, record);
  const Slice sealed = builder.seal();
  EXPECT_EQ(sealed.bytes().substr(batch_header_bytes), Bytes(golden).substr(batch_header_bytes));
  EXPECT_EQ(decode_batch_header(sealed.bytes())->attributes, 0);
  EXPECT_TRUE(sealed.bytes() == golden);
}

TEST(BatchBuilder, SealsExactlyItsBytesAndStartsOver) {
  BatchBuilder builder;
  builder.begin(7);
  EXPECT_TRUE(builder.empty());
  builder.add({});
  const std::size_t size = builder.size_bytes();
  const Slice sealed = builder.seal();
  EXPECT_EQ(sealed.size(), size);
  EXPECT_EQ(sealed.pinned_bytes(), size);
  EXPECT_TRUE(builder.empty());
  builder.begin(8);
  builder.add({});
  EXPECT_EQ(decode_batch_header(builder.seal().bytes())->record_count, 1);
}

TEST(BatchBuilder, ThatForgetsToBeginOrToAddIsABug) {
  BatchBuilder builder;
  EXPECT_DEATH(builder.add({}), "after begin");
  builder.begin(1);
  EXPECT_DEATH(builder.seal(), "at least one record");
}

TEST(BatchBuilder, TellsATombstoneFromAnEmptyBody) {
  BatchBuilder builder;
  builder.begin(7);
  RecordParts tombstone;
  tombstone.null_value = true;
  builder.add(tombstone);
  builder.add({});
  const auto records = test::records_of(builder.seal().bytes());
  ASSERT_TRUE(records);
  EXPECT_EQ(records->at(0).value, std::nullopt);
  EXPECT_EQ(records->at(1).value, "");
}

TEST(BatchBuilder, AllocatesNothingARecordOnceItIsWarm) {
  BatchBuilder builder;
  const std::string body(100, 'b');
  const Bytes pieces[] = {body, body};
  const HeaderView headers[] = {{"name", Bytes("value")}};
  RecordParts parts;
  parts.body = pieces;
  parts.headers = headers;
  const auto fill = [&] {
    builder.begin(1);
    for (int i = 0; i < 1000; ++i)
      builder.add(parts);
  };
  fill();
  builder.seal();
  const std::size_t before = allocations;
  fill();
  EXPECT_EQ(allocations, before);
  const Slice sealed = builder.seal();
  EXPECT_LE(allocations, before + 1);
}

rc::Gen<OwnedRecord> any_record() {
  using Text = std::string;
  return rc::gen::build<OwnedRecord>(
      rc::gen::set(&OwnedRecord::key, rc::gen::map(rc::gen::maybe(rc::gen::arbitrary<Text>()),
                                                   [](const rc::Maybe<Text>& m) {
                                                     return m ? std::optional<Text>(*m)
                                                              : std::nullopt;
                                                   })),
      rc::gen::set(&OwnedRecord::value, rc::gen::map(rc::gen::maybe(rc::gen::arbitrary<Text>()),
                                                     [](const rc::Maybe<Text>& m) {
                                                       return m ? std::optional<Text>(*m)
                                                                : std::nullopt;
                                                     })),
      rc::gen::set(&OwnedRecord::headers,
                   rc::gen::container<std::vector<OwnedRecord::Header>>(rc::gen::map(
                       rc::gen::arbitrary<std::pair<Text, rc::Maybe<Text>>>(),
                       [](const std::pair<Text, rc::Maybe<Text>>& p) {
                         return OwnedRecord::Header(
                             p.first, p.second ? std::optional<Text>(*p.second) : std::nullopt);
                       }))));
}

RC_GTEST_PROP(BatchBuilder, ReadsBackWhatWasAdded, ()) {
  const auto records =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<OwnedRecord>>(any_record()));
  const auto timestamp = *rc::gen::arbitrary<std::int64_t>();
  BatchBuilder builder;
  builder.begin(timestamp);
  for (const auto& record : records)
    add(builder, record);
  const Slice sealed = builder.seal();
  const auto header = validate_produced_batch(sealed.bytes());
  RC_ASSERT(header.has_value());
  RC_ASSERT(header->max_timestamp == std::max(timestamp, std::int64_t{-1}));
  RC_ASSERT(header->record_count == static_cast<std::int32_t>(records.size()));
  const auto back = test::records_of(sealed.bytes());
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == records);
}

}  // namespace
}  // namespace rialto
