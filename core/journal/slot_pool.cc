#include "core/journal/slot_pool.h"

#include "core/journal/pace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace rialto {
namespace {

constexpr std::string_view slot_name_start = "slot-";
// One call a piece: Linux keeps what one call wrote in one folio of up to 2 MiB, and since 6.16
// ext4 looks at every block of a folio in each sync of some bytes in it. With 64 KiB a small sync
// took 57 us of CPU instead of 71.
constexpr std::uint64_t zeros_bytes = 64ULL << 10;

}  // namespace

std::string slot_name(std::uint64_t file_id) {
  return fmt::format("{}{:08}", slot_name_start, file_id);
}

std::optional<std::uint64_t> slot_file_id(std::string_view name) {
  if (name.rfind(slot_name_start, 0) != 0) return std::nullopt;
  const std::string_view digits = name.substr(slot_name_start.size());
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error != std::errc() || slot_name(id) != name) return std::nullopt;
  return id;
}

Result<void> SlotPool::adopt(const std::vector<SlotEntry>& named) {
  auto names = dir_.list();
  if (!names) return names.error();
  free_.clear();
  next_file_id_ = 0;
  for (const auto& slot : named)
    next_file_id_ = std::max(next_file_id_, slot.file_id + 1);
  for (const auto& name : *names) {
    const auto id = slot_file_id(name);
    if (!id) continue;
    next_file_id_ = std::max(next_file_id_, *id + 1);
    const bool used = std::any_of(named.begin(), named.end(),
                                  [&](const SlotEntry& slot) { return slot.file_id == *id; });
    if (!used) free_.push_back(*id);
  }
  std::sort(free_.begin(), free_.end(), std::greater<>());
  return {};
}

Result<std::uint64_t> SlotPool::prewrite(std::uint64_t bytes) {
  if (!next_) {
    if (auto r = begin_next(); !r) return r.error();
  }
  const std::uint64_t missing = slot_bytes_ - next_bytes_;
  if (missing == 0) return next_bytes_;
  auto r = has_room();
  if (r) r = write_zeros(next_bytes_ + std::min(bytes, missing));
  if (r) return next_bytes_;
  forget_next(r.error());
  return r.error();
}

Result<PooledSlot> SlotPool::take() {
  if (auto r = prewrite(slot_bytes_); !r) return r.error();
  if (auto r = dir_.sync(); !r) return r.error();
  return PooledSlot{next_id_, std::shared_ptr<File>(std::move(next_))};
}

Result<void> SlotPool::begin_next() {
  const bool reuse = !free_.empty();
  const std::uint64_t id = reuse ? free_.back() : next_file_id_;
  auto file = reuse ? dir_.open(slot_name(id)) : dir_.create(slot_name(id));
  if (!file) return file.error();
  auto size = (*file)->size_bytes();
  if (!size) return size.error();
  // A shorter file was being prewritten when the process ended. A whole one may have been, too:
  // killed before its last sync, it would lose its end in a power cut after the manifest named it.
  const bool whole = *size == slot_bytes_;
  if (whole) {
    if (auto r = (*file)->sync(); !r) return r;
  }
  if (reuse) {
    free_.pop_back();
  } else {
    ++next_file_id_;
  }
  next_ = std::move(*file);
  next_id_ = id;
  next_bytes_ = whole ? slot_bytes_ : 0;
  return {};
}

void SlotPool::forget_next(const Error& why) {
  next_.reset();
  // What was written so far would only keep checkpoints from fitting.
  if (why.code != Errc::no_space || !dir_.remove(slot_name(next_id_))) {
    free_.push_back(next_id_);
  } else if (next_id_ + 1 == next_file_id_) {
    --next_file_id_;
  }
}

Result<void> SlotPool::has_room() const {
  auto free_now = dir_.free_bytes();
  if (!free_now) return free_now.error();
  if (*free_now >= slot_bytes_ - next_bytes_) return {};
  return Error(Errc::no_space, fmt::format("{} bytes are free, the next slot takes {}", *free_now,
                                           slot_bytes_ - next_bytes_));
}

Result<void> SlotPool::write_zeros(std::uint64_t end) {
  const std::string zeros(std::min(zeros_bytes, slot_bytes_), '\0');
  while (next_bytes_ < end) {
    const std::uint64_t synced_at = std::min(end, next_bytes_ + paced_bytes);
    for (std::uint64_t at = next_bytes_; at < synced_at; at += zeros.size()) {
      const std::array piece{Bytes(zeros).substr(0, static_cast<std::size_t>(synced_at - at))};
      if (auto r = next_->write(at, piece); !r) return r;
    }
    if (auto r = next_->sync(); !r) return r;
    next_bytes_ = synced_at;
  }
  return {};
}

}  // namespace rialto
