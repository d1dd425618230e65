#include "core/routing/exchange_table.h"

namespace rialto {
namespace {

void append(std::vector<Target>& out, const std::vector<Target>& more) {
  out.insert(out.end(), more.begin(), more.end());
}

void erase_binding(std::vector<Target>& targets, const Target& target) {
  std::erase_if(targets, [&](const Target& t) { return t.binding == target.binding; });
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

void NoTable::add(Bytes, const Target&) {}

void NoTable::remove(Bytes, const Target&) {}

void NoTable::match(Bytes, std::vector<Target>&) const {}

ExchangeTable::ExchangeTable(const ExchangeRecord& record)
    : name_(record.name), internal_(record.internal) {
  switch (record.type) {
    case ExchangeType::direct: table_.emplace<DirectTable>(); break;
    case ExchangeType::fanout: table_.emplace<FanoutTable>(); break;
    case ExchangeType::topic: table_.emplace<TopicTrie>(); break;
    case ExchangeType::headers: table_.emplace<NoTable>(); break;
  }
}

void ExchangeTable::add(Bytes key, const Target& target) {
  std::visit([&](auto& table) { table.add(key, target); }, table_);
}

void ExchangeTable::remove(Bytes key, const Target& target) {
  std::visit([&](auto& table) { table.remove(key, target); }, table_);
}

void ExchangeTable::match(Bytes key, std::vector<Target>& out) const {
  std::visit([&](const auto& table) { table.match(key, out); }, table_);
}

}  // namespace rialto
