#include "tests/sim/broker_simulation.h"

#include <algorithm>
#include <charconv>

namespace rialto::sim {

namespace {

bool is_durable(const std::string& name) {
  return name[0] == 'q';
}

}  // namespace

// ---- a client -------------------------------------------------------------------------------

Client::Client(Simulation& simulation, BrokerPort& to, std::uint64_t my_number)
    : sim(simulation), port(to), number(my_number) {
  id = port.open(*this, Principal{"guest", "/"}, Protocol::amqp);
}

void Client::on_published(const PublishOutcome& outcome) {
  if (outcome.result != Errc::ok) return sim.model.complain("a publish failed: " + outcome.text);
  for (auto s = outcome.first_sequence; s <= outcome.last_sequence; ++s) {
    const auto at = publishing.find(s);
    if (at == publishing.end()) return sim.model.complain("confirmed twice");
    const auto [message, settled_before] = at->second;
    publishing.erase(at);
    if (message == 0) continue;  // it went to no durable queue
    sim.model.confirm(message);
    // With one thread the journal has everything in the order in which it was called.
    if (sim.ports_ == Ports::one_thread) sim.model.durable_up_to(settled_before);
  }
}

void Client::on_delivery(ConsumerId consumer, const Delivery& delivery) {
  port.drained(id, delivery.cost_bytes);
  const auto at = consumers.find(consumer);
  if (at == consumers.end()) return sim.model.complain("a delivery to nobody");
  const Consumer to = at->second;
  take(to.queue, delivery);
  if (!to.no_ack) return;
  sim.model.settle(to.queue, held.back().message);
  held.pop_back();
}

void Client::take(const QueueRef& queue, const Delivery& delivery) {
  const MessageId message = Simulation::message_of(delivery);
  if (queue->id && *queue->id != delivery.queue) sim.model.complain("a queue changed its id");
  queue->id = delivery.queue;
  sim.note("client " + std::to_string(number) + " gets " + std::to_string(message) + " of " +
           queue->name + " at " + std::to_string(delivery.record.offset.get()));
  sim.model.seen_at(delivery.partition, delivery.record.offset, message);
  sim.model.delivered(*queue, message, delivery.redelivered, delivery.delivery_count, Holder(),
                      sim.now());
  held.push_back(Held{queue, delivery.queue, delivery.partition, delivery.record.offset, message});
}

// ---- the simulation -------------------------------------------------------------------------

Simulation::Simulation(std::uint64_t seed)
    : model([this](const std::string& what) {
        if (failure_.empty()) failure_ = "step " + std::to_string(step_) + ": " + what;
      }),
      rng_(seed),
      ports_(seed % 4 == 3 ? Ports::three_shards : Ports::one_thread) {
  // The log of a topic keeps its storage: where space is to be won back there is none.
  topic_is_used_ = seed % 3 != 0;
  if (!topic_is_used_) options_.history_bytes = 5'000;
  core_ = std::make_unique<CoreRig>(ports_, options_);
  open_clients();
  topic_ = std::make_shared<QueueModel>();
  topic_->name = topic_name;
  topic_->certain = true;
  const auto made = now_of(test::topic_of(topic_name, topic_partitions)).value();
  for (const PartitionInfo& p : made.partitions)
    topic_partitions_.push_back(p.id);
  DeclareExchange fanout;
  fanout.name = fanout_name;
  fanout.type = "fanout";
  fanout.durable = true;
  now_of(fanout).value();
  for (std::int64_t i = 0; i < 3; ++i) {
    Producer producer;
    producer.id = 100 + i;
    producer.partition = static_cast<std::int32_t>(i % topic_partitions);
    producers_.push_back(producer);
  }
}

MessageId Simulation::message_in(Bytes body) {
  MessageId id = 0;
  std::from_chars(body.data(), body.data() + body.size(), id);
  return id;
}

MessageId Simulation::message_of(const Delivery& delivery) {
  return message_in(view_of(delivery.record).value().value.value_or(Bytes()));
}

std::string Simulation::body_for(MessageId id) {
  return std::to_string(id) + ' ' + std::string(below(5) == 0 ? below(3000) : below(20), '.');
}

void Simulation::note(std::string what) {
  constexpr std::size_t notes_max = 300;
  history_.push_back(std::to_string(step_) + ": " + std::move(what));
  if (history_.size() > notes_max) history_.pop_front();
}

std::string Simulation::failure() const {
  std::string out = failure_;
  for (const std::string& line : history_)
    out += "\n  " + line;
  return out;
}

void Simulation::open_clients() {
  while (clients_.size() < 4) {
    ++last_client_;
    clients_.push_back(std::make_unique<Client>(*this, core_->port(last_client_), last_client_));
  }
}

/// Everything becomes durable, and reads are answered.
void Simulation::settle_all() {
  note("everything becomes durable");
  core_->engine->set_busy(false);
  core_->engine->hold_reads(false);
  core_->engine->complete_reads();
  core_->settle();
  const bool all = core_->engine->durable_count() == core_->engine->sets().size();
  if (!all) model.complain("the engine was not given everything");
  model.durable_up_to(model.settled_count());
}

std::vector<QueueRef> Simulation::living() const {
  std::vector<QueueRef> all{topic_};
  for (const auto& [name, queue] : queues_)
    all.push_back(queue);
  return all;
}

QueueRef Simulation::any_queue() {
  const auto all = living();
  return all[below(all.size())];
}

bool Simulation::run(int steps) {
  for (step_ = 1; step_ <= steps && failure_.empty(); ++step_)
    step();
  if (failure_.empty()) finish();
  return failure_.empty();
}

void Simulation::step() {
  const std::uint64_t dice = below(100);
  if (dice < 22) {
    publish();
  } else if (dice < 32) {
    settle_held();
  } else if (dice < 38) {
    produce();
  } else if (dice < 43) {
    consume();
  } else if (dice < 47) {
    get();
  } else if (dice < 51) {
    fetch();
  } else if (dice < 55) {
    pull();
  } else if (dice < 59) {
    settle_lease();
  } else if (dice < 63) {
    declare();
  } else if (dice < 64) {
    erase();
  } else if (dice < 65) {
    purge();
  } else if (dice < 66) {
    cancel();
  } else if (dice < 67) {
    close_one();
  } else if (dice < 68) {
    audit();
  } else {
    step_storage();
  }
}

void Simulation::step_storage() {
  const std::uint64_t dice = below(100);
  if (dice < 40) {
    note("tick");
    core_->tick();
  } else if (dice < 78) {
    const std::uint64_t sets = below(4);
    note("commit " + std::to_string(sets));
    core_->commit(sets);
  } else if (dice < 82) {
    note("roll");
    core_->engine->roll();
  } else if (dice < 88) {
    const auto ms = static_cast<std::int64_t>(below(1500));
    note("wait " + std::to_string(ms));
    core_->wait_ms(ms);
  } else if (dice < 91) {
    note("hold reads");
    core_->engine->hold_reads(true);
  } else if (dice < 94) {
    note("complete reads");
    core_->engine->hold_reads(false);
    core_->engine->complete_reads();
  } else if (dice < 96) {
    note("busy or not");
    core_->engine->set_busy(chance(30));
  } else if (dice < 98) {
    settle_all();
  } else {
    restart();
  }
}

void Simulation::publish() {
  Client& client = any_client();
  for (std::uint64_t n = 1 + below(4); n > 0; --n) {
    const std::uint64_t dice = below(10);
    std::string exchange;
    std::string key = dice < 2 && topic_is_used_ ? topic_name : "q" + std::to_string(below(3));
    std::vector<QueueRef> to;
    if (dice == 9) key = "v";
    if (dice == 8 || dice == 7) {
      exchange = fanout_name;
      for (const auto& [name, queue] : queues_) {
        if (is_bound(name)) to.push_back(queue);
      }
    } else if (key == topic_name) {
      to.push_back(topic_);
    } else if (const auto at = queues_.find(key); at != queues_.end()) {
      to.push_back(at->second);
    }
    // What goes to a queue that may be gone already is confirmed without the disk.
    const bool durable = std::any_of(to.begin(), to.end(),
                                     [](const QueueRef& q) { return q->durable && !q->dying; });
    const MessageId id = model.send("client " + std::to_string(client.number), to);
    const std::string body = body_for(id);
    const Bytes view = body;
    Publish message;
    message.publisher = PublisherId(1);
    message.sequence = ++client.next_sequence;
    message.exchange = exchange;
    message.routing_key = key;
    message.record.body = {&view, 1};
    note("client " + std::to_string(client.number) + " publishes " + std::to_string(id) + " to '" +
         exchange + "' '" + key + "', " + std::to_string(to.size()) + " queues");
    client.publishing[message.sequence] = {durable ? id : 0, model.settled_count()};
    client.port.publish(client.id, message);
  }
}

void Simulation::declare() {
  Client& client = any_client();
  const std::string name = chance(20) ? "v" : "q" + std::to_string(below(3));
  // Shards do not wait for each other: all know a new name at the same time.
  if (ports_ == Ports::three_shards) settle_all();
  QueueRef& queue = queues_[name];
  if (queue && queue->dying) return;
  if (!queue) {
    queue = std::make_shared<QueueModel>();
    queue->name = name;
    queue->durable = is_durable(name);
  }
  note("declare " + name);
  DeclareQueue what;
  what.name = name;
  what.durable = queue->durable;
  client.ask(what, [this, queue = queue](const Result<DeclareQueue::Answer>& got) {
    if (!got && !queue->dying) return model.complain("a declaration failed: " + got.error().text);
    queue->certain = true;
  });
  if (is_bound(name)) {
    client.ask(BindQueue{name, fanout_name, "", {}}, [](const auto&) {});
  }
  if (ports_ == Ports::three_shards) settle_all();
}

void Simulation::erase() {
  const QueueRef queue = any_queue();
  if (queue == topic_) return;
  queue->dying = true;
  note("delete " + queue->name);
  any_client().ask(DeleteQueue{queue->name}, [this, queue](const Result<DeleteQueue::Answer>& got) {
    if (!got) return model.complain("a deletion failed: " + got.error().text);
    const auto at = queues_.find(queue->name);
    if (at != queues_.end() && at->second == queue) queues_.erase(at);
  });
}

void Simulation::purge() {
  const QueueRef queue = any_queue();
  ++queue->purges;
  note("purge " + queue->name);
  queue->perhaps_gone = queue->sent;
  any_client().ask(PurgeQueue{queue->name},
                   [queue](const Result<PurgeQueue::Answer>&) { --queue->purges; });
}

void Simulation::consume() {
  Client& client = any_client();
  const QueueRef queue = any_queue();
  if (queue->dying || client.consumers.size() > 3) return;
  Consume what;
  what.queue = queue->name;
  what.consumer = ConsumerId(++last_consumer_);
  what.prefetch = static_cast<std::uint32_t>(below(6));
  what.no_ack = chance(5);
  if (what.no_ack) queue->leaky = true;
  client.consumers[what.consumer] = Client::Consumer{queue, what.no_ack};
  note("client " + std::to_string(client.number) + " consumes " + queue->name +
       (what.no_ack ? " without acks" : ""));
  client.ask(what, [&client, consumer = what.consumer](const Result<Consume::Answer>& got) {
    if (!got) client.consumers.erase(consumer);
  });
}

void Simulation::cancel() {
  Client& client = any_client();
  if (client.consumers.empty()) return;
  const ConsumerId consumer = client.consumers.begin()->first;
  client.ask(CancelConsumer{consumer},
             [&client, consumer](const auto&) { client.consumers.erase(consumer); });
}

void Simulation::settle_held() {
  Client& client = any_client();
  for (std::uint64_t n = 1 + below(4); n > 0 && !client.held.empty(); --n) {
    const auto at = client.held.begin() + static_cast<std::ptrdiff_t>(below(client.held.size()));
    const Client::Held held = *at;
    client.held.erase(at);
    SettleRun run{held.id, held.partition, held.offset, held.offset, Settlement::ack};
    if (chance(30)) run.how = Settlement::requeue;
    if (chance(10)) run.how = Settlement::reject;
    note("client " + std::to_string(client.number) + " settles " + std::to_string(held.message) +
         " of " + held.queue->name + " by " + std::to_string(static_cast<int>(run.how)));
    if (run.how == Settlement::requeue) {
      held.queue->held.erase(held.message);
    } else {
      model.settle(held.queue, held.message);
    }
    client.port.settle(client.id, run);
  }
}

void Simulation::get() {
  Client& client = any_client();
  const QueueRef queue = any_queue();
  if (queue->dying) return;
  note("client " + std::to_string(client.number) + " asks for one of " + queue->name);
  client.ask(test::get_of(queue->name), [&client, queue](const Result<GetMessage::Answer>& got) {
    if (got && got->delivery) client.take(queue, *got->delivery);
  });
}

// ---- topics ---------------------------------------------------------------------------------

void Simulation::produce() {
  Producer& producer = producers_[below(producers_.size())];
  if (!topic_is_used_ || (producer.under_way != 0 && !chance(20))) return;
  if (producer.batch.empty()) {
    std::vector<std::string> values;
    for (std::uint64_t n = 1 + below(3); n > 0; --n) {
      producer.batch.push_back(model.send("producer " + std::to_string(producer.id), {topic_}));
      values.push_back(body_for(producer.batch.back()));
    }
    producer.bytes = test::produced_batch(values, producer.id, producer.next_sequence).bytes();
  }
  // Otherwise it is sent again: its answer never came, or takes long.
  send_batch(producer);
}

void Simulation::send_batch(Producer& producer) {
  ++producer.under_way;
  note("producer " + std::to_string(producer.id) + " sends from " +
       std::to_string(producer.batch.front()));
  const auto index = static_cast<std::size_t>(&producer - producers_.data());
  Produce what =
      test::produce_of(topic_name, Slice::copy_of(producer.bytes), -1, producer.partition);
  any_client().ask(what, [this, index, batch = producer.batch](const Result<Produce::Answer>& got) {
    Producer& now = producers_[index];
    --now.under_way;
    const ProducedPart& part = got.value().at(0);
    if (part.error != Errc::ok) return model.complain("a batch was refused", batch.front());
    Offset offset = part.base_offset;
    for (const MessageId id : batch) {
      model.seen_at(topic_partitions_[static_cast<std::size_t>(now.partition)], offset, id);
      model.confirm(id);
      ++offset;
    }
    if (now.batch != batch) return;  // the answer to a repetition
    now.next_sequence += static_cast<std::int32_t>(batch.size());
    now.batch.clear();
  });
}

void Simulation::fetch() {
  const QueueRef queue = any_queue();
  if (!queue->durable || queue->dying) return;
  Fetch what = test::fetch_of(queue->name, static_cast<std::int64_t>(below(30)),
                              static_cast<std::int64_t>(below(2) * 400),
                              static_cast<std::uint32_t>(1 + below(3) * 500));
  what.parts[0].bytes_max = static_cast<std::uint32_t>(100 + below(4000));
  any_client().ask(what, [this](const Result<Fetch::Answer>& got) {
    for (const FetchedPart& part : got.value()) {
      for (const auto& [offset, body] : test::records_of(part.batches)) {
        if (Offset(offset) >= part.marks.high_watermark) model.complain("shown too early");
        model.seen_at(part.marks.id, Offset(offset), message_in(body));
      }
    }
  });
}

// ---- leases ---------------------------------------------------------------------------------

void Simulation::pull() {
  const QueueRef queue = any_queue();
  if (queue->dying) return;
  PullMessages what;
  what.queue = queue->name;
  what.max = static_cast<std::uint32_t>(1 + below(3));
  what.lease_ms = lease_ms;
  what.wait_ms = static_cast<std::int64_t>(below(2) * 300);
  queue->pulled = true;
  note("pull from " + queue->name);
  // A lease runs from when it is made: between the question and the answer.
  const Instant surely = after_ms(now(), lease_ms);
  any_client().ask(what, [this, queue, surely](const Result<PullMessages::Answer>& got) {
    // On a slow disk the answer may come after the leases have ended.
    if (!got || now() >= surely) return;
    for (const LeasedMessage& leased : *got) {
      const Delivery& d = leased.delivery;
      const MessageId id = message_of(d);
      model.seen_at(d.partition, d.record.offset, id);
      model.delivered(*queue, id, d.redelivered, d.delivery_count, Holder{true, surely}, now());
      note("lease of " + std::to_string(id) + " of " + queue->name);
      leases_.push_back(KnownLease{queue, leased.lease, id, surely, after_ms(now(), lease_ms)});
    }
  });
}

void Simulation::settle_lease() {
  if (leases_.empty()) return;
  const auto at = leases_.begin() + static_cast<std::ptrdiff_t>(below(leases_.size()));
  const KnownLease lease = *at;
  leases_.erase(at);
  const bool ack = chance(60);
  note((ack ? "ack" : "nack") + std::string(" of the lease of ") + std::to_string(lease.message));
  SettleLeases what;
  (ack ? what.ack : what.nack).push_back(lease.text);
  const auto held = lease.queue->held.find(lease.message);
  const bool is_ours = held != lease.queue->held.end() && held->second.leased;
  // From now on it may be over, whether we hear of it or not.
  if (is_ours) held->second.until = now();
  if (ack) lease.queue->perhaps_gone.insert(lease.message);
  any_client().ask(what,
                   [this, lease, ack, asked_at = now()](const Result<SettleLeases::Answer>& got) {
                     const Errc result = got.value().at(0);
                     if (lease.queue->dying) return;
                     if (result != Errc::ok) {
                       const bool early = now() < lease.surely_until;
                       if (early && lease.queue->durable)
                         model.complain("a lease ended early", lease.message);
                       return;
                     }
                     if (asked_at > lease.perhaps_until)
                       model.complain("a lease held too long", lease.message);
                     lease.queue->held.erase(lease.message);
                     if (!ack) return;
                     lease.queue->gone.insert(lease.message);
                     lease.queue->gone_in_life.insert(lease.message);
                   });
}

}  // namespace rialto::sim
