#include "core/broker/broker.h"

#include <algorithm>

namespace rialto {

namespace {
constexpr std::int64_t busy_retry_ms = 1;
constexpr std::int64_t expire_producers_every_ms = 3'600'000;
// Record sources that keep what they have read ahead; the others read again.
constexpr std::size_t windows_max = 128;

std::string new_member_id(const std::string& client_id) {
  static const LeaseSigner source;
  static std::uint64_t last = 0;
  return client_id + "-" + source.sign(LeaseId{QueueId(++last), {}, {}, 0, {}});
}
}  // namespace

QueueView::Source* QueueView::source(PartitionId partition) {
  if (sources.empty()) return nullptr;
  // Partitions of a topic have consecutive ids.
  const std::uint64_t guess = partition.get() - sources.front().state->id.get();
  if (guess < sources.size() && sources[guess].state->id == partition) {
    return &sources[guess];
  }
  const auto at = std::find_if(sources.begin(), sources.end(),
                               [&](const auto& s) { return s.state->id == partition; });
  return at == sources.end() ? nullptr : &*at;
}

std::optional<Error> QueueView::check_not_stream(std::string_view what) const {
  if (record.type != QueueType::stream) return std::nullopt;
  return Error(Errc::not_supported, std::string(what) + " not supported by stream queues queue '" +
                                        record.name + "' in vhost '" + record.vhost + "'");
}

std::optional<Error> QueueView::check_any_taker() const {
  if (auto refused = check_not_stream("basic.get")) return refused;
  if (!machine.consumers().chooses_one()) return std::nullopt;
  return Error(Errc::locked, "cannot obtain access to locked queue '" + record.name +
                                 "' in vhost '" + record.vhost +
                                 "'. basic.get operations are not supported by " +
                                 std::string(queue_type_name(record.type)) +
                                 " queues with single active consumer");
}

Broker::Broker(Engine& engine, const Clock& clock, BrokerOptions options)
    : engine_(engine),
      clock_(clock),
      options_(options),
      now_(clock.now()),
      wall_(clock.wall()),
      packer_([this](OpenBatch& batch) { stage_batch(batch); }),
      groups_(GroupConfig{.initial_rebalance_delay_ms = options.group_initial_rebalance_ms},
              new_member_id) {}

Broker::~Broker() = default;

Result<void> Broker::open() {
  for (const auto& [id, exchange] : catalog_.exchanges())
    add_exchange(exchange);
  lease_signer_.use({});
  if (Result<void> replayed = engine_.open(*this); !replayed) return replayed;
  frame_bytes_max_ = engine_.frame_bytes_max();
  packer_.fit_into(frame_bytes_max_);
  if (lease_signer_.key() == LeaseSigner::Key{}) {
    lease_signer_ = LeaseSigner();
    const auto& key = lease_signer_.key();
    stage_frame(SecretFrame{std::string(key.begin(), key.end())}, Haste::durable, nullptr);
  }
  open_ = true;
  // A stop that was not clean, or a process since that left no frame: everything unsettled may
  // have been delivered.
  const bool clean = clean_epoch_ != Epoch(0) && engine_.epoch().get() == clean_epoch_.get() + 1;
  for (auto& [id, queue] : queues_) {
    if (!clean) queue->machine.mark_all_redelivered();
    queue->last_used = now_;
    keep_byte_count(*queue);
    find_blocked(*queue);
    schedule(*queue);
    list_deadline(*queue);
  }
  // The engine forgets log starts with the process.
  for (const auto& [id, state] : partitions_) {
    if (state->marks.log_start() > Offset(0)) trim_storage(*state);
  }
  reclaiming_.next = after_ms(now_, options_.reclaim_every_ms);
  next_producer_expiry_ = after_ms(now_, expire_producers_every_ms);
  return {};
}

SessionState* Broker::session(SessionId id) {
  const auto at = sessions_.find(id);
  return at == sessions_.end() ? nullptr : at->second.get();
}

const std::string& Broker::vhost_of(SessionId id) {
  static const std::string root = "/";
  const SessionState* s = session(id);
  return s ? s->who.vhost : root;
}

PartitionState* Broker::partition(PartitionId id) {
  const auto at = partitions_.find(id);
  return at == partitions_.end() ? nullptr : at->second.get();
}

PartitionState* Broker::partition(const std::string& vhost, const std::string& topic,
                                  PartitionIndex i) {
  const TopicRecord* record = catalog_.topic(vhost, topic);
  if (!record || i.get() < 0) return nullptr;
  const auto at = static_cast<std::size_t>(i.get());
  return at < record->partitions.size() ? partition(record->partitions[at]) : nullptr;
}

QueueView* Broker::view(QueueId id) {
  const auto at = queues_.find(id);
  return at == queues_.end() ? nullptr : at->second.get();
}

void Broker::schedule(QueueView& queue) {
  if (queue.listed) return;
  queue.listed = true;
  to_deliver_.push_back(queue.record.id);
}

void Broker::open_session(SessionId id, Principal who, Protocol protocol, EventSink& events) {
  auto s = std::make_unique<SessionState>();
  s->id = id;
  s->who = std::move(who);
  s->protocol = protocol;
  s->events = &events;
  s->opened_wall_ms = wall_.get();
  if (catalog_.has_vhost(s->who.vhost)) s->router = &router(s->who.vhost);
  ++stats_.sessions[static_cast<std::size_t>(protocol)];
  sessions_.emplace(id, std::move(s));
}

void Broker::close_session(SessionId id) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end()) return;
  const std::unique_ptr<SessionState> s = std::move(at->second);
  sessions_.erase(at);
  --stats_.sessions[static_cast<std::size_t>(s->protocol)];
  for (const auto& fetch : s->fetches) {
    fetch->done = true;
    timers_.cancel(*fetch->timer);
    unpark(fetch);
  }
  for (const auto& pull : s->pulls) {
    pull->done = true;
    timers_.cancel(*pull->timer);
    unpark(pull);
  }
  for (const auto& [consumer, address] : s->reply_addresses)
    reply_addresses_.remove(address);
  for (const QueueId held : s->queues) {
    QueueView* queue = view(held);
    if (!queue) continue;
    queue->users.erase(id);
    if (queue->reader_of != QueueId(0)) {
      queue->machine.remove_session(id);
      remove_reader(*queue);
      continue;
    }
    journal_returned(*queue, queue->machine.remove_session(id), true);
    touch(*queue);
    schedule(*queue);
    delete_if_auto(*queue);
  }
  for (const QueueId owned : s->exclusive) {
    if (const QueueRecord* record = catalog_.queue(owned)) delete_queue(*record);
  }
}

/// Notes that the queue may hold something for the session.
void Broker::use(SessionState& s, QueueView& queue) {
  if (s.queues.insert(queue.record.id).second) queue.users.insert(s.id);
}

void Broker::list_deadline(QueueView& queue, Instant deadline) {
  if (deadline == queue.deadline) return;
  if (queue.deadline != no_deadline) queue_deadlines_.erase({queue.deadline, queue.record.id});
  if (deadline != no_deadline) queue_deadlines_.insert({deadline, queue.record.id});
  queue.deadline = deadline;
}

void Broker::end_publisher(SessionId id, PublisherId publisher) {
  SessionState* s = session(id);
  if (!s) return;
  s->failed.erase(publisher);
  s->transactions.erase(publisher);
  s->shared_prefetch.erase(static_cast<std::uint16_t>(publisher.get()));
}

bool Broker::admits_publish() const {
  constexpr std::size_t read_buffer_bytes = 256U << 10;
  return !quiescing_ && engine_.admits(packer_.open_bytes() + read_buffer_bytes, Haste::durable);
}

void Broker::see_time() {
  if (time_seen_) return;
  time_seen_ = true;
  now_ = clock_.now();
  wall_ = clock_.wall();
}

void Broker::collect(Instant now) {
  time_seen_ = true;
  now_ = now;
  wall_ = clock_.wall();
  Progress progress = engine_.poll(now);
  if (engine_.failed()) return;
  ledger_.advance(progress.written, progress.durable, [&](Instant staged_at) {
    stats_.commit_seconds.observe(static_cast<double>(now.get() - staged_at.get()) * 1e-9);
  });
  for (CompletedRead& done : progress.reads) {
    const auto at = reads_.find(done.token);
    if (at == reads_.end()) continue;
    const ReadDone then = std::move(at->second);
    reads_.erase(at);
    then(std::move(done.batches), done.quarantined);
  }
  for (CompletedHistory& done : progress.histories) {
    const auto at = histories_.find(done.token);
    if (at == histories_.end()) continue;
    const auto then = std::move(at->second);
    histories_.erase(at);
    then(std::move(done.found));
  }
  timers_.run(now);
  if (now >= groups_.next_deadline()) {
    GroupReplies replies;
    groups_.on_time(now, replies);
    tell_group_replies(replies);
  }
  expire_due(now);
  if (now >= next_producer_expiry_) {
    next_producer_expiry_ = after_ms(now, expire_producers_every_ms);
    expire_producers();
  }
  if (now >= reclaiming_.next) {
    forget_seen();
    reclaim();
  }
}

void Broker::flush(Instant now, Company company) {
  if (engine_.failed()) return;
  now_ = now;
  resumed_ = false;
  std::vector<std::pair<ReadAsk, ReadDone>> again;
  again.swap(busy_reads_);
  for (auto& [ask, then] : again)
    read(ask, std::move(then));
  checkpoint_if_due();
  if (!waiting_moves_.empty() && admits_move()) {
    for (const QueueId id : std::exchange(waiting_moves_, {})) {
      if (QueueView* queue = view(id)) schedule(*queue);
    }
  }
  if (!quiescing_) {
    packer_.seal_all();
    if (engine_.admits(settlements_.bytes(), Haste::lazy)) stage_settlements(Haste::lazy);
  }
  if (company == Company::several) {
    engine_.hand_over(now);
    handed_over_ = engine_.last_staged();
  }
  deliver_all();
  std::vector<std::shared_ptr<ParkedFetch>> fetches;
  fetches.swap(to_evaluate_);
  for (const auto& fetch : fetches)
    evaluate(fetch);
  std::vector<Then> ready;
  ready.swap(soon_);
  for (const Then& then : ready)
    then();
  sweep_after_tick();
}

void Broker::commit_alone(Instant now) {
  if (engine_.failed()) return;
  engine_.hand_over_and_wait(now);
  handed_over_ = engine_.last_staged();
  collect(clock_.now());
  time_seen_ = false;  // the tick ends here
}

/// Lets go of what nothing points at between ticks.
void Broker::sweep_after_tick() {
  time_seen_ = false;
  targets_for_ = nullptr;
  for (Router* routed : routed_)
    routed->sweep();
  routed_.clear();
  while (windows_.size() > windows_max) {
    const Window oldest = windows_.front();
    windows_.pop_front();
    QueueView* queue = view(oldest.queue);
    QueueView::Source* source = queue ? queue->source(oldest.partition) : nullptr;
    RecordSource* records = source ? source->of(oldest.order) : nullptr;
    if (records && records->fills() == oldest.fill) records->clear();
  }
}

Instant Broker::next_deadline() const {
  Instant next = std::min(timers_.next(), engine_.next_deadline());
  next = std::min(next, groups_.next_deadline());
  if (!queue_deadlines_.empty()) next = std::min(next, queue_deadlines_.begin()->first);
  if (!busy_reads_.empty()) next = std::min(next, after_ms(now_, busy_retry_ms));
  return std::min(next, reclaiming_.next);
}

bool Broker::has_work() const {
  if (!to_deliver_.empty() || !to_evaluate_.empty() || !soon_.empty() || resumed_) return true;
  if (engine_.last_staged() != handed_over_) return true;
  if (quiescing_) return false;
  if (!waiting_moves_.empty() && admits_move()) return true;
  return !packer_.empty() ||
         (!settlements_.empty() && engine_.admits(settlements_.bytes(), Haste::lazy));
}

}  // namespace rialto
