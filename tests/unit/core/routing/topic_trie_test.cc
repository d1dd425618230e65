#include "core/routing/topic_trie.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace rialto {
namespace {

std::vector<std::string> words_of(const std::string& key) {
  if (key.empty()) return {};
  std::vector<std::string> out(1);
  for (const char c : key) {
    if (c == '.') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

using At = std::vector<std::string>::const_iterator;

bool matches(At p, At p_end, At k, At k_end) {
  if (p == p_end) return k == k_end;
  if (*p == "#")
    return matches(p + 1, p_end, k, k_end) || (k != k_end && matches(p, p_end, k + 1, k_end));
  return k != k_end && (*p == "*" || *p == *k) && matches(p + 1, p_end, k + 1, k_end);
}

bool matches(const std::string& pattern, const std::string& key) {
  const auto p = words_of(pattern);
  const auto k = words_of(key);
  return matches(p.begin(), p.end(), k.begin(), k.end());
}

Target target(std::uint64_t n) {
  return {BindingId(n), QueueId(n), ExchangeId(0)};
}

std::vector<std::uint64_t> matched(const TopicTrie& trie, const std::string& key) {
  std::vector<Target> found;
  trie.match(key, found);
  std::vector<std::uint64_t> out;
  for (const Target& t : found)
    out.push_back(t.binding.get());
  std::sort(out.begin(), out.end());
  return out;
}

rc::Gen<std::string> text(const std::vector<std::string>& words) {
  return rc::gen::map(
      rc::gen::resize(6, rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(words))),
      [](const std::vector<std::string>& chosen) {
        std::string out;
        for (std::size_t i = 0; i < chosen.size(); ++i)
          out += (i == 0 ? "" : ".") + chosen[i];
        return out;
      });
}

RC_GTEST_PROP(TopicTrie, MatchesWhatAWordByWordMatcherMatches, ()) {
  const auto patterns =
      *rc::gen::container<std::vector<std::string>>(text({"a", "b", "", "*", "#", "#"}));
  const auto removed =
      *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 40));
  TopicTrie trie;
  for (std::size_t i = 0; i < patterns.size(); ++i)
    trie.add(patterns[i], target(i));
  for (const std::size_t i : removed) {
    if (i < patterns.size()) trie.remove(patterns[i], target(i));
  }
  for (int i = 0; i < 10; ++i) {
    const std::string key = *text({"a", "b", "c", ""});
    std::vector<std::uint64_t> expected;
    for (std::size_t p = 0; p < patterns.size(); ++p) {
      const bool gone = std::find(removed.begin(), removed.end(), p) != removed.end();
      if (!gone && matches(patterns[p], key)) expected.push_back(p);
    }
    RC_ASSERT(matched(trie, key) == expected);
  }
  for (std::size_t i = 0; i < patterns.size(); ++i)
    trie.remove(patterns[i], target(i));
  RC_ASSERT(trie.empty());
  RC_ASSERT(trie.node_count() == 0U);
}

TEST(TopicTrie, TakesAnEmptyWordForAWordAndAnEmptyKeyForNone) {
  TopicTrie trie;
  trie.add("*", target(1));
  trie.add("a.*", target(2));
  trie.add("#", target(3));
  trie.add("", target(4));
  trie.add("#.#", target(5));
  EXPECT_EQ(matched(trie, ""), (std::vector<std::uint64_t>{3, 4, 5}));
  EXPECT_EQ(matched(trie, "a."), (std::vector<std::uint64_t>{2, 3, 5}));
}

TEST(TopicTrie, IsNotSlowedDownByManyHashes) {
  TopicTrie trie;
  std::string pattern;
  std::string key;
  for (int i = 0; i < 60; ++i)
    pattern += "#.a.";
  for (int i = 0; i < 120; ++i)
    key += "a.";
  trie.add(pattern + "z", target(1));
  EXPECT_TRUE(matched(trie, key + "y").empty());
  EXPECT_EQ(matched(trie, key + "z").size(), 1U);
}

}  // namespace
}  // namespace rialto
