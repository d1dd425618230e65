#include "adapters/log/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace rialto::kafka {
namespace {

Encoded answer(const std::string& text) {
  Encoded encoded;
  encoded.tail() = text;
  return encoded;
}

std::string sent(const OutQueue& out) {
  std::vector<Bytes> pieces(1000);
  pieces.resize(out.peek(pieces.data(), pieces.size()));
  std::string all;
  for (const Bytes piece : pieces)
    all.append(piece);
  return all;
}

TEST(Pipeline, SendsAnswersInTheOrderOfTheirRequests) {
  OutQueue out;
  Pipeline pipeline(out);
  const auto a = pipeline.open(0);
  const auto b = pipeline.open(0);
  const auto c = pipeline.open(0);
  pipeline.fill(c, answer("c"));
  pipeline.fill(b, answer("b"));
  EXPECT_EQ(sent(out), "");
  pipeline.fill(a, answer("a"));
  EXPECT_EQ(sent(out), "abc");
  EXPECT_TRUE(pipeline.empty());
}

TEST(Pipeline, KeepsTheOrderWhateverFinishesFirst) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    OutQueue out;
    Pipeline pipeline(out);
    std::vector<std::pair<char, Pipeline::Slot>> slots;
    for (char name = 'a'; name < 'k'; ++name)
      slots.emplace_back(name, pipeline.open(1));
    std::shuffle(slots.begin(), slots.end(), random);
    for (const auto& [name, slot] : slots)
      pipeline.fill(slot, answer(std::string(1, name)));
    EXPECT_EQ(sent(out), "abcdefghij");
  }
}

TEST(Pipeline, LeavesOutRequestsThatGetNoAnswer) {
  OutQueue out;
  Pipeline pipeline(out);
  const auto a = pipeline.open(0);
  const auto b = pipeline.open(0);
  pipeline.fill(b, answer("b"));
  pipeline.skip(a);
  EXPECT_EQ(sent(out), "b");
}

TEST(Pipeline, HasNoRoomBeyondItsAnswers) {
  OutQueue out;
  Pipeline pipeline(out);
  const auto first = pipeline.open(0);
  for (std::size_t i = 1; i < Pipeline::answers_max; ++i)
    pipeline.open(0);
  EXPECT_FALSE(pipeline.has_room());
  pipeline.fill(first, answer("x"));
  EXPECT_TRUE(pipeline.has_room());
}

TEST(Pipeline, HasNoRoomBeyondItsWeightButForOneRequestAlone) {
  OutQueue out;
  Pipeline pipeline(out);
  const auto large = pipeline.open(Pipeline::weight_bytes_max - 1);
  EXPECT_TRUE(pipeline.has_room());
  pipeline.add_weight(large, 1);
  EXPECT_FALSE(pipeline.has_room());
  pipeline.skip(large);
  EXPECT_TRUE(pipeline.has_room());
}

TEST(Pipeline, HasNoRoomWhileThePeerDoesNotRead) {
  OutQueue out;
  Pipeline pipeline(out);
  const auto slot = pipeline.open(0);
  pipeline.fill(slot, answer(std::string(OutQueue::bytes_max, 'x')));
  EXPECT_FALSE(pipeline.has_room());
  out.consume(OutQueue::bytes_max);
  EXPECT_TRUE(pipeline.has_room());
}

TEST(Encoded, SharesLargeSlicesAndCountsThemIntoTheFrame) {
  const std::string large(OutQueue::share_from_bytes, 'l');
  Encoded encoded;
  encoded.tail().append(4, '\0');
  encoded.tail().append("head");
  encoded.append(Slice::copy_of(large));
  encoded.append(Slice::copy_of("small"));
  encoded.close_frame();
  const std::string all = encoded.joined();
  EXPECT_EQ(load_be<std::int32_t>(all.data()), static_cast<std::int32_t>(all.size() - 4));
  EXPECT_EQ(all.substr(4), "head" + large + "small");
  OutQueue out;
  encoded.move_to(out);
  EXPECT_EQ(sent(out), all);
}

}  // namespace
}  // namespace rialto::kafka
