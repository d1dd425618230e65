#pragma once

#include "adapters/log/wire/field_list.h"
#include "adapters/log/wire/types.h"
#include "core/base/bytes.h"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

namespace rialto::kafka {

/// Reads one message from a view. The first thing that does not fit makes it failed() for good.
///
/// Memory is bounded by what arrived: an array grows as its elements are read, and all elements
/// together may take `elements_bytes_max`, whatever the counts on the wire claim.
class FieldReader : public FieldList<FieldReader> {
 public:
  static constexpr std::size_t elements_bytes_max = 16U << 20;

  FieldReader(Bytes in, std::int16_t version, bool flexible)
      : FieldList(version, flexible), in_(in) {}

  bool failed() const { return in_.failed(); }
  Bytes rest() const { return in_.rest(); }

  void field(bool& v) { v = in_.be<std::int8_t>() != 0; }
  template <std::integral T>
  void field(T& v) {
    v = in_.be<T>();
  }
  void field(Uuid& v);
  void field(std::string& v) { v = required(short_length()); }
  void field(std::optional<std::string>& v) { v = nullable(short_length()); }
  void field(Octets& v) { v.bytes = required(long_length()); }
  void field(RecordsView& v) { v.bytes = nullable(long_length()); }
  void field(RecordsOut& v);

  template <class T>
  void field(std::vector<T>& v) {
    const std::int64_t count = long_length();
    if (count < 0) return in_.fail();
    elements(v, static_cast<std::size_t>(count));
  }
  template <class T>
  void field(std::optional<std::vector<T>>& v) {
    const std::int64_t count = long_length();
    if (count < 0) return v.reset();
    elements(v.emplace(), static_cast<std::size_t>(count));
  }
  template <class T>
  requires WireStruct<T, FieldReader>
  void field(T& v) {
    T::fields(*this, v);
    tags();
  }

  /// The tag buffer that ends every struct of a flexible version; unknown tags are all tags.
  void tags();

 private:
  /// -1 for null. A length beyond what remains has failed already.
  std::int64_t short_length();
  std::int64_t long_length();
  std::int64_t compact_length();
  std::int64_t checked(std::int64_t length);
  Bytes required(std::int64_t length);
  std::optional<Bytes> nullable(std::int64_t length);

  template <class T>
  void elements(std::vector<T>& v, std::size_t count) {
    v.clear();
    for (std::size_t i = 0; i < count && !failed(); ++i) {
      elements_bytes_ += sizeof(T);
      if (elements_bytes_ > elements_bytes_max) return in_.fail();
      field(v.emplace_back());
    }
  }

  ByteReader in_;
  std::size_t elements_bytes_ = 0;
};

/// Decodes one message; false when it does not hold together. Bytes behind it are ignored, as
/// Kafka does.
template <class Message>
bool decode(Bytes in, const ApiSpec& spec, std::int16_t version, Message& message) {
  FieldReader reader(in, version, spec.flexible(version));
  reader.field(message);
  return !reader.failed();
}

}  // namespace rialto::kafka
