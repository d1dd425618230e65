#include "core/engine/frame_walk.h"

#include <algorithm>
#include <optional>
#include <string>

namespace rialto {
namespace {

constexpr std::size_t step_bytes = 256 * 1024;
/// What is skipped when the disk refuses to read.
constexpr std::uint64_t sector_bytes = 4096;

/// Reads one slot front to back, a window at a time.
class SlotWindow {
 public:
  SlotWindow(const Journal& journal, Lsn end) : journal_(journal), end_(end) {}

  /// `bytes` at `lsn`, fewer at the end of the range.
  Result<Bytes> view(Lsn lsn, std::size_t bytes) {
    if (lsn >= end_) return Bytes();
    bytes = std::min<std::size_t>(bytes, end_ - lsn);
    if (lsn < start_ || lsn + bytes > start_ + window_.size()) {
      auto r = load(lsn, std::min<std::size_t>(std::max(bytes, step_bytes), end_ - lsn));
      if (!r && r.error().code != Errc::out_of_range) r = load(lsn, bytes);
      if (!r) return r.error();
    }
    return Bytes(window_).substr(lsn - start_, bytes);
  }

 private:
  Result<void> load(Lsn lsn, std::size_t bytes) {
    window_.resize(bytes);
    start_ = lsn;
    auto r = journal_.read(lsn, window_.data(), bytes, false);
    if (!r) window_.clear();
    return r;
  }

  const Journal& journal_;
  Lsn end_;
  Lsn start_;
  std::string window_;
};

/// The frame at `lsn` when there is one: header and meta hold.
struct Found {
  FrameHeader header;
  Bytes meta;
};

Result<std::optional<Found>> frame_at(SlotWindow& window, const FrameSource& source, Lsn lsn) {
  const auto head = window.view(lsn, frame_header_bytes);
  if (!head) return head.error();
  const auto header = parse_frame_header(*head);
  if (!header || !frame_plausible(*header, lsn, source.journal->slot_bytes())) {
    return std::optional<Found>();
  }
  const std::size_t bytes = frame_header_bytes + header->meta_bytes;
  const auto raw = window.view(lsn, bytes);
  if (!raw) return raw.error();
  if (raw->size() != bytes || !frame_crc_holds(*raw, source.seed)) return std::optional<Found>();
  return std::optional<Found>(Found{*header, raw->substr(frame_header_bytes)});
}

}  // namespace

Result<std::size_t> walk_frames(const FrameSource& source, const FrameRange& range,
                                const std::function<bool(const FrameHeader&, Bytes meta)>& visit) {
  SlotWindow window(*source.journal, range.to);
  Epoch epoch = range.epoch;
  std::size_t refused = 0;
  for (Lsn at = range.from; at < range.to;) {
    const auto found = frame_at(window, source, at);
    if (!found) {
      if (found.error().code == Errc::out_of_range) return found.error();
      at = Lsn((at.get() / sector_bytes + 1) * sector_bytes);
      ++refused;
      continue;
    }
    // What an earlier life left behind a torn tail carries a smaller epoch.
    if (!*found || (*found)->header.epoch < epoch) {
      at += frame_alignment_bytes;
      continue;
    }
    const FrameHeader& header = (*found)->header;
    if (header.kind == FrameKind::end) break;
    epoch = header.epoch;
    if (!visit(header, (*found)->meta)) break;
    at = header.end();
  }
  return refused;
}

}  // namespace rialto
