#include "tests/unit/core/broker/core_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class AGroup : public testing::TestWithParam<Ports> {
 protected:
  static JoinGroup join_of(const std::string& member = "") {
    JoinGroup what;
    what.group = "g";
    what.member_id = member;
    what.client_id = "client";
    what.protocol_type = "consumer";
    what.protocols = {{"range", "subscription"}};
    return what;
  }
  static SyncGroup sync_of(const JoinGroup::Answer& joined) {
    SyncGroup what;
    what.group = "g";
    what.generation = joined.generation;
    what.member_id = joined.member_id;
    return what;
  }
  static CommitOffsets commit_of(std::int64_t offset) {
    CommitOffsets what;
    what.group = "g";
    what.offsets = {{"t", PartitionIndex(0), Offset(offset), -1, "note"}};
    return what;
  }
  static FetchOffsets committed_of() {
    FetchOffsets what;
    what.group = "g";
    what.partitions = {{"t", PartitionIndex(0)}};
    return what;
  }
  static Offset committed(Peer& peer) { return peer.get(committed_of()).value().at(0).offset; }

  AGroup() { Peer(core).get(topic_of("t")).value(); }

  CoreRig core{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Ports, AGroup, testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(AGroup, JoinsSyncsAndBeats) {
  Peer peer(core);
  const auto joined = peer.get(join_of()).value();
  EXPECT_EQ(joined.leader, joined.member_id);
  EXPECT_EQ(joined.protocol, "range");
  ASSERT_THAT(joined.members, SizeIs(1));
  SyncGroup sync = sync_of(joined);
  sync.assignments = {{joined.member_id, "all of it"}};
  EXPECT_EQ(peer.get(sync).value().assignment, "all of it");
  EXPECT_TRUE(peer.get(GroupHeartbeat{"g", joined.generation, joined.member_id}));
  EXPECT_EQ(peer.get(GroupHeartbeat{"g", joined.generation, "stranger"}).error().code,
            Errc::unknown_member);
  const auto groups = peer.get(DescribeGroups{{}, true}).value();
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0].state, "Stable");
}

TEST_P(AGroup, RebalancesWhenASecondMemberJoins) {
  Peer a(core, 0);
  Peer b(core, 1);
  const auto first = a.get(join_of()).value();
  SyncGroup sync = sync_of(first);
  sync.assignments = {{first.member_id, "all"}};
  a.get(sync).value();
  const auto second = b.ask(join_of());
  core.tick();
  EXPECT_FALSE(*second) << "the first member has to rejoin";
  EXPECT_EQ(a.get(GroupHeartbeat{"g", first.generation, first.member_id}).error().code,
            Errc::rebalance_in_progress);
  const auto again = a.ask(join_of(first.member_id));
  core.tick();
  ASSERT_TRUE(*second && *again);
  EXPECT_EQ((*second)->value().generation, (*again)->value().generation);
  const auto leader = (*again)->value();
  SyncGroup shares = sync_of(leader);
  shares.assignments = {{leader.member_id, "left"}, {(*second)->value().member_id, "right"}};
  const auto waiting = b.ask(sync_of((*second)->value()));
  core.tick();
  EXPECT_FALSE(*waiting);
  EXPECT_EQ(a.get(shares).value().assignment, "left");
  EXPECT_EQ((*waiting)->value().assignment, "right");
}

TEST_P(AGroup, ExpelsAMemberWhoseSessionIsSilentWithoutKeepingWhatItAsked) {
  Peer a(core, 0);
  const auto token = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = token;
  const auto first = a.get(join_of()).value();
  SyncGroup sync = sync_of(first);
  sync.assignments = {{first.member_id, "all"}};
  a.get(sync).value();
  {
    Peer b(core, 1);
    b.port().request<JoinGroup>(b.id(), join_of(),
                                [held = token](const Result<JoinGroup::Answer>&) {});
    core.tick();
  }
  core.wait_ms(11'000);
  core.wait_ms(11'000);
  core.wait_ms(11'000);
  EXPECT_EQ(alive.use_count(), 1) << "the join of the closed session was answered and dropped";
}

TEST_P(AGroup, CommitsWhenDurableAndKeepsItOverRestarts) {
  Peer peer(core);
  const auto committed_now = peer.ask(commit_of(5));
  const auto read = peer.ask(committed_of());
  core.tick();
  EXPECT_FALSE(*committed_now || *read);
  core.settle();
  EXPECT_TRUE((*committed_now)->has_value());
  EXPECT_EQ((*read)->value().at(0).offset, Offset(5));
  const auto crashed = core.restarted();
  Peer later(*crashed);
  EXPECT_EQ(committed(later), Offset(5));
  later.get(commit_of(8)).value();
  const auto stopped = crashed->stopped_and_started();
  Peer latest(*stopped);
  EXPECT_EQ(committed(latest), Offset(8));
  EXPECT_EQ(latest.get(committed_of()).value().at(0).metadata, "note");
}

TEST_P(AGroup, RefusesACommitOfAnOldGeneration) {
  Peer peer(core);
  const auto joined = peer.get(join_of()).value();
  SyncGroup sync = sync_of(joined);
  sync.assignments = {{joined.member_id, "all"}};
  peer.get(sync).value();
  CommitOffsets what = commit_of(1);
  what.member_id = joined.member_id;
  what.generation = Generation(joined.generation.get() + 1);
  EXPECT_EQ(peer.get(what).error().code, Errc::illegal_generation);
  what.generation = joined.generation;
  EXPECT_TRUE(peer.get(what));
}

TEST_P(AGroup, IsDeletedWithItsCommitsEvenThoseUnderWay) {
  Peer peer(core);
  peer.ask(commit_of(5));
  const auto deleted = peer.ask(DeleteGroup{"g"});
  core.settle();
  EXPECT_TRUE((*deleted)->has_value());
  EXPECT_EQ(committed(peer), no_offset);
  EXPECT_EQ(peer.get(DeleteGroup{"g"}).error().code, Errc::not_found);
}

TEST_P(AGroup, LosesItsCommitsOnATopicThatIsDeletedEvenThoseUnderWay) {
  Peer peer(core);
  peer.ask(commit_of(5));
  const auto deleted = peer.ask(DeleteTopic{"t"});
  core.settle();
  EXPECT_TRUE((*deleted)->has_value());
  EXPECT_EQ(committed(peer), no_offset);
}

TEST_P(AGroup, LosesItsCommitsOnADeletedQueueForGood) {
  Peer peer(core);
  peer.declare("q");
  CommitOffsets what = commit_of(5);
  what.offsets[0].topic = "q";
  peer.get(what).value();
  peer.get(commit_of(7)).value();
  peer.get(DeleteQueue{"q"}).value();
  const auto crashed = core.restarted();
  Peer later(*crashed);
  FetchOffsets all = committed_of();
  all.all = true;
  const auto left = later.get(all).value();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left[0].topic, "t");
}

TEST_P(AGroup, CommitsNothingOnAPartitionThatIsNotThere) {
  Peer peer(core);
  CommitOffsets what = commit_of(5);
  what.offsets.push_back({"absent", PartitionIndex(0), Offset(1), -1, ""});
  what.offsets.push_back({"t", PartitionIndex(9), Offset(1), -1, ""});
  EXPECT_THAT(peer.get(what).value(),
              testing::ElementsAre(Errc::ok, Errc::not_found, Errc::not_found));
  EXPECT_EQ(committed(peer), Offset(5));
  FetchOffsets all = committed_of();
  all.all = true;
  EXPECT_THAT(peer.get(all).value(), SizeIs(1));
}

TEST_P(AGroup, LeavesAndIsEmpty) {
  Peer peer(core);
  const auto joined = peer.get(join_of()).value();
  peer.get(commit_of(3));
  EXPECT_THAT(peer.get(LeaveGroup{"g", {joined.member_id, "stranger"}}).value(),
              testing::ElementsAre(Errc::ok, Errc::unknown_member));
  EXPECT_EQ(peer.get(DescribeGroups{{"g"}}).value()[0].state, "Dead");
  peer.get(commit_of(3)).value();
  EXPECT_EQ(peer.get(DescribeGroups{{"g"}}).value()[0].state, "Empty");
}

}  // namespace
}  // namespace rialto::test
