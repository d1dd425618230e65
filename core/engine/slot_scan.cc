#include "core/engine/slot_scan.h"

#include "core/engine/frame_walk.h"
#include "core/model/frames/codec.h"

namespace rialto {
namespace {

void take_data(DenseSlot& slot, const FrameHeader& h, Bytes encoded, bool with_volatile) {
  DataMeta meta;
  if (!decode_fields(encoded, meta) || meta.last_offset_delta < 0) return;
  const FrameFacts facts{h.lsn,           meta.max_timestamp_ms,  h.meta_bytes,
                         h.payload_bytes, meta.last_offset_delta, h.flags};
  slot.add(facts, meta.targets, with_volatile);
}

}  // namespace

Result<std::shared_ptr<DenseSlot>> scan_slot(const FrameSource& source, const ScanRange& range) {
  auto slot = std::make_shared<DenseSlot>(range.number);
  const auto walked =
      walk_frames(source, {range.from, range.to}, [&](const FrameHeader& header, Bytes meta) {
        if (header.kind == FrameKind::data) {
          take_data(*slot, header, meta, header.lsn >= range.volatile_from);
        }
        return true;
      });
  if (!walked) return walked.error();
  if (*walked > 0) slot->note_hole();
  return slot;
}

}  // namespace rialto
