#include "core/base/crc32c.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rialto {
namespace {

TEST(Crc32c, GivesThePublishedCheckValue) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
}

// RFC 3720, B.4.
TEST(Crc32c, GivesTheVectorsOfTheIscsiStandard) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43U);
  EXPECT_EQ(crc32c(Bytes()), 0U);
}

RC_GTEST_PROP(Crc32c, ContinuesOverPiecesAsOverTheWhole, (std::string a, std::string b)) {
  RC_ASSERT(crc32c(crc32c(a), b) == crc32c(a + b));
}

RC_GTEST_PROP(Crc32c, SeesEverySingleBitFlip, (std::string bytes)) {
  const std::uint32_t whole = crc32c(bytes);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    RC_ASSERT(crc32c(bytes) != whole);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  }
}

}  // namespace
}  // namespace rialto
