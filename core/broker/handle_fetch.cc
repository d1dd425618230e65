#include "core/broker/broker.h"

#include <algorithm>

/// Fetch: whole stored batches of several partitions, now or when there is enough.
namespace rialto {

namespace {
// An answer holds at most this much beyond the first batch, however much the client allows: its
// slabs stay in memory until the peer has read them.
constexpr std::uint32_t fetch_bytes_max = 8U << 20;
}  // namespace

template <>
void handle<Fetch>(Broker& b, SessionId id, Fetch what, Reply<Fetch::Answer> reply) {
  auto fetch = std::make_shared<ParkedFetch>();
  fetch->session = id;
  fetch->vhost = b.vhost_of(id);
  fetch->deadline = after_ms(b.now_, what.wait_ms);
  fetch->what = std::move(what);
  fetch->what.bytes_max = std::min(fetch->what.bytes_max, fetch_bytes_max);
  fetch->reply = std::move(reply);
  b.evaluate(fetch);
}

void Broker::evaluate(const std::shared_ptr<ParkedFetch>& fetch) {
  fetch->queued = false;
  if (fetch->done || fetch->reads_under_way != 0) return;
  unpark(fetch);
  read_parts(fetch);
  if (fetch->reads_under_way == 0) answer(fetch);
}

void Broker::wake(const std::shared_ptr<ParkedFetch>& fetch) {
  if (fetch->queued || fetch->done) return;
  fetch->queued = true;
  to_evaluate_.push_back(fetch);
}

void Broker::read_parts(const std::shared_ptr<ParkedFetch>& fetch) {
  fetch->parts.assign(fetch->what.parts.size(), FetchedPart());
  fetch->bytes = 0;
  fetch->promised = 0;
  fetch->failed = false;
  fetch->reads_under_way = 1;  // this loop, so that the answer waits for its end
  for (std::size_t i = 0; i < fetch->what.parts.size(); ++i) {
    const FetchPart& asked = fetch->what.parts[i];
    FetchedPart& part = fetch->parts[i];
    const PartitionState* p = partition(fetch->vhost, asked.topic, asked.partition);
    if (!p) {
      part.error = Errc::not_found;
    } else {
      part.marks = info_of(*p);
      if (asked.from < p->marks.log_start() || asked.from > p->marks.high_watermark()) {
        part.error = Errc::out_of_range;
      }
      // Whoever reads the log of a queue uses it: a policy may let it expire.
      for (QueueView* queue : p->views)
        touch(*queue);
    }
    fetch->failed = fetch->failed || part.error != Errc::ok;
    const std::size_t taken = fetch->bytes + fetch->promised;
    const std::size_t room =
        fetch->what.bytes_max - std::min<std::size_t>(taken, fetch->what.bytes_max);
    if (part.error != Errc::ok || asked.from == p->marks.last_stable()) continue;
    if (room == 0 && taken != 0) continue;
    const std::size_t promised = std::min<std::size_t>(room, asked.bytes_max);
    fetch->promised += promised;
    ++fetch->reads_under_way;
    read({{p->id, asked.from, p->marks.last_stable(), promised}, std::nullopt},
         [this, fetch, i, promised](Result<std::vector<StoredBatch>> batches, const OffsetRun&) {
           fetch->promised -= promised;
           if (batches) {
             for (const StoredBatch& batch : *batches)
               fetch->bytes += batch.batch.size();
             fetch->parts[i].batches = std::move(*batches);
           } else {
             fetch->parts[i].error = batches.error().code;
             fetch->failed = true;
           }
           if (--fetch->reads_under_way == 0) answer(fetch);
         });
  }
  --fetch->reads_under_way;
}

void Broker::answer(const std::shared_ptr<ParkedFetch>& fetch) {
  if (fetch->done) return;
  SessionState* s = session(fetch->session);
  const bool enough = fetch->bytes >= fetch->what.bytes_min || fetch->failed;
  if (s && !enough && now_ < fetch->deadline) return park(fetch);
  fetch->done = true;
  if (fetch->timer) timers_.cancel(*fetch->timer);
  if (!s) return;
  FlowCounters& counters = flow(*s, Model::topic);
  for (const FetchedPart& part : fetch->parts) {
    for (const StoredBatch& batch : part.batches) {
      counters.delivered += static_cast<std::uint64_t>(batch.last_offset - batch.base_offset + 1);
      counters.delivered_bytes += batch.batch.size();
    }
  }
  fetch->reply(std::move(fetch->parts));
}

void Broker::park(const std::shared_ptr<ParkedFetch>& fetch) {
  if (!fetch->timer) {
    fetch->timer = timers_.at(fetch->deadline, [this, fetch] { evaluate(fetch); });
  }
  session(fetch->session)->fetches.insert(fetch);
  for (std::size_t i = 0; i < fetch->what.parts.size(); ++i) {
    const FetchPart& asked = fetch->what.parts[i];
    PartitionState* p = partition(fetch->vhost, asked.topic, asked.partition);
    // It may have grown, or gone, while its neighbours were being read.
    if (!p || p->marks.high_watermark() != fetch->parts[i].marks.high_watermark) {
      wake(fetch);
      continue;
    }
    p->parked.push_back(fetch);
    fetch->parked_on.push_back(p->id);
  }
  fetch->parts.clear();
}

void Broker::unpark(const std::shared_ptr<ParkedFetch>& fetch) {
  for (const PartitionId id : fetch->parked_on) {
    if (PartitionState* p = partition(id)) std::erase(p->parked, fetch);
  }
  fetch->parked_on.clear();
  if (SessionState* s = session(fetch->session)) s->fetches.erase(fetch);
}

}  // namespace rialto
