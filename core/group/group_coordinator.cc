#include "core/group/group_coordinator.h"

#include <utility>

namespace rialto {

GroupCoordinator::GroupCoordinator(const GroupConfig& config, MemberIdSource new_member_id)
    : config_(config), new_member_id_(std::move(new_member_id)) {}

void GroupCoordinator::join(const JoinEvent& event, Instant now, GroupReplies& out) {
  if (event.group.group.empty()) {
    out.push_back({event.token, Error(Errc::invalid_argument, "a group needs a name")});
    return;
  }
  const auto entry = groups_.try_emplace(event.group).first;
  auto& group = entry->second.group;
  if (!group) group = std::make_unique<ConsumerGroup>(event.group, config_, new_member_id_);
  group->join(event, now, out);
  settle_in(entry);
}

void GroupCoordinator::sync(const SyncEvent& event, Instant now, GroupReplies& out) {
  const auto entry = groups_.find(event.group);
  if (entry == groups_.end()) {
    out.push_back({event.token, Error(Errc::unknown_member)});
    return;
  }
  entry->second.group->sync(event, now, out);
  settle_in(entry);
}

Errc GroupCoordinator::heartbeat(const MemberClaim& claim, Instant now) {
  const auto entry = groups_.find(claim.group);
  if (entry == groups_.end()) return Errc::unknown_member;
  return entry->second.group->heartbeat(claim, now);
}

Errc GroupCoordinator::leave(const GroupName& name, const std::string& member_id,
                             const std::string& instance_id, Instant now, GroupReplies& out) {
  const auto entry = groups_.find(name);
  if (entry == groups_.end()) return Errc::unknown_member;
  const Errc result = entry->second.group->leave(member_id, instance_id, now, out);
  settle_in(entry);
  return result;
}

Errc GroupCoordinator::may_commit(const MemberClaim& claim, Instant now) {
  const auto entry = groups_.find(claim.group);
  if (entry != groups_.end()) return entry->second.group->may_commit(claim, now);
  return claim.generation.get() < 0 && claim.member_id.empty() ? Errc::ok
                                                               : Errc::illegal_generation;
}

void GroupCoordinator::on_time(Instant now, GroupReplies& out) {
  while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) {
    const auto entry = groups_.find(by_deadline_.begin()->second);
    entry->second.group->on_time(now, out);
    settle_in(entry);
  }
}

Instant GroupCoordinator::next_deadline() const {
  return by_deadline_.empty() ? no_deadline : by_deadline_.begin()->first;
}

const ConsumerGroup* GroupCoordinator::find(const GroupName& name) const {
  const auto entry = groups_.find(name);
  return entry == groups_.end() ? nullptr : entry->second.group.get();
}

std::vector<GroupName> GroupCoordinator::names() const {
  std::vector<GroupName> out;
  for (const auto& [name, entry] : groups_)
    out.push_back(name);
  return out;
}

/// Lists a group under its deadline, or forgets it when nobody is in it.
void GroupCoordinator::settle_in(Groups::iterator entry) {
  Entry& group = entry->second;
  const Instant deadline = group.group->next_deadline();
  const bool gone = group.group->deserted();
  if (!gone && group.listed == deadline) return;
  if (group.listed != no_deadline) by_deadline_.erase({group.listed, entry->first});
  if (gone) {
    groups_.erase(entry);
    return;
  }
  group.listed = deadline;
  if (deadline != no_deadline) by_deadline_.insert({deadline, entry->first});
}

}  // namespace rialto
