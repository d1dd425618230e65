#include "core/broker/partitioner.h"

#include <charconv>
#include <cstdint>

namespace rialto {

namespace {

// MurmurHash2, 32 bit, with the seed that Kafka's clients agreed on.
std::uint32_t murmur2(Bytes data) {
  constexpr std::uint32_t multiplier = 0x5bd1e995;
  constexpr std::uint32_t seed = 0x9747b28c;
  std::uint32_t hash = seed ^ static_cast<std::uint32_t>(data.size());
  while (data.size() >= 4) {
    std::uint32_t word = load_le<std::uint32_t>(data.data()) * multiplier;
    word ^= word >> 24;
    hash = (hash * multiplier) ^ (word * multiplier);
    data.remove_prefix(4);
  }
  if (!data.empty()) {
    std::uint32_t rest = 0;
    for (std::size_t i = data.size(); i-- > 0;) {
      rest = (rest << 8) | static_cast<std::uint8_t>(data[i]);
    }
    hash = (hash ^ rest) * multiplier;
  }
  hash ^= hash >> 13;
  hash *= multiplier;
  return hash ^ (hash >> 15);
}

}  // namespace

std::size_t partition_of_key(Bytes key, std::size_t partitions) {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

std::optional<std::size_t> partition_from_text(Bytes text, std::size_t partitions) {
  std::size_t index = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (failed != std::errc() || end != text.data() + text.size() || index >= partitions) {
    return std::nullopt;
  }
  return index;
}

}  // namespace rialto
