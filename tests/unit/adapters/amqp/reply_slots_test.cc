#include "adapters/amqp/reply_slots.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace rialto::amqp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReplySlotsTest : public testing::Test {
 protected:
  ReplySlots::Emit says(std::string word) {
    return [this, word = std::move(word)] { said_.push_back(word); };
  }
  ReplySlots slots_;
  std::vector<std::string> said_;
};

TEST_F(ReplySlotsTest, AnswersLeaveInTheOrderOfTheQuestions) {
  const auto a = slots_.reserve();
  const auto b = slots_.reserve();
  const auto c = slots_.reserve();
  slots_.fill(c, says("c"));
  slots_.fill(b, says("b"));
  EXPECT_THAT(said_, IsEmpty());
  slots_.fill(a, says("a"));
  EXPECT_THAT(said_, ElementsAre("a", "b", "c"));
  EXPECT_TRUE(slots_.empty());
}

TEST_F(ReplySlotsTest, AReplyThatIsReadyWaitsForThoseBeforeIt) {
  slots_.add_ready(says("first"));
  const auto a = slots_.reserve();
  slots_.add_ready(says("last"));
  EXPECT_THAT(said_, ElementsAre("first"));
  slots_.fill(a, says("a"));
  EXPECT_THAT(said_, ElementsAre("first", "a", "last"));
}

TEST_F(ReplySlotsTest, NothingIsSaidAfterAReplyThatClosesTheChannel) {
  const auto a = slots_.reserve();
  const auto b = slots_.reserve();
  slots_.fill(b, says("b"));
  slots_.fill(a, [this] {
    said_.push_back("closed");
    slots_.clear();
  });
  EXPECT_THAT(said_, ElementsAre("closed"));
  slots_.fill(b, says("late"));
  EXPECT_THAT(said_, ElementsAre("closed"));
}

}  // namespace
}  // namespace rialto::amqp
