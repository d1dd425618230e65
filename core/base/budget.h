#pragma once

#include "core/base/check.h"

#include <cstddef>

namespace rialto {

/// A bound with a name: bytes, entries or sockets that one holder may have at a time. Single
/// thread. A full budget is an answer (`try_take` false), never an exception.
class Budget {
 public:
  Budget(const char* name, std::size_t limit) : name_(name), limit_(limit) {}

  bool try_take(std::size_t n) {
    if (used_ > limit_ || n > limit_ - used_) return false;
    used_ += n;
    return true;
  }
  /// Takes even beyond the limit: for one oversized but legal unit when nothing else is held.
  bool try_take_or_alone(std::size_t n) {
    if (used_ != 0) return try_take(n);
    used_ = n;
    return true;
  }
  void give_back(std::size_t n) {
    RIALTO_CHECK(n <= used_, "a budget gets back no more than it gave");
    used_ -= n;
  }
  bool full() const { return used_ >= limit_; }
  std::size_t used() const { return used_; }
  std::size_t limit() const { return limit_; }
  const char* name() const { return name_; }

 private:
  const char* name_;
  std::size_t limit_;
  std::size_t used_ = 0;
};

}  // namespace rialto
