#include "core/partition/marks.h"

#include "core/base/check.h"

#include <algorithm>

namespace rialto {

PartitionMarks::PartitionMarks(Offset log_start, Offset log_end)
    : log_start_(log_start), last_stable_(log_end), high_watermark_(log_end), log_end_(log_end) {
  check();
}

Offset PartitionMarks::stage(std::int64_t count) {
  RIALTO_CHECK(count > 0, "a batch has records");
  const Offset base = log_end_;
  log_end_ += count;
  check();
  return base;
}

void PartitionMarks::replayed(Offset end) {
  log_end_ = std::max(log_end_, end);
  durable(log_end_);
}

void PartitionMarks::durable(Offset end) {
  high_watermark_ = std::max(high_watermark_, end);
  last_stable_ = high_watermark_;
  check();
}

bool PartitionMarks::trim(Offset start) {
  start = std::min(start, high_watermark_);
  if (start <= log_start_) return false;
  log_start_ = start;
  check();
  return true;
}

void PartitionMarks::check() const {
  RIALTO_CHECK(
      log_start_ <= last_stable_ && last_stable_ <= high_watermark_ && high_watermark_ <= log_end_,
      "log start <= last stable <= high watermark <= log end");
}

}  // namespace rialto
