#include "core/engine/frame_reader.h"

#include "core/base/crc32c.h"
#include "core/base/slab.h"
#include "core/journal/frame.h"

#include <string>
#include <utility>

namespace rialto {
namespace {

/// What lies between two frames of one window is read for nothing; more than this is not.
constexpr std::uint64_t gap_bytes_max = 16 * 1024;

/// How many of the first placements one read takes together, and the bytes of that read.
struct Window {
  std::size_t count = 1;
  std::uint64_t bytes = 0;
};

Window window_of(std::span<const Placement> placements) {
  const Lsn start = placements.front().frame.lsn;
  Window window{1, bytes_of(placements.front().frame)};
  for (; window.count < placements.size(); ++window.count) {
    const FrameFacts& next = placements[window.count].frame;
    const std::uint64_t at = next.lsn - start;
    if (next.lsn < start || at > window.bytes + gap_bytes_max) break;
    if (at + bytes_of(next) > read_window_bytes) break;
    window.bytes = at + bytes_of(next);
  }
  return window;
}

/// Null when the frame holds what the index says, else what does not.
const char* check_frame(Bytes raw, const FrameFacts& expected, std::uint32_t seed,
                        std::optional<FrameHeader>& header) {
  header = parse_frame_header(raw);
  if (!header || header->lsn != expected.lsn) return "its header is not there";
  if (header->meta_bytes != expected.meta_bytes ||
      header->payload_bytes != expected.payload_bytes) {
    return "its header does not hold";
  }
  if (!frame_crc_holds(raw, seed)) return "its header checksum does not hold";
  if (crc32c(raw.substr(frame_header_bytes + expected.meta_bytes)) != header->payload_crc) {
    return "its checksum does not hold";
  }
  return nullptr;
}

Error corrupt(PartitionId partition, const Placement& placement, const std::string& why) {
  return {Errc::corrupt, "partition " + std::to_string(partition.get()) + ", offsets " +
                             std::to_string(placement.base.get()) + " to " +
                             std::to_string(placement.last().get()) + " at address " +
                             std::to_string(placement.frame.lsn.get()) + ": " + why};
}

void quarantine(FrameReads& reads, PartitionId partition, const Placement& placement,
                const std::string& why) {
  reads.error = corrupt(partition, placement, why);
  reads.quarantined = {placement.base, placement.last()};
}

/// False when reading has to stop here.
bool take_batch(const Slice& frame, const Placement& placement, PartitionId partition,
                const FrameSource& source, FrameReads& reads) {
  std::optional<FrameHeader> header;
  if (const char* why = check_frame(frame.bytes(), placement.frame, source.seed, header)) {
    quarantine(reads, partition, placement, why);
    return false;
  }
  StoredBatch batch;
  batch.base_offset = placement.base;
  batch.last_offset = placement.last();
  batch.max_timestamp_ms = placement.frame.max_timestamp_ms;
  batch.epoch = header->epoch;
  batch.wall_ms = header->wall_ms;
  batch.amqp_written = (header->flags & frame_amqp_written) != 0;
  batch.batch =
      frame.sub(frame_header_bytes + placement.frame.meta_bytes, placement.frame.payload_bytes);
  reads.batches.push_back(std::move(batch));
  return true;
}

}  // namespace

std::uint64_t bytes_of(const FrameFacts& frame) {
  return frame_header_bytes + frame.meta_bytes + frame.payload_bytes;
}

FrameReads read_frames(const FrameSource& source, PartitionId partition,
                       std::span<const Placement> placements, bool nowait) {
  FrameReads reads;
  reads.batches.reserve(placements.size());
  bool alone = false;  // the disk refused a window: find out which frame it is
  while (!placements.empty()) {
    const Lsn start = placements.front().frame.lsn;
    const Window window =
        alone ? Window{1, bytes_of(placements.front().frame)} : window_of(placements);
    Slab* slab = Slab::create(window.bytes);
    const Slice bytes = Slice::adopt(slab, window.bytes);
    if (auto r = source.journal->read(start, slab->data(), window.bytes, nowait); !r) {
      if (r.error().code == Errc::full || r.error().code == Errc::out_of_range) {
        reads.error = r.error();
        return reads;
      }
      if (window.count == 1) {
        quarantine(reads, partition, placements.front(), r.error().text);
        return reads;
      }
      alone = true;
      continue;
    }
    for (const Placement& placement : placements.first(window.count)) {
      const Slice frame = bytes.sub(placement.frame.lsn - start, bytes_of(placement.frame));
      if (!take_batch(frame, placement, partition, source, reads)) return reads;
    }
    placements = placements.subspan(window.count);
  }
  return reads;
}

}  // namespace rialto
