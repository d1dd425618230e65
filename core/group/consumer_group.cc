#include "core/group/consumer_group.h"

#include <algorithm>
#include <utility>

namespace rialto {
namespace {

void refuse(GroupToken token, Error error, GroupReplies& out) {
  out.push_back({token, std::move(error)});
}

/// A request that a later one of the same member has overtaken.
void give_up(std::optional<GroupToken>& token, Errc why, GroupReplies& out) {
  if (token) refuse(*token, why, out);
  token.reset();
}

}  // namespace

ConsumerGroup::ConsumerGroup(GroupName name, const GroupConfig& config,
                             const MemberIdSource& new_member_id)
    : name_(std::move(name)), config_(config), new_member_id_(new_member_id) {}

const ProtocolOffer* ConsumerGroup::Member::offers(const std::string& protocol) const {
  const auto found = std::find_if(protocols.begin(), protocols.end(),
                                  [&](const ProtocolOffer& o) { return o.name == protocol; });
  return found == protocols.end() ? nullptr : &*found;
}

void ConsumerGroup::join(const JoinEvent& event, Instant now, GroupReplies& out) {
  if (auto error = refusal(event)) {
    refuse(event.token, std::move(*error), out);
    return;
  }
  if (event.member_id.empty()) {
    join_new(event, now, out);
    return;
  }
  if (told_.contains(event.member_id)) {
    join_told(event, now, out);
    return;
  }
  if (!event.instance_id.empty()) {
    const auto holder = instances_.find(event.instance_id);
    if (holder != instances_.end() && holder->second != event.member_id) {
      refuse(event.token, Errc::fenced, out);
      return;
    }
  }
  const auto member = members_.find(event.member_id);
  if (member == members_.end()) {
    refuse(event.token, Errc::unknown_member, out);
  } else {
    join_known(event, member->second, now, out);
  }
}

std::optional<Error> ConsumerGroup::refusal(const JoinEvent& event) const {
  if (event.session_timeout_ms < config_.session_timeout_min_ms ||
      event.session_timeout_ms > config_.session_timeout_max_ms) {
    return Errc::invalid_session_timeout;
  }
  if (event.rebalance_timeout_ms < 0) return Errc::invalid_argument;
  if (!protocols_fit(event)) return Errc::inconsistent_protocol;
  if (event.member_id.empty() && members_.size() + told_.size() >= config_.members_max) {
    const bool replaces = !event.instance_id.empty() && instances_.contains(event.instance_id);
    if (!replaces) return Error(Errc::full, "the group has as many members as it may");
  }
  return std::nullopt;
}

/// At least one protocol that all others offer too. The joining member's own earlier offer does
/// not count.
bool ConsumerGroup::protocols_fit(const JoinEvent& event) const {
  if (event.protocol_type.empty() || event.protocols.empty()) return false;
  const auto is_self = [&](const Member& m) {
    return m.id == event.member_id ||
           (!event.instance_id.empty() && m.instance_id == event.instance_id);
  };
  const bool alone = std::all_of(members_.begin(), members_.end(),
                                 [&](const auto& m) { return is_self(m.second); });
  if (!alone && event.protocol_type != protocol_type_) return false;
  return std::any_of(event.protocols.begin(), event.protocols.end(), [&](const ProtocolOffer& o) {
    return std::all_of(members_.begin(), members_.end(), [&](const auto& m) {
      return is_self(m.second) || m.second.offers(o.name) != nullptr;
    });
  });
}

void ConsumerGroup::join_new(const JoinEvent& event, Instant now, GroupReplies& out) {
  if (!event.instance_id.empty() && instances_.contains(event.instance_id)) {
    replace_static(event, now, out);
    return;
  }
  const std::string id = new_member_id_(event.client_id);
  if (event.instance_id.empty() && event.needs_member_id) {
    const Instant until = after_ms(now, event.session_timeout_ms);
    told_[id] = until;
    wake_at(until);
    refuse(event.token, Error(Errc::member_id_required, id), out);
    return;
  }
  add_member(event, id, now, out);
}

void ConsumerGroup::join_told(const JoinEvent& event, Instant now, GroupReplies& out) {
  told_.erase(event.member_id);
  add_member(event, event.member_id, now, out);
}

void ConsumerGroup::add_member(const JoinEvent& event, const std::string& id, Instant now,
                               GroupReplies& out) {
  Member& member = members_[id];
  member.id = id;
  member.instance_id = event.instance_id;
  member.client_id = event.client_id;
  member.client_host = event.client_host;
  member.session_timeout_ms = event.session_timeout_ms;
  member.rebalance_timeout_ms = event.rebalance_timeout_ms;
  member.protocols = event.protocols;
  member.arrival = ++arrivals_;
  member.session_deadline = after_ms(now, config_.new_member_join_timeout_ms);
  wake_at(member.session_deadline);
  if (!event.instance_id.empty()) instances_[event.instance_id] = id;
  if (members_.size() == 1) protocol_type_ = event.protocol_type;
  if (leader_.empty()) leader_ = id;
  await_join(member, event.token, now, out);
}

/// A static member came back under a new id. While its offer chooses the same protocol with the
/// same subscription, nobody else needs to know.
void ConsumerGroup::replace_static(const JoinEvent& event, Instant now, GroupReplies& out) {
  auto node = members_.extract(instances_.at(event.instance_id));
  give_up(node.mapped().joining, Errc::fenced, out);
  give_up(node.mapped().syncing, Errc::fenced, out);
  const std::string old_id = node.key();
  const std::string id = new_member_id_(event.client_id);
  node.key() = id;
  Member& member = members_.insert(std::move(node)).position->second;
  const ProtocolOffer* before = member.offers(protocol_);
  const std::string metadata = before == nullptr ? std::string() : before->metadata;
  member.id = id;
  member.client_id = event.client_id;
  member.client_host = event.client_host;
  member.session_timeout_ms = event.session_timeout_ms;
  member.rebalance_timeout_ms = event.rebalance_timeout_ms;
  member.protocols = event.protocols;
  instances_[event.instance_id] = id;
  if (leader_ == old_id) leader_ = id;

  const ProtocolOffer* after = member.offers(protocol_);
  const bool same = after != nullptr && after->metadata == metadata;
  if (state_ == GroupState::stable && same && chosen_protocol() == protocol_) {
    answer_join(member, event.token, now, out);
    std::get<JoinedReply>(out.back().answer).skip_assignment = leader_ == id;
    return;
  }
  await_join(member, event.token, now, out);
}

void ConsumerGroup::join_known(const JoinEvent& event, Member& member, Instant now,
                               GroupReplies& out) {
  const bool changed = event.protocols != member.protocols;
  member.session_timeout_ms = event.session_timeout_ms;
  member.rebalance_timeout_ms = event.rebalance_timeout_ms;
  member.protocols = event.protocols;
  if (members_.size() == 1) protocol_type_ = event.protocol_type;
  const bool current = (state_ == GroupState::completing_rebalance && !changed) ||
                       (state_ == GroupState::stable && !changed && member.id != leader_);
  if (current) {
    answer_join(member, event.token, now, out);
  } else {
    await_join(member, event.token, now, out);
  }
}

void ConsumerGroup::await_join(Member& member, GroupToken token, Instant now, GroupReplies& out) {
  give_up(member.joining, Errc::rebalance_in_progress, out);
  member.joining = token;
  if (state_ != GroupState::preparing_rebalance) {
    prepare_rebalance(now, out);
    return;
  }
  if (initial_) {
    phase_deadline_ = std::min(after_ms(now, config_.initial_rebalance_delay_ms), initial_limit_);
    wake_at(phase_deadline_);
  }
  try_complete_join(now, out);
}

void ConsumerGroup::answer_join(Member& member, GroupToken token, Instant now, GroupReplies& out) {
  JoinedReply reply;
  reply.generation = generation_;
  reply.protocol_type = protocol_type_;
  reply.protocol = protocol_;
  reply.leader = leader_;
  reply.member_id = member.id;
  if (member.id == leader_) reply.members = member_views();
  out.push_back({token, std::move(reply)});
  member.is_new = false;
  keep_session(member, now);
}

Errc ConsumerGroup::speaks_for(const MemberClaim& claim, Members::iterator& member) {
  if (!claim.instance_id.empty()) {
    const auto holder = instances_.find(claim.instance_id);
    if (holder == instances_.end()) return Errc::unknown_member;
    if (holder->second != claim.member_id) return Errc::fenced;
  }
  member = members_.find(claim.member_id);
  if (member == members_.end()) return Errc::unknown_member;
  if (claim.generation != generation_) return Errc::illegal_generation;
  return Errc::ok;
}

void ConsumerGroup::sync(const SyncEvent& event, Instant now, GroupReplies& out) {
  auto at = members_.end();
  const MemberClaim claim{event.group, event.generation, event.member_id, event.instance_id};
  Errc error = speaks_for(claim, at);
  if (error == Errc::ok && state_ == GroupState::preparing_rebalance) {
    error = Errc::rebalance_in_progress;
  }
  if (error != Errc::ok) {
    refuse(event.token, error, out);
    return;
  }
  Member& member = at->second;
  member.needs_sync = false;
  keep_session(member, now);
  if (state_ == GroupState::stable) {
    answer_sync(member, event.token, now, out);
    synced();
    return;
  }
  give_up(member.syncing, Errc::rebalance_in_progress, out);
  member.syncing = event.token;
  if (member.id == leader_) assign(event, now, out);
}

Errc ConsumerGroup::heartbeat(const MemberClaim& claim, Instant now) {
  auto member = members_.end();
  if (const Errc error = speaks_for(claim, member); error != Errc::ok) return error;
  keep_session(member->second, now);
  return state_ == GroupState::preparing_rebalance ? Errc::rebalance_in_progress : Errc::ok;
}

Errc ConsumerGroup::may_commit(const MemberClaim& claim, Instant now) {
  if (claim.generation.get() < 0 && claim.member_id.empty()) {
    return state_ == GroupState::empty ? Errc::ok : Errc::unknown_member;
  }
  auto member = members_.end();
  if (const Errc error = speaks_for(claim, member); error != Errc::ok) return error;
  if (state_ == GroupState::completing_rebalance) return Errc::rebalance_in_progress;
  keep_session(member->second, now);
  return Errc::ok;
}

Errc ConsumerGroup::leave(const std::string& member_id, const std::string& instance_id, Instant now,
                          GroupReplies& out) {
  std::string id = member_id;
  if (!instance_id.empty()) {
    const auto holder = instances_.find(instance_id);
    if (holder == instances_.end()) return Errc::unknown_member;
    if (!member_id.empty() && holder->second != member_id) return Errc::fenced;
    id = holder->second;
  }
  if (told_.erase(id) != 0) {
    try_complete_join(now, out);
    return Errc::ok;
  }
  const auto member = members_.find(id);
  if (member == members_.end()) return Errc::unknown_member;
  remove_member(member, out);
  after_removal(now, out);
  return Errc::ok;
}

}  // namespace rialto
