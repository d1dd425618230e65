#include "core/catalog/catalog.h"

#include <algorithm>

namespace rialto {
namespace {

// Ids below belong to predeclared objects.
constexpr std::uint64_t first_free_id = 64;

template <class Id>
bool is_volatile(Id id) {
  return (id.get() & volatile_id_bit) != 0;
}

template <class Id, class Record>
const Record* find(const std::map<Id, Record>& records, Id id) {
  const auto found = records.find(id);
  return found == records.end() ? nullptr : &found->second;
}

template <class Names, class Id, class Record>
const Record* find_by_name(const Names& names, const std::map<Id, Record>& records,
                           std::string_view vhost, std::string_view name) {
  const auto found = names.find(std::pair(vhost, name));
  return found == names.end() ? nullptr : find(records, found->second);
}

template <class Id>
std::vector<BindingId> listed_under(const std::set<std::pair<Id, BindingId>>& index, Id id) {
  std::vector<BindingId> out;
  for (auto it = index.lower_bound({id, BindingId(0)}); it != index.end() && it->first == id; ++it)
    out.push_back(it->second);
  return out;
}

template <class Record>
bool any_durable_record(const std::vector<Record>& records) {
  return std::any_of(records.begin(), records.end(),
                     [](const Record& r) { return !is_volatile(r.id); });
}

template <class Id>
bool any_durable_id(const std::vector<Id>& ids) {
  return std::any_of(ids.begin(), ids.end(), [](Id id) { return !is_volatile(id); });
}

}  // namespace

bool is_no_op(const CatalogFrame& frame) {
  return frame.removed_bindings.empty() && frame.removed_exchanges.empty() &&
         frame.removed_queues.empty() && frame.removed_topics.empty() && frame.topics.empty() &&
         frame.queues.empty() && frame.exchanges.empty() && frame.bindings.empty() &&
         frame.removed_vhosts.empty() && frame.vhosts.empty() && frame.removed_policies.empty() &&
         frame.policies.empty();
}

bool needs_journal(const CatalogFrame& frame) {
  if (!frame.removed_vhosts.empty() || !frame.vhosts.empty()) return true;
  if (!frame.removed_policies.empty() || !frame.policies.empty()) return true;
  return any_durable_id(frame.removed_bindings) || any_durable_id(frame.removed_exchanges) ||
         any_durable_id(frame.removed_queues) || any_durable_id(frame.removed_topics) ||
         any_durable_record(frame.topics) || any_durable_record(frame.queues) ||
         any_durable_record(frame.exchanges) || any_durable_record(frame.bindings);
}

std::vector<ExchangeRecord> predeclared_exchanges(const std::string& vhost) {
  struct Predeclared {
    const char* name;
    ExchangeType type;
  };
  constexpr const char* trace = "amq.rabbitmq.trace";
  std::vector<ExchangeRecord> out;
  for (const auto& [name, type] : {
           Predeclared{"", ExchangeType::direct},
           Predeclared{"amq.direct", ExchangeType::direct},
           Predeclared{"amq.fanout", ExchangeType::fanout},
           Predeclared{"amq.topic", ExchangeType::topic},
           Predeclared{"amq.headers", ExchangeType::headers},
           Predeclared{"amq.match", ExchangeType::headers},
           Predeclared{trace, ExchangeType::topic},
       }) {
    ExchangeRecord& exchange = out.emplace_back();
    exchange.vhost = vhost;
    exchange.name = name;
    exchange.type = type;
    exchange.internal = exchange.name == trace;
  }
  return out;
}

Catalog::Catalog() : next_id_(first_free_id), next_volatile_id_(volatile_id_bit | 1) {
  vhosts_["/"].name = "/";
  std::uint64_t id = 0;
  for (ExchangeRecord exchange : predeclared_exchanges("/")) {
    exchange.id = ExchangeId(++id);
    add(exchange);
  }
}

const VhostRecord* Catalog::vhost(std::string_view name) const {
  const auto found = vhosts_.find(name);
  return found == vhosts_.end() ? nullptr : &found->second;
}

void Catalog::apply(const CatalogFrame& frame) {
  for (const auto id : frame.removed_bindings)
    remove(id);
  for (const auto id : frame.removed_exchanges)
    remove(id);
  for (const auto id : frame.removed_queues)
    remove(id);
  for (const auto id : frame.removed_topics)
    remove(id);
  for (const auto& name : frame.removed_vhosts)
    vhosts_.erase(name);
  for (const auto& record : frame.vhosts)
    vhosts_[record.name] = record;
  for (const auto& name : frame.removed_policies)
    policies_.remove(name);
  for (const auto& record : frame.policies)
    policies_.put(record);
  for (const auto& record : frame.topics)
    add(record);
  for (const auto& record : frame.queues)
    add(record);
  for (const auto& record : frame.exchanges)
    add(record);
  for (const auto& record : frame.bindings)
    add(record);
}

const QueueRecord* Catalog::queue(QueueId id) const {
  return find(queues_, id);
}

const TopicRecord* Catalog::topic(TopicId id) const {
  return find(topics_, id);
}

const ExchangeRecord* Catalog::exchange(ExchangeId id) const {
  return find(exchanges_, id);
}

const BindingRecord* Catalog::binding(BindingId id) const {
  return find(bindings_, id);
}

const QueueRecord* Catalog::queue(std::string_view vhost, std::string_view name) const {
  return name.empty() ? nullptr : find_by_name(queue_names_, queues_, vhost, name);
}

const QueueRecord* Catalog::delay_queue(std::string_view vhost) const {
  return find_by_name(queue_names_, queues_, vhost, "");
}

const TopicRecord* Catalog::topic(std::string_view vhost, std::string_view name) const {
  return find_by_name(topic_names_, topics_, vhost, name);
}

const ExchangeRecord* Catalog::exchange(std::string_view vhost, std::string_view name) const {
  return find_by_name(exchange_names_, exchanges_, vhost, name);
}

const BindingRecord* Catalog::binding_like(const BindingRecord& wanted) const {
  const auto found = binding_keys_.find(key_of(wanted));
  return found == binding_keys_.end() ? nullptr : find(bindings_, found->second);
}

std::vector<BindingId> Catalog::bindings_from(ExchangeId source) const {
  return listed_under(by_source_, source);
}

std::vector<BindingId> Catalog::bindings_to(QueueId queue) const {
  return listed_under(by_queue_, queue);
}

std::vector<BindingId> Catalog::bindings_to(ExchangeId destination) const {
  return listed_under(by_destination_, destination);
}

bool Catalog::has_bindings_from(ExchangeId source) const {
  const auto it = by_source_.lower_bound({source, BindingId(0)});
  return it != by_source_.end() && it->first == source;
}

void Catalog::set_owner(QueueId queue, SessionId owner) {
  owners_[queue] = owner;
}

SessionId Catalog::owner(QueueId queue) const {
  const auto found = owners_.find(queue);
  return found == owners_.end() ? SessionId(0) : found->second;
}

void Catalog::used(std::uint64_t id) {
  auto& next = (id & volatile_id_bit) != 0 ? next_volatile_id_ : next_id_;
  next = std::max(next, id + 1);
}

void Catalog::add(const QueueRecord& record) {
  used(record.id.get());
  used(record.partition.get());
  queue_names_[{record.vhost, record.name}] = record.id;
  queues_[record.id] = record;
}

void Catalog::add(const TopicRecord& record) {
  used(record.id.get());
  for (const auto partition : record.partitions)
    used(partition.get());
  topic_names_[{record.vhost, record.name}] = record.id;
  TopicRecord& kept = topics_[record.id];
  partition_count_ += record.partitions.size() - kept.partitions.size();
  kept = record;
}

void Catalog::add(const ExchangeRecord& record) {
  used(record.id.get());
  exchange_names_[{record.vhost, record.name}] = record.id;
  exchanges_[record.id] = record;
}

void Catalog::add(const BindingRecord& b) {
  used(b.id.get());
  // At replay a volatile end is missing, and the binding went with it.
  const bool ends_exist = exchanges_.contains(b.source) &&
                          (queues_.contains(b.queue) || exchanges_.contains(b.destination));
  if (!ends_exist) return;
  binding_keys_[key_of(b)] = b.id;
  by_source_.insert({b.source, b.id});
  if (b.queue.get() != 0) by_queue_.insert({b.queue, b.id});
  if (b.destination.get() != 0) by_destination_.insert({b.destination, b.id});
  bindings_[b.id] = b;
}

void Catalog::remove(QueueId id) {
  const auto found = queues_.find(id);
  if (found == queues_.end()) return;
  queue_names_.erase({found->second.vhost, found->second.name});
  owners_.erase(id);
  queues_.erase(found);
}

void Catalog::remove(TopicId id) {
  const auto found = topics_.find(id);
  if (found == topics_.end()) return;
  topic_names_.erase({found->second.vhost, found->second.name});
  partition_count_ -= found->second.partitions.size();
  topics_.erase(found);
}

void Catalog::remove(ExchangeId id) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  exchange_names_.erase({found->second.vhost, found->second.name});
  exchanges_.erase(found);
}

void Catalog::remove(BindingId id) {
  const auto found = bindings_.find(id);
  if (found == bindings_.end()) return;
  const BindingRecord& b = found->second;
  binding_keys_.erase(key_of(b));
  by_source_.erase({b.source, id});
  by_queue_.erase({b.queue, id});
  by_destination_.erase({b.destination, id});
  bindings_.erase(found);
}

void Catalog::image(CatalogImage& out) const {
  out = {};
  out.next_id = next_id_;
  const auto keep = [](const auto& records, auto& into) {
    for (const auto& [id, record] : records) {
      if (!is_volatile(id)) into.push_back(record);
    }
  };
  for (const auto& [name, vhost] : vhosts_)
    out.objects.vhosts.push_back(vhost);
  for (const PolicyRecord* policy : policies_.all())
    out.objects.policies.push_back(*policy);
  keep(topics_, out.objects.topics);
  keep(queues_, out.objects.queues);
  keep(exchanges_, out.objects.exchanges);
  keep(bindings_, out.objects.bindings);
}

void Catalog::restore(const CatalogImage& image) {
  *this = Catalog();
  apply(image.objects);
  next_id_ = std::max(next_id_, image.next_id);
}

}  // namespace rialto
