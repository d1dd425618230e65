#include "core/broker/reply_addresses.h"

#include "core/broker/broker.h"
#include "core/catalog/names.h"
#include "core/model/record_batch.h"

#include <algorithm>
#include <utility>

/// Replies that go straight to who waits for them.
namespace rialto {

namespace {
// A reply waits for nobody: behind so much that is unsent it is dropped.
constexpr std::uint64_t reply_backlog_bytes_max = 4 * SessionState::unsent_bytes_max;
constexpr std::uint32_t reply_overhead_bytes = 64;
}  // namespace

void ReplyAddresses::add(std::string address, const Place& place) {
  places_.insert_or_assign(std::move(address), place);
}

void ReplyAddresses::remove(Bytes address) {
  const auto at = places_.find(address);
  if (at != places_.end()) places_.erase(at);
}

std::optional<ReplyAddresses::Place> ReplyAddresses::find(Bytes address) const {
  const auto at = places_.find(address);
  return at == places_.end() ? std::nullopt : std::optional(at->second);
}

template <>
void handle<OpenReplies>(Broker& b, SessionId id, OpenReplies what,
                         Reply<OpenReplies::Answer> reply) {
  SessionState* s = b.session(id);
  if (!s) return;
  std::string address = b.new_name(ReplyAddresses::prefix);
  b.reply_addresses_.add(address, {id, what.consumer});
  s->reply_addresses[what.consumer] = address;
  reply(OpenReplies::Answer{std::move(address)});
}

template <>
void handle<FindReplies>(Broker& b, SessionId id, FindReplies what,
                         Reply<FindReplies::Answer> reply) {
  const auto place = b.reply_addresses_.find(what.address);
  if (place && b.vhost_of(place->session) == b.vhost_of(id)) return reply(FindReplies::Answer{});
  reply(no_such_queue(what.address, b.vhost_of(id)));
}

void Broker::close_replies(SessionState& s, ConsumerId consumer) {
  const auto at = s.reply_addresses.find(consumer);
  if (at == s.reply_addresses.end()) return;
  reply_addresses_.remove(at->second);
  s.reply_addresses.erase(at);
}

/// True when somebody waits under one of the message's keys.
bool Broker::reply_directly(const SessionState& from, const Publish& message) {
  bool taken = reply_to(from, message, message.routing_key);
  for (const Bytes key : message.more_keys)
    taken = reply_to(from, message, key) || taken;
  return taken;
}

bool Broker::reply_to(const SessionState& from, const Publish& message, Bytes address) {
  if (!ReplyAddresses::is_one(address)) return false;
  const auto place = reply_addresses_.find(address);
  SessionState* to = place ? session(place->session) : nullptr;
  if (!to || to->who.vhost != from.who.vhost) return false;
  if (to->unsent_bytes >= reply_backlog_bytes_max) return false;
  BatchBuilder one;
  one.begin(wall_.get());
  one.add(message.record);
  Delivery delivery;
  delivery.record.batch = one.seal();
  delivery.record.position = batch_header_bytes;
  delivery.record.amqp_written = is_amqp_written(from, message);
  const auto bytes = static_cast<std::uint32_t>(delivery.record.batch.size());
  delivery.cost_bytes = bytes + reply_overhead_bytes;
  FlowCounters& counters = flow(*to, Model::queue);
  ++counters.delivered;
  counters.delivered_bytes += bytes;
  to->unsent_bytes += delivery.cost_bytes;
  to->events->push(SessionEvent{to->id, DeliveryEvent{place->consumer, std::move(delivery)}});
  if (to->unsent_bytes >= SessionState::unsent_bytes_max && !to->held_back) hold_back(*to, true);
  return true;
}

}  // namespace rialto
