#include "core/broker/broker.h"
#include "core/broker/job_pace.h"
#include "core/catalog/names.h"
#include "core/model/message_properties.h"
#include "core/model/record_batch.h"
#include "core/queue/record_copy.h"

#include <algorithm>
#include <utility>

/// Looking into a queue without taking anything, and moving its messages to another one.
namespace rialto {

namespace {

constexpr std::uint32_t browsed_max = 1000;
constexpr std::size_t browsed_bytes_max = 4U << 20;
constexpr std::size_t page_offsets = 512;
// So many are on their way at a time.
constexpr std::size_t moving_max = 2048;
constexpr Bytes died_in_header = "x-last-death-queue";

/// The next ready message; nothing when there is none.
std::optional<std::pair<QueueView::Source*, Offset>> next_ready(QueueView& queue, ReadyCursor& at) {
  while (at.source < queue.sources.size()) {
    QueueView::Source& source = queue.sources[at.source];
    if (at.page.empty()) {
      const auto found = queue.machine.ready_from(source.state->id, at.next, page_offsets);
      at.page.assign(found.begin(), found.end());
      if (!found.empty()) at.next = found.back() + 1;
    }
    if (!at.page.empty()) return std::pair(&source, at.page.front());
    ++at.source;
    at.next = Offset(0);
  }
  return std::nullopt;
}

/// The message that a job looks at; it may not be ready. Nothing: the job is done.
std::optional<std::pair<PartitionId, Offset>> next_of(QueueView& queue, RedriveJob& job) {
  if (!job.what.chosen) {
    const auto next = next_ready(queue, job.at);
    if (!next) return std::nullopt;
    return std::pair(next->first->state->id, next->second);
  }
  if (job.chosen_done == job.what.chosen->size()) return std::nullopt;
  const QueuePlace& place = (*job.what.chosen)[job.chosen_done];
  const auto index = static_cast<std::size_t>(place.index.get());
  const bool known = index < queue.sources.size();
  return std::pair(known ? queue.sources[index].state->id : PartitionId(0), place.offset);
}

void pass(RedriveJob& job) {
  if (job.what.chosen) {
    ++job.chosen_done;
  } else {
    job.at.page.pop_front();
  }
}

/// Where a dead letter of ours died last; empty: it is none.
Bytes died_in(const RecordView& record) {
  Bytes queue;
  bool is_letter = false;
  for_each_header(record, [&](const HeaderView& h) {
    is_letter = is_letter || h.key == amqp_header::deaths;
    if (h.key == died_in_header) queue = h.value.value_or(Bytes());
    return is_letter;
  });
  return queue;
}

}  // namespace

bool Broker::matches(const RecordRef& ref, const std::vector<HeaderWanted>& where) {
  const Result<RecordView> record = view_of(ref);
  return record && std::all_of(where.begin(), where.end(), [&](const HeaderWanted& wanted) {
           return find_header(*record, wanted.first) == Bytes(wanted.second);
         });
}

template <>
void handle<BrowseQueue>(Broker& b, SessionId id, BrowseQueue what,
                         Reply<BrowseQueue::Answer> reply) {
  const Result<QueueView*> found = b.view(id, what.queue);
  if (!found) return reply(found.error());
  auto job = std::make_shared<BrowseJob>();
  job->at.queue = (*found)->record.id;
  job->at.source = static_cast<std::size_t>(std::max(what.from.index.get(), 0));
  job->at.next = what.from.offset;
  what.max = std::clamp<std::uint32_t>(what.max, 1, browsed_max);
  job->what = std::move(what);
  job->reply = std::move(reply);
  b.ledger_.when_durable(b.barrier(**found), [&b, job] {
    b.attended(job->at.queue);
    b.go_on(job);
  });
}

void Broker::go_on(const std::shared_ptr<BrowseJob>& job) {
  QueueView* queue = view(job->at.queue);
  if (!queue) return job->reply(Error(Errc::not_found, "the queue was deleted"));
  int looked_at = 0;
  while (auto next = next_ready(*queue, job->at)) {
    const auto [source, offset] = *next;
    const bool full =
        job->found.messages.size() == job->what.max || job->bytes >= browsed_bytes_max;
    if (full) {
      job->found.next = QueuePlace{PartitionIndex(static_cast<int>(job->at.source)), offset};
      break;
    }
    if (queue->reading) return queue->after_read.push_back([this, job] { go_on(job); });
    if (looked_at++ == looked_at_a_tick_max) return soon_.push_back([this, job] { go_on(job); });
    RecordRef record;
    std::uint32_t bytes = 0;
    const Located at = locate(*queue, source->state->id, offset, record, bytes, ReadFor::aside);
    if (at == Located::reading) continue;
    job->at.page.pop_front();
    if (at == Located::absent || !matches(record, job->what.where)) continue;
    job->bytes += bytes;
    job->found.messages.push_back({source->state->index, source->log, std::move(record)});
  }
  job->reply(std::move(job->found));
}

template <>
void handle<RedriveMessages>(Broker& b, SessionId id, RedriveMessages what,
                             Reply<RedriveMessages::Answer> reply) {
  const Result<QueueView*> found = b.view(id, what.queue);
  if (!found) return reply(found.error());
  const std::string& vhost = b.vhost_of(id);
  if (!what.to.empty() && !b.catalog_.queue(vhost, what.to)) {
    return reply(no_such_queue(what.to, vhost));
  }
  if (auto refused = (*found)->check_not_stream("redrive")) return reply(*refused);
  if (what.chosen && (*found)->record.source != TopicId(0)) {
    return reply(
        Error(Errc::invalid_argument, "queue '" + what.queue +
                                          "' shows the log of a topic beside its own: choose "
                                          "its messages by a header, not by id"));
  }
  if (what.to == what.queue) {
    return reply(
        Error(Errc::invalid_argument, "the messages are in queue '" + what.to + "' already"));
  }
  auto job = std::make_shared<RedriveJob>();
  job->session = id;
  job->at.queue = (*found)->record.id;
  job->what = std::move(what);
  job->reply = std::move(reply);
  b.ledger_.when_durable(b.barrier(**found), [&b, job] {
    job->began = b.now_;
    b.attended(job->at.queue);
    b.go_on(job);
  });
}

void Broker::go_on(const std::shared_ptr<RedriveJob>& job) {
  QueueView* queue = view(job->at.queue);
  if (!queue) return job->reply(Error(Errc::not_found, "the queue was deleted"));
  if (!session(job->session)) return;  // nobody waits for the rest
  if (queue->moves.empty() && !job->what.dry_run) job->coming.clear();
  job->result.full.clear();
  const auto later = [this, job] { go_on(job); };
  for (int looked_at = 0; job->result.moved < job->what.max;) {
    if (queue->reading) return queue->after_read.push_back(later);
    if (queue->moves.size() >= moving_max) return queue->after_moves.push_back(later);
    if (looked_at++ == looked_at_a_tick_max) return soon_.push_back(later);
    const auto next = next_of(*queue, *job);
    if (!next) break;
    if (const Instant due = job->next_due(); due > now_) {
      timers_.at(due, later);
      return;
    }
    const auto [id, offset] = *next;
    RecordRef record;
    std::uint32_t bytes = 0;
    const bool is_ready = queue->machine.is_ready(id, offset);
    const Located at =
        is_ready ? locate(*queue, id, offset, record, bytes, ReadFor::aside) : Located::absent;
    if (at == Located::reading) continue;
    if (at == Located::yes && !matches(record, job->what.where)) {
      pass(*job);
      continue;
    }
    const QueueId to = at == Located::yes ? redriven_to(*queue, job->what, record) : QueueId(0);
    if (to != QueueId(0) && !takes_redriven(*job, *view(to), body_bytes_of(record))) {
      if (queue->moves.empty() || job->what.dry_run) break;
      // Some of what comes there may have been counted twice.
      return queue->after_moves.push_back(later);
    }
    pass(*job);
    ++(to == QueueId(0) ? job->result.stayed : job->result.moved);
    if (to == QueueId(0) || job->what.dry_run) continue;
    if (queue->bytes) queue->bytes->taken(id, offset, body_bytes_of(record));
    queue->machine.move(id, offset);
    queue->moves.push_back({id, offset, SettleReason::redriven, to});
    schedule(*queue);
  }
  finish(job);
}

/// False: `to` is full.
bool Broker::takes_redriven(RedriveJob& job, const QueueView& to, std::uint64_t body_bytes) const {
  if (!to.refuses_publish()) return true;
  Amount& coming = job.coming[to.record.id];
  const Amount more{coming.messages + 1, coming.body_bytes + body_bytes};
  if (lacks_room(to, more)) {
    job.result.full = to.record.name;
    return false;
  }
  job.result.full.clear();
  coming = more;
  return true;
}

/// Answers when everything has its place for good.
void Broker::finish(const std::shared_ptr<RedriveJob>& job) {
  QueueView* queue = view(job->at.queue);
  if (queue && !queue->moves.empty() && !job->what.dry_run) {
    return queue->after_moves.push_back([this, job] { finish(job); });
  }
  ledger_.when_durable(engine_.last_staged(), [job] { job->reply(job->result); });
}

QueueId Broker::redriven_to(const QueueView& queue, const RedriveMessages& what,
                            const RecordRef& record) {
  std::string name = what.to;
  if (name.empty() && record.amqp_written) {
    if (const Result<RecordView> seen = view_of(record)) name = died_in(*seen);
  }
  const QueueRecord* to = catalog_.queue(queue.record.vhost, name);
  return to && to->id != queue.record.id ? to->id : QueueId(0);
}

/// True, whatever happens: what cannot go stays.
bool Broker::add_redriven(QueueView& queue, const Move& move, const StoredRecord& stored,
                          OpenBatch& batch, SettleFrame& settled) {
  const RecordCopy message(stored.record, stored.amqp_written);
  Copy copy{message.parts(), {}, stored.amqp_written};
  Destination destination;
  destination.queue = move.to;
  if (PartitionState* target = target_of(destination, copy.record, ++sticky_)) {
    copy.targets.push_back(target);
  }
  if (add_copy(queue, move, copy, batch, settled)) {
    if (queue.bytes) queue.bytes->settled(move.partition, move.offset, move.offset);
    return true;
  }
  queue.machine.stay(move.partition, move.offset);
  if (queue.bytes) queue.bytes->returned(move.partition, move.offset);
  look_again(queue, {Returned{move.partition, move.offset, 0}});
  return true;
}

}  // namespace rialto
