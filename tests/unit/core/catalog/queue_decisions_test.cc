#include "core/catalog/queue_arguments.h"
#include "tests/unit/core/catalog/catalog_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace rialto {
namespace {

using testing::HasSubstr;

class DeclaringAQueue : public CatalogFixture {};

TEST_F(DeclaringAQueue, MakesATopicOfTheSameNameThatKeepsNothing) {
  const QueueRecord& queue = declare("q");
  const TopicRecord* topic = catalog.topic("/", "q");
  ASSERT_NE(topic, nullptr);
  EXPECT_EQ(queue.topic, topic->id);
  EXPECT_EQ(topic->queue, queue.id);
  EXPECT_TRUE(topic->of_queue);
  EXPECT_EQ(topic->keep, Keep::none);
  EXPECT_THAT(topic->partitions, testing::ElementsAre(queue.partition));
  EXPECT_EQ(queue.id.get() & volatile_id_bit, 0U);
}

TEST_F(DeclaringAQueue, HidesQueuesThatAreNotForEverybodyAndForGood) {
  auto auto_delete = durable("a");
  auto_delete.auto_delete = true;
  auto exclusive = durable("b");
  exclusive.exclusive = true;
  auto server_named = durable("amq.gen-1");
  server_named.server_named = true;
  const auto odd_name = durable("na\xc3\xafve queue");
  auto transient = durable("e");
  transient.durable = false;
  for (const auto& command : {auto_delete, exclusive, server_named, odd_name, transient}) {
    const QueueRecord& queue = declare(command);
    EXPECT_EQ(queue.topic, TopicId(0)) << command.name;
    EXPECT_NE(queue.partition, PartitionId(0)) << command.name;
    EXPECT_EQ(catalog.topic("/", command.name), nullptr);
  }
}

TEST_F(DeclaringAQueue, GivesIdsOfTheProcessToQueuesThatEndWithIt) {
  auto exclusive = durable("x");
  exclusive.exclusive = true;
  const CatalogFrame frame = effect(decide_declare_queue(catalog, exclusive));
  ASSERT_EQ(frame.queues.size(), 1U);
  EXPECT_NE(frame.queues[0].id.get() & volatile_id_bit, 0U);
  EXPECT_NE(frame.queues[0].partition.get() & volatile_id_bit, 0U);
  EXPECT_FALSE(frame.queues[0].durable) << "whatever was asked for";
  EXPECT_FALSE(needs_journal(frame));
  auto transient = durable("t");
  transient.durable = false;
  EXPECT_FALSE(needs_journal(effect(decide_declare_queue(catalog, transient))));
  EXPECT_TRUE(needs_journal(effect(decide_declare_queue(catalog, durable("d")))));
}

TEST_F(DeclaringAQueue, AgainAndEqualIsNothing) {
  declare("q");
  EXPECT_TRUE(is_no_op(effect(decide_declare_queue(catalog, durable("q")))));
  auto classic = durable("q");
  classic.arguments.set("x-queue-type", FieldValue::text("classic"));
  EXPECT_TRUE(is_no_op(effect(decide_declare_queue(catalog, classic))));
  auto unknown = durable("q");
  unknown.arguments.set("x-my-own", FieldValue::integer(3));
  EXPECT_TRUE(is_no_op(effect(decide_declare_queue(catalog, unknown))));
}

TEST_F(DeclaringAQueue, OtherwiseSaysWhatDiffersInRabbitMqsWords) {
  declare("q");
  auto other = durable("q");
  other.durable = false;
  expect_refusal(decide_declare_queue(catalog, other), Errc::not_equivalent,
                 "inequivalent arg 'durable' for queue 'q' in vhost '/': received 'false' but "
                 "current is 'true'");
  other = durable("q");
  other.auto_delete = true;
  expect_refusal(decide_declare_queue(catalog, other), Errc::not_equivalent,
                 "inequivalent arg 'auto_delete' for queue 'q' in vhost '/': received 'true' but "
                 "current is 'false'");
  other = durable("q");
  other.arguments.set("x-queue-type", FieldValue::text("quorum"));
  expect_refusal(decide_declare_queue(catalog, other), Errc::not_equivalent,
                 "inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received the value "
                 "'quorum' of type 'longstr' but current is the value 'classic' of type "
                 "'longstr'");
  other = durable("q");
  other.arguments.set("x-queue-mode", FieldValue::text("lazy"));
  expect_refusal(decide_declare_queue(catalog, other), Errc::not_equivalent,
                 "inequivalent arg 'x-queue-mode' for queue 'q' in vhost '/': received the value "
                 "'lazy' of type 'longstr' but current is none");
}

TEST_F(DeclaringAQueue, ComparesIntegersByValue) {
  auto command = durable("q");
  command.arguments.set("x-queue-version", FieldValue::integer(2));
  declare(command);
  command.arguments.entries[0].value.tag = 'I';
  EXPECT_TRUE(is_no_op(effect(decide_declare_queue(catalog, command))));
  command.arguments.entries[0].value = FieldValue::integer(1);
  expect_refusal(decide_declare_queue(catalog, command), Errc::not_equivalent,
                 "received the value '1' of type 'long' but current is the value '2' of type");
}

TEST_F(DeclaringAQueue, OfAnotherConnectionIsLocked) {
  auto exclusive = durable("q");
  exclusive.exclusive = true;
  const QueueId id = declare(exclusive).id;
  catalog.set_owner(id, exclusive.session);
  EXPECT_TRUE(is_no_op(effect(decide_declare_queue(catalog, exclusive))));
  auto stranger = exclusive;
  stranger.session = SessionId(99);
  expect_refusal(decide_declare_queue(catalog, stranger), Errc::locked,
                 "cannot obtain exclusive access to locked queue 'q' in vhost '/'");
  stranger.passive = true;
  expect_refusal(decide_declare_queue(catalog, stranger), Errc::locked, "locked queue 'q'");
  EXPECT_EQ(find_queue(catalog, "/", "q", stranger.session).error().code, Errc::locked);
  EXPECT_EQ((*find_queue(catalog, "/", "q", exclusive.session))->id, id);
  declare("open");
  auto mismatch = durable("open");
  mismatch.exclusive = true;
  expect_refusal(decide_declare_queue(catalog, mismatch), Errc::locked, "locked queue 'open'");
}

TEST_F(DeclaringAQueue, PassivelyAsksOnlyWhetherItExists) {
  auto ask = durable("q");
  ask.passive = true;
  expect_refusal(decide_declare_queue(catalog, ask), Errc::not_found, "no queue 'q' in vhost '/'");
  declare("q");
  ask.durable = false;
  ask.arguments.set("x-queue-type", FieldValue::text("stream"));
  EXPECT_TRUE(is_no_op(effect(decide_declare_queue(catalog, ask))));
}

TEST_F(DeclaringAQueue, ReservesNames) {
  expect_refusal(decide_declare_queue(catalog, durable("amq.mine")), Errc::access_denied,
                 "queue name 'amq.mine' contains reserved prefix 'amq.*'");
  expect_refusal(decide_declare_queue(catalog, durable(std::string(256, 'n'))), Errc::invalid_name,
                 "1 to 255 bytes");
  EXPECT_FALSE(is_no_op(effect(decide_declare_queue(catalog, durable(std::string(255, 'n'))))));
}

TEST_F(DeclaringAQueue, RefusesByNameWhatHasAMeaningWeLack) {
  for (const char* name :
       {"x-consumer-timeout", "x-consumer-disconnected-timeout", "x-retry-forever",
        "x-retention-forever", "x-cache-ttl", "x-cache-size", "x-deduplication-header"}) {
    auto command = durable("q");
    command.arguments.set(name, FieldValue::integer(1));
    expect_refusal(decide_declare_queue(catalog, command), Errc::not_supported, name);
  }
}

TEST_F(DeclaringAQueue, WithARetentionKeepsItsLogForSoLong) {
  auto queue = durable("q");
  queue.arguments.set("x-retention-ms", FieldValue::integer(60'000));
  auto stream = durable("s");
  stream.arguments.set("x-queue-type", FieldValue::text("stream"));
  stream.arguments.set("x-max-age", FieldValue::text("1D"));
  stream.arguments.set("x-max-length-bytes", FieldValue::integer(1'000'000));
  for (const auto& [command, ms, bytes] :
       {std::tuple(queue, "60000", "-1"), std::tuple(stream, "86400000", "1000000")}) {
    const auto frame = decide_declare_queue(catalog, command);
    ASSERT_TRUE(frame.has_value());
    ASSERT_EQ(frame->topics.size(), 1U);
    EXPECT_EQ(frame->topics[0].keep, Keep::time_size);
    EXPECT_EQ(frame->topics[0].configs[0].value, ms);
    EXPECT_EQ(frame->topics[0].configs[1].value, bytes);
  }
  queue.auto_delete = true;
  expect_refusal(decide_declare_queue(catalog, queue), Errc::invalid_argument, "retention");
}

TEST_F(DeclaringAQueue, MayLimitItsLogByBytesAlone) {
  auto queue = durable("q");
  queue.arguments.set("x-retention-bytes", FieldValue::integer(1000));
  const auto frame = decide_declare_queue(catalog, queue);
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->topics.at(0).configs.at(0).value, "-1");
  EXPECT_EQ(frame->topics.at(0).configs.at(1).value, "1000");
}

TEST_F(DeclaringAQueue, OfStreamsTakesTheirHintsOfStorage) {
  auto stream = durable("s");
  stream.arguments.set("x-queue-type", FieldValue::text("stream"));
  stream.arguments.set("x-stream-max-segment-size-bytes", FieldValue::integer(1'000'000));
  stream.arguments.set("x-stream-filter-size-bytes", FieldValue::integer(32));
  EXPECT_TRUE(decide_declare_queue(catalog, stream).has_value());
}

TEST_F(DeclaringAQueue, OfOneTypeTakesNoArgumentOfAnother) {
  auto stream = durable("s");
  stream.arguments.set("x-queue-type", FieldValue::text("stream"));
  stream.arguments.set("x-dead-letter-exchange", FieldValue::text("x"));
  expect_refusal(decide_declare_queue(catalog, stream), Errc::invalid_argument,
                 "invalid arg 'x-dead-letter-exchange' for queue 's' in vhost '/' of queue type "
                 "rabbit_stream_queue");
  auto classic = durable("c");
  classic.arguments.set("x-max-age", FieldValue::text("1D"));
  expect_refusal(decide_declare_queue(catalog, classic), Errc::invalid_argument,
                 "of queue type rabbit_classic_queue");
}

TEST_F(DeclaringAQueue, TakesTheArgumentsThatRabbitMqKnowsForItsType) {
  const FieldValue one = FieldValue::integer(1);
  struct Case {
    const char* name;
    FieldValue value;
    const char* types;
  };
  const Case cases[] = {
      {"x-max-priority", one, "classic"},
      {"x-queue-mode", FieldValue::text("lazy"), "classic"},
      {"x-queue-version", one, "classic"},
      {"x-queue-master-locator", FieldValue::text("min-masters"), "classic"},
      {"x-quorum-initial-group-size", one, "quorum"},
      {"x-max-in-memory-length", one, "quorum"},
      {"x-max-in-memory-bytes", one, "quorum"},
      {"x-initial-cluster-size", one, "stream"},
      {"x-stream-max-segment-size-bytes", one, "stream"},
      {"x-max-age", FieldValue::text("1h"), "stream"},
      {"x-message-ttl", one, "classic quorum"},
      {"x-delivery-limit", one, "classic quorum"},
      {"x-max-length", one, "classic quorum"},
      {"x-max-length-bytes", one, "classic quorum stream"},
      {"x-queue-leader-locator", FieldValue::text("balanced"), "classic quorum stream"},
  };
  for (const Case& c : cases) {
    for (const char* type : {"classic", "quorum", "stream"}) {
      auto command = durable("q");
      command.arguments.set("x-queue-type", FieldValue::text(type));
      command.arguments.set(c.name, c.value);
      const auto decided = decide_declare_queue(catalog, command);
      const bool taken = std::string_view(c.types).find(type) != std::string_view::npos;
      EXPECT_EQ(decided.has_value(), taken) << c.name << " of " << type;
      if (!taken && decided.has_error()) {
        EXPECT_THAT(decided.error().text, HasSubstr(std::string("of queue type rabbit_") + type));
      }
    }
  }
}

TEST_F(DeclaringAQueue, ChecksTheValuesOfItsArguments) {
  const auto refused = [this](const char* name, FieldValue value, const char* why) {
    auto command = durable("q");
    command.arguments.set("x-dead-letter-exchange", FieldValue::text("x"));
    command.arguments.set(name, std::move(value));
    expect_refusal(decide_declare_queue(catalog, command), Errc::invalid_argument, why);
  };
  refused("x-message-ttl", FieldValue::integer(-1), "invalid arg 'x-message-ttl' for queue 'q'");
  refused("x-message-ttl", FieldValue{'d', 10.0}, "is not of the right type");
  refused("x-message-ttl", FieldValue::text("10"), "is not of the right type");
  refused("x-expires", FieldValue::integer(0), "0 is not within 1 and");
  refused("x-max-length", FieldValue::integer(-1), "x-max-length");
  refused("x-message-deduplication", FieldValue::text("yes"), "is not of the right type");
  refused("x-dedup-window", FieldValue::integer(0), "0 is not within 1 and 604800000");
  refused("x-overflow", FieldValue::text("drop-tail"), "drop-head, reject-publish");
  refused("x-dead-letter-exchange", FieldValue::integer(1), "is not of the right type");
  refused("x-dead-letter-strategy", FieldValue::text("twice"), "at-least-once");
  refused("x-queue-mode", FieldValue::text("eager"), "it is not one of default, lazy");
  refused("x-queue-version", FieldValue::integer(3), "3 is not within 1 and 2");
  refused("x-queue-leader-locator", FieldValue::text("near"), "client-local");
  refused("x-queue-type", FieldValue(), "not a queue type");
  auto keyed = durable("q");
  keyed.arguments.set("x-dead-letter-routing-key", FieldValue::text("k"));
  expect_refusal(decide_declare_queue(catalog, keyed), Errc::invalid_argument,
                 "routing_key_but_no_dlx_defined");
}

TEST_F(DeclaringAQueue, AcceptsHintsThatMeanNothingOnOneNode) {
  auto command = durable("q");
  command.arguments.set("x-queue-mode", FieldValue::text("lazy"));
  command.arguments.set("x-queue-version", FieldValue::integer(2));
  for (const char* text : {"x-queue-leader-locator", "x-queue-master-locator"})
    command.arguments.set(text, FieldValue::text("balanced"));
  command.arguments.set("x-somebody-elses", FieldValue::text("kept"));
  const QueueRecord& queue = declare(command);
  EXPECT_THAT(queue.arguments, HasSubstr("x-somebody-elses"));
  auto bad = durable("p");
  bad.arguments.set("x-queue-mode", FieldValue::integer(1));
  expect_refusal(decide_declare_queue(catalog, bad), Errc::invalid_argument, "x-queue-mode");
}

TEST_F(DeclaringAQueue, HoldsQuorumQueuesToTheirRules) {
  auto quorum = durable("q");
  quorum.arguments.set("x-queue-type", FieldValue::text("quorum"));
  auto transient = quorum;
  transient.durable = false;
  expect_refusal(decide_declare_queue(catalog, transient), Errc::invalid_argument,
                 "invalid property 'non-durable' for queue 'q' in vhost '/'");
  auto exclusive = quorum;
  exclusive.exclusive = true;
  expect_refusal(decide_declare_queue(catalog, exclusive), Errc::invalid_argument,
                 "invalid property 'exclusive-owner'");
  auto auto_delete = quorum;
  auto_delete.auto_delete = true;
  expect_refusal(decide_declare_queue(catalog, auto_delete), Errc::invalid_argument,
                 "invalid property 'auto-delete'");
  auto nameless = quorum;
  nameless.name = "amq.gen-1";
  nameless.server_named = true;
  expect_refusal(decide_declare_queue(catalog, nameless), Errc::invalid_argument,
                 "Cannot declare a server-named queue for type rabbit_quorum_queue");
  auto sized = quorum;
  sized.arguments.set("x-quorum-initial-group-size", FieldValue::integer(0));
  expect_refusal(decide_declare_queue(catalog, sized), Errc::invalid_argument,
                 "0 is not within 1 and");
  EXPECT_EQ(declare(quorum).type, QueueType::quorum);
  auto odd = durable("z");
  odd.arguments.set("x-queue-type", FieldValue::text("circular"));
  expect_refusal(decide_declare_queue(catalog, odd), Errc::invalid_argument, "x-queue-type");
}

TEST_F(DeclaringAQueue, AdoptsATopicOfItsName) {
  const TopicId id = create_topic("t", 3).id;
  auto passive = durable("t");
  passive.passive = true;
  EXPECT_TRUE(is_no_op(effect(decide_declare_queue(catalog, passive))));
  const QueueRecord& queue = declare("t");
  EXPECT_EQ(queue.partition, PartitionId(0));
  EXPECT_EQ(queue.topic, id);
  const TopicRecord& topic = *catalog.topic(id);
  EXPECT_EQ(topic.queue, queue.id);
  EXPECT_FALSE(topic.of_queue);
  EXPECT_EQ(topic.partitions.size(), 3U);
  EXPECT_TRUE(is_no_op(effect(decide_declare_queue(catalog, durable("t")))));
  EXPECT_TRUE(is_no_op(effect(decide_adopt_topic(catalog, "/", "t"))));
}

TEST_F(DeclaringAQueue, DoesNotAdoptATopicForItselfOrForAWhile) {
  create_topic("t", 1);
  auto exclusive = durable("t");
  exclusive.exclusive = true;
  expect_refusal(decide_declare_queue(catalog, exclusive), Errc::locked, "'t'");
  auto transient = durable("t");
  transient.durable = false;
  expect_refusal(decide_declare_queue(catalog, transient), Errc::not_equivalent, "'durable'");
  auto auto_delete = durable("t");
  auto_delete.auto_delete = true;
  expect_refusal(decide_declare_queue(catalog, auto_delete), Errc::not_equivalent, "'auto_delete'");
}

class DeletingAQueue : public CatalogFixture {};

TEST_F(DeletingAQueue, TakesItsTopicBindingsAndLonelyExchangesAlong) {
  declare("q");
  declare_exchange("kept", false);
  declare_exchange("lonely", true);
  bind("kept", "q", "k");
  bind("lonely", "q", "a");
  bind("lonely", "q", "b");
  const CatalogFrame frame = effect(decide_delete_queue(catalog, deletion("q")));
  catalog.apply(frame);
  EXPECT_EQ(catalog.queue("/", "q"), nullptr);
  EXPECT_EQ(catalog.topic("/", "q"), nullptr);
  EXPECT_TRUE(catalog.bindings().empty());
  EXPECT_NE(catalog.exchange("/", "kept"), nullptr);
  EXPECT_EQ(catalog.exchange("/", "lonely"), nullptr);
}

TEST_F(DeletingAQueue, ThatIsMissingIsNothing) {
  EXPECT_TRUE(is_no_op(effect(decide_delete_queue(catalog, deletion("q")))));
}

TEST_F(DeletingAQueue, LooksAtConsumersAndMessagesWhenAsked) {
  declare("q");
  auto command = deletion("q");
  command.consumers = 1;
  command.messages = 1;
  EXPECT_FALSE(is_no_op(effect(decide_delete_queue(catalog, command))));
  command.if_empty = true;
  expect_refusal(decide_delete_queue(catalog, command), Errc::not_empty,
                 "queue 'q' in vhost '/' not empty");
  command.if_unused = true;
  expect_refusal(decide_delete_queue(catalog, command), Errc::in_use,
                 "queue 'q' in vhost '/' in use");
}

TEST_F(DeletingAQueue, LeavesTopicsToDeleteTopics) {
  create_topic("t", 2);
  expect_refusal(decide_delete_queue(catalog, deletion("t")), Errc::policy_violation,
                 "DeleteTopics");
  declare("t");
  expect_refusal(decide_delete_queue(catalog, deletion("t")), Errc::policy_violation,
                 "DeleteTopics");
}

TEST(QueueArguments, EachRuleHasAReasonAndANameOfItsOwn) {
  for (const ArgumentRule& rule : queue_argument_rules()) {
    EXPECT_FALSE(rule.reason.empty()) << rule.name;
    EXPECT_EQ(queue_argument_rule(rule.name), &rule);
  }
  EXPECT_EQ(queue_argument_rule("x-unheard-of"), nullptr);
}

}  // namespace
}  // namespace rialto
