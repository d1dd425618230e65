#pragma once

#include "adapters/log/wire/field_list.h"
#include "adapters/log/wire/types.h"
#include "core/base/bytes.h"
#include "core/net/out_queue.h"

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace rialto::kafka {

/// Encoded bytes in the order in which they leave: own bytes, and slices sent from where they lie.
class Encoded {
 public:
  std::string& tail() { return tail_; }
  void append(const Slice& slice);

  std::size_t size_bytes() const { return pieces_bytes_ + tail_.size(); }
  /// Writes the size of everything behind the first four bytes into them.
  void close_frame();
  void move_to(OutQueue& out) const;
  /// Everything as one string; for tests and clients.
  std::string joined() const;

 private:
  struct Piece {
    std::string own;
    Slice shared;  // comes after `own`
  };
  std::vector<Piece> pieces_;
  std::size_t pieces_bytes_ = 0;
  std::string tail_;
};

/// Writes one message. The tag buffers of flexible versions are empty: this door has no tagged
/// field to tell.
class FieldWriter : public FieldList<FieldWriter> {
 public:
  FieldWriter(Encoded& out, std::int16_t version, bool flexible)
      : FieldList(version, flexible), out_(out) {}

  void field(bool v) { out_.tail().push_back(v ? 1 : 0); }
  template <std::integral T>
  requires(!std::same_as<T, bool>) void field(T v) { append_be(out_.tail(), v); }
  void field(const Uuid& v) { out_.tail().append(v.data(), v.size()); }
  void field(const std::string& v) { short_text(v); }
  void field(const std::optional<std::string>& v) { v ? short_text(*v) : short_length(-1); }
  void field(const Octets& v) { long_bytes(v.bytes); }
  void field(const RecordsView& v) { v.bytes ? long_bytes(*v.bytes) : long_length(-1); }
  void field(const RecordsOut& v);

  template <class T>
  void field(const std::vector<T>& v) {
    long_length(static_cast<std::int64_t>(v.size()));
    for (const T& element : v)
      field(element);
  }
  template <class T>
  void field(const std::optional<std::vector<T>>& v) {
    v ? field(*v) : long_length(-1);
  }
  template <class T>
  requires WireStruct<const T, FieldWriter>
  void field(const T& v) {
    T::fields(*this, v);
    tags();
  }

  void tags() {
    if (flexible()) out_.tail().push_back(0);
  }

 private:
  void short_length(std::int64_t length);
  void long_length(std::int64_t length);
  void short_text(Bytes text);
  void long_bytes(Bytes bytes);
  void batch(const StampedBatch& v);

  Encoded& out_;
};

}  // namespace rialto::kafka
