#pragma once

#include "core/base/bytes.h"
#include "core/model/frames/catalog_frame.h"
#include "core/routing/targets.h"
#include "core/routing/topic_trie.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <string>
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

/// Nobody: for exchange types whose bindings the catalogue refuses.
class NoTable {
 public:
  void add(Bytes key, const Target& target);
  void remove(Bytes key, const Target& target);
  void match(Bytes key, std::vector<Target>& out) const;
};

/// One exchange and what is bound to it.
class ExchangeTable {
 public:
  explicit ExchangeTable(const ExchangeRecord& record);

  const std::string& name() const { return name_; }
  bool internal() const { return internal_; }

  void add(Bytes key, const Target& target);
  void remove(Bytes key, const Target& target);
  /// Appends every target whose binding accepts the key; they may repeat.
  void match(Bytes key, std::vector<Target>& out) const;

 private:
  std::string name_;
  bool internal_;
  std::variant<NoTable, DirectTable, FanoutTable, TopicTrie> table_;
};

}  // namespace rialto
