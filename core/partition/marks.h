#pragma once

#include "core/model/ids.h"

#include <cstdint>

namespace rialto {

/// The positions of one partition: log start <= last stable <= high watermark <= log end, always.
/// The log end moves when a batch is staged and never goes back; the high watermark moves when it
/// is durable (one node: durable means replicated to all).
class PartitionMarks {
 public:
  PartitionMarks() = default;
  /// A partition as found at a restart: everything up to `log_end` is durable.
  PartitionMarks(Offset log_start, Offset log_end);

  Offset log_start() const { return log_start_; }
  /// Below any open transaction; without one it is the high watermark.
  Offset last_stable() const { return last_stable_; }
  /// Records below are durable and visible.
  Offset high_watermark() const { return high_watermark_; }
  /// Where the next batch goes; records below are staged.
  Offset log_end() const { return log_end_; }
  bool all_durable() const { return high_watermark_ == log_end_; }

  /// Gives the next `count` offsets and answers the first.
  Offset stage(std::int64_t count);
  /// Replay: a stored batch ends before `end`. Offsets may have gaps; lower is no change.
  void replayed(Offset end);
  /// Records below `end` are durable. Lower than before is no change; never beyond the log end.
  void durable(Offset end);
  /// Everything staged is visible at once (a volatile partition).
  void all_visible() { durable(log_end_); }
  /// Records below `start` are gone. Clamped to the high watermark; lower is no change.
  /// True when the log start moved.
  bool trim(Offset start);

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.log_start_, s.last_stable_, s.high_watermark_, s.log_end_);
  }

 private:
  void check() const;

  Offset log_start_{0};
  Offset last_stable_{0};
  Offset high_watermark_{0};
  Offset log_end_{0};
};

}  // namespace rialto
