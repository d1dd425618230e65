#include "core/journal/slot_pool.h"

#include "core/journal/pace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace rialto {
namespace {

constexpr std::string_view slot_name_start = "slot-";
constexpr std::uint64_t zeros_bytes = 256ULL << 10;

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

Result<PooledSlot> SlotPool::take() {
  const bool reuse = !free_.empty();
  const std::uint64_t id = reuse ? free_.back() : next_file_id_;
  auto file = reuse ? dir_.open(slot_name(id)) : dir_.create(slot_name(id));
  if (!file) return file.error();
  auto size = (*file)->size_bytes();
  if (!size) return size.error();
  // A shorter file was being prewritten when the process ended. A whole one may have been, too:
  // killed before its last sync, it would lose its end in a power cut after the manifest named it.
  if (*size == slot_bytes_) {
    if (auto r = (*file)->sync(); !r) return r.error();
  } else {
    if (auto r = prewrite(**file); !r) {
      file->reset();
      if (r.error().code == Errc::no_space) {
        // What was written so far would only keep checkpoints from fitting.
        if (auto removed = dir_.remove(slot_name(id)); removed && reuse) free_.pop_back();
      }
      return r.error();
    }
  }
  if (auto r = dir_.sync(); !r) return r.error();
  if (reuse) {
    free_.pop_back();
  } else {
    ++next_file_id_;
  }
  return PooledSlot{id, std::shared_ptr<File>(std::move(*file))};
}

Result<void> SlotPool::prewrite(File& file) {
  auto free_now = dir_.free_bytes();
  if (!free_now) return free_now.error();
  if (*free_now < slot_bytes_) {
    return Error(Errc::no_space,
                 fmt::format("{} bytes are free, the next slot takes {}", *free_now, slot_bytes_));
  }
  const std::string zeros(std::min(zeros_bytes, slot_bytes_), '\0');
  std::uint64_t position = 0;
  while (position < slot_bytes_) {
    const std::uint64_t step_end = std::min(slot_bytes_, position + paced_bytes);
    std::vector<Bytes> pieces;
    for (std::uint64_t at = position; at < step_end; at += zeros.size()) {
      pieces.push_back(Bytes(zeros).substr(0, static_cast<std::size_t>(step_end - at)));
    }
    if (auto r = file.write(position, pieces); !r) return r;
    if (auto r = file.sync(); !r) return r;
    position = step_end;
  }
  return {};
}

}  // namespace rialto
