#include "core/queue/delay_index.h"

namespace rialto {

void DelayIndex::arrived(Offset first, const std::vector<std::int64_t>& due_wall_ms,
                         const std::vector<std::uint64_t>& key_hashes) {
  for (std::size_t i = 0; i < due_wall_ms.size(); ++i) {
    const Offset offset = first + static_cast<std::int64_t>(i);
    due_.push({due_wall_ms[i], offset});
    if (i < key_hashes.size() && key_hashes[i] != 0) add_key(key_hashes[i], offset);
  }
}

void DelayIndex::join(Offset newer, Offset older) {
  if (newer != no_offset) links_[newer].older = older;
  if (older != no_offset) links_[older].newer = newer;
}

void DelayIndex::add_key(std::uint64_t key_hash, Offset offset) {
  const auto [at, is_new] = newest_.try_emplace(key_hash, offset);
  if (is_new) return;
  join(offset, at->second);
  at->second = offset;
}

void DelayIndex::forget_key(std::uint64_t key_hash, Offset offset) {
  const auto newest = newest_.find(key_hash);
  if (newest == newest_.end()) return;
  const auto linked = links_.find(offset);
  const Links links = linked == links_.end() ? Links() : linked->second;
  if (linked != links_.end()) links_.erase(linked);
  const bool known = newest->second == offset || links.newer != no_offset;
  if (!known) return;
  join(links.newer, links.older);
  if (newest->second != offset) return;
  if (links.older == no_offset) {
    newest_.erase(newest);
  } else {
    newest->second = links.older;
  }
}

std::vector<Offset> DelayIndex::with_key(std::uint64_t key_hash) const {
  std::vector<Offset> out;
  const auto newest = newest_.find(key_hash);
  Offset at = newest == newest_.end() ? no_offset : newest->second;
  while (at != no_offset) {
    out.push_back(at);
    const auto linked = links_.find(at);
    at = linked == links_.end() ? no_offset : linked->second.older;
  }
  return out;
}

bool DelayIndex::cancelled() {
  constexpr std::size_t worth_a_pass = 1024;
  ++cancelled_;
  return cancelled_ >= worth_a_pass && cancelled_ >= due_.size() / 2;
}

void DelayIndex::add(const DelayImage& image) {
  for (const DueHeap::Entry& entry : image.entries)
    due_.push(entry);
  for (const KeyedOffset& keyed : image.keys)
    add_key(keyed.key_hash, keyed.offset);
}

}  // namespace rialto
