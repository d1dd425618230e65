#include "core/base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rialto {
namespace {

TEST(ByteReader, AfterTheFirstReadPastTheEndEverythingIsZero) {
  ByteReader in(Bytes("\1\2\3", 3));
  EXPECT_EQ(in.be<std::uint16_t>(), 0x0102);
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(in.be<std::uint16_t>(), 0);
  EXPECT_TRUE(in.failed());
  EXPECT_EQ(in.be<std::uint8_t>(), 0);
  EXPECT_EQ(in.bytes(0), Bytes());
  EXPECT_TRUE(in.failed());
}

TEST(ByteReader, ASizeNoViewCanHaveIsAFailureAndNotAnOverflow) {
  ByteReader in("abc");
  in.bytes(SIZE_MAX);
  EXPECT_TRUE(in.failed());
}

TEST(ByteReader, ReadsBothByteOrders) {
  const Bytes four("\x01\x02\x03\x04", 4);
  EXPECT_EQ(ByteReader(four).be<std::uint32_t>(), 0x01020304U);
  EXPECT_EQ(ByteReader(four).le<std::uint32_t>(), 0x04030201U);
}

TEST(Varint, TakesAtMost64Bits) {
  const std::string longest = std::string(9, '\xff') + '\x01';
  EXPECT_EQ(ByteReader(longest).varint(), UINT64_MAX);
  ByteReader too_wide(Bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10));
  too_wide.varint();
  EXPECT_TRUE(too_wide.failed());
  const std::string endless(11, '\x80');
  ByteReader too_long(endless);
  too_long.varint();
  EXPECT_TRUE(too_long.failed());
}

TEST(Varint, ThatIsCutOffIsAFailure) {
  ByteReader in(Bytes("\x80\x80", 2));
  in.varint();
  EXPECT_TRUE(in.failed());
}

RC_GTEST_PROP(Varint, ReadsBackWhatWasWritten, (std::uint64_t v)) {
  std::string out;
  append_varint(out, v);
  RC_ASSERT(out.size() == varint_size(v));
  ByteReader in(out);
  RC_ASSERT(in.varint() == v);
  RC_ASSERT(in.at_end());
  RC_ASSERT(!in.failed());
}

RC_GTEST_PROP(Zigzag, ReadsBackWhatWasWritten, (std::int64_t v)) {
  std::string out;
  append_zigzag(out, v);
  RC_ASSERT(out.size() == varint_size(zigzag_encode(v)));
  RC_ASSERT(ByteReader(out).zigzag() == v);
}

TEST(Zigzag, GivesSmallMagnitudesOneByteWhateverTheSign) {
  EXPECT_EQ(zigzag_encode(0), 0U);
  EXPECT_EQ(zigzag_encode(-1), 1U);
  EXPECT_EQ(zigzag_encode(1), 2U);
  EXPECT_EQ(zigzag_encode(INT64_MIN), UINT64_MAX);
}

RC_GTEST_PROP(FixedWidth, ReadsBackWhatWasWritten, (std::int64_t a, std::uint16_t b)) {
  std::string out;
  append_le(out, a);
  append_be(out, b);
  ByteReader in(out);
  RC_ASSERT(in.le<std::int64_t>() == a);
  RC_ASSERT(in.be<std::uint16_t>() == b);
  RC_ASSERT(in.at_end());
}

}  // namespace
}  // namespace rialto
