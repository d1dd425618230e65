#include "core/catalog/catalog.h"

#include "core/catalog/names.h"
#include "core/catalog/topic_configs.h"
#include "core/model/frames/codec.h"
#include "tests/unit/core/catalog/catalog_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto {
namespace {

class Topics : public CatalogFixture {
 protected:
  Result<CatalogFrame> create(const std::string& name, int partitions,
                              std::vector<TopicConfig> configs = {}) {
    return decide_create_topic(catalog, {"/", name, partitions, std::move(configs)});
  }
};

TEST_F(Topics, AreMadeWithPartitionsOfTheirOwn) {
  const TopicRecord& topic = create_topic("t", 3);
  EXPECT_EQ(topic.partitions.size(), 3U);
  EXPECT_EQ(topic.keep, Keep::time_size);
  EXPECT_EQ(topic.queue, QueueId(0));
  EXPECT_EQ(effect(create("d", -1)).topics[0].partitions.size(), 1U);
}

TEST_F(Topics, AreRefusedOverATakenOrBadName) {
  create_topic("t", 1);
  declare("q");
  auto hidden = durable("h");
  hidden.durable = false;
  declare(hidden);
  expect_refusal(create("t", 1), Errc::already_exists, "already exists");
  expect_refusal(create("q", 1), Errc::already_exists, "already exists");
  expect_refusal(create("h", 1), Errc::already_exists, "queue 'h'");
  for (const char* name : {"", ".", "..", "a b", "a/b", "\xc3\xa4"}) {
    expect_refusal(create(name, 1), Errc::invalid_name, "");
  }
  expect_refusal(create("amq.t", 1), Errc::invalid_name, "reserved");
  expect_refusal(create(std::string(250, 't'), 1), Errc::invalid_name, "249");
  expect_refusal(create("n", 0), Errc::invalid_partitions, "not 0");
  expect_refusal(create("n", -2), Errc::invalid_partitions, "not -2");
  expect_refusal(create("n", topic_partitions_max + 1), Errc::invalid_partitions, "10001");
}

TEST_F(Topics, HaveABoundOnTheirPartitionsTogether) {
  const auto largest = static_cast<std::size_t>(topic_partitions_max);
  for (std::size_t made = 0; made + largest <= partitions_max; made += largest)
    create_topic("t" + std::to_string(made), topic_partitions_max);
  expect_refusal(create("more", 1), Errc::invalid_partitions, "200001");
}

TEST_F(Topics, TakeConfigsThatAreKnownAndKept) {
  expect_refusal(create("n", 1, {{"no.such", "1"}}), Errc::invalid_argument,
                 "Unknown topic config name: no.such");
  expect_refusal(create("n", 1, {{"retention.ms", "soon"}}), Errc::invalid_argument,
                 "Invalid value soon for configuration retention.ms");
  expect_refusal(create("n", 1, {{"cleanup.policy", "compact"}}), Errc::not_supported,
                 "cleanup.policy=compact");
  catalog.apply(effect(create("n", 1, {{"retention.ms", "5000"}, {"segment.bytes", "1"}})));
  const TopicRecord& topic = *catalog.topic("/", "n");
  EXPECT_EQ(topic_config_number(topic, "retention.ms"), 5'000);
  EXPECT_EQ(topic_config_number(topic, "retention.bytes"), -1);
  EXPECT_EQ(topic_config(topic, "cleanup.policy"), "delete");
  EXPECT_EQ(topic_config(topic, "no.such"), "");
}

TEST_F(Topics, GoWithTheirDefaultQueueAndItsBindings) {
  create_topic("t", 2);
  bind("amq.topic", "t", "#");
  catalog.apply(effect(decide_delete_topic(catalog, {"/", "t"})));
  EXPECT_EQ(catalog.topic("/", "t"), nullptr);
  EXPECT_EQ(catalog.queue("/", "t"), nullptr);
  EXPECT_TRUE(catalog.bindings().empty());
}

TEST_F(Topics, OfAQueueGoWithTheQueueOnly) {
  declare("q");
  expect_refusal(decide_delete_topic(catalog, {"/", "q"}), Errc::policy_violation, "queue.delete");
  expect_refusal(decide_delete_topic(catalog, {"/", "no"}), Errc::not_found, "no topic 'no'");
}

class ACatalog : public CatalogFixture {
 protected:
  void fill() {
    declare("q");
    create_topic("t", 2);
    bind("amq.topic", "t", "#");
    declare_exchange("x", true);
    bind("x", "q", "k");
    auto transient = durable("v");
    transient.durable = false;
    declare(transient);
    bind("x", "v", "k");
  }
};

TEST_F(ACatalog, NeverUsesAnIdTwice) {
  const QueueId first = declare("q").id;
  const PartitionId partition = catalog.queue(first)->partition;
  catalog.apply(effect(decide_delete_queue(catalog, deletion("q"))));
  const QueueRecord& again = declare("q");
  EXPECT_GT(again.id, first);
  EXPECT_GT(again.partition, partition);
  CatalogImage image;
  catalog.image(image);
  catalog.apply(effect(decide_delete_queue(catalog, deletion("q"))));
  Catalog restored;
  restored.restore(image);
  EXPECT_EQ(restored.next_id(), image.next_id);
}

TEST_F(ACatalog, ComesBackFromItsImageWithoutWhatWasVolatile) {
  fill();
  CatalogImage image;
  catalog.image(image);
  CatalogImage read;
  ASSERT_TRUE(decode_fields(encode_fields(image), read));
  Catalog again;
  again.restore(read);
  EXPECT_EQ(again.queue("/", "v"), nullptr);
  EXPECT_EQ(again.queues().size(), 2U);
  EXPECT_EQ(again.topics().size(), 2U);
  EXPECT_EQ(again.bindings().size(), 2U);
  EXPECT_EQ(again.exchanges().size(), catalog.exchanges().size());
  EXPECT_EQ(again.topic("/", "t")->queue, again.queue("/", "t")->id);
  CatalogImage second;
  again.image(second);
  EXPECT_EQ(encode_fields(second), encode_fields(image));
}

TEST_F(ACatalog, ReplaysToTheSameStateFromItsJournalledFrames) {
  std::vector<std::string> journal;
  const auto run = [&](const Result<CatalogFrame>& decision) {
    const CatalogFrame frame = effect(decision);
    if (needs_journal(frame)) journal.push_back(encode_fields(frame));
    catalog.apply(frame);
  };
  auto transient = exchange("v", "direct");
  transient.durable = false;
  auto passing = durable("p");
  passing.durable = false;
  run(decide_declare_queue(catalog, durable("q")));
  run(decide_create_topic(catalog, {"/", "t", 2, {}}));
  run(decide_declare_exchange(catalog, transient));
  run(decide_bind(catalog, binding("v", "t", "k")));  // a durable queue, a volatile binding
  run(decide_declare_exchange(catalog, exchange("x", "fanout")));
  run(decide_declare_queue(catalog, passing));
  run(decide_bind(catalog, binding("x", "q", "")));
  run(decide_bind(catalog, binding("x", "p", "")));
  run(decide_delete_exchange(catalog, {"/", "x", false}));  // names a volatile binding
  run(decide_declare_queue(catalog, durable("last")));

  Catalog replayed;
  for (const std::string& bytes : journal) {
    CatalogFrame frame;
    ASSERT_TRUE(decode_fields(bytes, frame));
    replayed.apply(frame);
  }
  CatalogImage live;
  catalog.image(live);
  CatalogImage again;
  replayed.image(again);
  EXPECT_EQ(encode_fields(again), encode_fields(live));
  EXPECT_TRUE(replayed.bindings().empty());
}

TEST_F(ACatalog, ForgetsTheOwnerWithTheQueue) {
  const QueueId id = declare("q").id;
  catalog.set_owner(id, alice);
  EXPECT_EQ(catalog.owner(id), alice);
  catalog.apply(effect(decide_delete_queue(catalog, deletion("q"))));
  EXPECT_EQ(catalog.owner(id), SessionId(0));
}

TEST_F(ACatalog, ChangesNothingWhenItDecides) {
  fill();
  CatalogImage before;
  catalog.image(before);
  effect(decide_declare_queue(catalog, durable("new")));
  effect(decide_delete_queue(catalog, deletion("q")));
  effect(decide_delete_topic(catalog, {"/", "t"}));
  CatalogImage after;
  catalog.image(after);
  EXPECT_EQ(encode_fields(after), encode_fields(before));
}

TEST(TopicNames, AreWhatKafkaClientsAccept) {
  EXPECT_TRUE(is_topic_name("a.B_c-9"));
  EXPECT_TRUE(is_topic_name(std::string(249, 'x')));
  EXPECT_FALSE(is_topic_name(std::string(250, 'x')));
  EXPECT_FALSE(is_topic_name("with space"));
}

}  // namespace
}  // namespace rialto
