#pragma once

#include "core/base/bytes.h"

#include <cstddef>
#include <optional>

namespace rialto {

/// The partition the Java client's default partitioner gives a key: murmur2, positive, modulo.
std::size_t partition_of_key(Bytes key, std::size_t partitions);

/// A partition number written as text; nothing when it is no number or there is no such one.
std::optional<std::size_t> partition_from_text(Bytes text, std::size_t partitions);

}  // namespace rialto
