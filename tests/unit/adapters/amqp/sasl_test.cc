#include "adapters/amqp/sasl.h"

#include "core/model/field_table.h"

#include <gtest/gtest.h>

namespace rialto::amqp {
namespace {

TEST(AmqpSasl, PlainHasTheIdentityInFront) {
  const auto who = read_sasl_response("PLAIN", Bytes("\0guest\0se\0cret", 14));
  ASSERT_TRUE(who);
  EXPECT_EQ(who->user, "guest");
  EXPECT_EQ(who->password, std::string("se\0cret", 7));
  EXPECT_FALSE(read_sasl_response("PLAIN", "guest"));
  EXPECT_FALSE(read_sasl_response("PLAIN", Bytes("\0guest", 6)));
}

TEST(AmqpSasl, AmqplainIsATable) {
  FieldTable table;
  table.set("LOGIN", FieldValue::text("guest"));
  table.set("PASSWORD", FieldValue::text("secret"));
  std::string bytes;
  append_field_table(bytes, table);
  const auto who = read_sasl_response("AMQPLAIN", Bytes(bytes).substr(4));
  ASSERT_TRUE(who);
  EXPECT_EQ(who->user, "guest");
  EXPECT_EQ(who->password, "secret");
  EXPECT_FALSE(read_sasl_response("AMQPLAIN", "\xFF\xFF"));
}

TEST(AmqpSasl, SecretsAreTheSameOnlyWhenEqual) {
  EXPECT_TRUE(same_secret("guest", "guest"));
  EXPECT_FALSE(same_secret("guest", "guesT"));
  EXPECT_FALSE(same_secret("guestguest", "guest"));
  EXPECT_FALSE(same_secret("", "guest"));
  EXPECT_FALSE(same_secret("guest", ""));
}

}  // namespace
}  // namespace rialto::amqp
