#pragma once

#include "core/base/bytes.h"
#include "core/model/frames/catalog_frame.h"
#include "core/routing/headers_table.h"
#include "core/routing/routed_message.h"
#include "core/routing/targets.h"
#include "core/routing/topic_trie.h"
#include "core/routing/weighted_table.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rialto {

/// Key equality, for direct exchanges.
class DirectTable {
 public:
  void add(Bytes key, const Target& target);
  void remove(Bytes key, const Target& target);
  void match(Bytes key, std::vector<Target>& out) const;

 private:
  boost::unordered_flat_map<std::string, std::vector<Target>> targets_;
};

/// Every target, whatever the key.
class FanoutTable {
 public:
  void add(Bytes key, const Target& target);
  void remove(Bytes key, const Target& target);
  void match(Bytes key, std::vector<Target>& out) const;

 private:
  std::vector<Target> targets_;
};

/// One exchange and what is bound to it.
class ExchangeTable {
 public:
  explicit ExchangeTable(const ExchangeRecord& record);

  const std::string& name() const { return name_; }
  bool internal() const { return internal_; }
  /// The exchange that gets what no binding takes, by name; null: none. An argument says it, or
  /// else a policy.
  const std::string* alternate() const {
    if (alternate_) return &*alternate_;
    return policy_alternate_ ? &*policy_alternate_ : nullptr;
  }
  void set_policy_alternate(std::optional<std::string> name) {
    policy_alternate_ = std::move(name);
  }
  /// Bindings look at headers, not at the key.
  bool by_headers() const {
    return std::holds_alternative<HeadersTable>(table_) || !hashed_header_.empty();
  }

  void add(const BindingRecord& binding);
  void remove(const BindingRecord& binding);
  /// Appends every target whose binding accepts the message; they may repeat. Unknown headers are
  /// no headers.
  void match(const RoutedMessage& message, std::vector<Target>& out) const;

 private:
  std::string name_;
  void match_hashed(const WeightedTable& table, const RoutedMessage& message,
                    std::vector<Target>& out) const;

  bool internal_;
  std::optional<std::string> alternate_;
  std::optional<std::string> policy_alternate_;
  std::variant<DirectTable, FanoutTable, TopicTrie, HeadersTable, WeightedTable> table_;
  std::string hashed_header_;  // of a consistent-hash exchange; empty: the routing key
};

}  // namespace rialto
