#include "core/model/start_point.h"

#include <gtest/gtest.h>

namespace rialto {
namespace {

using Kind = StartPoint::Kind;

FieldValue timestamp(std::int64_t seconds) {
  FieldValue value;
  value.tag = 'T';
  value.value = seconds;
  return value;
}

TEST(StartPoint, OfASubscriptionIsAnEndOrATime) {
  EXPECT_EQ(subscription_start(FieldValue::text("earliest"))->kind, Kind::earliest);
  EXPECT_EQ(subscription_start(FieldValue::text("latest"))->kind, Kind::latest);
  EXPECT_EQ(subscription_start(timestamp(1'700'000'000))->time_ms, 1'700'000'000'000);
  EXPECT_EQ(subscription_start(FieldValue::text("1970-01-01T00:00:01Z"))->time_ms, 1000);
  for (const char* wrong : {"", "first", "1h", "yesterday", "2026-13-01T00:00:00Z"})
    EXPECT_FALSE(subscription_start(FieldValue::text(wrong))) << wrong;
  EXPECT_FALSE(subscription_start(FieldValue::integer(7)));
  EXPECT_FALSE(subscription_start(FieldValue::boolean(true)));
}

TEST(StartPoint, OfAStreamHasAllFormsOfRabbitMq) {
  EXPECT_EQ(stream_start(FieldValue::text("first"))->kind, Kind::earliest);
  EXPECT_EQ(stream_start(FieldValue::text("last"))->kind, Kind::last_batch);
  EXPECT_EQ(stream_start(FieldValue::text("next"))->kind, Kind::latest);
  EXPECT_EQ(stream_start(FieldValue::integer(42))->offset, Offset(42));
  EXPECT_EQ(stream_start(FieldValue::integer(-1))->offset, Offset(0));
  EXPECT_EQ(stream_start(timestamp(5))->time_ms, 5000);
  const auto age = stream_start(FieldValue::text("2h"));
  ASSERT_TRUE(age);
  EXPECT_EQ(age->kind, Kind::age);
  EXPECT_EQ(age->age_ms, 7'200'000);
  for (const char* wrong : {"", "h", "-1h", "1w", "1.5h", "earliest"})
    EXPECT_FALSE(stream_start(FieldValue::text(wrong))) << wrong;
}

TEST(StartPoint, TimesBeyondAllRecordsAreNoOverflow) {
  EXPECT_EQ(subscription_start(timestamp(-1))->time_ms, 0);
  EXPECT_GT(subscription_start(timestamp(INT64_MAX))->time_ms, 0);
  EXPECT_FALSE(age_ms("9223372036854775807Y"));
  EXPECT_EQ(age_ms("7D"), 7LL * 24 * 3600 * 1000);
}

}  // namespace
}  // namespace rialto
