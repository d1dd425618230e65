#include "adapters/amqp/wire/utf8.h"

#include <gtest/gtest.h>

namespace rialto::amqp {
namespace {

TEST(AmqpUtf8, WellFormedTextOfEveryLengthIsTaken) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a plain text that is longer than one word"));
  EXPECT_TRUE(is_utf8("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\x87"));
  EXPECT_TRUE(is_utf8("12345678\xF4\x8F\xBF\xBF"));
}

TEST(AmqpUtf8, OverlongSurrogateBeyondAndCutFormsAreNot) {
  for (const char* bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\xAF",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "12345678\xFF"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

TEST(AmqpUtf8, ClippingKeepsCharactersWhole) {
  EXPECT_EQ(clip_utf8("ab\xE2\x82\xAC", 4), "ab");
  EXPECT_EQ(clip_utf8("ab\xE2\x82\xAC", 5), "ab\xE2\x82\xAC");
}

}  // namespace
}  // namespace rialto::amqp
