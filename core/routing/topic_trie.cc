#include "core/routing/topic_trie.h"

#include <algorithm>
#include <utility>

namespace rialto {
namespace {

/// Splits off the first word. `rest` has no value after the last one.
struct Cut {
  Bytes word;
  Bytes rest;
  bool last = false;
};

Cut cut(Bytes key) {
  const std::size_t dot = key.find('.');
  if (dot == Bytes::npos) return {key, {}, true};
  return {key.substr(0, dot), key.substr(dot + 1), false};
}

/// Nothing has been cut off yet. What is empty has no word, not an empty one, as in RabbitMQ.
Cut before(Bytes key) {
  return {{}, key, key.empty()};
}

}  // namespace

TopicTrie::Node& TopicTrie::child(Node& node, Bytes word) {
  std::unique_ptr<Node>* next = nullptr;
  if (word == "*") {
    next = &node.star;
  } else if (word == "#") {
    next = &node.hash;
  } else if (const auto found = node.words.find(word); found != node.words.end()) {
    next = &found->second;
  } else {
    next = &node.words[std::string(word)];
  }
  if (!*next) {
    *next = std::make_unique<Node>();
    (*next)->is_hash = word == "#";
    ++nodes_;
  }
  return **next;
}

void TopicTrie::add(Bytes pattern, const Target& target) {
  Node* node = &root_;
  Cut step = before(pattern);
  while (!step.last) {
    step = cut(step.rest);
    node = &child(*node, step.word);
  }
  node->targets.push_back(target);
}

void TopicTrie::remove(Bytes pattern, const Target& target) {
  struct Step {
    Node* parent;
    std::unique_ptr<Node>* link;
    Bytes word;
  };
  std::vector<Step> path;
  Node* node = &root_;
  Cut step = before(pattern);
  while (!step.last) {
    step = cut(step.rest);
    std::unique_ptr<Node>* link = nullptr;
    if (step.word == "*") {
      link = &node->star;
    } else if (step.word == "#") {
      link = &node->hash;
    } else {
      const auto found = node->words.find(step.word);
      if (found == node->words.end()) return;
      link = &found->second;
    }
    if (!*link) return;
    path.push_back({node, link, step.word});
    node = link->get();
  }
  erase_binding(node->targets, target);
  for (auto at = path.rbegin(); at != path.rend(); ++at) {
    if ((*at->link)->leads_somewhere()) return;
    --nodes_;
    if (at->word == "*" || at->word == "#") {
      at->link->reset();
    } else {
      at->parent->words.erase(at->parent->words.find(at->word));
    }
  }
}

/// Makes a node active, once a step; with it the `#` below, which also stands for no word.
void TopicTrie::reach(const Node& node, std::vector<const Node*>& active) const {
  for (const Node* at = &node; at != nullptr && at->seen != step_; at = at->hash.get()) {
    at->seen = step_;
    active.push_back(at);
  }
}

void TopicTrie::match(Bytes routing_key, std::vector<Target>& out) const {
  std::vector<const Node*> active;
  std::vector<const Node*> next;
  ++step_;
  reach(root_, active);
  Cut step = before(routing_key);
  while (!step.last && !active.empty()) {
    step = cut(step.rest);
    ++step_;
    next.clear();
    for (const Node* node : active) {
      if (node->is_hash) reach(*node, next);
      if (node->star) reach(*node->star, next);
      const auto word = node->words.find(step.word);
      if (word != node->words.end()) reach(*word->second, next);
    }
    active.swap(next);
  }
  for (const Node* node : active) {
    out.insert(out.end(), node->targets.begin(), node->targets.end());
  }
}

}  // namespace rialto
