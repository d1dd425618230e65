#pragma once

#include "adapters/amqp/wire/frame.h"
#include "adapters/amqp/wire/utf8.h"
#include "core/base/bytes.h"
#include "core/model/table_view.h"

#include <concepts>
#include <cstdint>
#include <string>

namespace rialto::amqp {

struct MethodId {
  std::uint16_t class_id = 0;
  std::uint16_t method_id = 0;
  friend constexpr bool operator==(MethodId, MethodId) = default;
};

constexpr std::uint32_t key_of(MethodId id) {
  return (std::uint32_t{id.class_id} << 16) | id.method_id;
}

// The kinds of method arguments beside numbers and bits. All are views of the frame.

constexpr std::size_t short_bytes_max = 255;

/// At most 255 bytes of UTF-8.
struct ShortText {
  Bytes text;
  friend bool operator==(const ShortText&, const ShortText&) = default;
};

/// At most 255 bytes of any kind: where a message goes is not looked at as text, as in RabbitMQ.
struct ShortBytes {
  Bytes text;
  friend bool operator==(const ShortBytes&, const ShortBytes&) = default;
};

struct LongText {
  Bytes text;
  friend bool operator==(const LongText&, const LongText&) = default;
};

/// A field table without its leading length; see decode_field_table().
struct TableText {
  Bytes body;
  friend bool operator==(const TableText&, const TableText&) = default;
};

/// Reads arguments by the field list of a method: `M::fields(reader, method)`.
class MethodReader {
 public:
  explicit MethodReader(Bytes in) : in_(in) {}

  template <class... T>
  void operator()(T&... fields) {
    (take(fields), ...);
  }

  /// Everything was there and nothing is left.
  bool complete() const { return !in_.failed() && in_.at_end(); }
  /// Complete but for a short string that is not UTF-8, which has a reply code of its own.
  bool text_is_utf8() const { return text_is_utf8_; }
  /// Complete but for a table over a bound, which is no fault of its form.
  bool tables_fit() const { return tables_fit_; }

 private:
  void take(bool& v) {
    if (bit_ == 8) {
      bits_ = in_.be<std::uint8_t>();
      bit_ = 0;
    }
    v = ((bits_ >> bit_++) & 1) != 0;
  }
  template <std::unsigned_integral T>
  void take(T& v) {
    bit_ = 8;
    v = in_.be<T>();
  }
  void take(ShortText& v) {
    ShortBytes bytes;
    take(bytes);
    v.text = bytes.text;
    if (!is_utf8(v.text)) text_is_utf8_ = false;
  }
  void take(ShortBytes& v) {
    bit_ = 8;
    v.text = in_.bytes(in_.be<std::uint8_t>());
  }
  void take(LongText& v) {
    bit_ = 8;
    v.text = in_.bytes(in_.be<std::uint32_t>());
  }
  void take(TableText& v) {
    bit_ = 8;
    v.body = in_.bytes(in_.be<std::uint32_t>());
    const TableShape shape = shape_of_table(v.body);
    if (shape == TableShape::bad) in_.fail();
    if (shape == TableShape::too_large) tables_fit_ = false;
  }

  ByteReader in_;
  unsigned bit_ = 8;
  std::uint8_t bits_ = 0;
  bool text_is_utf8_ = true;
  bool tables_fit_ = true;
};

/// Writes arguments by the same field list.
class MethodWriter {
 public:
  explicit MethodWriter(std::string& out) : out_(out) {}

  template <class... T>
  void operator()(const T&... fields) {
    (put(fields), ...);
  }

 private:
  void put(bool v) {
    if (bit_ == 8) {
      out_.push_back('\0');
      bit_ = 0;
    }
    if (v) out_.back() = static_cast<char>(out_.back() | (1 << bit_));
    ++bit_;
  }
  template <std::unsigned_integral T>
  void put(T v) {
    bit_ = 8;
    append_be(out_, v);
  }
  void put(const ShortText& v) { put(ShortBytes{clip_utf8(v.text, short_bytes_max)}); }
  void put(const ShortBytes& v) {
    bit_ = 8;
    const Bytes text = v.text.substr(0, short_bytes_max);
    out_.push_back(static_cast<char>(text.size()));
    out_.append(text);
  }
  void put(const LongText& v) {
    bit_ = 8;
    append_be(out_, static_cast<std::uint32_t>(v.text.size()));
    out_.append(v.text);
  }
  void put(const TableText& v) {
    bit_ = 8;
    append_be(out_, static_cast<std::uint32_t>(v.body.size()));
    out_.append(v.body);
  }

  std::string& out_;
  unsigned bit_ = 8;
};

/// Class id, method id and arguments: the payload of a method frame.
template <class Method>
void append_method_payload(std::string& out, const Method& method) {
  append_be(out, key_of(Method::id));
  MethodWriter writer(out);
  Method::fields(writer, method);
}

/// A whole method frame.
template <class Method>
void append_method(std::string& out, std::uint16_t channel, const Method& method) {
  OpenFrame frame(out, FrameType::method, channel);
  append_method_payload(out, method);
  frame.finish();
}

}  // namespace rialto::amqp
