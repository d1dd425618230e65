#pragma once

#include "core/base/bytes.h"
#include "core/base/stable_hash.h"

#include <cstddef>
#include <cstdint>

namespace rialto {

/// 128 bits that stand for a text which nobody has to read back. The same in every process and on
/// the disk: `high` is stable_hash, `low` mixes eight bytes at a time. Zero stands for no text.
struct WideHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  explicit operator bool() const { return high != 0 || low != 0; }
  friend bool operator==(const WideHash&, const WideHash&) = default;
  friend std::size_t hash_value(const WideHash& h) { return static_cast<std::size_t>(h.low); }

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.high, s.low);
  }
};

/// Never zero.
inline WideHash wide_hash(Bytes text) {
  WideHash out{stable_hash(text), mixed(text.size() + 0x9e3779b97f4a7c15ULL)};
  while (!text.empty()) {
    const Bytes chunk = text.substr(0, sizeof(std::uint64_t));
    std::uint64_t number = 0;
    for (const char c : chunk)
      number = number << 8 | static_cast<unsigned char>(c);
    out.low = mixed(out.low ^ number) * 0x9e3779b97f4a7c15ULL;
    text.remove_prefix(chunk.size());
  }
  if (!out) out.low = 1;
  return out;
}

/// Of the n-th of several things that share a text; of the first it is the text's own.
inline WideHash nth_hash(const WideHash& of, std::size_t n) {
  if (n == 0 || !of) return of;
  const std::uint64_t step = mixed(n);
  return {mixed(of.high ^ step), mixed(of.low + step) | 1};
}

}  // namespace rialto
