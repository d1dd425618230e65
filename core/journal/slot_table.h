#pragma once

#include "core/journal/file.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace rialto {

/// Position in the journal -> open slot file. Changed by the core thread, asked by any; whoever
/// holds the file keeps it open, but only `find` after the use proves that it was not reused
/// meanwhile (a slot leaves the table before it can be written again).
class SlotTable {
 public:
  void add(std::uint64_t number, std::shared_ptr<File> file) {
    const std::lock_guard hold(mutex_);
    slots_[number] = std::move(file);
  }

  /// False when there is no such slot.
  bool drop(std::uint64_t number) {
    const std::lock_guard hold(mutex_);
    return slots_.erase(number) != 0;
  }

  /// Null when there is no such slot.
  std::shared_ptr<File> find(std::uint64_t number) const {
    const std::lock_guard hold(mutex_);
    const auto it = slots_.find(number);
    return it == slots_.end() ? nullptr : it->second;
  }

  std::vector<std::uint64_t> numbers() const {
    const std::lock_guard hold(mutex_);
    std::vector<std::uint64_t> all;
    for (const auto& [number, file] : slots_)
      all.push_back(number);
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<File>> slots_;
};

}  // namespace rialto
