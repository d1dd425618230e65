#pragma once

#include "core/base/bytes.h"
#include "core/base/check.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace rialto {

/// One heap block of bytes with one reference count. Written by one owner while it is being
/// filled, then shared read-only between threads. One count a block, never a message.
class Slab {
 public:
  static Slab* create(std::size_t capacity_bytes);

  char* data() { return reinterpret_cast<char*>(this + 1); }
  std::size_t capacity() const { return capacity_; }
  void retain() { count_.fetch_add(1, std::memory_order_relaxed); }
  void release();

 private:
  explicit Slab(std::size_t capacity) : capacity_(capacity) {}
  std::atomic<std::uint32_t> count_{1};
  std::size_t capacity_;
};

/// Part of a slab, keeping the whole slab alive. Cheap to copy, safe to pass between threads.
class Slice {
 public:
  Slice() = default;
  Slice(const Slice& o) : slab_(o.slab_), view_(o.view_) {
    if (slab_) slab_->retain();
  }
  Slice(Slice&& o) noexcept
      : slab_(std::exchange(o.slab_, nullptr)), view_(std::exchange(o.view_, {})) {}
  Slice& operator=(Slice o) noexcept {
    std::swap(slab_, o.slab_);
    std::swap(view_, o.view_);
    return *this;
  }
  ~Slice() {
    if (slab_) slab_->release();
  }

  /// A slab of exactly these bytes, copied.
  static Slice copy_of(Bytes bytes);
  /// Takes over the caller's reference to `slab`; `size` bytes from its start.
  static Slice adopt(Slab* slab, std::size_t size) {
    return Slice(slab, Bytes(slab->data(), size));
  }

  Bytes bytes() const { return view_; }
  const char* data() const { return view_.data(); }
  std::size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }
  /// What the slab as a whole costs while this slice lives.
  std::size_t pinned_bytes() const { return slab_ ? slab_->capacity() : 0; }

  Slice sub(std::size_t from, std::size_t count) const {
    RIALTO_CHECK(from <= view_.size() && count <= view_.size() - from, "slice within its slab");
    Slice s(*this);
    s.view_ = view_.substr(from, count);
    return s;
  }

 private:
  Slice(Slab* slab, Bytes view) : slab_(slab), view_(view) {}
  Slab* slab_ = nullptr;
  Bytes view_;
};

}  // namespace rialto
