#pragma once

#include "core/base/result.h"
#include "core/journal/journal.h"
#include "core/journal/slot_image.h"

#include <optional>
#include <string>
#include <vector>

namespace rialto {

/// A range that was durable and can no longer be read as frames.
struct Damage {
  Lsn from;
  Lsn to;
  /// Known from fields that are likely but not proven; none when not even they make sense.
  std::optional<FrameKind> kind;
  bool harmless = false;  ///< losing it means redelivery at most
};

/// What the headers of a journal tell before anything is replayed.
struct LogScan {
  Lsn from;
  Lsn durable;                 ///< greatest LSN proven to have been on disk
  Lsn end;                     ///< first address without a valid header that is no damage
  std::vector<Damage> damage;  ///< ascending
};

/// Reads the headers from `from` on and tells a torn tail from rot: a bad frame is the torn tail
/// unless something (`known_durable`, an earlier or a later frame) proves that it was durable.
Result<LogScan> scan_log(SlotImage& image, Lsn from, Lsn known_durable);

/// Why a start must not go on, if there is a reason; the text names the bytes.
std::optional<Error> refusal(const LogScan& scan, const SlotImage& image, bool skip_damage);

/// One sentence about damage that is being skipped.
std::string describe(const Damage& damage, const SlotImage& image);

struct ReplayEnd {
  Lsn tail;  ///< new frames start here
  std::uint64_t frames = 0;
  std::uint64_t dropped_bytes = 0;
};

/// Shows whole write sets to `visit` in LSN order. Above scan.durable payloads are checked too,
/// and the first frame that fails ends the log. Never shows anything of an incomplete last set.
using FrameVisitor = std::function<Result<void>(const ReplayedFrame&)>;
Result<ReplayEnd> replay_log(SlotImage& image, const LogScan& scan, const FrameVisitor& visit);

}  // namespace rialto
