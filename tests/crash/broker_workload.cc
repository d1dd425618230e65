#include "tests/crash/broker_workload.h"

#include "tests/unit/core/broker/core_rig.h"

namespace rialto::test {
namespace {

const std::set<std::string> fanned{"q1", "q2"};

DeclareQueue queue_of(const std::string& name, bool durable,
                      const std::vector<std::pair<const char*, FieldValue>>& arguments = {}) {
  DeclareQueue what;
  what.name = name;
  what.durable = durable;
  for (const auto& [key, value] : arguments)
    what.arguments.set(key, value);
  return what;
}

void ignore(const auto&) {}

}  // namespace

void BrokerWorkload::run(std::uint64_t steps) {
  declare();
  for (std::uint64_t n = 0; n < steps && !client_.failed(); ++n)
    step(n);
  if (!client_.failed()) client_.tick();
}

void BrokerWorkload::declare() {
  client_.ask(queue_of("q1", true), ignore<Result<DeclareQueue::Answer>>);
  client_.ask(queue_of("q2", true), ignore<Result<DeclareQueue::Answer>>);
  if (plot_ == Plot::moves) return declare_for_moves();
  client_.ask(queue_of("qv", false), ignore<Result<DeclareQueue::Answer>>);
  DeclareExchange fan;
  fan.name = "fan";
  fan.type = "fanout";
  fan.durable = true;
  client_.ask(fan, ignore<Result<DeclareExchange::Answer>>);
  for (const char* queue : {"q1", "q2", "qv"})
    client_.ask(BindQueue{queue, "fan", "", {}}, ignore<Result<BindQueue::Answer>>);
  // Small enough for its oldest slots to be reused.
  CreateTopic topic = topic_of("t", 2);
  topic.configs.push_back({"retention.bytes", "1000"});
  client_.ask(topic, ignore<Result<CreateTopic::Answer>>);
  if (const auto got = client_.get(NewProducerId{}); got && *got)
    producer_ = static_cast<std::int64_t>((*got)->id.get());
}

void BrokerWorkload::declare_for_moves() {
  client_.ask(queue_of("later", true), ignore<Result<DeclareQueue::Answer>>);
  client_.ask(queue_of("dead", true,
                       {{"x-max-length", FieldValue::integer(1)},
                        {"x-overflow", FieldValue::text("reject-publish")}}),
              ignore<Result<DeclareQueue::Answer>>);
  client_.ask(queue_of("work", true,
                       {{"x-dead-letter-exchange", FieldValue::text("")},
                        {"x-dead-letter-routing-key", FieldValue::text("dead")},
                        {"x-retry-kind", FieldValue::text("fixed")},
                        {"x-retry-delay", FieldValue::integer(500)},
                        {"x-retry-limit", FieldValue::integer(1)}}),
              ignore<Result<DeclareQueue::Answer>>);
}

void BrokerWorkload::step(std::uint64_t n) {
  if (plot_ == Plot::doors) {
    step_of_doors(n);
  } else {
    step_of_moves(n);
  }
}

void BrokerWorkload::step_of_doors(std::uint64_t n) {
  publish("", "q1", {"q1"}, n);
  if (n % 3 == 0) publish("fan", "", fanned, n);
  if (n % 4 == 1) produce(n);
  if (n % 9 == 4) produce_out_of_order(n);
  if (n % 5 == 3) append(n);
  if (n > 3) get("q1", Settlement::ack);
  if (n % 4 == 1) get("q1", Settlement::ack);
  if (n % 6 == 4) get("q2", Settlement::requeue);
  if (n % 4 == 2) pull(n > 20 ? 2 : 1);
  if (n % 3 == 1) get("qv", Settlement::ack);
  if (n % 7 == 3) commit_offsets(n);
  if (n % 8 == 7) replace_queue(n);
  if (n == 17) purge();
  if (n == 19) bring_back();
  client_.tick();
  constexpr std::int64_t mark_and_upkeep_are_due_ms = 1000;
  if (n % 3 == 2) client_.wait_ms(mark_and_upkeep_are_due_ms);
}

void BrokerWorkload::step_of_moves(std::uint64_t n) {
  if (n % 4 == 0) work(n);
  if (n % 4 == 1) publish("", "q1", {"q1"}, n);
  if (n % 4 == 3) get("work", Settlement::reject);
  if (n % 2 == 0) get("work", Settlement::failed);
  if (n % 8 == 1) get("dead", Settlement::ack);
  if (n % 7 == 6) redrive();
  if (n % 4 == 0) put_off(n);
  if (n % 8 == 5) cancel(n - 1);
  if (n % 9 == 7) transact(n);
  if (n % 9 == 2) produce_held_back(n);
  if (n % 5 == 4) get("later", Settlement::ack);
  if (n % 8 == 6) pull_and_nack();
  if (n % 5 == 0) publish_again(n);
  if (n % 5 == 2) publish_again(n - 2);
  client_.tick();
  constexpr std::int64_t retries_are_due_ms = 600;
  if (n % 2 == 1) client_.wait_ms(retries_are_due_ms);
}

void BrokerWorkload::work(std::uint64_t n) {
  publish("", "work", {"work"}, n);
}

void BrokerWorkload::publish_again(std::uint64_t n) {
  const std::string key = "once." + std::to_string(n);
  const std::string text = key + std::string(600, '.');
  told_.sent_to[text] = {"q2"};
  client_.publish_once("q2", key, text, [this, text] { told_.confirmed.insert(text); });
}

void BrokerWorkload::put_off(std::uint64_t n) {
  const std::string text = body("later", n);
  told_.sent_to[text] = {"later"};
  const auto on_confirm = [this, text] { told_.confirmed.insert(text); };
  client_.publish("", "later", text, on_confirm, Delay{1500, std::nullopt, text});
}

void BrokerWorkload::cancel(std::uint64_t n) {
  const std::string text = body("later", n);
  told_.perhaps_gone.emplace("later", text);
  client_.ask(CancelDelayed{std::nullopt, text}, [this, text](const auto& got) {
    if (got) told_.gone.emplace("later", text);
  });
}

void BrokerWorkload::produce_held_back(std::uint64_t n) {
  const std::string text = body("held-back", n);
  told_.sent_to[text] = {"later"};
  Produce what = produce_of("later", produced_batch({text}));
  what.parts[0].delays.push_back({0, 1200, std::nullopt, 0});
  client_.ask(what, [this, text](const Result<Produce::Answer>& got) {
    if (got && got->at(0).error == Errc::ok) told_.confirmed.insert(text);
  });
}

void BrokerWorkload::transact(std::uint64_t n) {
  client_.ask(get_of("q1"), [this, n](const Result<GetMessage::Answer>& got) {
    if (!got || !got->delivery) return;
    const Delivery& held = *got->delivery;
    const std::pair<std::string, std::string> acked("q1", Peer::body_of(held));
    const std::string to_q2 = body("tx-q2-", n);
    const std::string to_work = body("tx-work-", n);
    told_.sent_to[to_q2] = {"q2"};
    told_.sent_to[to_work] = {"work"};
    told_.perhaps_gone.insert(acked);
    client_.publish_in_transaction("q2", to_q2);
    client_.publish_in_transaction("work", to_work);
    CommitTransaction commit{PublisherId(1), {}};
    commit.settlements.push_back(SettleRun{held.queue, held.partition, held.record.offset,
                                           held.record.offset, Settlement::ack});
    client_.ask(commit, [this, acked, to_q2, to_work](const auto& done) {
      if (!done) return;
      told_.confirmed.insert({to_q2, to_work});
      told_.gone.insert(acked);
    });
  });
}

void BrokerWorkload::redrive() {
  RedriveMessages what;
  what.queue = "dead";
  client_.ask(what, ignore<Result<RedriveMessages::Answer>>);
}

void BrokerWorkload::pull_and_nack() {
  PullMessages what;
  what.queue = "q2";
  what.lease_ms = 600'000;
  client_.ask(what, [this](const Result<PullMessages::Answer>& got) {
    if (!got || got->empty()) return;
    SettleLeases back;
    back.nack.push_back(got->front().lease);
    client_.ask(back, ignore<Result<SettleLeases::Answer>>);
  });
}

std::string BrokerWorkload::body(const std::string& kind, std::uint64_t n) {
  return kind + std::to_string(life_) + '.' + std::to_string(n) + ' ' +
         std::string(500 + n * 173 % 1300, '.');
}

void BrokerWorkload::publish(const std::string& exchange, const std::string& key,
                             const std::set<std::string>& to, std::uint64_t n) {
  const std::string text = body(exchange + key, n);
  told_.sent_to[text] = to;
  client_.publish(exchange, key, text, [this, text, before = told_.settled.size()] {
    told_.confirmed.insert(text);
    told_.surely_settled = std::max(told_.surely_settled, before);
  });
}

void BrokerWorkload::produce(std::uint64_t n) {
  if (producer_ < 0) return;
  const std::vector<std::string> values{body("batch-a", n), body("batch-b", n)};
  for (const std::string& value : values)
    told_.sent_to[value] = {"t"};
  const Slice batch = produced_batch(values, producer_, next_sequence_);
  next_sequence_ += 2;
  client_.ask(produce_of("t", batch), [this, values](const Result<Produce::Answer>& got) {
    if (!got || got->at(0).error != Errc::ok) return;
    told_.confirmed.insert(values.begin(), values.end());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Offset offset = got->at(0).base_offset + static_cast<std::int64_t>(i);
      told_.places[values[i]] = {PartitionIndex(0), offset};
    }
  });
}

void BrokerWorkload::produce_out_of_order(std::uint64_t n) {
  if (producer_ < 0) return;
  const std::vector<std::string> values{body("refused", n)};
  const Slice batch = produced_batch(values, producer_, next_sequence_ + 40);
  client_.ask(produce_of("t", batch), [this, values](const Result<Produce::Answer>& got) {
    if (got && got->at(0).error != Errc::ok) told_.refused.insert(values.front());
  });
}

void BrokerWorkload::append(std::uint64_t n) {
  const std::string text = body("append", n);
  AppendMessages what;
  what.topic = "t";
  what.messages.emplace_back();
  what.messages[0].partition = PartitionIndex(1);
  what.messages[0].body = text;
  told_.sent_to[text] = {"t"};
  client_.ask(what, [this, text](const Result<AppendMessages::Answer>& got) {
    if (!got) return;
    told_.confirmed.insert(text);
    told_.places[text] = {got->at(0).partition, got->at(0).offset};
  });
}

void BrokerWorkload::get(const std::string& queue, Settlement how) {
  client_.ask(get_of(queue), [this, queue, how](const Result<GetMessage::Answer>& got) {
    if (!got || !got->delivery) return;
    if (how == Settlement::ack) told_.settled.emplace_back(queue, Peer::body_of(*got->delivery));
    client_.settle(*got->delivery, how);
  });
}

void BrokerWorkload::pull(std::uint32_t max) {
  PullMessages what;
  what.queue = "q2";
  what.max = max;
  what.lease_ms = 600'000;
  client_.ask(what, [this](const Result<PullMessages::Answer>& got) {
    if (!got || got->empty()) return;
    SettleLeases done;
    done.ack.push_back(got->front().lease);
    if (got->size() > 1) told_.leases.push_back(got->back().lease);
    told_.settled.emplace_back("q2", Peer::body_of(got->front().delivery));
    client_.ask(done, ignore<Result<SettleLeases::Answer>>);
  });
}

void BrokerWorkload::commit_offsets(std::uint64_t n) {
  CommitOffsets what;
  what.group = "g";
  what.offsets.push_back({"t", PartitionIndex(0), Offset(static_cast<std::int64_t>(n)), -1, "m"});
  client_.ask(what, ignore<Result<CommitOffsets::Answer>>);
}

/// Deletes the queue of the last time and makes another one, with a message.
void BrokerWorkload::replace_queue(std::uint64_t n) {
  const auto name = [this](std::uint64_t of) {
    return "r" + std::to_string(life_) + '.' + std::to_string(of);
  };
  if (n > 8) client_.ask(DeleteQueue{name(n - 8)}, ignore<Result<DeleteQueue::Answer>>);
  client_.ask(queue_of(name(n), true), ignore<Result<DeclareQueue::Answer>>);
  client_.publish("", name(n), body("replaced", n));
}

void BrokerWorkload::purge() {
  for (const auto& [text, queues] : told_.sent_to) {
    if (queues.contains("q2")) told_.perhaps_gone.emplace("q2", text);
  }
  client_.ask(PurgeQueue{"q2"}, ignore<Result<PurgeQueue::Answer>>);
}

/// What the purge took; `perhaps_gone` says already that it may or may not be there.
void BrokerWorkload::bring_back() {
  ReplayMessages what;
  what.queue = "q2";
  what.reasons = {SettleReason::purged};
  client_.ask(what, ignore<Result<ReplayMessages::Answer>>);
}

}  // namespace rialto::test
