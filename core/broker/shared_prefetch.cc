#include "core/broker/broker.h"

/// A prefetch over all consumers of a group, whatever their queues.
namespace rialto {

template <>
void handle<LimitConsumers>(Broker& b, SessionId id, LimitConsumers what,
                            Reply<LimitConsumers::Answer> reply) {
  SessionState* s = b.session(id);
  if (!s) return;
  SharedPrefetch shared{what.prefetch, 0, false};
  b.prefetch_shared_ = true;
  for (const QueueId used : s->queues) {
    QueueView* queue = what.prefetch != 0 ? b.view(used) : nullptr;
    if (!queue) continue;
    queue->machine.tell_credits();
    // What waits there would be counted twice.
    b.give_shared_credit(*queue);
    queue->machine.for_each_held(
        id, [&](ConsumerId consumer) { shared.held += group_of(consumer) == what.group ? 1 : 0; });
  }
  shared.full = shared.held >= what.prefetch && what.prefetch != 0;
  b.tell_group(*s, what.group, !shared.full);
  if (what.prefetch == 0) {
    s->shared_prefetch.erase(what.group);
  } else {
    s->shared_prefetch[what.group] = shared;
  }
  reply(LimitConsumers::Answer{});
}

void Broker::tell_group(SessionState& s, std::uint16_t group, bool ready, ConsumerId last) {
  const auto tell = [&](auto from, auto to) {
    for (; from != to; ++from) {
      const auto& [consumer, queue_id] = *from;
      QueueView* queue = group_of(consumer) == group ? view(queue_id) : nullptr;
      if (!queue) continue;
      queue->machine.set_consumer_ready(s.id, consumer, ready);
      if (ready) schedule(*queue);
    }
  };
  const auto next = s.consumers.upper_bound(last);
  tell(next, s.consumers.end());
  tell(s.consumers.begin(), next);
}

/// Before anybody delivers: a queue that gave credit back has had its turn and stands behind the
/// others of the group, or they would get nothing while it has messages.
void Broker::give_all_shared_credit() {
  if (!prefetch_shared_) return;
  for (std::size_t i = 0; i < to_deliver_.size(); ++i) {
    QueueView* queue = view(to_deliver_[i]);
    if (!queue || !queue->machine.has_credited()) continue;
    to_deliver_[i] = QueueId(0);
    queue->listed = false;
    give_shared_credit(*queue);
    schedule(*queue);
  }
}

/// Whoever got a message may have been the last of its group that could.
void Broker::count_held(const Assignment& to) {
  SessionState* s = session(to.session);
  if (!s || to.no_ack) return;
  const auto shared = s->shared_prefetch.find(group_of(to.consumer));
  if (shared == s->shared_prefetch.end()) return;
  if (++shared->second.held < shared->second.limit || shared->second.full) return;
  shared->second.full = true;
  tell_group(*s, shared->first, false);
}

void Broker::give_shared_credit(QueueView& queue) {
  for (const auto& [session_id, consumer] : queue.machine.take_credited()) {
    SessionState* s = session(session_id);
    if (!s) continue;
    const auto shared = s->shared_prefetch.find(group_of(consumer));
    if (shared == s->shared_prefetch.end() || shared->second.held == 0) continue;
    if (--shared->second.held >= shared->second.limit || !shared->second.full) continue;
    shared->second.full = false;
    tell_group(*s, shared->first, true, consumer);
  }
}

}  // namespace rialto
