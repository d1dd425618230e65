#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace rialto {

/// A view of bytes with any content. Never owns; valid as long as what it points into.
using Bytes = std::string_view;

namespace detail {
template <std::integral T>
constexpr T swap_bytes(T v) {
  if constexpr (sizeof(T) == 1) {
    return v;
  } else if constexpr (sizeof(T) == 2) {
    return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(v)));
  } else if constexpr (sizeof(T) == 4) {
    return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(v)));
  } else {
    return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(v)));
  }
}
}  // namespace detail

template <std::integral T>
T load_le(const char* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return std::endian::native == std::endian::little ? v : detail::swap_bytes(v);
}

template <std::integral T>
T load_be(const char* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return std::endian::native == std::endian::big ? v : detail::swap_bytes(v);
}

template <std::integral T>
void store_le(char* p, T v) {
  if constexpr (std::endian::native != std::endian::little) v = detail::swap_bytes(v);
  std::memcpy(p, &v, sizeof v);
}

template <std::integral T>
void store_be(char* p, T v) {
  if constexpr (std::endian::native != std::endian::big) v = detail::swap_bytes(v);
  std::memcpy(p, &v, sizeof v);
}

template <std::integral T>
void append_le(std::string& out, T v) {
  char raw[sizeof(T)];
  store_le(raw, v);
  out.append(raw, sizeof raw);
}

template <std::integral T>
void append_be(std::string& out, T v) {
  char raw[sizeof(T)];
  store_be(raw, v);
  out.append(raw, sizeof raw);
}

/// Reads from the front of a view. The first read past the end makes it `failed()` for good, and
/// every later read returns zero or an empty view, so a decoder checks once at its end.
class ByteReader {
 public:
  explicit ByteReader(Bytes in) : in_(in) {}

  bool failed() const { return failed_; }
  std::size_t remaining() const { return in_.size(); }
  bool at_end() const { return in_.empty(); }
  Bytes rest() const { return in_; }
  void fail() {
    failed_ = true;
    in_ = {};
  }

  template <std::integral T>
  T le() {
    const char* p = take(sizeof(T));
    return p ? load_le<T>(p) : T{};
  }
  template <std::integral T>
  T be() {
    const char* p = take(sizeof(T));
    return p ? load_be<T>(p) : T{};
  }
  Bytes bytes(std::size_t n) {
    const char* p = take(n);
    return p ? Bytes(p, n) : Bytes();
  }
  void skip(std::size_t n) { take(n); }

  /// Unsigned LEB128, at most 64 bits; more is a failure.
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const char* p = take(1);
      if (!p) return 0;
      const auto b = static_cast<std::uint8_t>(*p);
      if (shift == 63 && b > 1) break;
      v |= static_cast<std::uint64_t>(b & 0x7f) << shift;
      if (b < 0x80) return v;
    }
    fail();
    return 0;
  }
  /// Zigzag LEB128 as in Kafka records.
  std::int64_t zigzag() {
    const std::uint64_t v = varint();
    return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
  }

 private:
  const char* take(std::size_t n) {
    if (failed_ || n > in_.size()) {
      fail();
      return nullptr;
    }
    const char* p = in_.data();
    in_.remove_prefix(n);
    return p;
  }

  Bytes in_;
  bool failed_ = false;
};

inline void append_varint(std::string& out, std::uint64_t v) {
  while (v >= 0x80) {
    out.push_back(static_cast<char>(v | 0x80));
    v >>= 7;
  }
  out.push_back(static_cast<char>(v));
}

constexpr std::uint64_t zigzag_encode(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}

inline void append_zigzag(std::string& out, std::int64_t v) {
  append_varint(out, zigzag_encode(v));
}

/// How many bytes append_varint will write.
constexpr std::size_t varint_size(std::uint64_t v) {
  return (static_cast<std::size_t>(std::bit_width(v | 1)) + 6) / 7;
}

}  // namespace rialto
