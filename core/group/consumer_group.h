#pragma once

#include "core/base/clock.h"
#include "core/group/group_events.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rialto {

/// One classic consumer group: Empty -> PreparingRebalance -> CompletingRebalance -> Stable.
/// Pure; the time comes with every event, answers come out as replies with the caller's tokens.
/// Each token of a join or sync is answered exactly once.
class ConsumerGroup {
 public:
  ConsumerGroup(GroupName name, const GroupConfig& config, const MemberIdSource& new_member_id);

  void join(const JoinEvent& event, Instant now, GroupReplies& out);
  void sync(const SyncEvent& event, Instant now, GroupReplies& out);
  /// ok, unknown_member, illegal_generation, fenced or rebalance_in_progress (rejoin).
  Errc heartbeat(const MemberClaim& claim, Instant now);
  /// unknown_member, or fenced when the instance id is held by another member. A static member
  /// may leave by its instance id alone.
  Errc leave(const std::string& member_id, const std::string& instance_id, Instant now,
             GroupReplies& out);
  /// May this member commit offsets? A successful check counts as a heartbeat. Generation -1
  /// with an empty member id is a simple consumer: only while the group is empty.
  Errc may_commit(const MemberClaim& claim, Instant now);

  /// Ends what is due at `now`: sessions, join phases, unanswered syncs.
  void on_time(Instant now, GroupReplies& out);
  /// Never too late; may be too early, since heartbeats move it only when it is reached.
  Instant next_deadline() const { return deadline_; }

  GroupState state() const { return state_; }
  /// Nobody is in it or has been told an id for it.
  bool deserted() const { return members_.empty() && told_.empty(); }
  GroupView view() const;

 private:
  struct Member {
    std::string id;
    std::string instance_id;
    std::string client_id;
    std::string client_host;
    std::int64_t session_timeout_ms = 0;
    std::int64_t rebalance_timeout_ms = 0;
    std::vector<ProtocolOffer> protocols;
    std::string assignment;
    std::uint64_t arrival = 0;          // order of joining, for the choice of a leader
    bool is_new = true;                 // has never seen a generation
    bool needs_sync = false;            // was told a generation and has not synced in it
    std::optional<GroupToken> joining;  // waits for the join phase to end
    std::optional<GroupToken> syncing;  // waits for the leader's assignment
    Instant session_deadline = no_deadline;

    const ProtocolOffer* offers(const std::string& protocol) const;
  };
  using Members = std::map<std::string, Member>;

  // Joining: consumer_group.cc
  std::optional<Error> refusal(const JoinEvent& event) const;
  bool protocols_fit(const JoinEvent& event) const;
  void join_new(const JoinEvent& event, Instant now, GroupReplies& out);
  void join_told(const JoinEvent& event, Instant now, GroupReplies& out);
  void replace_static(const JoinEvent& event, Instant now, GroupReplies& out);
  void join_known(const JoinEvent& event, Member& member, Instant now, GroupReplies& out);
  void add_member(const JoinEvent& event, const std::string& id, Instant now, GroupReplies& out);
  void await_join(Member& member, GroupToken token, Instant now, GroupReplies& out);
  void answer_join(Member& member, GroupToken token, Instant now, GroupReplies& out);
  /// Errc::ok sets `member`.
  Errc speaks_for(const MemberClaim& claim, Members::iterator& member);

  // Phases and time: consumer_group_phases.cc
  void prepare_rebalance(Instant now, GroupReplies& out);
  void try_complete_join(Instant now, GroupReplies& out);
  void complete_join(Instant now, GroupReplies& out);
  std::string chosen_protocol() const;
  void elect_leader();
  void assign(const SyncEvent& event, Instant now, GroupReplies& out);
  void answer_sync(Member& member, GroupToken token, Instant now, GroupReplies& out);
  void synced();
  Members::iterator remove_member(Members::iterator member, GroupReplies& out);
  void after_removal(Instant now, GroupReplies& out);
  void become_empty();
  void keep_session(Member& member, Instant now);
  void drop_unsynced(Instant now, GroupReplies& out);
  void expire_members(Instant now, GroupReplies& out);
  std::int64_t rebalance_timeout_max_ms() const;
  std::vector<MemberView> member_views() const;
  void wake_at(Instant deadline);
  void find_deadline();

  GroupName name_;
  const GroupConfig& config_;
  const MemberIdSource& new_member_id_;
  GroupState state_ = GroupState::empty;
  Generation generation_{0};
  std::string protocol_type_;
  std::string protocol_;
  std::string leader_;
  Members members_;
  std::map<std::string, std::string> instances_;  // instance id -> member id
  std::map<std::string, Instant> told_;           // ids handed out, not yet joined with
  std::uint64_t arrivals_ = 0;
  bool initial_ = false;                  // the join phase that left Empty
  Instant phase_deadline_ = no_deadline;  // of the join phase, or of pending syncs
  Instant initial_limit_ = no_deadline;
  Instant deadline_ = no_deadline;
};

}  // namespace rialto
