#include "core/base/crc32c.h"

#include <isa-l/crc.h>

namespace rialto {

std::uint32_t crc32c(Bytes data) {
  return crc32c(0, data);
}

std::uint32_t crc32c(std::uint32_t seed, Bytes data) {
  // The library takes a signed length and a pointer to non-const that it only reads.
  constexpr std::size_t step_bytes_max = 1U << 30;
  std::uint32_t state = ~seed;
  while (!data.empty()) {
    const Bytes part = data.substr(0, step_bytes_max);
    auto* p = reinterpret_cast<unsigned char*>(const_cast<char*>(part.data()));
    state = crc32_iscsi(p, static_cast<int>(part.size()), state);
    data.remove_prefix(part.size());
  }
  return ~state;
}

}  // namespace rialto
