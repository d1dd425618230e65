#include "adapters/amqp/errors.h"

#include <gtest/gtest.h>

namespace rialto::amqp {
namespace {

TEST(AmqpErrors, ATextStartsWithTheNameOfItsCode) {
  const Failure failure = failure_of(Error(Errc::not_found, "no queue 'q' in vhost '/'"), {50, 10});
  EXPECT_EQ(failure.text, "NOT_FOUND - no queue 'q' in vhost '/'");
  EXPECT_EQ(failure.code, ReplyCode::not_found);
  EXPECT_EQ(failure.scope, Scope::channel);
}

TEST(AmqpErrors, TheScopeOfACodeIsRabbits) {
  for (int i = 1; i <= static_cast<int>(Errc::timed_out); ++i) {
    const Refusal refusal = refusal_of(static_cast<Errc>(i));
    const auto code = static_cast<int>(refusal.code);
    const bool of_channel = code >= 403 && code <= 406;
    EXPECT_EQ(refusal.scope == Scope::channel, of_channel) << code;
  }
}

TEST(AmqpErrors, OnlyAFaultOfThePublisherClosesItsChannel) {
  EXPECT_TRUE(is_publisher_fault(Errc::not_found));
  EXPECT_TRUE(is_publisher_fault(Errc::access_denied));
  EXPECT_FALSE(is_publisher_fault(Errc::full));
  EXPECT_FALSE(is_publisher_fault(Errc::uncertain));
}

}  // namespace
}  // namespace rialto::amqp
