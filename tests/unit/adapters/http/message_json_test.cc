#include "adapters/http/message_json.h"

#include "adapters/http/amqp_properties.h"
#include "adapters/http/json.h"
#include "adapters/http/message_headers.h"
#include "core/base/rfc3339.h"
#include "core/model/field_table.h"
#include "core/model/message_properties.h"
#include "core/model/record_batch.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace rialto::http {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

struct Written {
  Slice batch;
  RecordView record;
};

Written record(std::optional<Bytes> key, Bytes body, const std::vector<HeaderView>& headers) {
  BatchBuilder builder;
  builder.begin(1'700'000'000'123);
  RecordParts parts;
  parts.key = key;
  parts.body = std::span(&body, 1);
  parts.headers = headers;
  builder.add(parts);
  Written out;
  out.batch = builder.seal();
  out.record = record_at(out.batch.bytes(), batch_header_bytes, Offset(42)).value().record;
  return out;
}

std::string shown(const Written& w, bool amqp_written = false) {
  return boost::json::serialize(message_json("orders", PartitionIndex(3), w.record, amqp_written));
}

TEST(HttpMessage, ShowsTextAsText) {
  EXPECT_EQ(
      shown(record("k", "hello", {{"a", "1"}})),
      R"({"id":"orders/3/42","partition":3,"offset":42,"timestamp":"2023-11-14T22:13:20.123Z",)"
      R"("key":"k","headers":{"a":"1"},"body":"hello"})");
}

TEST(HttpMessage, ShowsBytesAsBase64) {
  const std::string text = shown(record("\xff", Bytes("\0\xfe", 2), {{"b", "\x80"}}));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("body_base64":"AP4=")"));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("key":{"base64":"/w=="})"));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("headers":{"b":{"base64":"gA=="}})"));
}

TEST(HttpMessage, ANameThatComesAgainIsAListInOrder) {
  const std::string text =
      shown(record(std::nullopt, "", {{"a", "1"}, {"a", std::nullopt}, {"a", "3"}}));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("headers":{"a":["1",null,"3"]})"));
}

std::string some_properties() {
  std::string blob;
  append_be<std::uint16_t>(blob, 0x8000 | 0x2000 | 0x1000 | 0x0040);
  blob += "\x0atext/plain";
  FieldTable headers;
  headers.set("n", FieldValue::integer(7));
  headers.set("on", FieldValue::boolean(true));
  append_field_table(blob, headers);
  blob.push_back(2);
  append_be<std::uint64_t>(blob, 1'700'000'000);
  return blob;
}

TEST(HttpMessage, WhatAmqpWroteComesWithItsTypes) {
  const std::string blob = some_properties();
  const auto w = record(std::nullopt, "x",
                        {{"n", "7"},
                         {"amqp.properties", blob},
                         {"amqp.exchange", "amq.topic"},
                         {"amqp.routing_key", "a.b"}});
  const std::string text = shown(w, true);
  EXPECT_THAT(text, ::testing::HasSubstr(R"("headers":{"n":7,"on":true})"));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("exchange":"amq.topic","routing_key":"a.b")"));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("properties":{"content_type":"text/plain",)"
                                         R"("delivery_mode":2,"timestamp":1700000000})"));
}

TEST(HttpMessage, ABlobThatSomebodyElseWroteIsJustAHeader) {
  const std::string blob = some_properties();
  const std::string text = shown(record(std::nullopt, "x", {{"amqp.properties", blob}}), false);
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("\"properties\"")));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("headers":{"amqp.properties":{"base64")"));
}

TEST(HttpMessage, ADamagedBlobIsShownAsTheBytesItIs) {
  EXPECT_EQ(decode_amqp_properties("\x80"), std::nullopt);
  EXPECT_EQ(decode_amqp_properties(Bytes("\x80\x00\x05"
                                         "ab",
                                         5)),
            std::nullopt);
  EXPECT_EQ(decode_amqp_properties(Bytes("\x00\x01", 2)), std::nullopt);
  EXPECT_EQ(decode_amqp_properties(Bytes("\x00\x00x", 3)), std::nullopt);
  EXPECT_TRUE(decode_amqp_properties(Bytes("\x00\x00", 2)));
  const std::string text = shown(record(std::nullopt, "x", {{"amqp.properties", "\x80"}}), true);
  EXPECT_THAT(text, ::testing::HasSubstr(R"("properties_base64":"gA==")"));
}

TEST(HttpMessage, ATableOfTooManyHeadersIsShownAsTheBytesItIs) {
  FieldTable table;
  for (int i = 0; i < 1025; ++i)
    table.entries.push_back({std::to_string(i), FieldValue::boolean(true)});
  std::string bytes;
  append_field_table(bytes, table);
  bytes.erase(0, 4);
  Properties properties;
  properties.set(Property::headers, bytes);
  properties.set(Property::priority, "\x03");
  std::string blob;
  append_properties(blob, properties);
  const std::string text =
      shown(record(std::nullopt, "x", {{"7", "t"}, {"amqp.properties", blob}}), true);
  EXPECT_THAT(text, ::testing::HasSubstr(R"("headers":{"7":"t"})"));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("headers_base64":")" + base64(bytes) + '"'));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("properties":{"priority":3})"));
}

TEST(HttpMessageHeaders, TakeKeyAndHeadersOutOfARequest) {
  Request request;
  request.headers = {{"Content-Type", "text/csv"},
                     {"x-rialto-header-Trace-Id", "t1"},
                     {"X-Rialto-Key", "k"},
                     {"User-Agent", "curl"}};
  const auto taken = MessageHeaders::of(request).value();
  EXPECT_EQ(taken.key, "k");
  EXPECT_THAT(taken.headers, ElementsAre(Pair("content-type", "text/csv"), Pair("Trace-Id", "t1")));
}

TEST(HttpMessageHeaders, TakeAKeyOfBytes) {
  Request request;
  request.headers = {{"X-Rialto-Key-Base64", "AP8="}};
  EXPECT_EQ(MessageHeaders::of(request).value().key, std::string("\0\xff", 2));
  request.headers = {{"X-Rialto-Key-Base64", "?"}};
  EXPECT_FALSE(MessageHeaders::of(request));
}

TEST(HttpMessageHeaders, WhatALineCannotCarryIsLeftOutAndCounted) {
  HeaderList out;
  append_record_headers(
      out, record("k\n", "", {{"ok", "v"}, {"bad", "a\r\nInjected: x"}, {"b d", "v"}, {"n", {}}})
               .record);
  EXPECT_THAT(out, ElementsAre(Pair("X-Rialto-Key-Base64", "awo="), Pair("X-Rialto-Header-ok", "v"),
                               Pair("X-Rialto-Omitted-Headers", "3")));
}

TEST(HttpMessageHeaders, AreAsManyAndAsLargeAsEveryClientReads) {
  const auto bytes_of = [](const HeaderList& lines) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : lines)
      bytes += name.size() + value.size() + 4;
    return bytes;
  };
  HeaderList large;
  append_record_headers(
      large, record(std::string(70'000, 'k'), "", {{"a", std::string(8'000, 'v')}, {"b", "after"}})
                 .record);
  EXPECT_THAT(large, ElementsAre(Pair("X-Rialto-Header-a", std::string(8'000, 'v')),
                                 Pair("X-Rialto-Header-b", "after"),
                                 Pair("X-Rialto-Omitted-Headers", "1")));
  std::vector<std::string> names;
  for (int i = 0; i < 5'000; ++i)
    names.push_back("n" + std::to_string(i));
  std::vector<HeaderView> headers;
  for (const std::string& name : names)
    headers.push_back({name, "v"});
  HeaderList many;
  append_record_headers(many, record("k", "", headers).record);
  EXPECT_EQ(many.size(), header_lines_max + 1);
  EXPECT_LE(bytes_of(many), header_lines_bytes_max + 64);
  EXPECT_EQ(many.back().second, "4937");  // the key is one of the lines
}

TEST(HttpTime, IsWrittenAndRead) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999Z");
  for (const std::int64_t ms : {0LL, 1'700'000'000'123LL, 4'102'444'800'000LL}) {
    EXPECT_EQ(from_rfc3339(rfc3339(ms)), ms);
  }
  EXPECT_EQ(from_rfc3339("2023-11-14T22:13:20Z"), 1'700'000'000'000);
  EXPECT_EQ(from_rfc3339("2023-11-14T23:13:20+01:00"), 1'700'000'000'000);
  EXPECT_EQ(from_rfc3339("2023-11-14T23:13:20 01:00"), 1'700'000'000'000);
  EXPECT_EQ(from_rfc3339("2023-11-14T21:43:20.5-00:30"), 1'700'000'000'500);
  EXPECT_EQ(from_rfc3339("2023-11-14t22:13:20.1239z"), 1'700'000'000'123);
}

TEST(HttpTime, WhatIsNoTimeIsRefused) {
  for (const char* bad : {"", "now", "2023-11-14", "2023-11-14T22:13", "2023-13-14T22:13:20Z",
                          "2023-02-30T22:13:20Z", "2023-11-14T24:13:20Z", "2023-11-14T22:13:20",
                          "2023-11-14T22:13:20Zx", "2023-11-14T22:13:61Z", "23-11-14T22:13:20Z"}) {
    EXPECT_EQ(from_rfc3339(bad), std::nullopt) << bad;
  }
}

TEST(HttpTime, TimesWithoutACalendarAreNumbers) {
  EXPECT_EQ(rfc3339(INT64_MIN), std::to_string(INT64_MIN));
  EXPECT_EQ(rfc3339(INT64_MAX), std::to_string(INT64_MAX));
}

}  // namespace
}  // namespace rialto::http
