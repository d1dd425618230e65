#include "core/broker/broker.h"

/// Requests of consumer group members.
namespace rialto {

namespace {

std::vector<GroupMember> members_of(std::vector<MemberView> views) {
  std::vector<GroupMember> out;
  out.reserve(views.size());
  for (MemberView& v : views) {
    out.push_back(GroupMember{std::move(v.member_id), std::move(v.instance_id),
                              std::move(v.client_id), std::move(v.client_host),
                              std::move(v.metadata), std::move(v.assignment)});
  }
  return out;
}

JoinGroup::Answer answer_of(JoinedReply joined) {
  return JoinGroup::Answer{joined.generation,           std::move(joined.protocol_type),
                           std::move(joined.protocol),  std::move(joined.leader),
                           std::move(joined.member_id), members_of(std::move(joined.members))};
}

GroupInfo info_of(const ConsumerGroup& group) {
  GroupView view = group.view();
  return GroupInfo{view.name.group, to_string(view.state), view.protocol_type, view.protocol,
                   members_of(std::move(view.members))};
}

}  // namespace

void Broker::tell_group_replies(GroupReplies& replies) {
  for (GroupReply& reply : replies) {
    if (const auto at = joining_.find(reply.token); at != joining_.end()) {
      const auto tell = std::move(at->second);
      joining_.erase(at);
      if (auto* joined = std::get_if<JoinedReply>(&reply.answer)) {
        tell(answer_of(std::move(*joined)));
      } else if (auto* refused = std::get_if<Error>(&reply.answer)) {
        tell(*refused);
      }
    } else if (const auto sync = syncing_.find(reply.token); sync != syncing_.end()) {
      const auto tell = std::move(sync->second);
      syncing_.erase(sync);
      if (auto* synced = std::get_if<SyncedReply>(&reply.answer)) {
        tell(SyncGroup::Answer{synced->protocol_type, synced->protocol, synced->assignment});
      } else if (auto* refused = std::get_if<Error>(&reply.answer)) {
        tell(*refused);
      }
    }
  }
  replies.clear();
}

template <>
void handle<JoinGroup>(Broker& b, SessionId id, JoinGroup what, Reply<JoinGroup::Answer> reply) {
  JoinEvent event;
  event.token = GroupToken(++b.last_group_token_);
  event.group = GroupName{b.vhost_of(id), what.group};
  event.member_id = std::move(what.member_id);
  event.instance_id = std::move(what.instance_id);
  event.client_id = std::move(what.client_id);
  event.client_host = std::move(what.client_host);
  event.protocol_type = std::move(what.protocol_type);
  for (GroupProtocol& p : what.protocols) {
    event.protocols.push_back(ProtocolOffer{std::move(p.name), std::move(p.metadata)});
  }
  event.session_timeout_ms = what.session_timeout_ms;
  event.rebalance_timeout_ms = what.rebalance_timeout_ms;
  event.needs_member_id = what.needs_member_id;
  b.joining_.emplace(event.token, std::move(reply));
  GroupReplies replies;
  b.groups_.join(event, b.now_, replies);
  b.tell_group_replies(replies);
}

template <>
void handle<SyncGroup>(Broker& b, SessionId id, SyncGroup what, Reply<SyncGroup::Answer> reply) {
  SyncEvent event;
  event.token = GroupToken(++b.last_group_token_);
  event.group = GroupName{b.vhost_of(id), what.group};
  event.generation = what.generation;
  event.member_id = std::move(what.member_id);
  event.assignments = std::move(what.assignments);
  b.syncing_.emplace(event.token, std::move(reply));
  GroupReplies replies;
  b.groups_.sync(event, b.now_, replies);
  b.tell_group_replies(replies);
}

template <>
void handle<GroupHeartbeat>(Broker& b, SessionId id, GroupHeartbeat what,
                            Reply<GroupHeartbeat::Answer> reply) {
  const Errc result = b.groups_.heartbeat(
      {GroupName{b.vhost_of(id), what.group}, what.generation, what.member_id, {}}, b.now_);
  if (result != Errc::ok) return reply(Error(result));
  reply(GroupHeartbeat::Answer{});
}

template <>
void handle<LeaveGroup>(Broker& b, SessionId id, LeaveGroup what, Reply<LeaveGroup::Answer> reply) {
  LeaveGroup::Answer results;
  GroupReplies replies;
  for (const std::string& member : what.member_ids) {
    results.push_back(
        b.groups_.leave(GroupName{b.vhost_of(id), what.group}, member, {}, b.now_, replies));
  }
  reply(std::move(results));
  b.tell_group_replies(replies);
}

template <>
void handle<CommitOffsets>(Broker& b, SessionId id, CommitOffsets what,
                           Reply<CommitOffsets::Answer> reply) {
  const GroupName name{b.vhost_of(id), what.group};
  const Errc allowed = b.groups_.may_commit({name, what.generation, what.member_id, {}}, b.now_);
  if (allowed != Errc::ok) return reply(Error(allowed));
  OffsetsFrame frame{name.vhost, name.group, b.wall_.get(), {}};
  CommitOffsets::Answer results;
  for (CommittedOffset& offset : what.offsets) {
    const bool exists = b.partition(name.vhost, offset.topic, offset.partition) != nullptr;
    results.push_back(exists ? Errc::ok : Errc::not_found);
    if (exists) frame.offsets.push_back(std::move(offset));
  }
  if (frame.offsets.empty()) return reply(std::move(results));
  b.last_commit_ticket_ = b.stage_frame(frame, Haste::durable, [&b, frame, results, reply] {
    b.committed_.apply(frame);
    reply(results);
  });
}

template <>
void handle<FetchOffsets>(Broker& b, SessionId id, FetchOffsets what,
                          Reply<FetchOffsets::Answer> reply) {
  const GroupName name{b.vhost_of(id), what.group};
  b.ledger_.when_durable(b.last_commit_ticket_, [&b, name, what, reply] {
    if (what.all) return reply(b.committed_.all_of(name));
    FetchOffsets::Answer answer;
    for (const auto& [topic, partition] : what.partitions) {
      const CommittedOffset* found = b.committed_.find(name, topic, partition);
      answer.push_back(found ? *found
                             : CommittedOffset{topic, partition, no_offset, -1, std::string()});
    }
    reply(std::move(answer));
  });
}

template <>
void handle<DescribeGroups>(Broker& b, SessionId id, DescribeGroups what,
                            Reply<DescribeGroups::Answer> reply) {
  const std::string vhost = b.vhost_of(id);
  DescribeGroups::Answer answer;
  if (what.all) {
    for (const GroupName& name : b.groups_.names()) {
      if (name.vhost == vhost) what.groups.push_back(name.group);
    }
    for (const GroupName& name : b.committed_.groups()) {
      if (name.vhost == vhost && !b.groups_.find(name)) what.groups.push_back(name.group);
    }
  }
  for (const std::string& group : what.groups) {
    const GroupName name{vhost, group};
    if (const ConsumerGroup* live = b.groups_.find(name)) {
      answer.push_back(info_of(*live));
    } else {
      answer.push_back(
          GroupInfo{group, b.committed_.contains(name) ? "Empty" : "Dead", {}, {}, {}});
    }
  }
  reply(std::move(answer));
}

template <>
void handle<DeleteGroup>(Broker& b, SessionId id, DeleteGroup what,
                         Reply<DeleteGroup::Answer> reply) {
  const GroupName name{b.vhost_of(id), what.group};
  b.ledger_.when_durable(b.last_commit_ticket_, [&b, name, reply] {
    const ConsumerGroup* live = b.groups_.find(name);
    if (live && !live->view().members.empty()) {
      return reply(Error(Errc::not_empty, "group '" + name.group + "' has members"));
    }
    if (!b.committed_.contains(name)) {
      return reply(Error(Errc::not_found, "no group '" + name.group + "'"));
    }
    const OffsetsFrame gone = b.committed_.removal_of(name, b.wall_.get());
    b.last_commit_ticket_ = b.stage_frame(gone, Haste::durable, [&b, gone, reply] {
      b.committed_.apply(gone);
      reply(DeleteGroup::Answer{});
    });
  });
}

}  // namespace rialto
