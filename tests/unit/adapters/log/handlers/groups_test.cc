// The APIs of consumer groups.
#include "adapters/log/errors.h"
#include "tests/unit/adapters/log/kafka_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::kafka {
namespace {

class GroupsTest : public testing::Test {
 protected:
  void SetUp() override { create_topic(peer, "t", 2); }

  static JoinGroupRequest join_request(std::string member) {
    JoinGroupRequest request;
    request.group = "g";
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 10'000;
    request.member_id = std::move(member);
    request.protocol_type = "consumer";
    request.protocols.push_back({"range", {"subscription"}});
    return request;
  }

  /// The only member, synced; its id.
  JoinGroupResponse joined(std::int16_t version) {
    auto response = peer.ask<JoinGroupResponse>(version, join_request(""));
    if (response.error == wire(Code::member_id_required)) {
      response = peer.ask<JoinGroupResponse>(version, join_request(response.member_id));
    }
    EXPECT_EQ(response.error, 0);
    SyncGroupRequest sync;
    sync.group = "g";
    sync.generation = response.generation;
    sync.member_id = response.member_id;
    sync.assignments.push_back({response.member_id, {"assignment"}});
    const auto synced = peer.ask<SyncGroupResponse>(3, sync);
    EXPECT_EQ(synced.error, 0);
    EXPECT_EQ(synced.assignment.bytes, "assignment");
    return response;
  }

  std::int16_t heartbeat(std::int32_t generation, std::string member) {
    HeartbeatRequest request;
    request.group = "g";
    request.generation = generation;
    request.member_id = std::move(member);
    return peer.ask<HeartbeatResponse>(4, request).error;
  }

  std::int16_t commit(std::int64_t offset, std::int32_t generation, std::string member,
                      std::string metadata = "") {
    OffsetCommitRequest request;
    request.group = "g";
    request.generation = generation;
    request.member_id = std::move(member);
    request.topics.push_back({"t", {{1, offset, -1, -1, std::move(metadata)}}});
    const auto response = peer.ask<OffsetCommitResponse>(7, request);
    return response.topics.at(0).partitions.at(0).error;
  }

  OffsetFetchResponse committed(std::int16_t version, bool all = false) {
    OffsetFetchRequest request;
    request.one.group = "g";
    if (!all) request.one.topics = std::vector<OffsetFetchTopic>{{"t", {0, 1}}};
    request.groups = {request.one};
    return peer.ask<OffsetFetchResponse>(version, request);
  }

  test::BrokerRig rig;
  KafkaPeer peer{rig};
};

TEST_F(GroupsTest, TellNewMembersTheirIdFirstSinceVersionFour) {
  const auto first = peer.ask<JoinGroupResponse>(5, join_request(""));
  EXPECT_EQ(first.error, wire(Code::member_id_required));
  EXPECT_NE(first.member_id, "");
  const auto second = peer.ask<JoinGroupResponse>(5, join_request(first.member_id));
  EXPECT_EQ(second.error, 0);
  EXPECT_EQ(second.member_id, first.member_id);
}

TEST_F(GroupsTest, LetAMemberJoinSyncBeatAndLeave) {
  for (const int number : {0, 3, 5, 7, 9}) {
    const auto member = joined(static_cast<std::int16_t>(number));
    EXPECT_EQ(member.leader, member.member_id);
    EXPECT_EQ(member.protocol, "range");
    ASSERT_EQ(member.members.size(), 1U);
    EXPECT_EQ(member.members[0].metadata.bytes, "subscription");
    EXPECT_EQ(heartbeat(member.generation, member.member_id), 0);
    EXPECT_EQ(heartbeat(member.generation + 1, member.member_id), wire(Code::illegal_generation));
    EXPECT_EQ(heartbeat(member.generation, "stranger"), wire(Code::unknown_member_id));
    LeaveGroupRequest leave;
    leave.group = "g";
    leave.member_id = member.member_id;
    EXPECT_EQ(peer.ask<LeaveGroupResponse>(2, leave).error, 0);
    EXPECT_EQ(peer.ask<LeaveGroupResponse>(2, leave).error, wire(Code::unknown_member_id));
  }
}

TEST_F(GroupsTest, NeedAName) {
  JoinGroupRequest request = join_request("");
  request.group = "";
  EXPECT_EQ(peer.ask<JoinGroupResponse>(5, request).error, wire(Code::invalid_group_id));
}

TEST_F(GroupsTest, RefuseASyncUnderAnotherProtocol) {
  const auto member = joined(7);
  SyncGroupRequest sync;
  sync.group = "g";
  sync.generation = member.generation;
  sync.member_id = member.member_id;
  sync.protocol_type = "consumer";
  sync.protocol = "sticky";
  EXPECT_EQ(peer.ask<SyncGroupResponse>(5, sync).error, wire(Code::inconsistent_group_protocol));
  sync.protocol = "range";
  EXPECT_EQ(peer.ask<SyncGroupResponse>(5, sync).error, 0);
}

TEST_F(GroupsTest, LetStaticMembersBeRemovedByTheirInstanceId) {
  JoinGroupRequest request = join_request("");
  request.instance_id = "instance";
  const auto member = peer.ask<JoinGroupResponse>(5, request);
  EXPECT_EQ(member.error, 0);
  LeaveGroupRequest leave;
  leave.group = "g";
  leave.members.push_back({"", "instance", {}});
  const auto left = peer.ask<LeaveGroupResponse>(3, leave);
  ASSERT_EQ(left.members.size(), 1U);
  EXPECT_EQ(left.members[0].error, 0);
}

TEST_F(GroupsTest, KeepCommittedOffsets) {
  const auto member = joined(5);
  EXPECT_EQ(commit(42, member.generation, member.member_id, "note"), 0);
  for (std::int16_t version = 1; version <= 8; ++version) {
    const auto response = committed(version);
    const auto& group = version >= 8 ? response.groups.at(0) : response.one;
    EXPECT_EQ(group.error, 0);
    ASSERT_EQ(group.topics.size(), 1U);
    EXPECT_EQ(group.topics[0].partitions[0].offset, -1);
    EXPECT_EQ(group.topics[0].partitions[1].offset, 42);
    EXPECT_EQ(group.topics[0].partitions[1].metadata, "note");
  }
  const auto all = committed(5, true);
  ASSERT_EQ(all.one.topics.size(), 1U);
  EXPECT_EQ(all.one.topics[0].partitions.size(), 1U);
}

TEST_F(GroupsTest, RefuseCommitsOfStrangersAndLongNotes) {
  const auto member = joined(5);
  EXPECT_EQ(commit(1, member.generation, "stranger"), wire(Code::unknown_member_id));
  EXPECT_EQ(commit(1, member.generation + 1, member.member_id), wire(Code::illegal_generation));
  EXPECT_EQ(commit(1, member.generation, member.member_id, std::string(4097, 'n')),
            wire(Code::offset_metadata_too_large));
}

TEST_F(GroupsTest, AreDescribedAndListed) {
  joined(5);
  DescribeGroupsRequest describe;
  describe.groups = {"g", "nowhere"};
  for (std::int16_t version = 0; version <= 5; ++version) {
    const auto response = peer.ask<DescribeGroupsResponse>(version, describe);
    ASSERT_EQ(response.groups.size(), 2U);
    EXPECT_EQ(response.groups[0].state, "Stable");
    ASSERT_EQ(response.groups[0].members.size(), 1U);
    EXPECT_EQ(response.groups[0].members[0].client_id, "peer");
    EXPECT_EQ(response.groups[0].members[0].client_host, "/127.0.0.1");
    EXPECT_EQ(response.groups[1].state, "Dead");
  }
  ListGroupsRequest list;
  EXPECT_EQ(peer.ask<ListGroupsResponse>(0, list).groups.size(), 1U);
  list.states = {"Empty"};
  EXPECT_EQ(peer.ask<ListGroupsResponse>(4, list).groups.size(), 0U);
  list.states = {"Stable"};
  EXPECT_EQ(peer.ask<ListGroupsResponse>(4, list).groups.size(), 1U);
}

TEST_F(GroupsTest, AreDeletedOnlyWhenNobodyIsLeft) {
  const auto member = joined(5);
  commit(1, member.generation, member.member_id);
  DeleteGroupsRequest request;
  request.groups = {"g", "nowhere"};
  auto response = peer.ask<DeleteGroupsResponse>(1, request);
  EXPECT_EQ(response.groups[0].error, wire(Code::non_empty_group));
  EXPECT_EQ(response.groups[1].error, wire(Code::group_id_not_found));
  LeaveGroupRequest leave;
  leave.group = "g";
  leave.members.push_back({member.member_id, {}, {}});
  peer.ask<LeaveGroupResponse>(4, leave);
  response = peer.ask<DeleteGroupsResponse>(1, request);
  EXPECT_EQ(response.groups[0].error, 0);
  EXPECT_EQ(committed(5).one.topics[0].partitions[1].offset, -1);
}

TEST_F(GroupsTest, CommitsSurviveARestart) {
  const auto member = joined(5);
  EXPECT_EQ(commit(42, member.generation, member.member_id), 0);
  const auto again = rig.restarted();
  KafkaPeer later(*again);
  OffsetFetchRequest request;
  request.one.group = "g";
  request.one.topics = std::vector<OffsetFetchTopic>{{"t", {1}}};
  const auto response = later.ask<OffsetFetchResponse>(5, request);
  EXPECT_EQ(response.one.topics.at(0).partitions.at(0).offset, 42);
}

}  // namespace
}  // namespace rialto::kafka
