#include "adapters/amqp/wire/frame.h"

#include <gtest/gtest.h>

namespace rialto::amqp {
namespace {

std::string body_frame(Bytes payload) {
  std::string out;
  append_frame(out, FrameType::body, 7, payload);
  return out;
}

TEST(AmqpFrame, AFrameReadsBackAsItWasWritten) {
  const std::string bytes = body_frame("hello") + "next";
  const ScannedFrame scanned = scan_frame(bytes, 100);
  ASSERT_EQ(scanned.state, FrameState::complete);
  EXPECT_EQ(scanned.frame.type, 3);
  EXPECT_EQ(scanned.frame.channel, 7);
  EXPECT_EQ(scanned.frame.payload, "hello");
  EXPECT_EQ(scanned.frame.whole.size(), bytes.size() - 4);
}

TEST(AmqpFrame, EveryPrefixOfAFrameAsksForMore) {
  const std::string bytes = body_frame("hello");
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(scan_frame(Bytes(bytes).substr(0, n), 100).state, FrameState::incomplete) << n;
  }
}

TEST(AmqpFrame, ALengthBombIsRefusedFromItsHeadAlone) {
  std::string head("\x01\x00\x01\xFF\xFF\xFF\xFF", 7);
  const ScannedFrame scanned = scan_frame(head, 4096);
  EXPECT_EQ(scanned.state, FrameState::too_large);
  EXPECT_EQ(scanned.whole_bytes, 0xFFFFFFFFULL + 8);
}

TEST(AmqpFrame, AMissingEndOctetIsSeen) {
  std::string bytes = body_frame("hello");
  bytes.back() = 'x';
  EXPECT_EQ(scan_frame(bytes, 100).state, FrameState::bad_end);
}

TEST(AmqpFrame, AnOpenFrameGetsItsSizeWhenItIsFinished) {
  std::string out = "before";
  OpenFrame frame(out, FrameType::method, 1);
  out += "12345678";
  frame.finish();
  const ScannedFrame scanned = scan_frame(Bytes(out).substr(6), 100);
  ASSERT_EQ(scanned.state, FrameState::complete);
  EXPECT_EQ(scanned.frame.payload, "12345678");
}

}  // namespace
}  // namespace rialto::amqp
