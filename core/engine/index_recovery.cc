#include "core/engine/index_recovery.h"

#include "core/engine/slot_index.h"
#include "core/engine/slot_scan.h"
#include "core/model/frames/codec.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace rialto {
namespace {

using Data = ReplayRecorder::Data;

bool is_volatile(const DataTarget& target) {
  return (target.flags & DataTarget::is_volatile) != 0;
}

/// The frames of one slot among the replayed ones.
std::pair<std::vector<Data>::const_iterator, std::vector<Data>::const_iterator> within(
    const std::vector<Data>& replayed, const SlotSpan& span) {
  const auto below = [](const Data& d, Lsn lsn) { return d.frame.lsn < lsn; };
  return {std::lower_bound(replayed.begin(), replayed.end(), span.first, below),
          std::lower_bound(replayed.begin(), replayed.end(), span.end, below)};
}

Error goes_back(Lsn lsn) {
  return {Errc::corrupt, "the frame at address " + std::to_string(lsn.get()) +
                             " holds offsets that its partitions have passed already"};
}

/// The directory of a sealed slot's side file, when the file is there and whole.
std::optional<std::vector<HeldRows>> directory_of(Directory& dir, const SlotSpan& span) {
  const auto file = SlotIndex::open(dir, span.number);
  if (!file || (*file)->span().first != span.first || (*file)->span().end != span.end) {
    return std::nullopt;
  }
  auto held = (*file)->held(false);
  if (!held) return std::nullopt;
  return std::move(*held);
}

Result<void> recover_sealed(Directory& dir, const SlotSpan& span, Lsn checkpoint,
                            const std::vector<Data>& replayed, PlacementIndex& index,
                            SlotUpkeep& upkeep) {
  if (const auto held = directory_of(dir, span)) {
    index.add_sealed(span.number, *held, false);
    return {};
  }
  if (span.first < checkpoint) {
    index.mark_unknown(span.number);
    upkeep.rebuild(span.number);
    return {};
  }
  auto slot = std::make_shared<DenseSlot>(span.number);
  const auto [first, last] = within(replayed, span);
  for (auto data = first; data != last; ++data) {
    if (!slot->add(data->frame, data->targets, false)) return goes_back(data->frame.lsn);
  }
  index.add_dense(slot);
  upkeep.sealed(std::move(slot));
  return {};
}

/// The frames below `to` that the file of a clean stop lists. Nullopt: it does not reach so far,
/// or does not hold.
std::optional<std::vector<Data>> listed_below(Directory& dir, const SlotSpan& span, Lsn to) {
  const auto file = SlotIndex::open(dir, span.number);
  if (!file || (*file)->span().first != span.first || (*file)->span().end < to) {
    return std::nullopt;
  }
  const auto directory = (*file)->held(false);
  if (!directory) return std::nullopt;
  std::map<Lsn, Data> frames;
  for (const HeldRows& held : *directory) {
    if ((held.partition.get() & volatile_id_bit) != 0) continue;
    const auto placements = (*file)->all(held);
    if (!placements) return std::nullopt;
    for (const Placement& p : *placements) {
      if (p.frame.lsn >= to) break;
      Data& data = frames[p.frame.lsn];
      data.frame = p.frame;
      data.targets.push_back({held.partition, p.base, 0});
    }
  }
  std::vector<Data> sorted;
  sorted.reserve(frames.size());
  for (auto& [lsn, data] : frames)
    sorted.push_back(std::move(data));
  return sorted;
}

Result<void> recover_open(const FrameSource& source, Directory& dir, const SlotSpan& span,
                          const std::vector<Data>& replayed, PlacementIndex& index) {
  const Lsn checkpoint = source.journal->checkpoint_lsn();
  index.roll_to(span.number);
  if (span.first < checkpoint) {
    if (const auto listed = listed_below(dir, span, checkpoint)) {
      for (const Data& data : *listed) {
        if (!index.add(data.frame, data.targets, false)) return goes_back(data.frame.lsn);
      }
    } else {
      auto scanned = scan_slot(source, {span.number, span.first, checkpoint, Lsn{UINT64_MAX}});
      if (!scanned) return scanned.error();
      index.open_with(std::move(*scanned));
    }
  }
  const auto [first, last] = within(replayed, span);
  for (auto data = first; data != last; ++data) {
    if (!index.add(data->frame, data->targets, false)) return goes_back(data->frame.lsn);
  }
  return {};
}

/// Files of slots that are gone, and the open slot's: it speaks for bytes that change from now on.
void remove_stale_files(Directory& dir, const std::vector<SlotInfo>& slots) {
  const auto names = dir.list();
  if (!names) return;
  for (const std::string& name : *names) {
    const auto number = slot_of_index_name(name);
    if (!number) continue;
    const bool sealed = std::any_of(slots.begin(), slots.end(), [&](const SlotInfo& slot) {
      return slot.sealed && slot.number == *number;
    });
    // A file that cannot be removed is found stale again at the next start.
    if (!sealed) static_cast<void>(dir.remove(name));
  }
}

}  // namespace

Result<void> ReplayRecorder::on_checkpoint(Lsn, const std::vector<std::string>& parts) {
  return replay_.on_checkpoint(parts);
}

Result<void> ReplayRecorder::on_frame(const ReplayedFrame& frame) {
  if (frame.kind == FrameKind::data) {
    DataMeta meta;
    if (!decode_fields(frame.meta, meta) || meta.last_offset_delta < 0) {
      return Error(Errc::corrupt, "the data frame at address " + std::to_string(frame.lsn.get()) +
                                      " has a checksum that holds and fields that do not");
    }
    std::erase_if(meta.targets, is_volatile);
    if (!meta.targets.empty()) {
      data_.push_back(
          {{frame.lsn, meta.max_timestamp_ms, static_cast<std::uint32_t>(frame.meta.size()),
            frame.payload_bytes, meta.last_offset_delta, frame.flags},
           std::move(meta.targets)});
    }
  }
  return replay_.on_frame(frame.kind, frame.flags, frame.meta, frame.wall_ms);
}

Result<void> recover_index(const FrameSource& source, Directory& dir,
                           const std::vector<ReplayRecorder::Data>& replayed, PlacementIndex& index,
                           SlotUpkeep& upkeep) {
  const std::vector<SlotInfo> slots = source.journal->slots();
  const Lsn checkpoint = source.journal->checkpoint_lsn();
  for (const SlotInfo& slot : slots) {
    const SlotSpan span = whole_slot(slot.number, source.journal->slot_bytes());
    auto done = slot.sealed ? recover_sealed(dir, span, checkpoint, replayed, index, upkeep)
                            : recover_open(source, dir, span, replayed, index);
    if (!done) return done;
  }
  remove_stale_files(dir, slots);
  return {};
}

Result<void> write_open_slot(const Journal& journal, Directory& dir, const DenseSlot& open) {
  SlotSpan span = whole_slot(open.number(), journal.slot_bytes());
  span.end = std::min(span.end, journal.durable());
  if (span.end <= span.first) return {};
  return write_slot_index(dir, span, open);
}

}  // namespace rialto
