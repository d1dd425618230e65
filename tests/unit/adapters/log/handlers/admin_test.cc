// Metadata, DescribeCluster, FindCoordinator, CreateTopics, DeleteTopics, DescribeConfigs.
#include "adapters/log/errors.h"
#include "tests/unit/adapters/log/kafka_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::kafka {
namespace {

using testing::HasSubstr;

class AdminTest : public testing::Test {
 protected:
  MetadataResponse metadata(std::optional<std::vector<MetadataTopicWanted>> topics,
                            std::int16_t version = 9, bool create = true) {
    MetadataRequest request;
    request.topics = std::move(topics);
    request.allow_auto_create = create;
    return peer.ask<MetadataResponse>(version, request);
  }

  NewTopicAnswer create(NewTopic topic, bool validate_only = false, std::int16_t version = 7) {
    CreateTopicsRequest request;
    request.topics.push_back(std::move(topic));
    request.validate_only = validate_only;
    return peer.ask<CreateTopicsResponse>(version, request).topics.at(0);
  }

  DescribedConfigs configs(std::int8_t type, std::string name, std::int16_t version = 4) {
    DescribeConfigsRequest request;
    request.resources.push_back({type, std::move(name), std::nullopt});
    return peer.ask<DescribeConfigsResponse>(version, request).results.at(0);
  }

  test::BrokerRig rig;
  KafkaPeer peer{rig};
};

std::vector<MetadataTopicWanted> named(std::string name) {
  return {{Uuid{}, std::move(name)}};
}

TEST_F(AdminTest, TellsTheAddressThatTheClientConnectedTo) {
  for (std::int16_t version = 0; version <= 12; ++version) {
    const auto response = metadata(std::vector<MetadataTopicWanted>(), version);
    ASSERT_EQ(response.brokers.size(), 1U);
    EXPECT_EQ(response.brokers[0].host, "localhost.example");
    EXPECT_EQ(response.brokers[0].port, 9093);
    EXPECT_EQ(response.controller_id, version >= 1 ? response.brokers[0].node_id : -1);
    EXPECT_EQ(response.cluster_id.value_or(""), version >= 2 ? "test-cluster" : "");
  }
}

TEST_F(AdminTest, CreatesATopicThatIsAskedForUnlessToldNotTo) {
  EXPECT_EQ(metadata(named("new"), 9, false).topics.at(0).error,
            wire(Code::unknown_topic_or_partition));
  const auto made = metadata(named("new"));
  ASSERT_EQ(made.topics.size(), 1U);
  EXPECT_EQ(made.topics[0].error, 0);
  ASSERT_EQ(made.topics[0].partitions.size(), 1U);
  EXPECT_EQ(made.topics[0].partitions[0].leader_id, made.brokers[0].node_id);
  EXPECT_GE(made.topics[0].partitions[0].leader_epoch, 0);
  EXPECT_EQ(metadata(named("new"), 9, false).topics[0].error, 0);
}

TEST_F(AdminTest, RefusesNamesThatCannotBe) {
  EXPECT_EQ(metadata(named("a b/c")).topics.at(0).error, wire(Code::invalid_topic));
}

TEST_F(AdminTest, ListsAllTopicsOnlyWhenAskedForAll) {
  create_topic(peer, "a");
  create_topic(peer, "b", 3);
  EXPECT_EQ(metadata(std::nullopt).topics.size(), 2U);
  EXPECT_EQ(metadata(std::vector<MetadataTopicWanted>(), 0).topics.size(), 2U);
  EXPECT_EQ(metadata(std::vector<MetadataTopicWanted>()).topics.size(), 0U);
  EXPECT_EQ(metadata(named("b")).topics.at(0).partitions.size(), 3U);
}

TEST_F(AdminTest, FindsTopicsByTheirId) {
  create_topic(peer, "a");
  const auto known = metadata(named("a"), 10).topics.at(0);
  EXPECT_NE(known.id, Uuid{});
  const auto found = metadata({{{known.id, std::nullopt}}}, 12).topics.at(0);
  EXPECT_EQ(found.error, 0);
  EXPECT_EQ(found.name, "a");
  Uuid other{};
  other[3] = 'x';
  EXPECT_EQ(metadata({{{other, std::nullopt}}}, 12).topics.at(0).error,
            wire(Code::unknown_topic_id));
}

TEST_F(AdminTest, DescribesTheCluster) {
  const auto response = peer.ask<DescribeClusterResponse>(0, DescribeClusterRequest());
  EXPECT_EQ(response.cluster_id, "test-cluster");
  ASSERT_EQ(response.brokers.size(), 1U);
  EXPECT_EQ(response.brokers[0].port, 9093);
  DescribeClusterRequest controllers;
  controllers.endpoint_type = 2;
  EXPECT_NE(peer.ask<DescribeClusterResponse>(1, controllers).error, 0);
}

TEST_F(AdminTest, CoordinatesGroupsAndNoTransactions) {
  FindCoordinatorRequest request;
  request.key = "g";
  request.keys = {"g", "h"};
  for (std::int16_t version = 0; version <= 3; ++version) {
    const auto response = peer.ask<FindCoordinatorResponse>(version, request);
    EXPECT_EQ(response.error, 0);
    EXPECT_EQ(response.port, 9093);
  }
  EXPECT_EQ(peer.ask<FindCoordinatorResponse>(4, request).coordinators.size(), 2U);
  request.key_type = 1;
  const auto refused = peer.ask<FindCoordinatorResponse>(1, request);
  EXPECT_EQ(refused.error, wire(Code::transactional_id_authorization_failed));
  EXPECT_THAT(refused.error_message.value_or(""), HasSubstr("transactional.id"));
}

TEST_F(AdminTest, CreatesTopicsWithWhateverReplication) {
  for (std::int16_t version = 0; version <= 7; ++version) {
    const std::string name = "t" + std::to_string(version);
    EXPECT_EQ(create({name, 2, 3, {}, {}}, false, version).error, 0);
    EXPECT_EQ(metadata(named(name), 9, false).topics.at(0).partitions.size(), 2U);
  }
  const auto again = create({"t0", 2, 1, {}, {}});
  EXPECT_EQ(again.error, wire(Code::topic_already_exists));
  EXPECT_EQ(create({"zero", 1, 0, {}, {}}).error, wire(Code::invalid_replication_factor));
  EXPECT_EQ(create({"none", 0, 1, {}, {}}).error, wire(Code::invalid_partitions));
}

TEST_F(AdminTest, LeavesCountsToTheBroker) {
  const auto answer = create({"t", -1, -1, {}, {}});
  EXPECT_EQ(answer.error, 0);
  EXPECT_EQ(answer.partitions, 1);
  EXPECT_EQ(answer.replication_factor, 1);
  EXPECT_NE(answer.id, Uuid{});
}

TEST_F(AdminTest, CountsPartitionsByTheirAssignments) {
  EXPECT_EQ(create({"t", -1, -1, {{0, {1}}, {1, {1}}}, {}}).partitions, 2);
  EXPECT_NE(create({"u", -1, -1, {{0, {1}}, {2, {1}}}, {}}).error, 0);
  EXPECT_NE(create({"v", 2, -1, {{0, {1}}, {1, {1}}}, {}}).error, 0);
}

TEST_F(AdminTest, OnlyLooksWhenAskedToValidate) {
  EXPECT_EQ(create({"t", 1, 1, {}, {}}, true).error, 0);
  EXPECT_EQ(metadata(named("t"), 9, false).topics.at(0).error,
            wire(Code::unknown_topic_or_partition));
}

TEST_F(AdminTest, NamesTheConfigThatItDoesNotKnow) {
  const auto answer = create({"t", 1, 1, {}, {{"retention.minutes", "5"}}});
  EXPECT_EQ(answer.error, wire(Code::invalid_config));
  EXPECT_THAT(answer.error_message.value_or(""), HasSubstr("retention.minutes"));
}

TEST_F(AdminTest, RefusesATopicThatIsNamedTwice) {
  CreateTopicsRequest request;
  request.topics = {{"t", 1, 1, {}, {}}, {"t", 1, 1, {}, {}}, {"u", 1, 1, {}, {}}};
  const auto response = peer.ask<CreateTopicsResponse>(4, request);
  EXPECT_EQ(response.topics[0].error, wire(Code::invalid_request));
  EXPECT_EQ(response.topics[1].error, wire(Code::invalid_request));
  EXPECT_EQ(response.topics[2].error, 0);
}

TEST_F(AdminTest, DeletesTopicsByNameAndId) {
  create_topic(peer, "a");
  create_topic(peer, "b");
  const Uuid id = metadata(named("b"), 10).topics.at(0).id;
  DeleteTopicsRequest by_name;
  by_name.names = {"a", "nowhere"};
  const auto first = peer.ask<DeleteTopicsResponse>(1, by_name);
  EXPECT_EQ(first.topics[0].error, 0);
  EXPECT_EQ(first.topics[1].error, wire(Code::unknown_topic_or_partition));
  DeleteTopicsRequest by_id;
  by_id.topics = {{std::nullopt, id}, {std::nullopt, Uuid{}}};
  const auto second = peer.ask<DeleteTopicsResponse>(6, by_id);
  EXPECT_EQ(second.topics[0].error, 0);
  EXPECT_EQ(second.topics[0].name, "b");
  EXPECT_EQ(second.topics[1].error, wire(Code::unknown_topic_id));
  EXPECT_EQ(metadata(std::nullopt).topics.size(), 0U);
}

TEST_F(AdminTest, DescribesTheConfigsOfATopic) {
  create({"t", 1, 1, {}, {{"retention.ms", "1234"}}});
  for (std::int16_t version = 0; version <= 4; ++version) {
    const auto described = configs(2, "t", version);
    EXPECT_EQ(described.error, 0);
    const auto retention =
        std::find_if(described.configs.begin(), described.configs.end(),
                     [](const ConfigEntry& e) { return e.name == "retention.ms"; });
    ASSERT_NE(retention, described.configs.end());
    EXPECT_EQ(retention->value, "1234");
  }
  EXPECT_EQ(configs(2, "nowhere").error, wire(Code::unknown_topic_or_partition));
}

TEST_F(AdminTest, DescribesOnlyTheConfigsAskedFor) {
  create_topic(peer, "t");
  DescribeConfigsRequest request;
  request.resources.push_back({2, "t", std::vector<std::string>{"cleanup.policy"}});
  request.include_synonyms = true;
  const auto response = peer.ask<DescribeConfigsResponse>(1, request);
  ASSERT_EQ(response.results[0].configs.size(), 1U);
  EXPECT_EQ(response.results[0].configs[0].value, "delete");
  EXPECT_EQ(response.results[0].configs[0].synonyms.size(), 1U);
}

TEST_F(AdminTest, DescribesTheBrokerAndNothingElse) {
  EXPECT_FALSE(configs(4, "1").configs.empty());
  EXPECT_NE(configs(4, "2").error, 0);
  EXPECT_NE(configs(8, "1").error, 0);
}

}  // namespace
}  // namespace rialto::kafka
