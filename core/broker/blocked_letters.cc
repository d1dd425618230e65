#include "core/broker/blocked_letters.h"

#include <algorithm>

namespace rialto {

void BlockedLetters::add(QueueId target, const Move& letter) {
  by_target_[target].emplace(letter.turn, letter);
  bytes_ += letter.body_bytes;
}

std::vector<Move> BlockedLetters::take(QueueId target,
                                       const std::function<bool(const Move&)>& fits) {
  std::vector<Move> out;
  const auto found = by_target_.find(target);
  if (found == by_target_.end()) return out;
  auto& letters = found->second;
  while (!letters.empty() && fits(letters.begin()->second)) {
    out.push_back(letters.begin()->second);
    bytes_ -= out.back().body_bytes;
    letters.erase(letters.begin());
  }
  if (letters.empty()) by_target_.erase(found);
  return out;
}

std::vector<QueueId> BlockedLetters::targets() const {
  std::vector<QueueId> out;
  for (const auto& [target, letters] : by_target_)
    out.push_back(target);
  return out;
}

std::vector<Move> BlockedLetters::take_all() {
  std::vector<Move> out;
  for (const auto& [target, letters] : by_target_) {
    for (const auto& [turn, letter] : letters)
      out.push_back(letter);
  }
  std::sort(out.begin(), out.end(), [](const Move& a, const Move& b) { return a.turn < b.turn; });
  by_target_.clear();
  bytes_ = 0;
  return out;
}

}  // namespace rialto
