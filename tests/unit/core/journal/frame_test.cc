#include "core/journal/frame.h"

#include <gtest/gtest.h>

namespace rialto {
namespace {

constexpr std::uint32_t seed = 99;
constexpr std::uint64_t slot_bytes = 1 << 20;

FrameHeader some_header() {
  FrameHeader h;
  h.kind = FrameKind::catalog;
  h.flags = frame_last_of_set | frame_amqp_written;
  h.epoch = Epoch(7);
  h.meta_bytes = 5;
  h.payload_bytes = 4;
  h.payload_crc = 0x01020304;
  h.lsn = Lsn(4096);
  h.durable = Lsn(4000);
  h.set_first = Lsn(3072);
  return h;
}

std::string sealed(const FrameHeader& header, Bytes meta) {
  std::string raw(frame_header_bytes, '\xaa');
  put_frame_header(header, raw.data());
  raw.append(meta);
  seal_frame(raw.data(), header.durable, WallMs(1234), seed);
  return raw;
}

TEST(Frame, ReadsBackWhatWasSealed) {
  const std::string raw = sealed(some_header(), "meta!");
  const auto h = parse_frame_header(raw);
  ASSERT_TRUE(h);
  EXPECT_EQ(h->kind, FrameKind::catalog);
  EXPECT_EQ(h->flags, frame_last_of_set | frame_amqp_written);
  EXPECT_EQ(h->epoch, Epoch(7));
  EXPECT_EQ(h->meta_bytes, 5U);
  EXPECT_EQ(h->payload_bytes, 4U);
  EXPECT_EQ(h->payload_crc, 0x01020304U);
  EXPECT_EQ(h->lsn, Lsn(4096));
  EXPECT_EQ(h->durable, Lsn(4000));
  EXPECT_EQ(h->set_first, Lsn(3072));
  EXPECT_EQ(h->wall_ms, 1234);
  EXPECT_EQ(h->size_bytes(), 80U);
  EXPECT_EQ(h->end(), Lsn(4176));
}

TEST(Frame, HasTheLayoutOfTheFormatDocument) {
  const std::string raw = sealed(some_header(), "meta!");
  EXPECT_EQ(raw.substr(0, 4), "RTLF");
  EXPECT_EQ(raw[4], 1);
  EXPECT_EQ(raw[5], 5);
  EXPECT_EQ(load_le<std::uint16_t>(raw.data() + 6), 3);
  EXPECT_EQ(load_le<std::uint32_t>(raw.data() + 8), 7U);
  EXPECT_EQ(load_le<std::uint32_t>(raw.data() + 12), 5U);
  EXPECT_EQ(load_le<std::uint32_t>(raw.data() + 16), 4U);
  EXPECT_EQ(load_le<std::uint64_t>(raw.data() + 24), 4096U);
  EXPECT_EQ(load_le<std::uint64_t>(raw.data() + 32), 4000U);
  EXPECT_EQ(load_le<std::uint64_t>(raw.data() + 40), 3072U);
  EXPECT_EQ(load_le<std::int64_t>(raw.data() + 48), 1234);
  EXPECT_EQ(load_le<std::uint32_t>(raw.data() + 60), 0U);
}

TEST(Frame, NoticesEveryFlippedBitOfHeaderAndMeta) {
  const std::string raw = sealed(some_header(), "meta!");
  ASSERT_TRUE(frame_crc_holds(raw, seed));
  for (std::size_t bit = 0; bit < raw.size() * 8; ++bit) {
    std::string bad = raw;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto h = parse_frame_header(bad);
    const bool valid =
        h && frame_plausible(*h, Lsn(4096), slot_bytes) &&
        bad.size() >= frame_header_bytes + h->meta_bytes &&
        frame_crc_holds(Bytes(bad).substr(0, frame_header_bytes + h->meta_bytes), seed);
    EXPECT_FALSE(valid) << "bit " << bit;
  }
}

TEST(Frame, BelongsToOneDirectoryOnly) {
  const std::string raw = sealed(some_header(), "meta!");
  EXPECT_FALSE(frame_crc_holds(raw, seed + 1));
  EXPECT_NE(frame_seed("one directory id"), frame_seed("another one's id"));
}

TEST(Frame, IsNotPlausibleOutsideOfItsPlace) {
  FrameHeader h = some_header();
  EXPECT_TRUE(frame_plausible(h, Lsn(4096), slot_bytes));
  EXPECT_FALSE(frame_plausible(h, Lsn(4104), slot_bytes)) << "another address";
  h.durable = Lsn(4097);
  EXPECT_FALSE(frame_plausible(h, Lsn(4096), slot_bytes)) << "durable before it was written";
  h = some_header();
  h.set_first = Lsn(4104);
  EXPECT_FALSE(frame_plausible(h, Lsn(4096), slot_bytes)) << "its set begins after it";
  h = some_header();
  h.payload_bytes = static_cast<std::uint32_t>(slot_bytes - 4096 - 64 - 5);
  EXPECT_TRUE(frame_plausible(h, Lsn(4096), slot_bytes)) << "up to the end of the slot";
  h.payload_bytes += 1;
  EXPECT_FALSE(frame_plausible(h, Lsn(4096), slot_bytes));
  h.payload_bytes = UINT32_MAX;
  h.meta_bytes = UINT32_MAX;
  EXPECT_FALSE(frame_plausible(h, Lsn(4096), slot_bytes)) << "lengths that overflow 32 bits";
}

TEST(Frame, TellsWhenOnlyItsKindHasRotted) {
  std::string raw = sealed(some_header(), "meta!");
  raw[5] = 4;
  EXPECT_FALSE(frame_crc_holds(raw, seed));
  EXPECT_TRUE(frame_crc_holds_as(FrameKind::catalog, raw, seed));
  EXPECT_FALSE(frame_crc_holds_as(FrameKind::data, raw, seed));
}

}  // namespace
}  // namespace rialto
