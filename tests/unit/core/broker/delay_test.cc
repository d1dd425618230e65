#include "core/broker/checkpoint_parts.h"
#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

template <class Part>
Part decoded(const std::string& part) {
  Part out;
  EXPECT_TRUE(decode_fields(Bytes(part).substr(1), out));
  return out;
}

bool is_of(const std::string& part, PartKind kind) {
  return static_cast<PartKind>(part[0]) == kind;
}

/// Delayed messages inside the part of their queue, where they were before they had their own.
std::vector<std::string> as_once_written(std::vector<std::string> parts) {
  const auto own = std::find_if(parts.begin(), parts.end(),
                                [](const auto& part) { return is_of(part, PartKind::delayed); });
  EXPECT_NE(own, parts.end());
  const auto delayed = decoded<DelayedPart>(*own);
  parts.erase(own);
  for (std::string& part : parts) {
    if (!is_of(part, PartKind::queues)) continue;
    auto queues = decoded<QueuesPart>(part);
    for (QueuePartImage& queue : queues.queues) {
      if (queue.id == delayed.queue) queue.delayed = delayed.image;
    }
    part = encode_part(queues);
  }
  return parts;
}

class Delayed : public testing::TestWithParam<Ports> {
 protected:
  std::uint64_t send_later(Peer& peer, const std::string& body, std::int64_t ms, Bytes key = {}) {
    const std::uint64_t sequence =
        publish_amqp(peer, {"", "q", body, "", {}, 0, Delay{ms, std::nullopt, key}});
    core->settle();
    return sequence;
  }
  ListDelayed::Answer listed(Peer& peer) { return peer.get(ListDelayed()).value(); }
  void wait_ms(std::int64_t ms) {
    core->wait_ms(ms);
    core->settle();
  }
  static Result<CancelDelayed::Answer> cancelled(Peer& peer, const std::string& key) {
    return peer.get(CancelDelayed{std::nullopt, key});
  }

  std::unique_ptr<CoreRig> core = std::make_unique<CoreRig>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Ports, Delayed, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Delayed, IsConfirmedAtOnceAndDeliveredNotAMillisecondEarly) {
  Peer peer(*core);
  peer.declare("q");
  const std::uint64_t sequence = send_later(peer, "later", 100);
  EXPECT_TRUE(peer.confirmed(sequence));
  EXPECT_THAT(drained(peer, "q"), IsEmpty());
  wait_ms(100);
  EXPECT_THAT(drained(peer, "q"), IsEmpty());
  EXPECT_LE(core->broker->next_deadline(), after_ms(core->clock.now(), 1));
  wait_ms(1);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("later"));
  EXPECT_EQ(listed(peer).pending, 0U);
}

TEST_P(Delayed, FireInTheOrderOfTheirTimes) {
  Peer peer(*core);
  peer.declare("q");
  for (const auto& [body, ms] : {std::pair("c", 300), {"a", 100}, {"b", 200}, {"b2", 200}})
    send_later(peer, body, ms);
  wait_ms(1000);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("a", "b", "b2", "c"));
}

TEST_P(Delayed, ThatComeDueCloseToEachOtherFireTogetherAndOneByItselfAtOnce) {
  Peer peer(*core);
  peer.declare("q");
  for (const auto& [body, ms] : {std::pair("a", 100), {"b", 101}, {"c", 102}, {"d", 200}})
    send_later(peer, body, ms);
  wait_ms(101);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("a"));
  wait_ms(1);
  EXPECT_THAT(drained(peer, "q"), IsEmpty()) << "it waits for others";
  wait_ms(1);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("b", "c"));
  wait_ms(98);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("d"));
}

TEST_P(Delayed, ThatHaveToBeReadFromTheDiskAreReadTogether) {
  Peer peer(*core);
  peer.declare("q");
  std::vector<std::string> sent;
  for (int n = 0; n < 10; ++n) {
    sent.push_back(std::to_string(n));
    send_later(peer, sent.back(), 100);
  }
  core->engine->hold_reads(true);
  wait_ms(101);
  EXPECT_EQ(core->engine->held_reads(), 2U) << "the first is on its way, and so are the others";
  EXPECT_THAT(core->engine->warmed(), SizeIs(9));
  const std::size_t stored = core->engine->sets().size();
  core->tick();
  EXPECT_EQ(core->engine->sets().size(), stored) << "none goes before the others";
  core->engine->hold_reads(false);
  core->engine->complete_reads();
  core->settle();
  EXPECT_EQ(drained(peer, "q"), sent);
}

TEST_P(Delayed, AreRoutedByTheBindingsOfTheirTime) {
  Peer peer(*core);
  peer.declare("q");
  peer.declare("later");
  DeclareExchange exchange;
  exchange.name = "e";
  exchange.type = "direct";
  exchange.durable = true;
  peer.get(exchange).value();
  publish_amqp(peer, {"e", "k", "body", "", {}, 0, Delay{50, std::nullopt, {}}});
  core->settle();
  peer.get(BindQueue{"later", "e", "k", {}}).value();
  wait_ms(51);
  EXPECT_THAT(drained(peer, "later"), ElementsAre("body"));
  publish_amqp(peer, {"e", "nobody", "lost", "", {}, 0, Delay{50, std::nullopt, {}}});
  core->settle();
  wait_ms(51);
  EXPECT_EQ(listed(peer).pending, 0U) << "nobody wanted it";
}

TEST_P(Delayed, KeepTheirPropertiesAndShowTheDelayNegated) {
  Peer peer(*core);
  peer.declare("q");
  FieldTable headers;
  headers.set("x-delay", FieldValue{'I', std::int64_t{40}});
  headers.set("mine", text("kept"));
  publish_amqp(peer, {"", "q", "body", "", headers, 0, Delay{40, std::nullopt, {}}});
  core->settle();
  wait_ms(41);
  const auto got = peer.get(get_of("q")).value().delivery;
  ASSERT_TRUE(got);
  const RecordView record = view_of(got->record).value();
  Properties properties;
  ASSERT_TRUE(split_properties(*find_header(record, amqp_header::properties), properties));
  const FieldTable table = decode_field_table(properties.value(Property::headers)).value();
  EXPECT_EQ(*table.find("x-delay"), (FieldValue{'I', std::int64_t{-40}}));
  EXPECT_EQ(*table.find("mine"), text("kept"));
  EXPECT_EQ(find_header(record, "rialto.delay"), std::nullopt);
  EXPECT_EQ(find_header(record, amqp_header::routing_key), Bytes("q"));
}

TEST_P(Delayed, ShowTheDelayNegatedWhateverItsType) {
  Peer peer(*core);
  peer.declare("q");
  const std::vector<std::pair<FieldValue, FieldValue>> shown = {
      {text("40"), text("-40")},
      {FieldValue{'d', 40.5}, FieldValue{'d', -40.5}},
      {FieldValue{'B', std::int64_t{200}}, FieldValue{'s', std::int64_t{-200}}},
      {text("soon"), text("soon")}};
  for (const auto& [asked, told] : shown) {
    FieldTable headers;
    headers.set("x-delay", asked);
    publish_amqp(peer, {"", "q", "body", "", headers, 0, Delay{40, std::nullopt, {}}});
    core->settle();
    wait_ms(41);
    const auto got = peer.get(get_of("q")).value().delivery;
    ASSERT_TRUE(got);
    EXPECT_EQ(*headers_of(*got).find("x-delay"), told);
  }
}

TEST_P(Delayed, ExpireFromTheTimeTheyEnterTheQueue) {
  Peer peer(*core);
  peer.declare("q");
  publish_amqp(peer, {"", "q", "body", "100", {}, 0, Delay{1000, std::nullopt, {}}});
  core->settle();
  wait_ms(1001);
  wait_ms(90);
  EXPECT_EQ(counts_of(peer, "q").ready, 1U);
  wait_ms(20);
  EXPECT_EQ(counts_of(peer, "q").ready, 0U);
}

TEST_P(Delayed, AreListedSoonestFirstAndDescribed) {
  Peer peer(*core);
  peer.declare("q");
  send_later(peer, "second", 500, "order-2");
  send_later(peer, "first", 100);
  const ListDelayed::Answer all = listed(peer);
  EXPECT_EQ(all.pending, 2U);
  ASSERT_THAT(all.messages, SizeIs(2));
  EXPECT_EQ(all.messages[0].due_wall_ms, core->clock.wall().get() + 101);
  EXPECT_EQ(all.messages[1].cancel_key, "order-2");
  EXPECT_THAT(all.messages[1].routing_keys, ElementsAre("q"));
  const DelayedInfo one = peer.get(DescribeDelayed{all.messages[1].id}).value();
  EXPECT_EQ(view_of(one.record).value().value, Bytes("second"));
  EXPECT_EQ(peer.get(DescribeDelayed{Offset(77)}).error().code, Errc::not_found);
}

TEST_P(Delayed, AreCancelledByTheirKeyOrFireAndNeverBoth) {
  Peer peer(*core);
  peer.declare("q");
  send_later(peer, "unpaid", 100, "order-1");
  send_later(peer, "reminder", 200, "order-1");
  send_later(peer, "other", 100, "order-2");
  EXPECT_EQ(cancelled(peer, "order-1").value().cancelled, 2U);
  EXPECT_EQ(cancelled(peer, "order-1").error().code, Errc::not_found);
  wait_ms(300);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("other"));
  EXPECT_EQ(cancelled(peer, "order-2").error().code, Errc::not_found) << "it has fired";
}

TEST_P(Delayed, WhatWasCancelledStaysSoOverARestart) {
  {
    Peer peer(*core);
    peer.declare("q");
    send_later(peer, "a", 100, "a");
    send_later(peer, "b", 100, "b");
    EXPECT_EQ(cancelled(peer, "a").value().cancelled, 1U);
  }
  core = core->restarted();
  Peer peer(*core);
  EXPECT_EQ(cancelled(peer, "a").error().code, Errc::not_found);
  EXPECT_EQ(listed(peer).pending, 1U);
  wait_ms(101);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("b"));
}

TEST_P(Delayed, SurviveRestartsAndCheckpointsWithTheirKeys) {
  {
    Peer peer(*core);
    peer.declare("q");
    send_later(peer, "a", 100, "a");
  }
  core = core->stopped_and_started();
  {
    Peer peer(*core);
    send_later(peer, "b", 100, "b");
  }
  core = core->restarted();
  Peer peer(*core);
  EXPECT_EQ(cancelled(peer, "b").value().cancelled, 1U);
  EXPECT_EQ(listed(peer).messages.front().cancel_key, "a");
  wait_ms(101);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("a"));
}

TEST_P(Delayed, InAPartOfTheirQueueAreReadToo) {
  {
    Peer peer(*core);
    peer.declare("q");
    send_later(peer, "a", 100, "a");
  }
  core->broker->close().value();
  core->engine->checkpoint(as_once_written(*core->engine->checkpoint_parts()));
  core = core->restarted();
  Peer peer(*core);
  EXPECT_EQ(listed(peer).messages.front().cancel_key, "a");
  wait_ms(101);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("a"));
}

TEST_P(Delayed, WhoseTimeCameWhileTheServerWasDownFireAtItsStart) {
  {
    Peer peer(*core);
    peer.declare("q");
    send_later(peer, "a", 100);
  }
  core->clock.advance_ms(3'600'000);
  core = core->restarted();
  core->settle();
  Peer peer(*core);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("a"));
}

TEST_P(Delayed, FollowAClockThatIsSetForwardsWithinASecondAndBackwardsAtOnce) {
  Peer peer(*core);
  peer.declare("q");
  send_later(peer, "a", 60'000);
  core->tick();
  core->clock.set_wall(WallMs(core->clock.wall().get() + 60'000));
  EXPECT_LE(core->broker->next_deadline(), after_ms(core->clock.now(), 1000));
  wait_ms(1000);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("a"));
  send_later(peer, "b", 100);
  core->clock.set_wall(WallMs(core->clock.wall().get() - 5000));
  wait_ms(200);
  EXPECT_THAT(drained(peer, "q"), IsEmpty()) << "by the clock it is too early";
  wait_ms(5000);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("b"));
}

TEST_P(Delayed, WaitForAQueueThatIsFullMeanwhile) {
  Peer peer(*core);
  peer.get(queue_with("q", {{"x-max-length", number(1)}, {"x-overflow", text("reject-publish")}}))
      .value();
  send_later(peer, "confirmed", 100);
  publish_amqp(peer, {"", "q", "first"});
  core->settle();
  wait_ms(101);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("first"));
  wait_ms(1000);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("confirmed"));
}

TEST_P(Delayed, WaitInTheirVhostAndGoWithIt) {
  Peer root(*core);
  root.get(PutVhost{"v", "", ""}).value();
  {
    Peer there(*core, 1, Protocol::amqp, "v");
    there.declare("q");
    send_later(there, "a", 100);
    EXPECT_EQ(listed(there).pending, 1U);
    EXPECT_EQ(listed(root).pending, 0U);
  }
  core->settle();
  root.get(DeleteVhost{"v"}).value();
  wait_ms(1000);
  EXPECT_EQ(root.get(ReadStats()).value().delayed, 0U);
}

TEST_P(Delayed, OfATransactionWaitForTheCommit) {
  Peer peer(*core);
  peer.declare("q");
  const Bytes body = "body";
  Publish message;
  message.publisher = PublisherId(1);
  message.routing_key = "q";
  message.in_transaction = true;
  message.record.body = {&body, 1};
  message.delay = Delay{100, std::nullopt, "key"};
  peer.port().publish(peer.id(), message);
  core->settle();
  EXPECT_EQ(listed(peer).pending, 0U);
  peer.get(CommitTransaction{PublisherId(1), {}}).value();
  EXPECT_EQ(listed(peer).messages.front().cancel_key, "key");
  wait_ms(101);
  EXPECT_THAT(drained(peer, "q"), ElementsAre("body"));
}

TEST_P(Delayed, BeyondTenYearsAreRefused) {
  Peer peer(*core);
  peer.declare("q");
  send_later(peer, "a", INT64_MAX);
  ASSERT_THAT(peer.refusals, SizeIs(1));
  EXPECT_EQ(peer.refusals[0].result, Errc::invalid_argument);
  EXPECT_THAT(peer.refusals[0].text, HasSubstr("ten years"));
}

TEST_P(Delayed, AreNoQueueThatClientsSee) {
  Peer peer(*core);
  peer.declare("q");
  send_later(peer, "a", 100);
  EXPECT_THAT(peer.get(ListQueues()).value(), SizeIs(1));
  EXPECT_EQ(peer.get(ReadStats()).value().queues, 1U);
  EXPECT_EQ(peer.get(get_of("")).error().code, Errc::not_found);
  EXPECT_EQ(peer.get(PurgeQueue{""}).error().code, Errc::not_found);
  EXPECT_EQ(listed(peer).pending, 1U);
}

}  // namespace
}  // namespace rialto::test
