#pragma once

#include "adapters/amqp/wire/frame.h"
#include "adapters/amqp/wire/method_codec.h"
#include "core/base/slab.h"
#include "core/net/out_queue.h"

#include <cstdint>

namespace rialto::amqp {

/// Content header and body frames of one message; `body` lies inside of `whole`. Bodies worth
/// sharing leave from where they are stored, cut to the frame size the peer agreed to.
void append_content(OutQueue& out, std::uint16_t channel, std::uint32_t frame_max, Bytes properties,
                    const Slice& whole, Bytes body);

}  // namespace rialto::amqp
