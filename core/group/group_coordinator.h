#pragma once

#include "core/base/clock.h"
#include "core/group/consumer_group.h"
#include "core/group/group_events.h"

#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace rialto {

/// All consumer groups that have members. Groups that lost their last member are forgotten here;
/// what they committed is in CommittedOffsets.
class GroupCoordinator {
 public:
  GroupCoordinator(const GroupConfig& config, MemberIdSource new_member_id);
  GroupCoordinator(const GroupCoordinator&) = delete;
  GroupCoordinator& operator=(const GroupCoordinator&) = delete;

  /// Answered through `out` now or by a later call. Refusals: invalid_argument (empty group name
  /// or no protocol), invalid_session_timeout, inconsistent_protocol, unknown_member, fenced,
  /// member_id_required (the id is the text), full.
  void join(const JoinEvent& event, Instant now, GroupReplies& out);
  /// Refusals: unknown_member, illegal_generation, fenced, rebalance_in_progress.
  void sync(const SyncEvent& event, Instant now, GroupReplies& out);
  Errc heartbeat(const MemberClaim& claim, Instant now);
  Errc leave(const GroupName& group, const std::string& member_id, const std::string& instance_id,
             Instant now, GroupReplies& out);
  Errc may_commit(const MemberClaim& claim, Instant now);

  void on_time(Instant now, GroupReplies& out);
  Instant next_deadline() const;

  /// Null when nobody is in it.
  const ConsumerGroup* find(const GroupName& name) const;
  std::vector<GroupName> names() const;

 private:
  struct Entry {
    std::unique_ptr<ConsumerGroup> group;
    Instant listed = no_deadline;  // its place in by_deadline_
  };
  using Groups = std::map<GroupName, Entry>;

  void settle_in(Groups::iterator entry);

  GroupConfig config_;
  MemberIdSource new_member_id_;
  Groups groups_;
  std::set<std::pair<Instant, GroupName>> by_deadline_;
};

}  // namespace rialto
