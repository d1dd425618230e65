#include "core/journal/recovery.h"

#include <fmt/format.h>

#include <algorithm>

namespace rialto {
namespace {

/// Losing one of these means that messages are delivered again or a position is older; losing
/// any other one means lost messages, names or ids.
bool loss_is_harmless(FrameKind kind) {
  return kind == FrameKind::settle || kind == FrameKind::lease || kind == FrameKind::counts ||
         kind == FrameKind::offsets || kind == FrameKind::mark || kind == FrameKind::end;
}

/// What a valid frame proves to have been on disk: what it says, and the slots before its own,
/// which are synced before its slot is written to.
Lsn proven_by(const FrameHeader& header, const SlotImage& image) {
  return std::max(header.durable, image.slot_start(header.lsn));
}

/// True when a valid frame after `bad` proves that `bad` was durable.
Result<bool> proven_later(SlotImage& image, Lsn bad) {
  Lsn at = bad + frame_alignment_bytes;
  for (;;) {
    auto next = image.next_valid(at);
    if (!next) return next.error();
    if (!*next) return false;
    if (proven_by(**next, image) > bad) return true;
    at = image.after(**next);
  }
}

/// Finds where the damaged range ends and what it was.
Result<Damage> measure(SlotImage& image, Lsn bad, const Probe& probe, Lsn durable) {
  Damage damage;
  damage.from = bad;
  if (probe.header) {
    // Lengths that lead to another frame (or to the end of what was durable) are believed.
    const FrameHeader header = *probe.header;
    const Lsn next = image.after(header);
    bool fits = next == durable;
    if (!fits && image.has(next)) {
      auto follower = image.probe(next);
      if (!follower) return follower.error();
      fits = follower->valid;
    }
    auto other_kind = image.holds_as_other_kind(header);
    if (!other_kind) return other_kind.error();
    if (fits) {
      damage.to = next;
      damage.kind = header.kind;
      damage.harmless = loss_is_harmless(header.kind) && !*other_kind;
      return damage;
    }
  }
  auto next = image.next_valid(bad + frame_alignment_bytes);
  if (!next) return next.error();
  damage.to = *next ? (**next).lsn : std::max(durable, bad + frame_alignment_bytes);
  return damage;
}

/// Collects the frames of a write set until it is complete.
class SetBuffer {
 public:
  SetBuffer(const FrameVisitor& visit, ReplayEnd& end) : visit_(visit), end_(end) {}

  Result<void> add(ReplayedFrame frame, Bytes meta, bool last) {
    if (!frames_.empty() && frames_.front().set_first != frame.set_first) {
      // Only damage cuts a set that others follow; it was durable, so it was whole.
      if (auto r = flush(); !r) return r;
    }
    metas_.emplace_back(meta);
    frames_.push_back(frame);
    damaged_after_ = false;
    return last ? flush() : Result<void>();
  }

  void note_damage() { damaged_after_ = true; }

  /// The end of the log. Damage was durable, and what is durable ends with a whole set: a set
  /// that runs into damage and not out of it has lost its last frames there, not in the tail.
  Result<void> finish() { return damaged_after_ ? flush() : Result<void>(); }

  /// Where an unfinished set begins: at the first frame that was seen of it, never below what was
  /// shown or is damaged, whatever a header claims.
  std::optional<Lsn> incomplete_from() const {
    return frames_.empty() ? std::nullopt : std::optional<Lsn>(frames_.front().lsn);
  }

 private:
  Result<void> flush() {
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      frames_[i].meta = metas_[i];
      if (auto r = visit_(frames_[i]); !r) return r;
      ++end_.frames;
    }
    frames_.clear();
    metas_.clear();
    return {};
  }

  const FrameVisitor& visit_;
  ReplayEnd& end_;
  std::vector<ReplayedFrame> frames_;
  std::vector<std::string> metas_;
  bool damaged_after_ = false;
};

ReplayedFrame shown(const FrameHeader& h) {
  ReplayedFrame frame;
  frame.kind = h.kind;
  frame.flags = h.flags;
  frame.epoch = h.epoch;
  frame.lsn = h.lsn;
  frame.set_first = h.set_first;
  frame.end = h.end();
  frame.wall_ms = h.wall_ms;
  frame.payload_bytes = h.payload_bytes;
  return frame;
}

}  // namespace

Result<LogScan> scan_log(SlotImage& image, Lsn from, Lsn known_durable) {
  LogScan scan;
  scan.from = from;
  scan.durable = std::max(from, known_durable);
  Lsn at = image.frame_place(from);
  while (image.has(at)) {
    auto probe = image.probe(at);
    if (!probe) return probe.error();
    if (probe->valid) {
      scan.durable = std::max(scan.durable, proven_by(*probe->header, image));
      at = image.after(*probe->header);
      continue;
    }
    const Probe found = *probe;
    if (scan.durable <= at) {
      auto proven = proven_later(image, at);
      if (!proven) return proven.error();
      if (!*proven) break;
    }
    auto damage = measure(image, at, found, scan.durable);
    if (!damage) return damage.error();
    scan.damage.push_back(*damage);
    at = image.frame_place(damage->to);
  }
  scan.end = at;
  return scan;
}

std::string describe(const Damage& damage, const SlotImage& image) {
  const std::string what = damage.kind
                               ? fmt::format("a frame of kind {}", static_cast<int>(*damage.kind))
                               : std::string("frames that cannot be told");
  return fmt::format("journal bytes {} to {} (slot {}) were durable and are damaged: {}",
                     damage.from.get(), damage.to.get(), image.number(damage.from), what);
}

std::optional<Error> refusal(const LogScan& scan, const SlotImage& image, bool skip_damage) {
  if (scan.durable > scan.end && !skip_damage) {
    return Error(Errc::corrupt, fmt::format("journal bytes {} to {} were durable and are gone",
                                            scan.end.get(), scan.durable.get()));
  }
  if (skip_damage) return std::nullopt;
  for (const Damage& damage : scan.damage) {
    if (damage.harmless) continue;
    return Error(Errc::corrupt,
                 describe(damage, image) +
                     "; nothing was changed: restore from a backup, or start once with the "
                     "damage skipped to lose exactly these bytes");
  }
  return std::nullopt;
}

Result<ReplayEnd> replay_log(SlotImage& image, const LogScan& scan, const FrameVisitor& visit) {
  ReplayEnd end;
  SetBuffer set(visit, end);
  auto damage = scan.damage.begin();
  Lsn at = image.frame_place(scan.from);
  while (at < scan.end) {
    if (damage != scan.damage.end() && damage->from == at) {
      at = image.frame_place(damage->to);
      set.note_damage();
      ++damage;
      continue;
    }
    auto probe = image.probe(at);
    if (!probe) return probe.error();
    if (!probe->valid) {
      return Error(Errc::io_failed,
                   fmt::format("journal byte {} changed while it was read", at.get()));
    }
    const FrameHeader header = *probe->header;
    if (header.kind == FrameKind::end || header.kind == FrameKind::mark) {
      at = image.after(header);
      continue;
    }
    const std::string meta(probe->meta);
    if (at >= scan.durable) {
      auto holds = image.payload_holds(header);
      if (!holds) return holds.error();
      if (!*holds) break;
    }
    if (auto r = set.add(shown(header), meta, header.last_of_set()); !r) return r.error();
    at = image.after(header);
  }
  if (auto r = set.finish(); !r) return r.error();
  end.tail = set.incomplete_from().value_or(at);
  end.dropped_bytes = scan.end > end.tail ? scan.end - end.tail : 0;
  return end;
}

}  // namespace rialto
