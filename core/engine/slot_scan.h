#pragma once

#include "core/base/result.h"
#include "core/engine/dense_slot.h"
#include "core/engine/frame_reader.h"

#include <cstdint>
#include <memory>

namespace rialto {

/// The part of one slot to look through. Volatile targets count from `volatile_from` on: those
/// below belong to queues that ended with an earlier life of the process.
struct ScanRange {
  std::uint64_t number = 0;
  Lsn from;
  Lsn to;
  Lsn volatile_from{UINT64_MAX};
};

/// Makes a slot's index again from the headers of its frames. Damage is stepped over: what no
/// header names any more is in no index. Waits for the disk; any thread.
/// Errc::out_of_range: the slot was given back meanwhile.
Result<std::shared_ptr<DenseSlot>> scan_slot(const FrameSource& source, const ScanRange& range);

}  // namespace rialto
