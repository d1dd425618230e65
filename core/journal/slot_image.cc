#include "core/journal/slot_image.h"

#include "core/base/crc32c.h"
#include "core/journal/slot_pool.h"

#include <fmt/format.h>

#include <algorithm>

namespace rialto {
namespace {

constexpr std::size_t window_bytes = 128U << 10;

}  // namespace

Result<SlotFiles> open_slots(Directory& dir, const Manifest& manifest) {
  SlotFiles files;
  for (const auto& slot : manifest.slots) {
    const std::string name = slot_name(slot.file_id);
    auto file = dir.open(name);
    if (!file) {
      if (file.error().code != Errc::not_found) return file.error();
      return Error(
          Errc::corrupt,
          fmt::format("{} is missing; it holds bytes {} to {} of the journal", dir.path_of(name),
                      slot.number * manifest.slot_bytes, (slot.number + 1) * manifest.slot_bytes));
    }
    auto size = (*file)->size_bytes();
    if (!size) return size.error();
    if (*size < manifest.slot_bytes) {
      return Error(Errc::corrupt, fmt::format("{} has {} bytes instead of {}", dir.path_of(name),
                                              *size, manifest.slot_bytes));
    }
    files[slot.number] = std::move(*file);
  }
  return files;
}

SlotImage::SlotImage(const Manifest& manifest, SlotFiles files)
    : slot_bytes_(manifest.slot_bytes),
      seed_(frame_seed(manifest.directory_id)),
      epochs_(manifest.epochs),
      files_(std::move(files)) {}

Result<Probe> SlotImage::probe(Lsn at) {
  auto raw = view(at, frame_header_bytes);
  if (!raw) return raw.error();
  Probe probe;
  probe.header = parse_frame_header(*raw);
  if (!probe.header) return probe;
  const FrameHeader& h = *probe.header;
  const auto epoch = epoch_at(epochs_, at);
  if (!frame_plausible(h, at, slot_bytes_) || !epoch || *epoch != h.epoch) {
    probe.header.reset();
    return probe;
  }
  raw = view(at, frame_header_bytes + h.meta_bytes);
  if (!raw) return raw.error();
  probe.valid = frame_crc_holds(*raw, seed_);
  if (probe.valid) probe.meta = raw->substr(frame_header_bytes, h.meta_bytes);
  return probe;
}

Result<bool> SlotImage::holds_as_other_kind(const FrameHeader& header) {
  auto raw = view(header.lsn, frame_header_bytes + header.meta_bytes);
  if (!raw) return raw.error();
  const Bytes frame = raw->substr(0, frame_header_bytes + header.meta_bytes);
  for (unsigned kind = 0; kind < 256; ++kind) {
    if (frame_crc_holds_as(static_cast<FrameKind>(kind), frame, seed_)) return true;
  }
  return false;
}

Result<bool> SlotImage::payload_holds(const FrameHeader& header) {
  Lsn at = header.lsn + (frame_header_bytes + header.meta_bytes);
  std::size_t left = header.payload_bytes;
  std::uint32_t crc = crc32c(Bytes());
  while (left > 0) {
    auto part = view(at, std::min(left, window_bytes));
    if (!part) return part.error();
    const Bytes bytes = part->substr(0, left);
    crc = crc32c(crc, bytes);
    at += bytes.size();
    left -= bytes.size();
  }
  return crc == header.payload_crc;
}

Result<std::optional<FrameHeader>> SlotImage::next_valid(Lsn from) {
  Lsn at((from.get() + frame_alignment_bytes - 1) / frame_alignment_bytes * frame_alignment_bytes);
  for (;;) {
    at = frame_place(at);
    if (!has(at)) return std::optional<FrameHeader>();
    auto chunk = view(at, frame_header_bytes);
    if (!chunk) return chunk.error();
    const Bytes bytes = *chunk;
    std::size_t i = 0;
    while (i + sizeof frame_magic <= bytes.size() &&
           load_le<std::uint32_t>(bytes.data() + i) != frame_magic) {
      i += frame_alignment_bytes;
    }
    at += i;
    if (i + sizeof frame_magic > bytes.size()) continue;
    if (slot_end(at) - at >= frame_header_bytes) {
      auto found = probe(at);
      if (!found) return found.error();
      if (found->valid) return found->header;
    }
    at += frame_alignment_bytes;
  }
}

Result<Bytes> SlotImage::view(Lsn at, std::size_t bytes) {
  const bool inside = at >= window_at_ && at - window_at_ <= window_.size() &&
                      window_.size() - (at - window_at_) >= bytes && !window_.empty();
  if (!inside) {
    const std::uint64_t rest = slot_end(at) - at;
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(rest, std::max(bytes, window_bytes)));
    window_.resize(wanted);
    window_at_ = at;
    const auto r =
        files_.at(number(at))->read(at.get() % slot_bytes_, window_.data(), wanted, false);
    if (!r) {
      window_.clear();
      return r.error();
    }
  }
  return Bytes(window_).substr(static_cast<std::size_t>(at - window_at_));
}

}  // namespace rialto
