#include "tests/sim/broker_simulation.h"

#include <algorithm>

/// Ends of sessions and processes, and what has to be true then.
namespace rialto::sim {

void Simulation::close_one() {
  const auto at = clients_.begin() + static_cast<std::ptrdiff_t>(below(clients_.size()));
  Client& client = **at;
  note("client " + std::to_string(client.number) + " closes");
  client.port.close(client.id);
  for (const Client::Held& held : client.held)
    held.queue->held.erase(held.message);
  for (Producer& producer : producers_)
    producer.under_way = 0;
  // Requests of others that were under way keep their answers; of this one they are lost.
  for (const QueueRef& queue : living()) {
    if (queue->purges != 0) queue->leaky = true;
  }
  clients_.erase(at);
  open_clients();
}

void Simulation::restart() {
  const auto queues = living();
  if (chance(25)) {
    settle_all();
    if (!core_->broker->close()) model.complain("a clean stop failed");
  }
  const std::uint64_t extra = below(3);
  note("restart with " + std::to_string(extra) + " more");
  auto next = core_->restarted(extra);
  clients_.clear();
  core_ = std::move(next);
  model.life_ended(queues);
  std::erase_if(queues_, [](const auto& named) { return !named.second->durable; });
  for (Producer& producer : producers_)
    producer.under_way = 0;
  open_clients();
  resync();
}

/// After a restart: what is there, and is everything that has to be.
void Simulation::resync() {
  for (const QueueRef& queue : living()) {
    if (queue == topic_) continue;
    const auto found = now_of(DescribeQueue{queue->name});
    if (!found) {
      if (queue->certain && !queue->dying) model.complain("a queue is gone: " + queue->name);
      queues_.erase(queue->name);
      continue;
    }
    if (queue->id && *queue->id != found->id) model.complain("a queue is another: " + queue->name);
    queue->id = found->id;
    queue->certain = true;
    // Its binding may have been lost where its declaration was not.
    if (is_bound(queue->name)) now_of(BindQueue{queue->name, fanout_name, "", {}}).value();
  }
  for (const QueueRef& queue : living())
    check_log(queue, queue == topic_ ? topic_partitions : 1);
}

/// The log of a topic or queue: everything confirmed is in it, once, and where it was before. What
/// waits below the log start is there for its queue only, which is drained in the end.
void Simulation::check_log(const QueueRef& queue, std::int32_t partitions) {
  if (!queue->durable || queue->dying) return;
  std::set<MessageId> found;
  bool trimmed = false;
  for (std::int32_t p = 0; p < partitions; ++p) {
    const auto topic = now_of(DescribeTopics{{queue->name}}).value().at(0);
    if (topic.error != Errc::ok) return model.complain("no topic of " + queue->name);
    const PartitionInfo marks = topic.partitions.at(static_cast<std::size_t>(p));
    trimmed = trimmed || marks.log_start > Offset(0);
    Offset from = marks.log_start;
    while (from < marks.high_watermark && failure_.empty()) {
      Fetch what = test::fetch_of(queue->name, from.get());
      what.parts[0].partition = PartitionIndex(p);
      const auto got = now_of(what).value().at(0);
      for (const auto& [offset, body] : test::records_of(got.batches)) {
        if (Offset(offset) < from) continue;
        model.seen_at(marks.id, Offset(offset), message_in(body));
        found.insert(message_in(body));
        from = Offset(offset + 1);
      }
      if (got.error != Errc::ok || got.batches.empty()) {
        return model.complain("a log has a hole: " + queue->name);
      }
    }
  }
  for (const MessageId id : queue->sent) {
    if (!model.confirmed(id) || found.contains(id)) continue;
    if (!trimmed) model.complain("a confirmed record is missing", id);
  }
}

/// Counters against the model, in the middle of everything.
void Simulation::audit() {
  settle_all();
  for (const QueueRef& queue : living()) {
    if (queue->dying || queue->pulled || !queue->certain) continue;
    const auto found = now_of(test::passive_of(queue->name));
    if (!found) {
      model.complain("a queue is gone: " + queue->name);
    } else if (found->counts.unacked != queue->held.size()) {
      model.complain("unacked of " + queue->name + " is " + std::to_string(found->counts.unacked) +
                     ", not " + std::to_string(queue->held.size()));
    }
  }
}

void Simulation::finish() {
  settle_all();
  while (!clients_.empty()) {
    clients_.back()->port.close(clients_.back()->id);
    clients_.pop_back();
  }
  for (const QueueRef& queue : living())
    queue->held.clear();
  open_clients();
  core_->wait_ms(2 * lease_ms);
  settle_all();
  for (const QueueRef& queue : living())
    check_log(queue, queue == topic_ ? topic_partitions : 1);
  for (const QueueRef& queue : living()) {
    if (failure_.empty()) drain(queue);
  }
  core_ = core_->restarted();
  clients_.clear();
  open_clients();
  for (const QueueRef& queue : living()) {
    if (!queue->durable || queue->dying) continue;
    const auto left = now_of(test::passive_of(queue->name)).value().counts;
    if (left.ready != 0) model.complain("settled messages came back to " + queue->name);
  }
}

void Simulation::drain(const QueueRef& queue) {
  if (queue->dying) return;
  Client& client = *clients_.front();
  Consume what;
  what.queue = queue->name;
  what.consumer = ConsumerId(++last_consumer_);
  const auto counted = now_of(DescribeQueue{queue->name});
  client.consumers[what.consumer] = Client::Consumer{queue, false};
  if (!now_of(what)) return model.complain("cannot consume from " + queue->name);
  if (counted && counted->counts.unacked != 0) model.complain("unacked without a holder");
  if (counted && counted->counts.ready != client.held.size()) {
    model.complain("ready of " + queue->name + " is " + std::to_string(counted->counts.ready) +
                   ", not " + std::to_string(client.held.size()));
  }
  std::set<MessageId> found;
  for (const Client::Held& held : client.held) {
    found.insert(held.message);
    model.settle(queue, held.message);
    client.port.settle(client.id, {held.id, held.partition, held.offset, held.offset});
  }
  client.held.clear();
  for (const MessageId id : queue->sent) {
    const bool kept = queue->durable && model.confirmed(id) && !queue->leaky;
    if (kept && !found.contains(id) && !queue->perhaps_gone.contains(id)) {
      model.complain("a confirmed message is missing in " + queue->name, id);
    }
  }
  settle_all();
}

}  // namespace rialto::sim
