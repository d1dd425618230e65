#pragma once

#include "core/base/result.h"
#include "core/engine/frame_reader.h"
#include "core/journal/frame.h"

#include <functional>

namespace rialto {

/// A part of one slot. Frames of an epoch below `epoch` are what an earlier life left behind.
struct FrameRange {
  Lsn from;
  Lsn to;
  Epoch epoch{0};
};

/// Shows each frame whose header and meta hold, in order, without reading payloads, until `visit`
/// answers false. Damage is stepped over. Answers how many places the disk refused to read. Waits
/// for the disk; any thread. Errc::out_of_range: the slot was given back meanwhile.
Result<std::size_t> walk_frames(const FrameSource& source, const FrameRange& range,
                                const std::function<bool(const FrameHeader&, Bytes meta)>& visit);

}  // namespace rialto
