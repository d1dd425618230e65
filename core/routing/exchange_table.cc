#include "core/routing/exchange_table.h"

namespace rialto {
namespace {

void append(std::vector<Target>& out, const std::vector<Target>& more) {
  out.insert(out.end(), more.begin(), more.end());
}

template <class Table>
void add_to(Table& table, const BindingRecord& b) {
  table.add(b.routing_key, target_of(b));
}

template <class Table>
void remove_from(Table& table, const BindingRecord& b) {
  table.remove(b.routing_key, target_of(b));
}

template <class Table>
void match_in(const Table& table, const RoutedMessage& message, std::vector<Target>& out) {
  for (const Bytes key : message.keys)
    table.match(key, out);
}

void add_to(WeightedTable& table, const BindingRecord& b) {
  table.add(b);
}

void remove_from(WeightedTable& table, const BindingRecord& b) {
  table.remove(b);
}

void add_to(HeadersTable& table, const BindingRecord& b) {
  table.add(b);
}

void remove_from(HeadersTable& table, const BindingRecord& b) {
  table.remove(b);
}

void match_in(const HeadersTable& table, const RoutedMessage& message, std::vector<Target>& out) {
  static const FieldTable none;
  table.match(message.headers == nullptr ? none : *message.headers, out);
}

}  // namespace

void DirectTable::add(Bytes key, const Target& target) {
  targets_[std::string(key)].push_back(target);
}

void DirectTable::remove(Bytes key, const Target& target) {
  const auto found = targets_.find(std::string(key));
  if (found == targets_.end()) return;
  erase_binding(found->second, target);
  if (found->second.empty()) targets_.erase(found);
}

void DirectTable::match(Bytes key, std::vector<Target>& out) const {
  const auto found = targets_.find(std::string(key));
  if (found != targets_.end()) append(out, found->second);
}

void FanoutTable::add(Bytes, const Target& target) {
  targets_.push_back(target);
}

void FanoutTable::remove(Bytes, const Target& target) {
  erase_binding(targets_, target);
}

void FanoutTable::match(Bytes, std::vector<Target>& out) const {
  append(out, targets_);
}

ExchangeTable::ExchangeTable(const ExchangeRecord& record)
    : name_(record.name), internal_(record.internal) {
  switch (record.type) {
    case ExchangeType::direct: table_.emplace<DirectTable>(); break;
    case ExchangeType::fanout: table_.emplace<FanoutTable>(); break;
    case ExchangeType::topic: table_.emplace<TopicTrie>(); break;
    case ExchangeType::headers: table_.emplace<HeadersTable>(); break;
    case ExchangeType::consistent_hash: table_.emplace<WeightedTable>(); break;
  }
  const FieldTable arguments = arguments_of(record.arguments);
  const FieldValue* hashed = arguments.find("hash-header");
  if (record.type == ExchangeType::consistent_hash && hashed != nullptr && hashed->as_text()) {
    hashed_header_ = *hashed->as_text();
  }
  const FieldValue* alternate = arguments.find("alternate-exchange");
  if (alternate != nullptr && alternate->as_text() != nullptr) alternate_ = *alternate->as_text();
}

void ExchangeTable::add(const BindingRecord& binding) {
  std::visit([&](auto& table) { add_to(table, binding); }, table_);
}

void ExchangeTable::remove(const BindingRecord& binding) {
  std::visit([&](auto& table) { remove_from(table, binding); }, table_);
}

/// By the first key only: a message has one place among the bindings.
void ExchangeTable::match_hashed(const WeightedTable& table, const RoutedMessage& message,
                                 std::vector<Target>& out) const {
  if (hashed_header_.empty()) return table.match(message.keys.front(), out);
  const FieldValue* value =
      message.headers == nullptr ? nullptr : message.headers->find(hashed_header_);
  if (value == nullptr) return table.match({}, out);
  if (value->as_text() != nullptr) return table.match(*value->as_text(), out);
  FieldTable one;
  one.set("", *value);
  table.match(stored_arguments(one), out);
}

void ExchangeTable::match(const RoutedMessage& message, std::vector<Target>& out) const {
  if (const auto* weighted = std::get_if<WeightedTable>(&table_)) {
    return match_hashed(*weighted, message, out);
  }
  std::visit([&](const auto& table) { match_in(table, message, out); }, table_);
}

}  // namespace rialto
