#include "core/net/lone_client.h"

#include <gtest/gtest.h>

namespace rialto {
namespace {

const int one = 1;
const int other = 2;

Instant at_ms(std::int64_t ms) {
  return after_ms(Instant(0), ms);
}

/// One tick in which `who` is heard.
void tick(LoneClient& clients, std::int64_t ms, std::initializer_list<const int*> who) {
  for (const int* connection : who)
    clients.heard(connection);
  clients.end_of_tick(at_ms(ms));
}

TEST(LoneClient, IsAloneWhenNobodyElseHasBeenHeardForAWhile) {
  LoneClient clients;
  tick(clients, 0, {&one});
  tick(clients, 5, {&one});
  EXPECT_FALSE(clients.is_alone(at_ms(9)));
  EXPECT_TRUE(clients.is_alone(at_ms(10)));
  tick(clients, 12, {&one});
  EXPECT_TRUE(clients.is_alone(at_ms(12)));
}

TEST(LoneClient, IsNotAloneInTheVeryTickInWhichAnotherIsHeard) {
  LoneClient clients;
  tick(clients, 0, {&one});
  clients.heard(&one);
  EXPECT_TRUE(clients.is_alone(at_ms(50)));
  clients.heard(&other);
  EXPECT_FALSE(clients.is_alone(at_ms(50)));
  clients.heard(&one);
  EXPECT_FALSE(clients.is_alone(at_ms(50))) << "the order within a tick is no matter";
}

TEST(LoneClient, IsNeverAloneWhenTwoTakeTurns) {
  LoneClient clients;
  for (std::int64_t ms = 0; ms < 100; ++ms) {
    tick(clients, ms, {ms % 2 == 0 ? &one : &other});
    EXPECT_FALSE(clients.is_alone(at_ms(ms))) << ms;
  }
  tick(clients, 108, {&other});
  EXPECT_FALSE(clients.is_alone(at_ms(108)));
  EXPECT_TRUE(clients.is_alone(at_ms(109))) << "ten ms after the last turn of the other";
}

}  // namespace
}  // namespace rialto
