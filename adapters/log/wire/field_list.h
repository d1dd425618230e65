#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

namespace rialto::kafka {

/// What a message's `fields(f, self)` list speaks to. The list names every field once, in wire
/// order, with the versions that carry it; reading, writing and filling with test values are
/// visitors of the same list:
///
///   f(s.a, s.b);              // every version
///   f.from(3, s.c);           // version 3 and later
///   f.until(7, s.d);          // up to version 7
///   f.within(8, 10, s.e);     // versions 8 to 10
template <class Visitor>
class FieldList {
 public:
  FieldList(std::int16_t version, bool flexible) : version_(version), flexible_(flexible) {}

  std::int16_t version() const { return version_; }
  bool flexible() const { return flexible_; }

  void operator()(auto&... fields) { (self().field(fields), ...); }
  void from(std::int16_t first, auto&... fields) { within(first, INT16_MAX, fields...); }
  void until(std::int16_t last, auto&... fields) { within(0, last, fields...); }
  void within(std::int16_t first, std::int16_t last, auto&... fields) {
    if (first <= version_ && version_ <= last) (self().field(fields), ...);
  }

 private:
  Visitor& self() { return static_cast<Visitor&>(*this); }

  std::int16_t version_;
  bool flexible_;
};

/// A type with a field list of its own.
template <class T, class Visitor>
concept WireStruct = requires(Visitor& f, T& s) {
  std::remove_const_t<T>::fields(f, s);
};

}  // namespace rialto::kafka
