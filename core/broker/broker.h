#pragma once

#include "core/base/clock.h"
#include "core/base/stats.h"
#include "core/broker/commit_ledger.h"
#include "core/broker/delayed_lookup.h"
#include "core/broker/history_job.h"
#include "core/broker/lease_id.h"
#include "core/broker/message_identity.h"
#include "core/broker/packer.h"
#include "core/broker/parked_fetch.h"
#include "core/broker/parked_pull.h"
#include "core/broker/partition_state.h"
#include "core/broker/port.h"
#include "core/broker/queue_view.h"
#include "core/broker/reclaim.h"
#include "core/broker/redrive_job.h"
#include "core/broker/reply_addresses.h"
#include "core/broker/session_state.h"
#include "core/broker/settle_journal.h"
#include "core/broker/timers.h"
#include "core/broker/transaction.h"
#include "core/catalog/catalog.h"
#include "core/catalog/commands.h"
#include "core/engine/engine.h"
#include "core/group/committed_offsets.h"
#include "core/group/group_coordinator.h"
#include "core/model/frames/codec.h"
#include "core/queue/dead_letter.h"
#include "core/routing/router.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rialto {

struct BrokerOptions {
  bool auto_create_topics = true;
  std::int32_t default_partitions = 1;
  std::int64_t group_initial_rebalance_ms = 0;
  std::int64_t topic_retention_ms = 7LL * 24 * 3600 * 1000;
  /// Settled messages of queues stay readable until the journal is larger than this.
  std::uint64_t history_bytes = 8ULL << 30;
  std::int64_t reclaim_every_ms = 1000;  ///< how often storage is looked through
};

/// How many clients the thread has to do with at this time.
enum class Company : std::uint8_t { several, alone };

/// The one door of the core: owns every partition, queue, group and the catalogue, and is the
/// only user of the engine. Single thread.
///
/// A tick: collect() takes in what became durable and which time has come; then the ports may
/// call; flush() seals and stages what they brought, delivers, and lets the engine go. Replies
/// and events go to the sessions' sinks as they arise. For one client alone the engine goes last,
/// with commit_alone(): it may then wait for the disk itself.
class Broker final : private EngineReplay {
 public:
  Broker(Engine& engine, const Clock& clock, BrokerOptions options);
  ~Broker() override;

  /// Replays what the engine has stored.
  Result<void> open();
  /// Clean stop: everything staged becomes durable, a checkpoint with handed-out marks is kept.
  Result<void> close();

  void collect(Instant now);
  void flush(Instant now, Company company = Company::several);
  /// After flush() with Company::alone, when everything else of the tick is done. May block for a
  /// sync, when those before were quick; what became durable is taken in, as by collect().
  void commit_alone(Instant now);
  Instant next_deadline() const;
  /// True when flush() has more to do although nothing new came.
  bool has_work() const;
  /// Set: durability failed. Nothing more is answered; the process has to end.
  const Error* failed() const { return engine_.failed(); }

  // ---- for ports (see BrokerPort)
  void open_session(SessionId id, Principal who, Protocol protocol, EventSink& events);
  void close_session(SessionId id);
  void publish(SessionId id, const Publish& message);
  void settle(SessionId id, const SettleRun& run);
  void drained(SessionId id, std::uint32_t cost_bytes);
  void end_publisher(SessionId id, PublisherId publisher);
  bool admits_publish() const;
  /// A checkpoint waits for what was staged before it. Until it is taken, ports keep back what
  /// could stage more (all but settlements): two commits at most, however busy the sessions are.
  bool holds_calls() const { return quiescing_; }
  /// For calls outside of a tick: what they see as now may not be the time of the last one.
  void see_time();
  /// Runs `call` after that checkpoint, in order.
  void hold(std::function<void()> call) { held_calls_.push_back(std::move(call)); }

 private:
  template <class Request>
  friend void handle(Broker& broker, SessionId session, Request what,
                     Reply<typename Request::Answer> reply);

  using Then = std::function<void()>;

  // ---- looking things up (broker.cc)
  SessionState* session(SessionId id);
  const std::string& vhost_of(SessionId id);
  PartitionState* partition(PartitionId id);
  PartitionState* partition(const std::string& vhost, const std::string& topic, PartitionIndex i);
  QueueView* view(QueueId id);
  Result<QueueView*> view(SessionId session, const std::string& name);
  Router& router(const std::string& vhost) { return routers_[vhost]; }
  void schedule(QueueView& queue);
  void use(SessionState& session, QueueView& queue);
  /// When the queue has something to do by itself.
  void list_deadline(QueueView& queue);
  void list_deadline(QueueView& queue, Instant deadline);
  void expire_due(Instant now);
  /// Somebody uses the queue: x-expires counts from now.
  void touch(QueueView& queue);
  void sweep_after_tick();

  // ---- catalogue (catalogue.cc)
  /// Applies and stages a decided change; `then` runs when it is durable (volatile: in the next
  /// flush). When there is nothing to change it waits for what others have staged before.
  void change(const CatalogFrame& frame, Then then);
  /// (vhost, name) of each topic that there is.
  std::vector<std::pair<std::string, std::string>> names_of_topics(
      const std::vector<TopicId>& ids) const;
  void install(const CatalogFrame& frame);
  void add_topic(const TopicRecord& topic);
  void add_queue(const QueueRecord& queue);
  /// The partitions that its record says.
  void show_partitions(QueueView& queue);
  void show(QueueView& queue, PartitionState& partition, Offset start,
            std::shared_ptr<const std::string> log);
  void remove_queue_view(QueueId id);
  void remove_partition(PartitionId id);
  void delete_if_auto(QueueView& queue);
  void delete_queue(const QueueRecord& queue);
  Ticket stage_frame(FrameKind kind, std::string meta, Haste haste, Then then);
  template <class Frame>
  Ticket stage_frame(const Frame& frame, Haste haste, Then then) {
    return stage_frame(Frame::kind, encode_fields(frame), haste, std::move(then));
  }

  // ---- policies (policies.cc)
  void add_exchange(const ExchangeRecord& exchange);
  /// Notes which policies hold for the queue; what they and its arguments ask.
  QueuePolicy policy_now(QueueView& queue) const;
  /// The same, and the queue does so from now on.
  void follow_policies(QueueView& queue);
  void follow_policies(const ExchangeRecord& exchange);
  /// Of the policy that holds for it; empty: none does.
  std::string policy_name_of(const ExchangeRecord& exchange) const;
  /// For what the changed policies held for before, or do now.
  void policies_changed(const std::vector<PolicyName>& changed);
  /// Empty without such a policy.
  FieldTable definition_of(const PolicyName& name) const;

  // ---- publish (publish.cc)
  Route route_of(const SessionState& from, const Publish& message);
  static Error too_large_for(std::size_t targets, std::size_t record_bytes);
  void find_targets(const DestinationSet& set, const Publish& message, const SessionState& from);
  /// True when one frame holds such a message, or a batch of smaller ones, for so many targets.
  bool fits_frame(std::size_t record_bytes, std::size_t targets) const;
  static bool is_amqp_written(const SessionState& from, const Publish& message) {
    return from.protocol == Protocol::amqp || message.record.amqp_form;
  }
  /// What a dead letter may say beside its message.
  std::size_t letter_reserve_bytes() const { return frame_bytes_max_ / 16; }
  /// `sticky` chooses where neither key nor header does.
  PartitionState* choose_partition(TopicId topic, const RecordParts& record, std::uint64_t sticky);
  /// Where nobody says which.
  std::size_t partition_for(const TopicRecord& topic, const RecordParts& record,
                            std::uint64_t sticky);
  PartitionState* target_of(const Destination& destination, const RecordParts& record,
                            std::uint64_t sticky);
  /// not_found or access_denied when clients cannot publish there.
  Result<const DestinationSet*> destinations_of(const SessionState& from, const Publish& message);
  void store(SessionState& from, const Publish& message, std::size_t record_bytes,
             const std::vector<PartitionState*>& targets, const OutcomeRun& outcome,
             const KnownMessage* known = nullptr);
  void publish_where_wanted(SessionState& from, const Publish& message, std::size_t record_bytes,
                            const OutcomeRun& outcome);
  void fail_publisher(SessionState& from, const Publish& message, Errc code, std::string text);
  void return_message(SessionState& from, const Publish& message);
  /// To where it is routed: what follows the checks of publish().
  void pass_on(SessionState& from, const Publish& message, const DestinationSet& to);
  /// With the settlements in the same write set.
  void stage_batch(OpenBatch& batch, const SettleFrame& settled = {});
  SealedBatch sealed(OpenBatch& batch);
  void was_staged(const SealedBatch& batch, Ticket ticket);
  void became_durable(const SealedBatch& batch);
  void tell_outcomes(const std::vector<OutcomeRun>& outcomes, Model model);
  /// Durable or volatile: visible from now on.
  void arrived(PartitionState& partition, Offset first, const Arrival& what);
  /// What replay does too.
  void enter_views(PartitionState& partition, Offset first, const Arrival& what);

  // ---- messages that come again (dedup.cc)
  static KnownMessage known_message(const Publish& message, bool looks_at_ids);
  static std::size_t bytes_to_remember(const KnownMessage& message, std::size_t targets);
  std::optional<SeenMessages::Place> place_of(const PartitionState& p,
                                              const KnownMessage& message) const;
  Ticket ticket_of(PartitionState& p, Offset offset);
  Ticket leave_out_repeats(std::vector<PartitionState*>& targets, const KnownMessage& message);
  SeenMessages& seen_in(PartitionState& p);
  void note_seen(PartitionState& p, const SeenEntry& entry, Offset base, WallMs wall);
  std::span<const SeenEntry> remember(const OpenBatch& batch, const KnownMessage& message);
  void note_refused(PartitionState& p, const KnownMessage& message);
  void replay_seen(const DataMeta& data);
  void restore_seen(PartitionState& p, const SeenImage& image);
  void forget_seen();

  // ---- transactions (transaction.cc), direct replies (reply_addresses.cc)
  void hold_publish(SessionState& from, const Publish& message, const DestinationSet& to);
  void commit(SessionState& from, const Transaction& open,
              const std::vector<SettleRun>& settlements, Reply<CommitTransaction::Answer> reply);
  /// What `store_all` stores, sealed off from what others said before and after.
  std::vector<SealedBatch> collect(const std::function<void()>& store_all);
  /// One write set of these and of the settlements so far; `then` runs when it is durable.
  void stage_together(std::vector<SealedBatch> batches, Then then);
  bool reply_directly(const SessionState& from, const Publish& message);
  bool reply_to(const SessionState& from, const Publish& message, Bytes address);
  void close_replies(SessionState& session, ConsumerId consumer);

  // ---- batches (handle_batches.cc)
  /// What of a batch goes to queues that refuse when they are full.
  using Coming = std::map<const QueueView*, Amount>;
  Result<Transaction> checked_batch(SessionState& from, const PublishMessages& what);
  Error refusal_of(SessionState& from, const Publish& message, const DestinationSet& to,
                   Coming& coming);
  Error refusal_of_targets(const RecordParts& record, const KnownMessage& known, Coming& coming);
  Result<std::vector<PartitionState*>> checked_places(const TopicRecord& topic,
                                                      const AppendMessages& what);
  void append(SessionId id, const AppendMessages& what, const std::vector<PartitionState*>& places,
              Reply<AppendMessages::Answer> reply);

  // ---- produce and fetch (handle_produce.cc, handle_fetch.cc, handle_topics.cc)
  Ticket stage_produced(PartitionState& p, const ProducePart& part, ProducedPart& out,
                        std::uint64_t& accepted);
  /// full: the partition holds back as many as it may; invalid_record: for too long.
  Result<std::vector<RecordDue>> dues_of(PartitionState& p, const std::vector<RecordDelay>& delays);
  static void forget_due(PartitionState& p, std::int64_t wall_ms);
  /// Out of the queue's sight until then.
  void hold_back(QueueView& queue, PartitionId partition, Offset offset, std::int64_t due_wall_ms,
                 std::uint64_t body_bytes);
  /// Those of the partition that were there before the queue showed it.
  void hold_back_known(QueueView& queue, const PartitionState& partition);
  void evaluate(const std::shared_ptr<ParkedFetch>& fetch);
  void read_parts(const std::shared_ptr<ParkedFetch>& fetch);
  void answer(const std::shared_ptr<ParkedFetch>& fetch);
  void park(const std::shared_ptr<ParkedFetch>& fetch);
  void unpark(const std::shared_ptr<ParkedFetch>& fetch);
  void wake(const std::shared_ptr<ParkedFetch>& fetch);
  PartitionInfo info_of(const PartitionState& p) const;
  TopicInfo info_of(const TopicRecord& topic);
  void list_by_time(PartitionState& p, std::int64_t timestamp_ms, Reply<ListOffset::Answer> reply);
  /// What to read: a range, or (with a time) the first batch that reaches it.
  struct ReadAsk {
    ReadSpec spec;
    std::optional<std::int64_t> at_time_ms;
  };
  /// `quarantined` is set with Errc::corrupt: these offsets cannot be read, the next ones can.
  using ReadDone =
      std::function<void(Result<std::vector<StoredBatch>>, const OffsetRun& quarantined)>;
  /// Reads; `then` runs at once or when the cold read is done (busy: it is tried again).
  void read(const ReadAsk& ask, ReadDone then);

  // ---- deliver and settle (deliver.cc, settle.cc, handle_leases.cc)
  enum class Located { yes, absent, reading };
  enum class ReadFor { delivery, a_look, aside };
  Located locate(QueueView& queue, PartitionId partition, Offset offset, RecordRef& out,
                 std::uint32_t& bytes, ReadFor why = ReadFor::delivery);
  /// A read that was for a record source.
  struct Window {
    QueueId queue;
    PartitionId partition;
    ReadOrder order = ReadOrder::delivery;
    std::uint64_t fill = 0;  ///< that it was
  };
  void batches_came(Window window, Offset from, Result<std::vector<StoredBatch>> batches,
                    const OffsetRun& quarantined);
  void reading_over(QueueView& queue);
  /// No record can be read at this offset: the queue lets go of it, and that is counted.
  void pass_over(QueueView& queue, PartitionId partition, Offset offset);
  void deliver_all();
  /// All that the queue has to do now: deliver, and let go of what has expired.
  void attend(QueueView& queue);
  /// For a question: the queue, attended to. Null: there is none.
  QueueView* attended(QueueId id);
  bool deliver(QueueView& queue);
  void emit(QueueView& queue, const Assignment& to, RecordRef record, std::uint32_t bytes);
  Delivery delivery_of(QueueView& queue, const Assignment& to, RecordRef record);
  void journal_settled(QueueView& queue, PartitionId partition, SettleReason reason,
                       const std::vector<SettledRun>& runs);
  /// Those that have been returned once too often leave, and others may have to wait. `failed`:
  /// their holder did not just hand them back.
  void journal_returned(QueueView& queue, const std::vector<Returned>& returned, bool failed);
  void end_waits(QueueView& queue, Instant now);
  void journal_lease_over(QueueView& queue, const std::vector<Returned>& returned);
  /// Everything settled so far comes before whatever is staged next. Answers the last ticket.
  Ticket stage_settlements(Haste haste);
  void hold_back(SessionState& session, bool back);
  void count_held(const Assignment& to);
  void give_shared_credit(QueueView& queue);
  void give_all_shared_credit();
  /// Those behind `last` have their turn first.
  void tell_group(SessionState& session, std::uint16_t group, bool ready,
                  ConsumerId last = ConsumerId(0));
  /// What a question about it has to wait for: everything published to it before.
  Ticket barrier(PartitionState& partition);
  Ticket barrier(QueueView& queue);
  QueueCounts counts_of(const QueueView& queue) const;
  QueueInfo info_of(const QueueView& queue) const;
  std::string new_name(Bytes prefix);
  std::optional<ConnectionInfo> connection_of(SessionId id);
  void start_consumer(SessionId id, QueueId queue, const Consume& what,
                      const Reply<Consume::Answer>& reply);
  void get_now(SessionId session, QueueId queue, bool no_ack, Reply<GetMessage::Answer> reply);
  void pull_now(const std::shared_ptr<ParkedPull>& pull);
  bool lease_ready(QueueView& queue, SessionState& session, ParkedPull& pull);
  void park(const std::shared_ptr<ParkedPull>& pull, QueueView& queue, SessionState& session);
  void unpark(const std::shared_ptr<ParkedPull>& pull);
  void expire_leases(QueueView& queue, Instant now);
  std::optional<LeaseId> lease_named(const std::string& text) const;
  Errc settle_lease(const LeaseId& lease, SettleHow how);
  Errc extend_lease(const LeaseId& lease, std::int64_t extend_ms);

  // ---- subscriptions and readers of logs (subscriptions.cc, log_readers.cc)
  /// `starts`: of a subscription; nothing: they have to be found first.
  void declare(SessionId id, const QueueDeclaration& command, Reply<DeclareQueue::Answer> reply,
               const std::optional<std::vector<Offset>>& starts);
  /// One offset for each partition; those that are gone have the first one.
  using StartsFound = std::function<void(Result<std::vector<Offset>>)>;
  struct StartSearch;
  void find_starts(std::vector<PartitionId> partitions, const StartPoint& at, StartsFound then);
  void go_on(const std::shared_ptr<StartSearch>& search);
  /// Nothing: it takes a read, which tells the search.
  std::optional<Offset> start_in(PartitionState& partition,
                                 const std::shared_ptr<StartSearch>& search);
  void read_log(SessionState& s, const Consume& what, const QueueView& of,
                Reply<Consume::Answer> reply);
  void add_reader(QueueId id, QueueView& of, const std::vector<Offset>& starts);
  void remove_reader(QueueView& reader);

  // ---- expiry (expire.cc)
  void watch_expiry(QueueView& queue, PartitionId partition, Offset first, const Arrival& what);
  void look_again(QueueView& queue, const std::vector<Returned>& returned);
  bool retire_expired(QueueView& queue, const Assignment& got, const RecordRef& record);
  void expire_messages(QueueView& queue);
  bool expire_entries(QueueView& queue, QueueView::Source& source, std::size_t& budget);
  void expire_head(QueueView& queue, QueueView::Source& source, std::size_t& budget);

  // ---- limits and dead letters (queue_limits.cc, dead_letters.cc)
  void drop_overflow(QueueView& queue);
  bool is_over(QueueView& queue) const;
  /// For clients, whose messages have no right to the room of dead letters that wait.
  bool is_full(const PartitionState& partition, const Amount& more) const;
  /// For what moves. Dead letters that wait do not count, or two queues would wait for each other.
  bool lacks_room(const QueueView& queue, const Amount& more) const;
  /// What it refuses may have changed.
  void follow_limits(QueueView& queue);
  bool leave_out_full(std::vector<PartitionState*>& targets, const Publish& message,
                      const KnownMessage& known);
  void publish_overflow(const QueueView& queue, const Publish& message);
  void retire(QueueView& queue, PartitionId partition, Offset offset, SettleReason reason,
              std::uint64_t body_bytes);
  bool admits_move() const;
  void move_dead_letters(QueueView& queue);
  bool add_letter(QueueView& queue, const Move& move, const RecordRef& record, OpenBatch& batch,
                  SettleFrame& settled);
  /// A record on its way from one queue to others.
  struct Copy {
    RecordParts record;
    std::vector<PartitionState*> targets;
    bool amqp_written = false;
    KnownMessage known = {};
  };
  bool add_copy(QueueView& queue, const Move& move, const Copy& copy, OpenBatch& batch,
                SettleFrame& settled);
  void stage_letters(OpenBatch& batch, SettleFrame& settled);
  Death death_in(const QueueView& queue, SettleReason reason) const;
  /// Where a dead letter goes.
  struct LetterTargets {
    std::vector<PartitionState*> targets;  ///< those that have room
    const QueueView* full = nullptr;       ///< one that has none
    bool cycles = false;                   ///< one was left out, where it would go round
  };
  LetterTargets targets_of(const QueueView& queue, const DeadLetter& letter, const Move& move,
                           const OpenBatch& batch);
  /// `batch` is on its way there and not staged.
  bool has_room(const PartitionState& target, std::uint64_t body_bytes,
                const OpenBatch& batch) const;

  // ---- dead letters without room (blocked.cc)
  void block(QueueView& queue, Move letter, QueueId target);
  void wake_blocked(QueueView& target);
  void route_blocked_soon();
  void route_blocked_again();
  void move_again(QueueView& queue, const std::vector<Move>& letters);
  /// After moves: what was held back because of them goes on.
  void unblocked(QueueView& queue);
  void find_blocked(QueueView& queue);
  /// Ready messages have left.
  void made_room(QueueView& queue) {
    if (!queue.room_awaited_by.empty()) schedule(queue);
  }
  std::span<const Destination> destinations_of(const std::string& vhost, Bytes exchange,
                                               const RoutedMessage& message);

  // ---- delayed messages (delay.cc, handle_delayed.cc)
  QueueView& delays_of(const std::string& vhost);
  /// full, too_large, or invalid_argument: for too long.
  Result<PutOff> put_off(SessionState& from, const Publish& message, const OutcomeRun& outcome);
  template <class Store>
  Result<PutOff> put_off(SessionState& from, const Publish& message, std::size_t coming,
                         Store&& store_later);
  /// What put_off() would say when so many came before it.
  Error refusal_of_delay(SessionState& from, const Publish& message, std::size_t coming);
  void put_off(SessionState& from, const Publish& message);
  void fire_due(QueueView& delays);
  /// When to look at what is due next: not much later, since a clock may be set meanwhile.
  Instant fires_next_at(const QueueView& delays) const;
  void warm_moves(QueueView& queue, std::size_t from);
  struct StoredRecord {
    RecordView record;
    bool amqp_written = false;
  };
  bool add_fired(QueueView& delays, const Move& move, const StoredRecord& stored, OpenBatch& batch,
                 SettleFrame& settled);
  void look_up(const std::shared_ptr<DelayedLookup>& lookup);
  void cancel(QueueView& delays, const std::vector<DelayedInfo>& chosen,
              Reply<CancelDelayed::Answer> reply);

  // ---- bytes of ready messages (queue_bytes.cc)
  void keep_byte_count(QueueView& queue);
  void start_byte_count(QueueView& queue);
  void count_bytes(QueueView& queue);
  void bytes_read(QueueId queue, const ReadSpec& spec, Result<std::vector<StoredBatch>> batches,
                  const OffsetRun& quarantined);
  /// What a produced batch brings to the queues that count; nothing: none does.
  std::optional<std::uint64_t> counted_bytes(const PartitionState& p, const Slice& batch) const;
  void count_taken(QueueView& queue, const Assignment& to, const RecordRef& record);
  void count_settled(QueueView& queue, PartitionId partition, const SettleOutcome& outcome);

  // ---- looking into queues, and back from the dead (redrive.cc)
  static bool matches(const RecordRef& ref, const std::vector<HeaderWanted>& where);
  void go_on(const std::shared_ptr<BrowseJob>& job);
  void go_on(const std::shared_ptr<RedriveJob>& job);
  void finish(const std::shared_ptr<RedriveJob>& job);
  bool takes_redriven(RedriveJob& job, const QueueView& to, std::uint64_t body_bytes) const;
  /// 0: it stays.
  QueueId redriven_to(const QueueView& queue, const RedriveMessages& what, const RecordRef& record);
  bool add_redriven(QueueView& queue, const Move& move, const StoredRecord& stored,
                    OpenBatch& batch, SettleFrame& settled);

  // ---- what has left queues, and back (history.cc)
  void look_back(const std::shared_ptr<HistoryJob>& job);
  void on_history(const std::shared_ptr<HistoryJob>& job, const SettledHistory& found);
  void choose(const std::shared_ptr<HistoryJob>& job);
  void bring_back(const std::shared_ptr<HistoryJob>& job);
  /// Live and at replay.
  void bring_back(const UnsettleFrame& frame);
  void finish(const std::shared_ptr<HistoryJob>& job, Result<ReplayMessages::Answer> answer);

  // ---- groups (groups.cc)
  void tell_group_replies(GroupReplies& replies);

  // ---- checkpoints (checkpoint.cc)
  Result<void> on_checkpoint(const std::vector<std::string>& parts) override;
  template <class Part>
  Result<void> restore_as(const std::string& part, const char* what);
  template <class Part>
  void restore(const Part& part);
  void use_lease_key(const std::string& key);
  std::vector<std::string> images(bool clean);
  void checkpoint_if_due();
  void stage_promptly();

  // ---- storage (replay.cc, reclaim.cc)
  Result<void> on_frame(FrameKind kind, std::uint16_t flags, Bytes meta,
                        std::int64_t wall_ms) override;
  template <class Frame>
  Result<void> replay_as(Bytes meta);
  void replay(const DataMeta& data, std::int64_t wall_ms);
  void replay(const CatalogFrame& frame);
  void replay(const SettleFrame& frame);
  void replay(const UnsettleFrame& frame);
  void replay(const TrimFrame& frame);
  void replay(const LeaseFrame& frame);
  void replay(const CountsFrame& frame);
  void replay(const OffsetsFrame& frame);
  void replay(const ProducersFrame& frame);
  void replay(const SecretFrame& frame);
  void reclaim();
  void shorten_history(LogStarts& starts);
  void look_at_partitions(LogStarts& starts);
  std::size_t look_at(PartitionState& partition, LogStarts& starts);
  void release_empty();
  void trim(const TrimFrame& frame);
  void trim_storage(const PartitionState& partition);
  void expire_producers();

  FlowCounters& flow(const SessionState& s, Model model) {
    return stats_.flow[static_cast<std::size_t>(model)][static_cast<std::size_t>(s.protocol)];
  }

  Engine& engine_;
  const Clock& clock_;
  BrokerOptions options_;
  Instant now_;
  WallMs wall_;
  bool time_seen_ = false;           // since the last flush
  std::size_t frame_bytes_max_ = 0;  // of the engine

  Catalog catalog_;
  std::map<std::string, Router> routers_;
  std::vector<Router*> routed_;  // in this tick
  boost::unordered_flat_map<PartitionId, std::unique_ptr<PartitionState>> partitions_;
  boost::unordered_flat_map<QueueId, std::unique_ptr<QueueView>> queues_;
  boost::unordered_flat_map<SessionId, std::unique_ptr<SessionState>> sessions_;
  CommitLedger ledger_;
  Packer packer_;
  SettleJournal settlements_;
  /// Set while a transaction is committed: sealed batches go there instead of being staged.
  std::vector<SealedBatch>* collecting_ = nullptr;
  bool left_out_ = false;            ///< a full queue did not take a message of that transaction
  std::uint64_t repeated_ = 0;       ///< messages of it that all their queues had already
  Ticket repeats_wait_ = no_ticket;  ///< and what is to become durable for these
  ReplyAddresses reply_addresses_;
  Timers timers_;
  LeaseSigner lease_signer_;

  std::vector<QueueId> to_deliver_;
  bool prefetch_shared_ = false;  // by anybody ever: most brokers need not look for its credit
  std::vector<QueueId> waiting_moves_;  // queues whose dead letters wait for room in the journal
  boost::unordered_flat_set<QueueId> blocked_queues_;  // with dead letters that wait elsewhere
  bool routes_again_ = false;                          // they will be, soon
  std::size_t collected_letter_bytes_ = 0;             // of dead letters of that transaction
  std::vector<std::shared_ptr<ParkedFetch>> to_evaluate_;
  std::vector<std::pair<SessionId, ConsumerId>> cancelled_;  // of queues that the change removes
  std::vector<Then> soon_;                                   // replies that wait for nothing
  std::vector<Then> held_calls_;
  std::set<std::pair<Instant, QueueId>> queue_deadlines_;
  boost::unordered_flat_map<ReadToken, ReadDone> reads_;
  std::vector<std::pair<ReadAsk, ReadDone>> busy_reads_;
  boost::unordered_flat_map<ReadToken, std::function<void(Result<SettledHistory>)>> histories_;
  std::uint64_t last_read_token_ = 0;
  std::deque<Window> windows_;  // of record sources, oldest first

  GroupCoordinator groups_;
  CommittedOffsets committed_;
  Ticket last_commit_ticket_ = no_ticket;
  Ticket last_catalog_ticket_ = no_ticket;
  std::map<GroupToken, Reply<JoinGroup::Answer>> joining_;
  std::map<GroupToken, Reply<SyncGroup::Answer>> syncing_;
  std::uint64_t last_group_token_ = 0;
  ProducerId next_producer_{1};
  ProducerId producer_block_end_{1};
  Ticket producer_block_ticket_ = no_ticket;

  // Scratch, so that the publish path allocates nothing.
  const DestinationSet* targets_for_ = nullptr;
  std::uint64_t targets_version_ = 0;
  std::vector<PartitionState*> targets_;
  bool targets_choose_ = false;  // one of them may not want a message
  bool targets_look_at_ids_ = false;
  std::string targets_fault_;  // why the message cannot go there
  SettleOutcome outcome_;
  std::vector<SeenEntry> seen_scratch_;

  std::vector<PartitionId> remembering_;  // by what they know their messages
  std::size_t seen_ids_ = 0;              // in all of them
  std::uint64_t sticky_ = 0;
  std::uint64_t last_server_name_ = 0;
  std::uint64_t last_reader_ = 0;
  Epoch clean_epoch_{0};  // of the clean stop that nothing followed; 0: there was none
  Ticket handed_over_ = no_ticket;
  bool open_ = false;  // what was stored has been replayed
  bool quiescing_ = false;
  bool resumed_ = false;  // calls that waited for a checkpoint may come again
  Reclaiming reclaiming_;
  Instant next_producer_expiry_;
  StatsSnapshot stats_;
};

}  // namespace rialto
