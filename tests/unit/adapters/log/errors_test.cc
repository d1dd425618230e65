#include "adapters/log/errors.h"

#include <gtest/gtest.h>

namespace rialto::kafka {
namespace {

TEST(Errors, HaveTheNumbersThatClientsKnow) {
  EXPECT_EQ(wire(Errc::ok), 0);
  EXPECT_EQ(wire(Errc::out_of_range), 1);
  EXPECT_EQ(wire(Errc::corrupt), 2);
  EXPECT_EQ(wire(Errc::not_found), 3);
  EXPECT_EQ(wire(Errc::too_large), 10);
  EXPECT_EQ(wire(Errc::already_exists), 36);
  EXPECT_EQ(wire(Errc::policy_violation), 44);
  EXPECT_EQ(wire(Errc::full), 44);
  EXPECT_EQ(wire(Errc::out_of_order_sequence), 45);
  EXPECT_EQ(wire(Errc::fenced), 47);
  EXPECT_EQ(wire(Errc::no_space), 56);
  EXPECT_EQ(wire(Errc::member_id_required), 79);
}

TEST(Errors, NeverTellSuccessForARefusal) {
  for (int i = 1; i <= static_cast<int>(Errc::timed_out); ++i) {
    EXPECT_NE(wire(static_cast<Errc>(i)), 0) << to_string(static_cast<Errc>(i));
  }
}

TEST(Errors, NameTheGroupWhenItIsWhatIsMissing) {
  EXPECT_EQ(wire_of_group(Errc::not_found), 69);
  EXPECT_EQ(wire_of_group(Errc::not_empty), 68);
}

TEST(Errors, AlwaysHaveAText) {
  EXPECT_EQ(text_of(Error()), std::nullopt);
  EXPECT_EQ(text_of(Error(Errc::corrupt, "crc")), "crc");
  EXPECT_FALSE(text_of(Error(Errc::corrupt))->empty());
}

}  // namespace
}  // namespace rialto::kafka
