#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace rialto {

/// A number that cannot be confused with another: Offset is not Lsn is not DeliveryTag.
/// Arithmetic with the plain representation is allowed, between two tags it does not compile.
template <class Tag, class Rep>
class StrongInt {
 public:
  using rep = Rep;

  constexpr StrongInt() = default;
  constexpr explicit StrongInt(Rep v) : value_(v) {}

  constexpr Rep get() const { return value_; }

  friend constexpr auto operator<=>(StrongInt, StrongInt) = default;
  friend constexpr StrongInt operator+(StrongInt a, Rep n) {
    return StrongInt(static_cast<Rep>(a.value_ + n));
  }
  friend constexpr StrongInt operator-(StrongInt a, Rep n) {
    return StrongInt(static_cast<Rep>(a.value_ - n));
  }
  friend constexpr Rep operator-(StrongInt a, StrongInt b) {
    return static_cast<Rep>(a.value_ - b.value_);
  }
  constexpr StrongInt& operator++() {
    ++value_;
    return *this;
  }
  constexpr StrongInt& operator+=(Rep n) {
    value_ = static_cast<Rep>(value_ + n);
    return *this;
  }

  friend std::size_t hash_value(StrongInt v) { return std::hash<Rep>{}(v.value_); }

 private:
  Rep value_{};
};

}  // namespace rialto

template <class Tag, class Rep>
struct std::hash<rialto::StrongInt<Tag, Rep>> {
  std::size_t operator()(rialto::StrongInt<Tag, Rep> v) const noexcept {
    return std::hash<Rep>{}(v.get());
  }
};
