#pragma once

#include "core/catalog/policy_pattern.h"
#include "core/model/frames/catalog_frame.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace rialto {

/// What a policy may hold for.
struct PolicySubject {
  std::string_view vhost;
  std::string_view name;
  std::optional<QueueType> queue;  ///< nothing: an exchange
};
PolicySubject subject_of(const QueueRecord& queue);
PolicySubject subject_of(const ExchangeRecord& exchange);

/// The one policy of each kind that holds for an object; null: none.
struct MatchingPolicies {
  const PolicyRecord* user = nullptr;
  const PolicyRecord* operators = nullptr;
};

/// The policies of all vhosts, with their patterns compiled. To find the one that holds costs a
/// match for each policy of the vhost that comes before it: it is asked when an object is made and
/// when a policy that it has or that matches it changes, never for a message.
class Policies {
 public:
  /// Of both kinds in all vhosts together.
  static constexpr std::size_t count_max = 4096;

  /// New or changed. Its pattern has been checked; one that has not matches nothing.
  void put(const PolicyRecord& record);
  void remove(const PolicyName& name);

  const PolicyRecord* find(const PolicyName& name) const;
  /// Whether this one matches, whatever others do.
  bool matches(const PolicyName& name, const PolicySubject& subject) const;
  /// Of those that match, the one of the highest priority, and of equals the first by name.
  MatchingPolicies matching(const PolicySubject& subject) const;
  /// By kind, vhost, priority (highest first) and name.
  std::vector<const PolicyRecord*> all() const;
  std::size_t count() const { return by_rank_.size(); }

 private:
  struct Entry {
    PolicyRecord record;
    PolicyPattern pattern;
    bool fits_classic = false;
    bool fits_quorum = false;

    bool matches(const PolicySubject& subject) const;
  };
  using Rank = std::tuple<PolicyKind, std::string, std::int64_t, std::string>;

  const PolicyRecord* first_for(PolicyKind kind, const PolicySubject& subject) const;

  std::map<Rank, Entry> by_rank_;
  std::map<PolicyName, Rank> ranks_;
};

/// A policy's word for what it applies to, and back.
std::string_view policy_target_name(PolicyTarget target);
std::optional<PolicyTarget> policy_target_named(std::string_view name);

}  // namespace rialto
