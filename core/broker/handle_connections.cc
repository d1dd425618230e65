#include "core/broker/broker.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

/// Requests about who is connected, and what their channels and consumers do.
namespace rialto {

std::optional<ConnectionInfo> Broker::connection_of(SessionId id) {
  const SessionState* s = session(id);
  if (!s || !s->facts) return std::nullopt;
  return ConnectionInfo{*s->facts, s->who.user, s->who.vhost, s->opened_wall_ms,
                        s->channels.size()};
}

template <>
void handle<NoteConnection>(Broker& b, SessionId id, NoteConnection what,
                            Reply<NoteConnection::Answer> reply) {
  if (SessionState* s = b.session(id)) s->facts = std::move(what.facts);
  reply(NoteConnection::Answer{});
}

template <>
void handle<NoteChannel>(Broker& b, SessionId id, NoteChannel what,
                         Reply<NoteChannel::Answer> reply) {
  SessionState* s = b.session(id);
  if (!s) return;
  if (what.open) {
    s->channels[what.number] = what.facts;
  } else {
    s->channels.erase(what.number);
  }
  reply(NoteChannel::Answer{});
}

template <>
void handle<ListConnections>(Broker& b, SessionId, ListConnections,
                             Reply<ListConnections::Answer> reply) {
  ListConnections::Answer all;
  for (const auto& [id, s] : b.sessions_) {
    if (auto info = b.connection_of(id)) all.push_back(std::move(*info));
  }
  std::sort(all.begin(), all.end(), [](const ConnectionInfo& x, const ConnectionInfo& y) {
    return x.connected_wall_ms < y.connected_wall_ms;
  });
  reply(std::move(all));
}

template <>
void handle<ListConsumers>(Broker& b, SessionId, ListConsumers,
                           Reply<ListConsumers::Answer> reply) {
  ListConsumers::Answer all;
  for (const auto& listed : b.queues_) {
    const QueueView* queue = listed.second.get();
    const Consumers& consumers = queue->machine.consumers();
    consumers.for_each([&](const Consumers::Consumer& consumer) {
      auto connection = b.connection_of(consumer.session);
      if (!connection) return;
      const auto& tags = b.session(consumer.session)->consumer_tags;
      const auto tag = tags.find(consumer.id);
      all.push_back({std::move(*connection), group_of(consumer.id), queue->record.name,
                     tag == tags.end() ? std::string() : tag->second, consumer.spec.no_ack,
                     consumer.spec.exclusive, consumer.spec.prefetch, consumer.spec.priority,
                     consumers.chooses_one(), consumers.is_active(consumer)});
    });
  }
  std::sort(all.begin(), all.end(), [](const ConsumerInfo& x, const ConsumerInfo& y) {
    return std::tie(x.connection.vhost, x.queue, x.tag) <
           std::tie(y.connection.vhost, y.queue, y.tag);
  });
  reply(std::move(all));
}

template <>
void handle<ListChannels>(Broker& b, SessionId, ListChannels, Reply<ListChannels::Answer> reply) {
  std::map<std::pair<SessionId, std::uint16_t>, ChannelInfo> found;
  for (const auto& [id, s] : b.sessions_) {
    const auto connection = b.connection_of(id);
    if (!connection) continue;
    for (const auto& [number, facts] : s->channels) {
      ChannelInfo& channel = found[{id, number}];
      channel.connection = *connection;
      channel.number = number;
      channel.facts = facts;
      const auto shared = s->shared_prefetch.find(number);
      if (shared != s->shared_prefetch.end()) channel.shared_prefetch = shared->second.limit;
    }
  }
  for (const auto& [id, queue] : b.queues_) {
    queue->machine.consumers().for_each([&](const Consumers::Consumer& consumer) {
      const auto channel = found.find({consumer.session, group_of(consumer.id)});
      if (channel == found.end()) return;
      ++channel->second.consumers;
      channel->second.unacked += consumer.unacked;
    });
  }
  ListChannels::Answer all;
  for (auto& [key, channel] : found)
    all.push_back(std::move(channel));
  reply(std::move(all));
}

template <>
void handle<CloseConnection>(Broker& b, SessionId, CloseConnection what,
                             Reply<CloseConnection::Answer> reply) {
  for (const auto& [id, s] : b.sessions_) {
    if (!s->facts || s->facts->name() != what.name) continue;
    s->events->push(SessionEvent{id, EndedEvent{what.reason}});
    return reply(CloseConnection::Answer{});
  }
  reply(Error(Errc::not_found, "no connection '" + what.name + "'"));
}

}  // namespace rialto
