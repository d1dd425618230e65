#include "core/group/consumer_group.h"

#include <algorithm>
#include <utility>

namespace rialto {

const char* to_string(GroupState state) {
  switch (state) {
    case GroupState::empty: return "Empty";
    case GroupState::preparing_rebalance: return "PreparingRebalance";
    case GroupState::completing_rebalance: return "CompletingRebalance";
    case GroupState::stable: return "Stable";
  }
  return "Dead";
}

void ConsumerGroup::prepare_rebalance(Instant now, GroupReplies& out) {
  for (auto& [id, member] : members_) {
    if (member.syncing) {
      out.push_back({*member.syncing, Error(Errc::rebalance_in_progress)});
      // It waited for us: its silence counts from now.
      keep_session(member, now);
    }
    member.syncing.reset();
    member.needs_sync = false;
  }
  initial_ = state_ == GroupState::empty;
  state_ = GroupState::preparing_rebalance;
  const Instant limit = after_ms(now, rebalance_timeout_max_ms());
  initial_limit_ = limit;
  phase_deadline_ =
      initial_ ? std::min(after_ms(now, config_.initial_rebalance_delay_ms), limit) : limit;
  wake_at(phase_deadline_);
  try_complete_join(now, out);
}

void ConsumerGroup::try_complete_join(Instant now, GroupReplies& out) {
  if (state_ != GroupState::preparing_rebalance) return;
  const bool complete =
      initial_ ? now >= phase_deadline_
               : told_.empty() && std::all_of(members_.begin(), members_.end(), [](const auto& m) {
                   return m.second.joining.has_value();
                 });
  if (complete) complete_join(now, out);
}

/// Ends the join phase with those who came. Static members may miss it and keep their place.
void ConsumerGroup::complete_join(Instant now, GroupReplies& out) {
  for (auto it = members_.begin(); it != members_.end();) {
    const bool laggard = !it->second.joining && it->second.instance_id.empty();
    it = laggard ? remove_member(it, out) : std::next(it);
  }
  if (members_.empty()) {
    become_empty();
    return;
  }
  const bool nobody_came = std::none_of(members_.begin(), members_.end(),
                                        [](const auto& m) { return m.second.joining.has_value(); });
  if (nobody_came) {
    phase_deadline_ = after_ms(now, rebalance_timeout_max_ms());
    wake_at(phase_deadline_);
    return;
  }
  elect_leader();
  ++generation_;
  protocol_ = chosen_protocol();
  initial_ = false;
  state_ = GroupState::completing_rebalance;
  phase_deadline_ = after_ms(now, rebalance_timeout_max_ms());
  wake_at(phase_deadline_);
  for (auto& [id, member] : members_) {
    member.assignment.clear();
    member.needs_sync = true;
    if (!member.joining) continue;
    const GroupToken token = *std::exchange(member.joining, std::nullopt);
    answer_join(member, token, now, out);
  }
}

/// Each member votes for the first of its offers that all have; ties go to the first by name.
std::string ConsumerGroup::chosen_protocol() const {
  const auto shared = [&](const ProtocolOffer& offer) {
    return std::all_of(members_.begin(), members_.end(),
                       [&](const auto& m) { return m.second.offers(offer.name) != nullptr; });
  };
  std::map<std::string, std::size_t> votes;
  for (const auto& [id, member] : members_) {
    const auto first = std::find_if(member.protocols.begin(), member.protocols.end(), shared);
    if (first != member.protocols.end()) ++votes[first->name];
  }
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == votes.end() ? std::string() : most->first;
}

/// A leader that takes part stays; else the first to have joined.
void ConsumerGroup::elect_leader() {
  const auto leader = members_.find(leader_);
  if (leader != members_.end() && leader->second.joining) return;
  const Member* first = nullptr;
  for (const auto& [id, member] : members_) {
    const bool before = first == nullptr || (member.joining && !first->joining) ||
                        (member.joining.has_value() == first->joining.has_value() &&
                         member.arrival < first->arrival);
    if (before) first = &member;
  }
  leader_ = first == nullptr ? std::string() : first->id;
}

void ConsumerGroup::assign(const SyncEvent& event, Instant now, GroupReplies& out) {
  for (const auto& [id, assignment] : event.assignments) {
    const auto member = members_.find(id);
    if (member != members_.end()) member->second.assignment = assignment;
  }
  state_ = GroupState::stable;
  for (auto& [id, member] : members_) {
    if (!member.syncing) continue;
    const GroupToken token = *std::exchange(member.syncing, std::nullopt);
    answer_sync(member, token, now, out);
  }
  synced();
}

void ConsumerGroup::answer_sync(Member& member, GroupToken token, Instant now, GroupReplies& out) {
  keep_session(member, now);
  out.push_back({token, SyncedReply{protocol_type_, protocol_, member.assignment}});
}

void ConsumerGroup::synced() {
  const bool all = std::none_of(members_.begin(), members_.end(),
                                [](const auto& m) { return m.second.needs_sync; });
  if (all) phase_deadline_ = no_deadline;
}

ConsumerGroup::Members::iterator ConsumerGroup::remove_member(Members::iterator member,
                                                              GroupReplies& out) {
  Member& gone = member->second;
  if (gone.joining) out.push_back({*gone.joining, Error(Errc::unknown_member)});
  if (gone.syncing) out.push_back({*gone.syncing, Error(Errc::unknown_member)});
  if (!gone.instance_id.empty()) instances_.erase(gone.instance_id);
  const bool led = gone.id == leader_;
  const auto next = members_.erase(member);
  if (led) elect_leader();
  return next;
}

void ConsumerGroup::after_removal(Instant now, GroupReplies& out) {
  if (members_.empty()) {
    become_empty();
  } else if (state_ == GroupState::preparing_rebalance) {
    try_complete_join(now, out);
  } else {
    prepare_rebalance(now, out);
  }
}

void ConsumerGroup::become_empty() {
  ++generation_;
  state_ = GroupState::empty;
  initial_ = false;
  protocol_.clear();
  leader_.clear();
  phase_deadline_ = no_deadline;
}

void ConsumerGroup::keep_session(Member& member, Instant now) {
  // A new member has the longer join timeout until it has seen a generation.
  if (member.is_new) return;
  member.session_deadline = after_ms(now, member.session_timeout_ms);
  wake_at(member.session_deadline);
}

void ConsumerGroup::on_time(Instant now, GroupReplies& out) {
  if (now < deadline_) return;
  if (std::erase_if(told_, [&](const auto& t) { return t.second <= now; }) != 0) {
    try_complete_join(now, out);
  }
  if (now >= phase_deadline_) {
    if (state_ == GroupState::preparing_rebalance) {
      complete_join(now, out);
    } else {
      drop_unsynced(now, out);
    }
  }
  expire_members(now, out);
  find_deadline();
}

void ConsumerGroup::drop_unsynced(Instant now, GroupReplies& out) {
  phase_deadline_ = no_deadline;
  bool removed = false;
  for (auto it = members_.begin(); it != members_.end();) {
    removed = removed || it->second.needs_sync;
    it = it->second.needs_sync ? remove_member(it, out) : std::next(it);
  }
  if (removed) after_removal(now, out);
}

void ConsumerGroup::expire_members(Instant now, GroupReplies& out) {
  bool removed = false;
  for (auto it = members_.begin(); it != members_.end();) {
    Member& member = it->second;
    if (member.session_deadline > now) {
      ++it;
    } else if (!member.is_new && (member.joining || member.syncing)) {
      // It cannot be expected to speak while it waits for an answer.
      keep_session(member, now);
      ++it;
    } else {
      it = remove_member(it, out);
      removed = true;
    }
  }
  if (removed) after_removal(now, out);
}

std::int64_t ConsumerGroup::rebalance_timeout_max_ms() const {
  std::int64_t most = 1;  // a phase of no length would end for ever
  for (const auto& [id, member] : members_)
    most = std::max(most, member.rebalance_timeout_ms);
  return most;
}

std::vector<MemberView> ConsumerGroup::member_views() const {
  std::vector<MemberView> out;
  for (const auto& [id, member] : members_) {
    const ProtocolOffer* offer = member.offers(protocol_);
    out.push_back({id, member.instance_id, member.client_id, member.client_host,
                   offer == nullptr ? std::string() : offer->metadata, member.assignment});
  }
  return out;
}

GroupView ConsumerGroup::view() const {
  return {name_, state_, generation_, protocol_type_, protocol_, member_views()};
}

void ConsumerGroup::wake_at(Instant deadline) {
  deadline_ = std::min(deadline_, deadline);
}

void ConsumerGroup::find_deadline() {
  deadline_ = phase_deadline_;
  for (const auto& [id, until] : told_)
    wake_at(until);
  for (const auto& [id, member] : members_)
    wake_at(member.session_deadline);
}

}  // namespace rialto
