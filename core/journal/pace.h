#pragma once

#include <cstdint>

namespace rialto {

/// Who writes much beside the log thread syncs after so many bytes: the queue of the disk stays
/// short, and the log thread's own syncs do not wait behind it.
constexpr std::uint64_t paced_bytes = 4ULL << 20;

}  // namespace rialto
