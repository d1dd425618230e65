#pragma once

#include "core/base/bytes.h"

#include <cstdint>

namespace rialto {

/// Spreads the bits of a number over all of it.
constexpr std::uint64_t mixed(std::uint64_t v) {
  v ^= v >> 33;
  v *= 0xff51afd7ed558ccdULL;
  v ^= v >> 33;
  v *= 0xc4ceb9fe1a85ec53ULL;
  return v ^ (v >> 33);
}

/// Not std::hash: the same text has the same hash in every process, and on the disk (FNV-1a,
/// mixed).
constexpr std::uint64_t stable_hash(Bytes text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mixed(hash);
}

}  // namespace rialto
