#pragma once

#include "core/base/bytes.h"
#include "core/routing/targets.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rialto {

/// Binding patterns of a topic exchange: words between dots, `*` for exactly one word, `#` for any
/// number of words; an empty word is a word. Matching follows all patterns at once, word by word,
/// so its cost is bounded by words times nodes, whatever the pattern.
class TopicTrie {
 public:
  void add(Bytes pattern, const Target& target);
  /// Takes one binding away; nodes that lead nowhere go with it.
  void remove(Bytes pattern, const Target& target);
  /// Appends the targets of every pattern that matches; they may repeat.
  void match(Bytes routing_key, std::vector<Target>& out) const;
  bool empty() const { return !root_.leads_somewhere(); }
  std::size_t node_count() const { return nodes_; }

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> words;
    std::unique_ptr<Node> star;
    std::unique_ptr<Node> hash;
    std::vector<Target> targets;
    bool is_hash = false;            // stays reached whatever words follow
    mutable std::uint64_t seen = 0;  // the step of match() that reached it last

    bool leads_somewhere() const { return !words.empty() || star || hash || !targets.empty(); }
  };

  Node& child(Node& node, Bytes word);
  void reach(const Node& node, std::vector<const Node*>& active) const;

  Node root_;
  std::size_t nodes_ = 0;
  mutable std::uint64_t step_ = 0;
};

}  // namespace rialto
