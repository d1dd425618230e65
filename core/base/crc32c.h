#pragma once

#include "core/base/bytes.h"

#include <cstdint>

namespace rialto {

/// CRC-32C (Castagnoli) as Kafka, iSCSI and our frames use it: crc32c("123456789") == 0xE3069283.
std::uint32_t crc32c(Bytes data);

/// Continues `seed`, a finished CRC, over more bytes: crc32c(a + b) == crc32c(crc32c(a), b).
std::uint32_t crc32c(std::uint32_t seed, Bytes data);

}  // namespace rialto
