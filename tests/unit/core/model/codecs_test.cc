#include "core/model/codecs.h"

#include <gtest/gtest.h>
#include <lz4frame.h>
#include <rapidcheck/gtest.h>
#include <snappy.h>
#include <zstd.h>

#include <vector>

namespace rialto {
namespace {

const std::vector<Codec> packing = {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd};
constexpr std::size_t plenty = 64 << 20;

std::string noise(std::size_t bytes) {
  std::string out;
  std::uint64_t state = 1;
  while (out.size() < bytes) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    out.push_back(static_cast<char>(state >> 56));
  }
  return out;
}

std::vector<std::string> texts() {
  return {"", "x", std::string(100'000, 'a'), noise(100'000),
          noise(5000) + std::string(70'000, '\0')};
}

TEST(Codecs, GiveBackWhatTheyWereGiven) {
  for (const Codec codec : packing) {
    for (const auto& text : texts()) {
      const auto packed = compress(codec, text);
      ASSERT_TRUE(packed);
      const auto back = decompress(codec, *packed, plenty);
      ASSERT_TRUE(back) << static_cast<int>(codec) << " " << text.size();
      EXPECT_TRUE(*back == text);
    }
  }
}

TEST(Codecs, HoldTheirBoundToTheByte) {
  for (const Codec codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    for (const auto& text : texts()) {
      if (text.empty()) continue;
      const auto packed = compress(codec, text).value();
      EXPECT_TRUE(decompress(codec, packed, text.size()));
      const auto beyond = decompress(codec, packed, text.size() - 1);
      ASSERT_FALSE(beyond) << static_cast<int>(codec);
      EXPECT_EQ(beyond.error().code, Errc::too_large);
    }
  }
}

TEST(Codecs, CallCutDataCorrupt) {
  for (const Codec codec : packing) {
    const auto packed = compress(codec, noise(3000) + std::string(40'000, 'z')).value();
    for (std::size_t size = 0; size < packed.size(); ++size) {
      const auto cut = decompress(codec, packed.substr(0, size), plenty);
      // The Java framing of snappy has no end mark: cut between blocks it is a shorter stream,
      // and the record count of the batch is what notices.
      if (cut && codec == Codec::snappy) continue;
      ASSERT_FALSE(cut) << static_cast<int>(codec) << " " << size;
      ASSERT_EQ(cut.error().code, Errc::corrupt);
    }
  }
}

TEST(Codecs, AnswerDamageWithAnErrorOrBoundedBytes) {
  for (const Codec codec : packing) {
    std::string packed = compress(codec, noise(500) + std::string(3000, 'z')).value();
    for (std::size_t bit = 0; bit < 8 * packed.size(); ++bit) {
      packed[bit / 8] = static_cast<char>(packed[bit / 8] ^ (1 << bit % 8));
      const auto out = decompress(codec, packed, 10'000);
      if (out) {
        ASSERT_LE(out->size(), 10'000U);
      }
      packed[bit / 8] = static_cast<char>(packed[bit / 8] ^ (1 << bit % 8));
    }
  }
}

TEST(Codecs, CallTrailingGarbageCorrupt) {
  for (const Codec codec : packing) {
    const auto packed = compress(codec, "some text").value() + "garbage";
    EXPECT_EQ(decompress(codec, packed, plenty).error().code, Errc::corrupt)
        << static_cast<int>(codec);
  }
}

TEST(Codecs, ReadSeveralMembersOrFramesInARow) {
  for (const Codec codec : {Codec::gzip, Codec::lz4, Codec::zstd}) {
    const auto packed = compress(codec, "one, ").value() + compress(codec, "two").value();
    EXPECT_EQ(decompress(codec, packed, plenty).value(), "one, two");
  }
}

TEST(Codecs, OfAnUnknownNumberAreRefused) {
  EXPECT_EQ(decompress(static_cast<Codec>(5), "x", plenty).error().code, Errc::unknown_codec);
  EXPECT_EQ(compress(static_cast<Codec>(7), "x").error().code, Errc::unknown_codec);
}

TEST(Snappy, IsReadRawAndInTheJavaFraming) {
  const std::string text = noise(1000) + std::string(90'000, 'q');
  std::string raw;
  snappy::Compress(text.data(), text.size(), &raw);
  EXPECT_TRUE(decompress(Codec::snappy, raw, plenty).value() == text);
  const auto framed = compress(Codec::snappy, text).value();
  EXPECT_EQ(framed.substr(0, 8), std::string("\x82SNAPPY\0", 8));
  EXPECT_TRUE(decompress(Codec::snappy, framed, plenty).value() == text);
}

TEST(Snappy, IsNotGivenTheMemoryItClaims) {
  std::string claim;
  append_varint(claim, UINT32_MAX);
  EXPECT_EQ(decompress(Codec::snappy, claim + "abc", SIZE_MAX).error().code, Errc::corrupt);
}

TEST(Snappy, WithABlockLengthThatIsALieIsCorrupt) {
  std::string framed = compress(Codec::snappy, "some text").value();
  for (const std::uint32_t lie : {0U, 1U, 1000U, 0x7fffffffU, 0xffffffffU}) {
    store_be(framed.data() + 16, lie);
    EXPECT_EQ(decompress(Codec::snappy, framed, plenty).error().code, Errc::corrupt) << lie;
  }
  EXPECT_EQ(decompress(Codec::snappy, framed.substr(0, 12), plenty).error().code, Errc::corrupt);
}

TEST(Zstd, WithAWindowBeyondTheCapIsRefusedBeforeItIsAllocated) {
  const std::string text = noise(1000);
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  std::string packed(4096, '\0');
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  ZSTD_outBuffer out{packed.data(), packed.size(), 0};
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);
  ASSERT_EQ(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0U);
  ZSTD_freeCCtx(context);
  packed.resize(out.pos);
  EXPECT_EQ(decompress(Codec::zstd, packed, plenty).error().code, Errc::too_large);
}

TEST(Lz4, IsReadWithItsContentSizeAndChecksums) {
  const std::string text = noise(300'000);
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.contentSize = text.size();
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  std::string packed(LZ4F_compressFrameBound(text.size(), &preferences), '\0');
  packed.resize(
      LZ4F_compressFrame(packed.data(), packed.size(), text.data(), text.size(), &preferences));
  EXPECT_TRUE(decompress(Codec::lz4, packed, plenty).value() == text);
  packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 1);
  EXPECT_EQ(decompress(Codec::lz4, packed, plenty).error().code, Errc::corrupt);
}

RC_GTEST_PROP(Codecs, GiveBackAnyBytes, (const std::string& text)) {
  const Codec codec = *rc::gen::elementOf(packing);
  RC_ASSERT(decompress(codec, compress(codec, text).value(), plenty).value() == text);
}

RC_GTEST_PROP(Codecs, SurviveAnyBytesAsInput, (const std::string& bytes)) {
  const Codec codec = *rc::gen::elementOf(packing);
  const auto out = decompress(codec, bytes, 1000);
  if (out) RC_ASSERT(out->size() <= 1000U);
}

}  // namespace
}  // namespace rialto
