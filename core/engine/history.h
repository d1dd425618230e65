#pragma once

#include "core/engine/engine.h"
#include "core/engine/frame_walk.h"

#include <cstddef>

namespace rialto {

/// Adds what a frame says of the queue, if it is one of settlements; how many runs that is.
std::size_t take_settled(FrameKind kind, Bytes meta, std::int64_t wall_ms, QueueId queue,
                         SettledHistory& out);

/// The settlements in one slot, or a part of it. Waits for the disk; any thread. A slot that was
/// given back meanwhile holds none.
Result<SettledHistory> settled_in(const FrameSource& source, const FrameRange& range,
                                  const HistoryAsk& ask);

}  // namespace rialto
