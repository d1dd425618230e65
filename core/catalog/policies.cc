#include "core/catalog/policies.h"

#include "core/catalog/policy_settings.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rialto {

namespace {

constexpr std::array<std::string_view, 6> target_names = {
    "all", "queues", "classic_queues", "quorum_queues", "streams", "exchanges"};

bool is_for(PolicyTarget target, std::optional<QueueType> queue) {
  // Where delayed messages are is nobody's to limit.
  if (queue == QueueType::delay) return false;
  switch (target) {
    case PolicyTarget::all: return true;
    case PolicyTarget::queues: return queue.has_value();
    case PolicyTarget::classic_queues: return queue == QueueType::classic;
    case PolicyTarget::quorum_queues: return queue == QueueType::quorum;
    case PolicyTarget::streams: return queue == QueueType::stream;
    case PolicyTarget::exchanges: return !queue;
  }
  return false;
}

}  // namespace

PolicySubject subject_of(const QueueRecord& queue) {
  return {queue.vhost, queue.name, queue.type};
}

PolicySubject subject_of(const ExchangeRecord& exchange) {
  return {exchange.vhost, exchange.name, std::nullopt};
}

bool Policies::Entry::matches(const PolicySubject& subject) const {
  if (!is_for(record.apply_to, subject.queue)) return false;
  if (subject.queue == QueueType::classic && !fits_classic) return false;
  if (subject.queue == QueueType::quorum && !fits_quorum) return false;
  return pattern.match(subject.name) == PolicyPattern::Match::yes;
}

void Policies::put(const PolicyRecord& record) {
  remove(record.id);
  const FieldTable definition = arguments_of(record.definition);
  Entry entry;
  entry.record = record;
  if (auto pattern = PolicyPattern::of(record.pattern)) entry.pattern = std::move(*pattern);
  entry.fits_classic = fits_queue_type(definition, QueueType::classic);
  entry.fits_quorum = fits_queue_type(definition, QueueType::quorum);
  Rank rank{record.id.kind, record.id.vhost, -std::int64_t{record.priority}, record.id.name};
  ranks_.emplace(record.id, rank);
  by_rank_.emplace(std::move(rank), std::move(entry));
}

void Policies::remove(const PolicyName& name) {
  const auto found = ranks_.find(name);
  if (found == ranks_.end()) return;
  by_rank_.erase(found->second);
  ranks_.erase(found);
}

const PolicyRecord* Policies::find(const PolicyName& name) const {
  const auto found = ranks_.find(name);
  return found == ranks_.end() ? nullptr : &by_rank_.at(found->second).record;
}

bool Policies::matches(const PolicyName& name, const PolicySubject& subject) const {
  const auto found = ranks_.find(name);
  return found != ranks_.end() && name.vhost == subject.vhost &&
         by_rank_.at(found->second).matches(subject);
}

const PolicyRecord* Policies::first_for(PolicyKind kind, const PolicySubject& subject) const {
  auto at = by_rank_.lower_bound(Rank{kind, subject.vhost, INT64_MIN, ""});
  for (; at != by_rank_.end(); ++at) {
    const PolicyName& id = at->second.record.id;
    if (id.kind != kind || id.vhost != subject.vhost) break;
    if (at->second.matches(subject)) return &at->second.record;
  }
  return nullptr;
}

MatchingPolicies Policies::matching(const PolicySubject& subject) const {
  if (by_rank_.empty()) return {};
  return {first_for(PolicyKind::user, subject), first_for(PolicyKind::operators, subject)};
}

std::vector<const PolicyRecord*> Policies::all() const {
  std::vector<const PolicyRecord*> out;
  for (const auto& [rank, entry] : by_rank_)
    out.push_back(&entry.record);
  return out;
}

std::string_view policy_target_name(PolicyTarget target) {
  const auto at = static_cast<std::size_t>(target);
  return at < target_names.size() ? target_names[at] : target_names[0];
}

std::optional<PolicyTarget> policy_target_named(std::string_view name) {
  const auto at = std::find(target_names.begin(), target_names.end(), name);
  if (at == target_names.end()) return std::nullopt;
  return static_cast<PolicyTarget>(at - target_names.begin());
}

}  // namespace rialto
