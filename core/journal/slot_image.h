#pragma once

#include "core/base/result.h"
#include "core/journal/file.h"
#include "core/journal/frame.h"
#include "core/journal/manifest.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rialto {

using SlotFiles = std::map<std::uint64_t, std::shared_ptr<File>>;

/// Opens every slot file the manifest names. The error names a missing or shortened one.
Result<SlotFiles> open_slots(Directory& dir, const Manifest& manifest);

/// What lies at one address.
struct Probe {
  /// The fields, when they are possible ones for this address; proven only if `valid`.
  std::optional<FrameHeader> header;
  bool valid = false;
  Bytes meta;  ///< of a valid frame; until the next call
};

/// The frames of a journal as they lie in its slots, for recovery and dump. Reads through one
/// window; errors are those of the disk, damage is an answer.
class SlotImage {
 public:
  SlotImage(const Manifest& manifest, SlotFiles files);

  bool has(Lsn at) const { return files_.count(number(at)) != 0; }
  std::uint64_t number(Lsn at) const { return at.get() / slot_bytes_; }
  Lsn slot_start(Lsn at) const { return Lsn(number(at) * slot_bytes_); }
  Lsn slot_end(Lsn at) const { return Lsn((number(at) + 1) * slot_bytes_); }
  /// `at`, or the next slot when no header fits any more.
  Lsn frame_place(Lsn at) const {
    return slot_end(at) - at < frame_header_bytes ? slot_end(at) : at;
  }
  /// Where the log goes on after this frame.
  Lsn after(const FrameHeader& header) const {
    return header.kind == FrameKind::end ? slot_end(header.lsn) : frame_place(header.end());
  }

  /// `at` must be a frame_place() in a slot that is there.
  Result<Probe> probe(Lsn at);
  /// True when header and meta would hold if the frame were of another kind.
  Result<bool> holds_as_other_kind(const FrameHeader& header);
  /// Payload CRC, and the padding behind it.
  Result<bool> payload_holds(const FrameHeader& header);
  /// The first valid frame at or after `from`, in this slot or a later one.
  Result<std::optional<FrameHeader>> next_valid(Lsn from);

  const SlotFiles& files() const { return files_; }

 private:
  /// At least `bytes` from `at`, which lie in one slot; more when the window has more.
  Result<Bytes> view(Lsn at, std::size_t bytes);

  std::uint64_t slot_bytes_;
  std::uint32_t seed_;
  std::vector<EpochStart> epochs_;
  SlotFiles files_;
  std::string window_;
  Lsn window_at_;
};

}  // namespace rialto
