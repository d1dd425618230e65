#include "core/broker/broker.h"
#include "core/broker/job_pace.h"

#include <algorithm>
#include <utility>

/// What has left a queue is found in the journal, and put back by a frame that says so: no byte of
/// a message is written again, and each keeps its place and its id.
namespace rialto {

namespace {

constexpr std::int64_t busy_look_back_ms = 5;
constexpr std::size_t runs_a_read = 1U << 16;
constexpr std::size_t runs_a_frame_max = 1U << 13;

std::optional<Error> why_no_history(const QueueView& queue) {
  const std::string object = "queue '" + queue.record.name + "'";
  if (queue.is_volatile) {
    return Error(Errc::not_supported, object + " is not durable and keeps no history");
  }
  if (queue.machine.has_priorities()) {
    return Error(Errc::not_supported, object + " has priorities: what left it has none any more");
  }
  if (queue.looking_back) {
    return Error(Errc::in_use, "somebody else brings messages of " + object + " back right now");
  }
  return queue.check_not_stream("replay");
}

bool has_one(const std::vector<SettleReason>& reasons, SettleReason reason) {
  return std::find(reasons.begin(), reasons.end(), reason) != reasons.end();
}

/// Adds `more` to the last of the frames, or to a new one when that is full.
void add_run(std::vector<UnsettleFrame>& frames, QueueId queue, PartitionId partition,
             const OffsetRun& run, std::size_t& runs) {
  if (frames.empty() || runs % runs_a_frame_max == 0) frames.push_back({queue, {}});
  auto& entries = frames.back().entries;
  if (entries.empty() || entries.back().partition != partition) entries.push_back({partition, {}});
  entries.back().runs.push_back({run.first, run.last});
  ++runs;
}

}  // namespace

template <>
void handle<ReplayMessages>(Broker& b, SessionId id, ReplayMessages what,
                            Reply<ReplayMessages::Answer> reply) {
  const Result<QueueView*> found = b.view(id, what.queue);
  if (!found) return reply(found.error());
  QueueView& queue = **found;
  if (auto refused = why_no_history(queue)) return reply(*refused);
  queue.looking_back = true;
  auto job = std::make_shared<HistoryJob>();
  job->session = id;
  job->queue = queue.record.id;
  job->looks = !what.where.empty() || queue.policy.max_length_bytes;
  job->what = std::move(what);
  job->reply = std::move(reply);
  // What happened before is in the journal before it is read.
  b.barrier(queue);
  b.stage_settlements(Haste::durable);
  b.ledger_.when_durable(b.engine_.last_staged(), [&b, job] { b.look_back(job); });
}

void Broker::finish(const std::shared_ptr<HistoryJob>& job, Result<ReplayMessages::Answer> answer) {
  if (QueueView* queue = view(job->queue)) queue->looking_back = false;
  job->reply(std::move(answer));
}

void Broker::look_back(const std::shared_ptr<HistoryJob>& job) {
  if (!view(job->queue)) return finish(job, Error(Errc::not_found, "the queue was deleted"));
  if (!session(job->session)) return finish(job, ReplayMessages::Answer{});  // nobody hears it
  const ReadToken token(++last_read_token_);
  if (!engine_.read_history({job->queue, job->at, runs_a_read}, token)) {
    timers_.at(after_ms(now_, busy_look_back_ms), [this, job] { look_back(job); });
    return;
  }
  histories_.emplace(token, [this, job](Result<SettledHistory> found) {
    if (!found) return finish(job, found.error());
    on_history(job, *found);
  });
}

void Broker::on_history(const std::shared_ptr<HistoryJob>& job, const SettledHistory& found) {
  std::size_t runs = 0;
  for (const SettledHistory::Entry& entry : found.entries) {
    if (!has_one(job->what.reasons, entry.settled.reason)) continue;
    if (entry.wall_ms < job->what.since_wall_ms || entry.wall_ms >= job->what.until_wall_ms) {
      continue;
    }
    for (const SettledRun& run : entry.settled.runs)
      job->found[entry.settled.partition].add(run.first, run.last);
  }
  for (const auto& [partition, set] : job->found)
    runs += set.run_count();
  if (runs > HistoryJob::runs_max) {
    return finish(job, Error(Errc::too_large, "these messages are in more than " +
                                                  std::to_string(HistoryJob::runs_max) +
                                                  " runs: bring back less at a time"));
  }
  if (found.next) {
    job->at = *found.next;
    return look_back(job);
  }
  QueueView* queue = view(job->queue);
  if (!queue) return finish(job, Error(Errc::not_found, "the queue was deleted"));
  for (const auto& [id, set] : job->found) {
    const PartitionState* p = partition(id);
    if (!p) continue;
    set.for_each([&, partition_id = id](const OffsetRun& run) {
      const Offset first = std::max(run.first, p->stored_from());
      for (const OffsetRun& gone : queue->machine.settled_in(partition_id, first, run.last))
        job->seen.emplace_back(partition_id, gone);
    });
  }
  job->found.clear();
  std::reverse(job->seen.begin(), job->seen.end());
  choose(job);
}

void Broker::choose(const std::shared_ptr<HistoryJob>& job) {
  QueueView* queue = view(job->queue);
  if (!queue) return finish(job, Error(Errc::not_found, "the queue was deleted"));
  if (!session(job->session)) return finish(job, ReplayMessages::Answer{});
  const auto later = [this, job] { choose(job); };
  for (int looked_at = 0; !job->seen.empty() && job->count < job->what.max;) {
    auto& [id, run] = job->seen.back();
    if (!job->looks) {
      const std::uint64_t room = job->what.max - job->count;
      if (static_cast<std::uint64_t>(run.last - run.first) >= room) {
        run.last = run.first + static_cast<std::int64_t>(room - 1);
      }
      job->choose(id, run);
      job->seen.pop_back();
      continue;
    }
    if (queue->reading) return queue->after_read.push_back(later);
    if (looked_at++ == looked_at_a_tick_max) return soon_.push_back(later);
    RecordRef record;
    std::uint32_t bytes = 0;
    const Located at = locate(*queue, id, run.first, record, bytes, ReadFor::aside);
    if (at == Located::reading) continue;
    if (at == Located::yes && matches(record, job->what.where)) {
      job->choose(id, {run.first, run.first});
      job->body_bytes += body_bytes_of(record);
    }
    if (run.first == run.last) {
      job->seen.pop_back();
    } else {
      run.first = run.first + 1;
    }
  }
  bring_back(job);
}

void Broker::bring_back(const std::shared_ptr<HistoryJob>& job) {
  const QueueView& queue = *view(job->queue);
  const QueuePolicy& policy = queue.policy;
  for (auto& [id, set] : job->chosen) {
    // Looking took its time, and storage may have been given back meanwhile.
    const PartitionState* p = partition(id);
    if (p) job->count -= set.remove(Offset(0), p->stored_from() - 1);
  }
  const ReplayMessages::Answer answer{job->count};
  if (job->what.dry_run || job->count == 0) return finish(job, answer);
  const std::uint64_t ready_bytes = queue.bytes ? queue.bytes->total() : 0;
  const bool too_many =
      policy.max_length && queue.machine.ready_count() + job->count > *policy.max_length;
  const bool too_large =
      policy.max_length_bytes && ready_bytes + job->body_bytes > *policy.max_length_bytes;
  if (too_many || too_large) {
    return finish(job,
                  Error(Errc::full, "queue '" + queue.record.name + "' has no room for " +
                                        std::to_string(job->count) +
                                        " messages more: raise its limit, or bring back less"));
  }
  std::vector<UnsettleFrame> frames;
  std::size_t runs = 0;
  for (const auto& [id, set] : job->chosen) {
    set.for_each([&, partition_id = id](const OffsetRun& run) {
      add_run(frames, job->queue, partition_id, run, runs);
    });
  }
  for (const UnsettleFrame& frame : frames)
    stage_frame(frame, Haste::durable, [this, frame] { bring_back(frame); });
  ledger_.when_durable(engine_.last_staged(), [this, job, answer] { finish(job, answer); });
}

void Broker::bring_back(const UnsettleFrame& frame) {
  QueueView* queue = view(frame.queue);
  if (!queue) return;
  for (const UnsettleEntry& entry : frame.entries) {
    QueueView::Source* source = queue->source(entry.partition);
    if (!source) continue;
    for (const SettledRun& run : entry.runs) {
      queue->machine.bring_back(entry.partition, run.first, run.last);
      if (source->expiry.active()) source->brought_back.add(run.first, run.last);
    }
    const Offset floor = queue->machine.floor(entry.partition);
    source->brought_back.remove(Offset(0), floor - 1);
    source->expiry.head_is(no_offset, never_expires);
    // Its time has not come because it went and came back.
    hold_back_known(*queue, *source->state);
  }
  if (!open_) return;
  // Nobody has counted their bytes.
  if (queue->bytes) start_byte_count(*queue);
  schedule(*queue);
  list_deadline(*queue);
}

}  // namespace rialto
