#include "adapters/http/json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace json = boost::json;

std::string text_of(const json::value& v) {
  return json::serialize(v);
}

Result<json::object> object_of(std::string body) {
  Request request;
  request.body = std::move(body);
  return read_object(request);
}

TEST(HttpJson, TellsUtf8FromOtherBytes) {
  for (const char* good :
       {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf8\x88",
                          "\xf4\x90\x80\x80", "\xf0\x8f\xbf\xbf", "a\xff", "\xe2\x82"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

TEST(HttpJson, TextHasNoControlCharactersButTabsAndLineEnds) {
  EXPECT_TRUE(is_text("a\tb\r\n\xc3\xa9"));
  for (const Bytes bad : {Bytes("\0", 1), Bytes("\x1b[2J"), Bytes("\x7f"), Bytes("\x80")}) {
    EXPECT_FALSE(is_text(bad)) << bad;
  }
}

TEST(HttpJson, Base64GoesThereAndBack) {
  for (const char* text : {"", "f", "fo", "foo", "foob"}) {
    EXPECT_EQ(from_base64(base64(text)), text);
  }
  EXPECT_EQ(base64(Bytes("\0\xff", 2)), "AP8=");
  for (const char* bad : {"A", "AB", "ABC", "A===", "A=BC", "AB C", "====", "AP8=AP8="}) {
    EXPECT_EQ(from_base64(bad), std::nullopt) << bad;
  }
}

TEST(HttpJson, BytesThatAreNoTextAreShownAsBase64) {
  EXPECT_EQ(text_of(json_bytes("a\"b")), R"("a\"b")");
  EXPECT_EQ(text_of(json_bytes(Bytes("\0\xff", 2))), R"({"base64":"AP8="})");
  EXPECT_EQ(text_of(json_text("a\xff"
                              "b")),
            R"("a?b")");
}

TEST(HttpJson, ArgumentsGoToAmqpAndBackWithTheirTypes) {
  const auto object =
      json::parse(R"({"n":5,"d":1.5,"t":"x","b":true,"z":null,"a":[1,"y"],"o":{"k":-1}})")
          .as_object();
  const FieldTable table = to_field_table(object).value();
  EXPECT_EQ(*table.find("n"), FieldValue::integer(5));
  EXPECT_EQ(*table.find("t"), FieldValue::text("x"));
  EXPECT_EQ(*table.find("b"), FieldValue::boolean(true));
  EXPECT_EQ(table.find("z")->tag, 'V');
  EXPECT_EQ(table.find("d")->tag, 'd');
  EXPECT_EQ(text_of(to_json(table)), text_of(object));
}

TEST(HttpJson, ANumberThatAmqpCannotHoldIsRefusedWithItsName) {
  const auto refused = to_field_table(json::parse(R"({"n":18446744073709551615})").as_object());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("n: "));
}

TEST(HttpJson, AnEmptyBodyIsAnEmptyObject) {
  EXPECT_TRUE(object_of("").value().empty());
}

TEST(HttpJson, ABodyThatIsNoJsonObjectSaysWhere) {
  EXPECT_THAT(object_of(R"({"max": })").error().text, HasSubstr("at byte 8"));
  EXPECT_THAT(object_of("[1]").error().text, HasSubstr("JSON object"));
  EXPECT_THAT(object_of("{} x").error().text, HasSubstr("behind byte"));
  EXPECT_FALSE(object_of(R"({"a":)"));
  EXPECT_FALSE(object_of(R"({"a":")"
                         "\xff"
                         R"("})"));
  EXPECT_FALSE(object_of("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}"));
  EXPECT_TRUE(object_of("{}\n"));
}

TEST(HttpMembers, ReadsWhatIsThereAndKeepsWhatIsNot) {
  const auto object = object_of(R"({"max":3,"on":true,"name":"q","list":["a","b"]})").value();
  Members m(object);
  EXPECT_EQ(m.integer("max", 1, 1, 10), 3);
  EXPECT_EQ(m.integer("wait_ms", 7, 0, 10), 7);
  EXPECT_TRUE(m.truth("on", false));
  EXPECT_EQ(m.text("name", ""), "q");
  EXPECT_THAT(m.texts("list", 2), ElementsAre("a", "b"));
  EXPECT_EQ(m.object("config"), nullptr);
  EXPECT_TRUE(m.finish());
}

TEST(HttpMembers, AMemberNobodyAskedForIsATypingError) {
  const auto object = object_of(R"({"mx":3})").value();
  Members m(object);
  m.integer("max", 1, 1, 10);
  ASSERT_FALSE(m.finish());
  EXPECT_EQ(m.finish().error().text, "unknown member 'mx'; there are: max");
}

TEST(HttpMembers, TheFirstWrongMemberIsTold) {
  const auto object = object_of(R"({"max":11,"on":1,"list":[1],"name":{},"config":[]})").value();
  Members m(object);
  EXPECT_EQ(m.integer("max", 1, 1, 10), 1);
  EXPECT_FALSE(m.truth("on", false));
  m.texts("list", 5);
  m.text("name", "");
  m.object("config");
  EXPECT_EQ(m.finish().error().text, "'max' has to be a whole number from 1 to 10");
}

}  // namespace
}  // namespace rialto::http
