#include "core/base/clock.h"
#include "core/group/group_coordinator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace rialto {
namespace {

using testing::IsEmpty;

const GroupName orders{"/", "orders"};

/// One coordinator with a clock of its own; answers are kept by token.
class AGroup : public testing::Test {
 protected:
  explicit AGroup(std::int64_t delay_ms = 0)
      : coordinator({.initial_rebalance_delay_ms = delay_ms}, [this](const std::string& client) {
          return client + "-" + std::to_string(++ids);
        }) {}

  JoinEvent event(const std::string& id, const std::string& client = "c") {
    JoinEvent e;
    e.token = GroupToken(++tokens);
    e.group = group;
    e.member_id = id;
    e.client_id = client;
    e.protocol_type = "consumer";
    e.protocols = {{"range", "sub"}, {"roundrobin", "sub"}};
    e.session_timeout_ms = 10'000;
    e.rebalance_timeout_ms = 30'000;
    return e;
  }
  GroupToken join(const JoinEvent& e) {
    coordinator.join(e, clock.now(), replies);
    return e.token;
  }
  GroupToken sync(const std::string& id, int generation,
                  std::vector<std::pair<std::string, std::string>> assignments = {}) {
    const SyncEvent e{GroupToken(++tokens),  orders, Generation(generation), id, "",
                      std::move(assignments)};
    coordinator.sync(e, clock.now(), replies);
    return e.token;
  }
  Errc heartbeat(const std::string& id, int generation) {
    return coordinator.heartbeat({orders, Generation(generation), id, ""}, clock.now());
  }
  Errc leave(const std::string& id) {
    return coordinator.leave(orders, id, "", clock.now(), replies);
  }
  void pass_ms(std::int64_t ms) {
    clock.advance_ms(ms);
    coordinator.on_time(clock.now(), replies);
  }

  /// Every answer to a token; there must be at most one.
  const GroupReply* reply(GroupToken token) const {
    const GroupReply* found = nullptr;
    for (const GroupReply& r : replies) {
      if (r.token != token) continue;
      EXPECT_EQ(found, nullptr) << "answered twice";
      found = &r;
    }
    return found;
  }
  bool waits(GroupToken token) const { return reply(token) == nullptr; }
  JoinedReply joined(GroupToken token) const {
    const GroupReply* r = reply(token);
    const auto* answer = r == nullptr ? nullptr : std::get_if<JoinedReply>(&r->answer);
    EXPECT_NE(answer, nullptr);
    return answer == nullptr ? JoinedReply{} : *answer;
  }
  std::string assignment(GroupToken token) const {
    const GroupReply* r = reply(token);
    const auto* answer = r == nullptr ? nullptr : std::get_if<SyncedReply>(&r->answer);
    return answer == nullptr ? "no answer" : answer->assignment;
  }
  Errc error(GroupToken token) const {
    const GroupReply* r = reply(token);
    const auto* answer = r == nullptr ? nullptr : std::get_if<Error>(&r->answer);
    return answer == nullptr ? Errc::ok : answer->code;
  }

  GroupState state() const {
    const ConsumerGroup* found = coordinator.find(orders);
    return found == nullptr ? GroupState::empty : found->state();
  }

  /// Two members in a stable group: c-1 leads, c-2 follows. Answers the generation.
  int two_stable_members() {
    join(event(""));
    const GroupToken second = join(event(""));
    join(event("c-1"));
    const int generation = joined(second).generation.get();
    sync("c-1", generation, {{"c-1", "p0"}, {"c-2", "p1"}});
    sync("c-2", generation);
    EXPECT_EQ(state(), GroupState::stable);
    return generation;
  }

  ManualClock clock;
  GroupName group = orders;  // of the next join
  int ids = 0;
  std::uint64_t tokens = 0;
  GroupReplies replies;
  GroupCoordinator coordinator;
};

TEST_F(AGroup, MakesTheFirstMemberItsLeader) {
  const JoinedReply reply = joined(join(event("")));
  EXPECT_EQ(reply.member_id, "c-1");
  EXPECT_EQ(reply.leader, "c-1");
  EXPECT_EQ(reply.generation, Generation(1));
  EXPECT_EQ(reply.protocol, "range");
  ASSERT_EQ(reply.members.size(), 1U);
  EXPECT_EQ(reply.members[0].metadata, "sub");
  EXPECT_EQ(assignment(sync("c-1", 1, {{"c-1", "all"}})), "all");
}

TEST_F(AGroup, TellsANewMemberItsIdFirstWhenAskedTo) {
  JoinEvent first = event("");
  first.needs_member_id = true;
  const GroupToken token = join(first);
  EXPECT_EQ(error(token), Errc::member_id_required);
  EXPECT_EQ(std::get<Error>(reply(token)->answer).text, "c-1");
  EXPECT_EQ(joined(join(event("c-1"))).member_id, "c-1");
}

TEST_F(AGroup, ForgetsAnIdThatNobodyCameBackWith) {
  JoinEvent first = event("");
  first.needs_member_id = true;
  join(first);
  pass_ms(10'000);
  EXPECT_EQ(coordinator.find(orders), nullptr);
  EXPECT_EQ(coordinator.next_deadline(), no_deadline);
  EXPECT_EQ(error(join(event("c-1"))), Errc::unknown_member);
}

TEST_F(AGroup, HoldsTheJoinPhaseUntilEverybodyIsThere) {
  join(event(""));
  sync("c-1", 1);
  const GroupToken second = join(event(""));
  EXPECT_TRUE(waits(second));
  EXPECT_EQ(heartbeat("c-1", 1), Errc::rebalance_in_progress);
  const GroupToken first = join(event("c-1"));
  EXPECT_EQ(joined(second).generation, Generation(2));
  EXPECT_EQ(joined(second).leader, "c-1");
  EXPECT_THAT(joined(second).members, IsEmpty());
  EXPECT_EQ(joined(first).members.size(), 2U);
}

TEST_F(AGroup, HoldsTheJoinPhaseForIdsThatWereHandedOut) {
  two_stable_members();
  JoinEvent asks = event("");
  asks.needs_member_id = true;
  join(asks);
  const GroupToken first = join(event("c-1"));
  const GroupToken second = join(event("c-2"));
  EXPECT_TRUE(waits(first));
  const GroupToken third = join(event("c-3"));
  EXPECT_EQ(joined(first).members.size(), 3U);
  EXPECT_EQ(joined(second).generation, joined(third).generation);
}

TEST_F(AGroup, GivesEachMemberWhatTheLeaderSays) {
  join(event(""));
  const GroupToken second = join(event(""));
  join(event("c-1"));
  const GroupToken waiting = sync("c-2", 2);
  EXPECT_TRUE(waits(waiting));
  EXPECT_EQ(heartbeat("c-2", 2), Errc::ok);
  EXPECT_EQ(assignment(sync("c-1", 2, {{"c-1", "p0"}, {"c-2", "p1"}})), "p0");
  EXPECT_EQ(assignment(waiting), "p1");
  EXPECT_EQ(assignment(sync("c-2", 2)), "p1") << "asked again";
  EXPECT_EQ(joined(second).member_id, "c-2");
}

TEST_F(AGroup, DropsMembersThatDoNotComeBackInTime) {
  const int generation = two_stable_members();
  const GroupToken third = join(event(""));
  for (int i = 0; i < 5; ++i) {
    pass_ms(5'000);
    EXPECT_EQ(heartbeat("c-1", generation), Errc::rebalance_in_progress);
    EXPECT_EQ(heartbeat("c-2", generation), Errc::rebalance_in_progress);
    EXPECT_TRUE(waits(third));
  }
  join(event("c-2"));
  pass_ms(5'000);
  EXPECT_EQ(joined(third).leader, "c-2") << "the leader stayed away";
  EXPECT_EQ(heartbeat("c-1", generation), Errc::unknown_member);
}

TEST_F(AGroup, RemovesAMemberThatFallsSilent) {
  const int generation = two_stable_members();
  pass_ms(6'000);
  EXPECT_EQ(heartbeat("c-1", generation), Errc::ok);
  pass_ms(4'000);
  EXPECT_EQ(heartbeat("c-1", generation), Errc::rebalance_in_progress);
  EXPECT_EQ(heartbeat("c-2", generation), Errc::unknown_member);
  EXPECT_EQ(joined(join(event("c-1"))).members.size(), 1U);
}

TEST_F(AGroup, CountsACommitAsAHeartbeat) {
  const int generation = two_stable_members();
  for (int i = 0; i < 4; ++i) {
    pass_ms(6'000);
    for (const char* id : {"c-1", "c-2"}) {
      EXPECT_EQ(coordinator.may_commit({orders, Generation(generation), id, ""}, clock.now()),
                Errc::ok);
    }
  }
}

TEST_F(AGroup, RemovesMembersThatNeverSync) {
  join(event(""));
  join(event(""));
  join(event("c-1"));
  const GroupToken follower = sync("c-2", 2);
  for (int i = 0; i < 6; ++i) {
    pass_ms(5'000);
    heartbeat("c-1", 2);
  }
  EXPECT_EQ(error(follower), Errc::rebalance_in_progress);
  EXPECT_EQ(heartbeat("c-1", 2), Errc::unknown_member);
  EXPECT_EQ(joined(join(event("c-2"))).leader, "c-2");
}

TEST_F(AGroup, CountsTheSilenceOfAMemberFromTheAnswerItWaitedFor) {
  join(event(""));
  join(event(""));
  join(event("c-1"));
  const GroupToken follower = sync("c-2", 2);
  pass_ms(9'000);
  heartbeat("c-1", 2);
  pass_ms(2'000);
  sync("c-1", 2, {{"c-2", "p"}});
  EXPECT_EQ(assignment(follower), "p");
  pass_ms(9'999);
  EXPECT_EQ(heartbeat("c-2", 2), Errc::ok);
}

TEST_F(AGroup, RebalancesOnlyForWhatConcernsOthers) {
  const int generation = two_stable_members();
  EXPECT_EQ(joined(join(event("c-2"))).generation, Generation(generation)) << "nothing new";
  EXPECT_EQ(state(), GroupState::stable);
  JoinEvent other = event("c-2");
  other.protocols = {{"range", "other topics"}};
  EXPECT_TRUE(waits(join(other)));
  EXPECT_EQ(state(), GroupState::preparing_rebalance);
}

TEST_F(AGroup, RebalancesWhenItsLeaderRejoins) {
  two_stable_members();
  EXPECT_TRUE(waits(join(event("c-1"))));
  EXPECT_EQ(state(), GroupState::preparing_rebalance);
}

TEST_F(AGroup, RefusesWhoSpeaksOfAnotherGeneration) {
  const int generation = two_stable_members();
  EXPECT_EQ(heartbeat("c-1", generation - 1), Errc::illegal_generation);
  EXPECT_EQ(error(sync("c-1", generation - 1)), Errc::illegal_generation);
  EXPECT_EQ(error(sync("stranger", generation)), Errc::unknown_member);
}

TEST_F(AGroup, RefusesSyncsAndCommitsWhileItMayNotHaveThem) {
  const int generation = two_stable_members();
  const MemberClaim claim{orders, Generation(generation), "c-1", ""};
  join(event("c-2"));
  EXPECT_EQ(coordinator.may_commit(claim, clock.now()), Errc::ok);
  join(event(""));
  EXPECT_EQ(error(sync("c-1", generation)), Errc::rebalance_in_progress);
  EXPECT_EQ(coordinator.may_commit(claim, clock.now()), Errc::ok) << "before it rejoins";
  join(event("c-1"));
  join(event("c-2"));
  const MemberClaim next{orders, Generation(generation + 1), "c-1", ""};
  EXPECT_EQ(coordinator.may_commit(next, clock.now()), Errc::rebalance_in_progress);
}

TEST_F(AGroup, LetsASimpleConsumerCommitOnlyWhileNobodyIsInIt) {
  const MemberClaim simple{orders, Generation(-1), "", ""};
  EXPECT_EQ(coordinator.may_commit(simple, clock.now()), Errc::ok);
  join(event(""));
  EXPECT_EQ(coordinator.may_commit(simple, clock.now()), Errc::unknown_member);
  EXPECT_EQ(leave("c-1"), Errc::ok);
  EXPECT_EQ(coordinator.may_commit(simple, clock.now()), Errc::ok);
  EXPECT_EQ(coordinator.may_commit({orders, Generation(3), "c-1", ""}, clock.now()),
            Errc::illegal_generation);
}

TEST_F(AGroup, AnswersWhoeverWaitsWhenAMemberLeaves) {
  two_stable_members();
  const GroupToken third = join(event(""));
  const GroupToken rejoined = join(event("c-1"));
  EXPECT_EQ(leave("c-2"), Errc::ok);
  EXPECT_EQ(joined(rejoined).members.size(), 2U);
  EXPECT_EQ(joined(third).leader, "c-1");
  EXPECT_EQ(leave("c-2"), Errc::unknown_member);
}

TEST_F(AGroup, AnswersALeaverThatWaits) {
  two_stable_members();
  const GroupToken third = join(event(""));
  EXPECT_EQ(leave("c-3"), Errc::ok);
  EXPECT_EQ(error(third), Errc::unknown_member);
}

TEST_F(AGroup, IsForgottenWhenItsLastMemberLeaves) {
  two_stable_members();
  leave("c-1");
  leave("c-2");
  EXPECT_EQ(coordinator.find(orders), nullptr);
  EXPECT_THAT(coordinator.names(), IsEmpty());
  EXPECT_EQ(coordinator.next_deadline(), no_deadline);
}

TEST_F(AGroup, ChoosesTheProtocolMostMembersPreferAmongThoseAllHave) {
  struct Case {
    std::vector<std::vector<std::string>> offers;
    std::string chosen;
  };
  const std::vector<Case> cases = {
      {{{"a", "b"}, {"a", "b"}}, "a"},
      {{{"a", "b"}, {"b"}}, "b"},
      {{{"a", "b"}, {"b", "a"}, {"b", "a"}}, "b"},
      {{{"x", "b", "a"}, {"a", "b"}, {"a", "b"}}, "a"},
      {{{"b", "a"}, {"a", "b"}}, "a"},
  };
  for (const Case& c : cases) {
    group = {"/", "orders " + std::to_string(++tokens)};
    std::vector<std::pair<JoinEvent, std::string>> members;
    for (const auto& offers : c.offers) {
      JoinEvent e = event("");
      e.protocols.clear();
      for (const auto& name : offers)
        e.protocols.push_back({name, name + " data"});
      join(e);
      for (auto& [earlier, id] : members) {
        earlier.member_id = id;
        earlier.token = GroupToken(++tokens);
        join(earlier);
      }
      const JoinedReply reply = joined(e.token);
      members.emplace_back(e, reply.member_id);
      if (members.size() == c.offers.size()) {
        EXPECT_EQ(reply.protocol, c.chosen);
      }
    }
  }
}

TEST_F(AGroup, RefusesAMemberThatSharesNoProtocol) {
  join(event(""));
  JoinEvent other = event("");
  other.protocols = {{"sticky", ""}};
  EXPECT_EQ(error(join(other)), Errc::inconsistent_protocol);
  other = event("");
  other.protocol_type = "connect";
  EXPECT_EQ(error(join(other)), Errc::inconsistent_protocol);
  other.token = GroupToken(++tokens);
  other.protocols.clear();
  EXPECT_EQ(error(join(other)), Errc::inconsistent_protocol);
}

TEST_F(AGroup, RefusesASessionTimeoutOutOfBounds) {
  JoinEvent e = event("");
  e.session_timeout_ms = 5'999;
  EXPECT_EQ(error(join(e)), Errc::invalid_session_timeout);
  e.token = GroupToken(++tokens);
  e.session_timeout_ms = 1'800'001;
  EXPECT_EQ(error(join(e)), Errc::invalid_session_timeout);
  EXPECT_EQ(coordinator.find(orders), nullptr) << "a refusal leaves no group behind";
}

TEST_F(AGroup, ReplacesAStaticMemberWithoutARebalance) {
  JoinEvent e = event("");
  e.instance_id = "i";
  join(e);
  sync("c-1", 1, {{"c-1", "p0"}});
  e.token = GroupToken(++tokens);
  const JoinedReply reply = joined(join(e));
  EXPECT_EQ(reply.generation, Generation(1));
  EXPECT_EQ(reply.member_id, "c-2");
  EXPECT_EQ(reply.leader, "c-2");
  EXPECT_TRUE(reply.skip_assignment);
  EXPECT_EQ(assignment(sync("c-2", 1)), "p0");
  e.token = GroupToken(++tokens);
  e.member_id = "c-1";
  EXPECT_EQ(error(join(e)), Errc::fenced);
  EXPECT_EQ(coordinator.heartbeat({orders, Generation(1), "c-1", "i"}, clock.now()), Errc::fenced);
  EXPECT_EQ(coordinator.leave(orders, "", "i", clock.now(), replies), Errc::ok);
  EXPECT_EQ(coordinator.find(orders), nullptr);
}

TEST_F(AGroup, KeepsTheTurnsOfItsGroupsApart) {
  two_stable_members();
  JoinEvent e = event("");
  e.group = {"/", "other"};
  EXPECT_EQ(joined(join(e)).generation, Generation(1));
  EXPECT_THAT(coordinator.names(), testing::UnorderedElementsAre(orders, e.group));
}

TEST_F(AGroup, EndsEvenAPhaseOfNoLength) {
  JoinEvent e = event("");
  e.rebalance_timeout_ms = 0;
  e.instance_id = "i";
  join(e);
  sync("c-1", 1);
  JoinEvent second = event("");
  second.rebalance_timeout_ms = 0;
  join(second);
  EXPECT_EQ(leave("c-2"), Errc::ok) << "only the static member is left, and stays away";
  pass_ms(5);
  EXPECT_EQ(state(), GroupState::preparing_rebalance);
  EXPECT_GT(coordinator.next_deadline(), clock.now());
}

class AGroupWithADelay : public AGroup {
 protected:
  AGroupWithADelay() : AGroup(3'000) {}
};

TEST_F(AGroupWithADelay, WaitsForMoreMembersButNotForEver) {
  JoinEvent e = event("");
  e.rebalance_timeout_ms = 7'000;
  const GroupToken first = join(e);
  std::vector<GroupToken> others;
  for (int i = 0; i < 3; ++i) {
    pass_ms(2'000);
    JoinEvent more = event("");
    more.rebalance_timeout_ms = 7'000;
    others.push_back(join(more));
    EXPECT_TRUE(waits(first));
  }
  pass_ms(1'000);
  EXPECT_EQ(joined(first).members.size(), 4U);
  EXPECT_EQ(joined(others[2]).generation, Generation(1));
}

TEST_F(AGroupWithADelay, StartsWhenNobodyElseComes) {
  const GroupToken first = join(event(""));
  EXPECT_EQ(coordinator.next_deadline(), after_ms(clock.now(), 3'000));
  pass_ms(2'999);
  EXPECT_TRUE(waits(first));
  pass_ms(1);
  EXPECT_EQ(joined(first).members.size(), 1U);
}

}  // namespace
}  // namespace rialto
