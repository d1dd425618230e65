#pragma once

#include "core/base/errc.h"
#include "core/model/frames/catalog_frame.h"

#include <cstddef>
#include <cstdint>

namespace rialto {

/// The largest body of any door, and room for its headers.
constexpr std::int64_t message_bytes_max = (16LL << 20) + (64LL << 10);

/// too_large when the topic takes no batch of this size; `otherwise` holds where it says nothing.
Error check_size(std::size_t batch_bytes, const TopicRecord& topic, std::int64_t otherwise);

}  // namespace rialto
