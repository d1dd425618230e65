#include "core/net/out_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>

namespace rialto {
namespace {

/// Takes at most `bytes_max`, as a socket would.
std::string take(OutQueue& out, std::size_t bytes_max) {
  std::array<Bytes, 3> pieces;
  const std::size_t n = out.peek(pieces.data(), pieces.size());
  std::string taken;
  for (std::size_t i = 0; i < n && taken.size() < bytes_max; ++i) {
    EXPECT_FALSE(pieces[i].empty());
    taken.append(pieces[i].substr(0, bytes_max - taken.size()));
  }
  out.consume(taken.size());
  return taken;
}

TEST(OutQueue, GivesBackEveryByteInOrderHoweverItIsFilledAndDrained) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t n) { return random() % n; };
  OutQueue out;
  std::string expected;
  unsigned char next = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes(below(4) == 0 ? below(10'000) : below(50), '\0');
    for (char& c : bytes)
      c = static_cast<char>(next++);
    switch (below(4)) {
      case 0: out.append(Slice::copy_of(bytes)); break;
      case 1: out.append(Bytes(bytes)); break;
      case 2: out.tail() += bytes; break;
      default:
        bytes = take(out, below(12'000));
        expected.erase(0, bytes.size());
        continue;
    }
    expected += bytes;
    ASSERT_EQ(out.size_bytes(), expected.size());
  }
  std::string rest;
  while (!out.empty())
    rest += take(out, 5000);
  EXPECT_EQ(rest, expected);
}

TEST(OutQueue, SendsALargeSliceFromWhereItLiesAndCopiesASmallOne) {
  OutQueue out;
  const Slice small = Slice::copy_of(std::string(OutQueue::share_from_bytes - 1, 's'));
  const Slice large = Slice::copy_of(std::string(OutQueue::share_from_bytes, 'l'));
  out.append(small);
  out.append(large);
  std::array<Bytes, 3> pieces;
  ASSERT_EQ(out.peek(pieces.data(), pieces.size()), 2U);
  EXPECT_NE(pieces[0].data(), small.data());
  EXPECT_EQ(pieces[1].data(), large.data());
}

TEST(OutQueue, KeepsASliceAliveUntilItWasSent) {
  OutQueue out;
  out.append(Slice::copy_of(std::string(OutQueue::share_from_bytes, 'x')));
  EXPECT_EQ(take(out, 1000), std::string(1000, 'x'));
  EXPECT_EQ(take(out, 10'000), std::string(OutQueue::share_from_bytes - 1000, 'x'));
  EXPECT_TRUE(out.empty());
}

TEST(OutQueue, IsEmptyWhenATailWasAskedForAndNothingPutIntoIt) {
  OutQueue out;
  out.tail();
  EXPECT_TRUE(out.empty());
  out.append(Slice::copy_of(std::string(OutQueue::share_from_bytes, 'x')));
  EXPECT_EQ(take(out, 10'000).size(), OutQueue::share_from_bytes);
  EXPECT_TRUE(out.empty());
}

TEST(OutQueue, IsFullFromItsBoundOn) {
  OutQueue out;
  out.append(Bytes(std::string(OutQueue::bytes_max - 1, 'x')));
  EXPECT_FALSE(out.full());
  out.append("x");
  EXPECT_TRUE(out.full());
  take(out, 1);
  EXPECT_FALSE(out.full());
}

TEST(OutQueue, AsksForOneVisitUntilTheTouchIsSettled) {
  int visits = 0;
  OutQueue out([&] { ++visits; });
  out.append("a");
  out.append("b");
  out.touch();
  EXPECT_EQ(visits, 1);
  out.settle_touch();
  EXPECT_EQ(visits, 1);
  out.close_after_flush();
  EXPECT_EQ(visits, 2);
  EXPECT_TRUE(out.closing());
}

}  // namespace
}  // namespace rialto
