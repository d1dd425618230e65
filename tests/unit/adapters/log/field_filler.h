#pragma once

#include "adapters/log/wire/field_list.h"
#include "adapters/log/wire/types.h"

#include <cstdint>
#include <random>
#include <string>

namespace rialto::kafka {

/// Gives every field that a version carries a value drawn from a seed: the same lists that read
/// and write a message fill it.
class FieldFiller : public FieldList<FieldFiller> {
 public:
  FieldFiller(std::uint32_t seed, std::int16_t version)
      : FieldList(version, false), random_(seed) {}

  void field(bool& v) { v = below(2) == 1; }
  template <std::integral T>
  void field(T& v) {
    v = static_cast<T>(below(3) == 0 ? ~std::uint64_t{0} >> below(64) : below(100));
  }
  void field(Uuid& v) {
    for (char& c : v)
      c = static_cast<char>(below(256));
  }
  void field(std::string& v) { v = text(); }
  void field(Octets& v) { v.bytes = text(); }
  void field(RecordsView& v) {
    if (below(4) != 0) v.bytes = Bytes("records of a producer").substr(0, below(20));
  }
  void field(RecordsOut& v) {
    v.null = below(8) == 0;
    if (v.null || below(4) == 0) return;
    const std::string stored(16 + below(9000), 'b');
    v.batches.push_back({Slice::copy_of(stored), Offset(static_cast<std::int64_t>(below(1000))),
                         static_cast<std::int32_t>(below(10))});
  }
  template <class T>
  void field(std::vector<T>& v) {
    v.resize(below(4));
    for (T& element : v)
      field(element);
  }
  template <class T>
  void field(std::optional<T>& v) {
    v.reset();
    if (below(4) != 0) field(v.emplace());
  }
  template <class T>
  requires WireStruct<T, FieldFiller>
  void field(T& v) { T::fields(*this, v); }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  std::string text() {
    static constexpr std::size_t lengths[] = {0, 1, 5, 20, 126, 127, 128, 300};
    return std::string(lengths[below(8)], static_cast<char>('a' + below(26)));
  }

  std::mt19937_64 random_;
};

}  // namespace rialto::kafka
