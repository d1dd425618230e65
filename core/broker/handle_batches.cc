#include "core/broker/batch_size.h"
#include "core/broker/broker.h"
#include "core/broker/partitioner.h"
#include "core/broker/publish_headers.h"
#include "core/catalog/names.h"
#include "core/model/carbon_copies.h"
#include "core/model/record_composer.h"

#include <algorithm>

/// Messages that come together and are stored together: all of a request, or none.
namespace rialto {

namespace {

/// A message of a batch as routes and records see it.
class Prepared {
 public:
  /// Views of the arguments, which hold until the next call.
  Error prepare(const NewMessage& message, Bytes exchange, Bytes routing_key,
                const MessageIdentity& identity);
  const Publish& publish() const { return publish_; }

 private:
  Error compose(const NewMessage& message);
  Error read(Bytes headers);

  Publish publish_;
  RecordComposer composer_;
  CarbonCopies copies_;
  PublishHeaders said_;
  Properties properties_;
  std::vector<HeaderView> headers_;
  Bytes body_;
};

Error Prepared::prepare(const NewMessage& message, Bytes exchange, Bytes routing_key,
                        const MessageIdentity& identity) {
  publish_ = Publish();
  if (identity) publish_.identity = identity;
  publish_.exchange = exchange;
  publish_.routing_key = routing_key;
  publish_.mandatory = true;
  body_ = message.body ? Bytes(*message.body) : Bytes();
  if (Error fault = compose(message); fault.code != Errc::ok) return fault;
  publish_.record.null_value = !message.body;
  if (message.key) publish_.record.key = Bytes(*message.key);
  if (!message.delay) return {};
  if (publish_.delay) {
    return {Errc::invalid_argument,
            "a delay and the header 'x-delay' or 'x-deliver-at' exclude "
            "each other"};
  }
  publish_.delay = message.delay->view();
  return {};
}

Error Prepared::compose(const NewMessage& message) {
  const std::span<const Bytes> body(&body_, 1);
  if (message.properties.empty()) {
    headers_.clear();
    for (const auto& [name, value] : message.headers)
      headers_.push_back({name, value ? std::optional<Bytes>(*value) : std::nullopt});
    publish_.record.headers = headers_;
    publish_.record.body = body;
    return {};
  }
  if (!split_properties(message.properties, properties_)) {
    return {Errc::invalid_argument, "the properties are malformed"};
  }
  const Properties* stored = &properties_;
  if (properties_.has(Property::headers)) {
    if (Error fault = read(properties_.value(Property::headers)); fault.code != Errc::ok) {
      return fault;
    }
    stored = &copies_.stripped(properties_);
  }
  publish_.record = composer_.compose(*stored, publish_.exchange, publish_.routing_key, body);
  return {};
}

Error Prepared::read(Bytes headers) {
  if (!copies_.read(headers)) return {Errc::invalid_argument, copies_.fault()};
  if (!said_.read(headers)) return {Errc::invalid_argument, said_.fault()};
  if (said_.identity()) {
    return {Errc::not_supported,
            "'x-producer-sequence' is not supported in a batch; send the message alone, with "
            "X-Rialto-Producer and X-Rialto-Sequence"};
  }
  publish_.headers = headers;
  publish_.more_keys = copies_.keys();
  publish_.delay = said_.delay();
  return {};
}

/// One message needs no number.
Error at_message(const std::vector<NewMessage>& messages, std::size_t index, Error fault) {
  if (messages.size() > 1) fault.text = "messages[" + std::to_string(index) + "]: " + fault.text;
  return fault;
}

Error batch_too_large() {
  return {Errc::too_large,
          "the messages together exceed " + std::to_string(Transaction::bytes_max) + " bytes"};
}

Error nobody_takes(const SessionState& from, const Publish& message) {
  const std::string key(message.routing_key);
  if (message.exchange.empty()) return no_such_queue(key, from.who.vhost);
  return {Errc::not_found, "exchange '" + std::string(message.exchange) +
                               "' has no binding for the routing key '" + key + "'"};
}

}  // namespace

/// The queues of targets_ have room for one more than what is `coming` to them in this batch.
Error Broker::refusal_of_targets(const RecordParts& record, const KnownMessage& known,
                                 Coming& coming) {
  const std::size_t record_bytes = BatchBuilder::size_of(record);
  const std::size_t more_bytes = letter_reserve_bytes() + bytes_to_remember(known, targets_.size());
  if (!fits_frame(record_bytes + more_bytes, targets_.size())) {
    return too_large_for(targets_.size(), record_bytes);
  }
  for (PartitionState* target : targets_) {
    if (!target->refusing || place_of(*target, known)) continue;
    Amount& more = coming[target->refusing];
    ++more.messages;
    more.body_bytes += body_bytes_of(record);
    if (is_full(*target, more)) {
      note_refused(*target, known);
      return {Errc::full, "queue '" + target->refusing->record.name + "' is full"};
    }
  }
  return {};
}

Error Broker::refusal_of(SessionState& from, const Publish& message, const DestinationSet& to,
                         Coming& coming) {
  find_targets(to, message, from);
  targets_for_ = nullptr;
  if (!targets_fault_.empty()) return {Errc::invalid_argument, targets_fault_};
  if (targets_.empty()) return nobody_takes(from, message);
  return refusal_of_targets(message.record, known_message(message, targets_look_at_ids_), coming);
}

Result<Transaction> Broker::checked_batch(SessionState& from, const PublishMessages& what) {
  Transaction batch;
  Coming coming;
  std::size_t delayed = 0;
  Prepared prepared;
  for (std::size_t i = 0; i < what.messages.size(); ++i) {
    const NewMessage& message = what.messages[i];
    Error fault =
        prepared.prepare(message, what.exchange, message.routing_key, what.identity.nth(i));
    if (fault.code != Errc::ok) return at_message(what.messages, i, std::move(fault));
    const Publish& publish = prepared.publish();
    const Result<const DestinationSet*> to = destinations_of(from, publish);
    if (!to) return at_message(what.messages, i, to.error());
    if (!publish.delay) {
      fault = refusal_of(from, publish, **to, coming);
    } else if (publish.exchange.empty() && (*to)->list.empty()) {
      fault = nobody_takes(from, publish);
    } else {
      fault = refusal_of_delay(from, publish, delayed++);
    }
    if (fault.code != Errc::ok) return at_message(what.messages, i, std::move(fault));
    batch.add(publish, **to);
    if (batch.bytes > Transaction::bytes_max) {
      return at_message(what.messages, i, batch_too_large());
    }
  }
  return batch;
}

template <>
void handle<PublishMessages>(Broker& b, SessionId id, PublishMessages what,
                             Reply<PublishMessages::Answer> reply) {
  SessionState* s = b.session(id);
  if (!s) return;
  const Result<Transaction> batch = b.checked_batch(*s, what);
  if (!batch) {
    b.flow(*s, Model::queue).refused += what.messages.size();
    return reply(batch.error());
  }
  b.commit(*s, *batch, {}, [&b, id, count = what.messages.size(), reply](const auto& done) {
    if (SessionState* now = b.session(id)) b.flow(*now, Model::queue).confirmed += count;
    reply(PublishMessages::Answer{done ? done->repeated : 0});
  });
}

Result<std::vector<PartitionState*>> Broker::checked_places(const TopicRecord& topic,
                                                            const AppendMessages& what) {
  std::vector<PartitionState*> places;
  Coming coming;
  Prepared prepared;
  std::size_t bytes = 0;
  const std::uint64_t sticky = what.identity ? what.identity.spread() : sticky_++;
  for (std::size_t i = 0; i < what.messages.size(); ++i) {
    const NewMessage& message = what.messages[i];
    Error fault = prepared.prepare(message, {}, what.topic, what.identity.nth(i));
    if (fault.code != Errc::ok) return at_message(what.messages, i, std::move(fault));
    if (prepared.publish().delay) {
      return at_message(what.messages, i,
                        {Errc::not_supported,
                         "a batch to a topic delays nothing: 'x-delay' and 'x-deliver-at' are for "
                         "batches to queues and exchanges"});
    }
    const std::size_t chosen = partition_for(topic, prepared.publish().record, sticky);
    const auto index = message.partition.value_or(PartitionIndex(static_cast<int>(chosen))).get();
    if (index < 0 || static_cast<std::size_t>(index) >= topic.partitions.size()) {
      return at_message(what.messages, i,
                        {Errc::not_found,
                         "topic '" + what.topic + "' has no partition " + std::to_string(index)});
    }
    targets_.assign(1, partition(topic.partitions[static_cast<std::size_t>(index)]));
    places.push_back(targets_[0]);
    const std::size_t record_bytes = BatchBuilder::size_of(prepared.publish().record);
    bytes += record_bytes;
    // Kafka's default is made for batches of Kafka's clients; a single message may be larger.
    fault = check_size(batch_header_bytes + record_bytes, topic, message_bytes_max);
    const KnownMessage known = known_message(prepared.publish(), targets_[0]->looks_at_ids());
    if (fault.code == Errc::ok) {
      fault = refusal_of_targets(prepared.publish().record, known, coming);
    }
    if (fault.code == Errc::ok && i > 0 && bytes > Transaction::bytes_max) {
      fault = batch_too_large();
    }
    if (fault.code != Errc::ok) return at_message(what.messages, i, std::move(fault));
  }
  return places;
}

template <>
void handle<AppendMessages>(Broker& b, SessionId id, AppendMessages what,
                            Reply<AppendMessages::Answer> reply) {
  const TopicRecord* topic = b.catalog_.topic(b.vhost_of(id), what.topic);
  if (!topic) return reply(Error(Errc::not_found, "no topic '" + what.topic + "'"));
  const auto places = b.checked_places(*topic, what);
  b.targets_for_ = nullptr;
  if (!places) return reply(places.error());
  if (places->empty()) return reply(AppendMessages::Answer{});
  b.append(id, what, *places, std::move(reply));
}

void Broker::append(SessionId id, const AppendMessages& what,
                    const std::vector<PartitionState*>& places,
                    Reply<AppendMessages::Answer> reply) {
  AppendMessages::Answer told;
  std::size_t bytes = 0;
  const auto store_all = [&] {
    std::map<PartitionState*, Offset> next;
    Prepared prepared;
    for (std::size_t i = 0; i < what.messages.size(); ++i) {
      prepared.prepare(what.messages[i], {}, what.topic, what.identity.nth(i));
      const RecordParts& record = prepared.publish().record;
      PartitionState& target = *places[i];
      const KnownMessage known = known_message(prepared.publish(), target.looks_at_ids());
      if (const auto place = place_of(target, known)) {
        repeats_wait_ = std::max(repeats_wait_, ticket_of(target, place->offset));
        told.push_back({target.index, place->exact ? place->offset : no_offset, true});
        continue;
      }
      Offset& at = next.try_emplace(&target, target.marks.log_end()).first->second;
      told.push_back({target.index, at});
      ++at;
      bytes += record.body[0].size();
      targets_.assign(1, &target);
      OpenBatch& batch =
          packer_.batch_for(targets_, record.amqp_form, wall_.get(), BatchBuilder::size_of(record));
      packer_.add(batch, record, OutcomeRun{}, remember(batch, known));
    }
  };
  const auto tell = [this, id, &told, &bytes, &reply] {
    return [this, id, told, bytes, reply] {
      if (SessionState* s = session(id)) {
        FlowCounters& counters = flow(*s, Model::topic);
        const auto repeated = static_cast<std::uint64_t>(
            std::count_if(told.begin(), told.end(), [](const auto& p) { return p.repeated; }));
        counters.received += told.size() - repeated;
        counters.repeated += repeated;
        counters.confirmed += told.size();
        counters.received_bytes += bytes;
      }
      reply(told);
    };
  };
  if (what.messages.size() > 1) {
    std::vector<SealedBatch> batches = collect(store_all);
    return stage_together(std::move(batches), tell());
  }
  // One message is a write set anyhow; those of others stay packed.
  packer_.seal(*places[0]);
  store_all();
  packer_.seal(*places[0]);
  ledger_.when_durable(places[0]->last_ticket, tell());
}

}  // namespace rialto
