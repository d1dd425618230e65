#include "gateway/cli/command_line.h"

#include <algorithm>
#include <numeric>

namespace rialto {

namespace {

/// Insertions, deletions and replacements between two words.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, diagonal + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& words) {
  constexpr std::size_t word_bytes_max = 64;
  std::string nearest;
  if (word.size() > word_bytes_max) return nearest;
  std::size_t least = word.size() / 3 + 2;
  for (const std::string& candidate : words) {
    const std::size_t far = distance(word, candidate);
    if (far < least) {
      least = far;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace rialto
