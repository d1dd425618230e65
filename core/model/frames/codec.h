#pragma once

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/strong_type.h"

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace rialto {

/// The two directions of our own encoding (little-endian, counted). A struct lists its fields once
/// in `template <class F> static void fields(F& f, auto& self)`; writing, reading and fuzzing use
/// that one list.
class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) {}

  template <class... T>
  void operator()(T&... v) {
    (put(v), ...);
  }

 private:
  template <class T>
  void put(const T& v) {
    if constexpr (std::same_as<T, bool>) {
      out_.push_back(v ? '\1' : '\0');
    } else if constexpr (std::is_enum_v<T>) {
      append_le(out_, static_cast<std::underlying_type_t<T>>(v));
    } else if constexpr (std::integral<T>) {
      append_le(out_, v);
    } else if constexpr (requires { typename T::rep; }) {
      append_le(out_, v.get());
    } else if constexpr (std::same_as<T, std::string>) {
      append_le(out_, static_cast<std::uint32_t>(v.size()));
      out_.append(v);
    } else if constexpr (requires { typename T::value_type; }) {
      append_le(out_, static_cast<std::uint32_t>(v.size()));
      for (const auto& item : v)
        put(item);
    } else {
      T::fields(*this, v);
    }
  }

  std::string& out_;
};

class FieldReader {
 public:
  explicit FieldReader(Bytes in) : in_(in) {}

  template <class... T>
  void operator()(T&... v) {
    (get(v), ...);
  }

  /// True when everything asked for was there.
  bool ok() const { return !in_.failed(); }
  bool at_end() const { return in_.at_end(); }

 private:
  template <class T>
  void get(T& v) {
    if constexpr (std::same_as<T, bool>) {
      v = in_.le<std::uint8_t>() != 0;
    } else if constexpr (std::is_enum_v<T>) {
      v = static_cast<T>(in_.le<std::underlying_type_t<T>>());
    } else if constexpr (std::integral<T>) {
      v = in_.le<T>();
    } else if constexpr (requires { typename T::rep; }) {
      v = T(in_.le<typename T::rep>());
    } else if constexpr (std::same_as<T, std::string>) {
      v = std::string(in_.bytes(in_.le<std::uint32_t>()));
    } else if constexpr (requires { typename T::value_type; }) {
      get_vector(v);
    } else {
      T::fields(*this, v);
    }
  }

  template <class V>
  void get_vector(V& v) {
    const auto count = in_.le<std::uint32_t>();
    // Every element takes at least one byte, so a count beyond the rest is a lie: nothing is
    // reserved for it.
    if (count > in_.remaining()) {
      in_.fail();
      return;
    }
    v.clear();
    for (std::uint32_t i = 0; i < count && !in_.failed(); ++i) {
      typename V::value_type item{};
      get(item);
      v.push_back(std::move(item));
    }
  }

  ByteReader in_;
};

template <class T>
std::string encode_fields(const T& value) {
  std::string out;
  FieldWriter w(out);
  w(value);
  return out;
}

/// False when bytes are missing or left over.
template <class T>
bool decode_fields(Bytes in, T& value) {
  FieldReader r(in);
  r(value);
  return r.ok() && r.at_end();
}

}  // namespace rialto
