#include "core/broker/broker.h"

#include <algorithm>
#include <utility>

/// Dead letters that no queue has room for. Each stays in its queue, unsettled and out of sight,
/// and moves on when there is room: nothing is lost because something else is full.
namespace rialto {

namespace {
// A change of the catalogue may open another way; many changes are looked at together.
constexpr std::int64_t route_again_ms = 1000;
}  // namespace

/// Until `target` has room, or (BlockedLetters::unbound) something is bound.
void Broker::block(QueueView& queue, Move letter, QueueId target) {
  const QueueId id = queue.record.id;
  if (letter.turn == 0) {
    letter.turn = queue.blocked.next_turn();
    const std::uint32_t deliveries =
        queue.machine.block(letter.partition, letter.offset, letter.reason);
    if (!queue.is_volatile) {
      settlements_.returned(
          CountEntry{id, letter.partition, letter.offset, deliveries, 0, letter.reason});
    }
    if (blocked_queues_.insert(id).second) follow_limits(queue);
  }
  QueueView* full = view(target);
  if (full && !queue.blocked.wait_for(target)) full->room_awaited_by.push_back(id);
  queue.blocked.add(target, letter);
}

/// As many as there is room for: those of one queue, then of the next.
void Broker::wake_blocked(QueueView& target) {
  const QueueId id = target.record.id;
  Amount coming;
  const auto fits = [&](const Move& letter) {
    const Amount more{coming.messages + 1, coming.body_bytes + letter.body_bytes};
    const bool has_room = !lacks_room(target, more);
    if (has_room) coming = more;
    return has_room;
  };
  for (std::size_t turns = target.room_awaited_by.size(); turns != 0; --turns) {
    const QueueId waiting = target.room_awaited_by.front();
    target.room_awaited_by.pop_front();
    QueueView* queue = view(waiting);
    if (!queue) continue;
    move_again(*queue, queue->blocked.take(id, fits));
    if (queue->blocked.wait_for(id)) target.room_awaited_by.push_back(waiting);
  }
}

void Broker::route_blocked_soon() {
  if (blocked_queues_.empty() || std::exchange(routes_again_, true)) return;
  timers_.at(after_ms(now_, route_again_ms), [this] { route_blocked_again(); });
}

void Broker::route_blocked_again() {
  routes_again_ = false;
  for (const QueueId id : blocked_queues_) {
    QueueView& queue = *view(id);
    for (const QueueId target : queue.blocked.targets()) {
      if (QueueView* full = view(target)) std::erase(full->room_awaited_by, id);
    }
    move_again(queue, queue.blocked.take_all());
  }
}

/// In their order, and before those that have not been tried yet.
void Broker::move_again(QueueView& queue, const std::vector<Move>& letters) {
  if (letters.empty()) return;
  auto& moves = queue.moves;
  moves.insert(moves.begin(), letters.begin(), letters.end());
  const auto untried =
      std::find_if(moves.begin(), moves.end(), [](const Move& m) { return m.turn == 0; });
  std::inplace_merge(moves.begin(), moves.begin() + static_cast<std::ptrdiff_t>(letters.size()),
                     untried, [](const Move& a, const Move& b) { return a.turn < b.turn; });
  schedule(queue);
}

/// Dead letters have gone: what was held back because of them goes on.
void Broker::unblocked(QueueView& queue) {
  if (queue.machine.blocked_count() == 0) {
    blocked_queues_.erase(queue.record.id);
    follow_limits(queue);
  }
  schedule(queue);
}

/// After a replay. In the order in which they came, since nobody knows when they died.
void Broker::find_blocked(QueueView& queue) {
  if (queue.machine.blocked_count() == 0) return;
  queue.machine.for_each_blocked([&](PartitionId id, Offset offset, SettleReason reason) {
    queue.moves.push_back({id, offset, reason, QueueId(0), queue.blocked.next_turn()});
  });
  blocked_queues_.insert(queue.record.id);
  follow_limits(queue);
}

}  // namespace rialto
