#include "core/journal/checkpoint_file.h"
#include "core/journal/journal_impl.h"
#include "core/journal/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <sys/random.h>

namespace rialto {
namespace {

Result<std::string> random_id() {
  std::string id(16, '\0');
  if (::getrandom(id.data(), id.size(), 0) != static_cast<ssize_t>(id.size())) {
    return Error(Errc::io_failed, "the system gives no random bytes");
  }
  return id;
}

/// The manifest of a new directory. It is made before the first slot, so that slots without a
/// manifest always mean that the manifest was lost.
Result<void> create_manifest(const JournalOptions& options, Directory& dir, ManifestStore& store) {
  auto names = dir.list();
  if (!names) return names.error();
  for (const auto& name : *names) {
    if (!slot_file_id(name)) continue;
    return Error(Errc::corrupt,
                 fmt::format("{} has slots and no manifest; nothing was changed: restore the "
                             "manifest from a backup, or choose an empty directory",
                             dir.path_of("")));
  }
  auto id = random_id();
  if (!id) return id.error();
  Manifest first;
  first.directory_id = std::move(*id);
  first.slot_bytes = options.slot_bytes;
  // Refuses sizes that could not be read back.
  if (auto r = decode_manifest(encode_manifest(first)); !r) {
    return Error(Errc::invalid_argument,
                 fmt::format("slots of {} bytes are not possible", options.slot_bytes));
  }
  return store.commit(std::move(first));
}

struct StartingPoint {
  Lsn lsn;
  std::optional<std::vector<std::string>> parts;
};

/// The newest checkpoint that can be read and whose tail is still there.
Result<StartingPoint> find_start(Directory& dir, const Manifest& manifest,
                                 std::vector<std::string>& findings) {
  const Lsn oldest(first_without_gap(manifest.slots) * manifest.slot_bytes);
  for (std::size_t i = manifest.checkpoints.size(); i-- > 0;) {
    const CheckpointEntry& entry = manifest.checkpoints[i];
    if (entry.lsn < oldest) break;
    auto parts = read_checkpoint_file(dir, entry.file_id, entry.lsn);
    if (parts) return StartingPoint{entry.lsn, std::move(*parts)};
    if (parts.error().code == Errc::io_failed) return parts.error();
    findings.push_back(parts.error().text + "; an older checkpoint is used");
  }
  if (oldest == Lsn(0) && (!manifest.slots.empty() || manifest.checkpoints.empty())) {
    return StartingPoint{};
  }
  std::string why = "no checkpoint covers the oldest slot";
  if (!findings.empty()) why = findings.back();
  return Error(
      Errc::corrupt,
      fmt::format("{}: the journal is whole from byte {} on and nothing tells what was before; "
                  "restore the checkpoint from a backup",
                  why, oldest.get()));
}

/// Frames found in the page cache after a kill were never promised to be on disk; from now on
/// they are shown, so they have to be.
Result<void> sync_tail(const SlotImage& image, Lsn from, Lsn to) {
  for (const auto& [number, file] : image.files()) {
    if (number < image.number(from) || number > image.number(to)) continue;
    if (auto r = file->sync(); !r) return r;
  }
  return {};
}

/// The commit point of an opening: from here on frames of a new epoch may be written at the tail,
/// and whatever lies there from an older one is stale.
Result<void> start_epoch(OpenedLog& opened) {
  Manifest next = opened.manifest->current();
  const Lsn tail = opened.report.tail;
  opened.epoch = Epoch(next.epochs.empty() ? 1 : next.epochs.back().epoch.get() + 1);
  // Epochs of which nothing is kept.
  while (!next.epochs.empty() && next.epochs.back().first >= tail)
    next.epochs.pop_back();
  next.epochs.push_back(EpochStart{opened.epoch, tail});
  next.durable = tail;
  std::erase_if(next.checkpoints,
                [&](const CheckpointEntry& entry) { return entry.lsn > opened.checkpoint_lsn; });
  const std::uint64_t number = tail.get() / next.slot_bytes;
  if (opened.slots.count(number) == 0) {
    auto slot = opened.pool->take();
    if (!slot) return slot.error();
    next.slots.push_back(SlotEntry{number, slot->file_id});
    opened.slots[number] = slot->file;
  }
  return opened.manifest->commit(std::move(next));
}

Result<void> recover(const JournalOptions& options, Directory& dir, JournalReplay& replay,
                     OpenedLog& opened) {
  const Manifest& manifest = opened.manifest->current();
  auto files = open_slots(dir, manifest);
  if (!files) return files.error();
  RecoveryReport& report = opened.report;
  auto start = find_start(dir, manifest, report.findings);
  if (!start) return start.error();
  SlotImage image(manifest, std::move(*files));
  auto scan = scan_log(image, start->lsn, manifest.durable);
  if (!scan) return scan.error();
  if (auto no = refusal(*scan, image, options.skip_damage)) return *no;
  for (const auto& damage : scan->damage) {
    report.findings.push_back(describe(damage, image) + "; skipped");
  }
  if (start->parts) {
    if (auto r = replay.on_checkpoint(start->lsn, *start->parts); !r) return r;
  }
  auto end = replay_log(image, *scan, [&](const ReplayedFrame& f) { return replay.on_frame(f); });
  if (!end) return end.error();
  report.replayed_from = start->lsn;
  report.durable_known = scan->durable;
  report.tail = end->tail;
  report.frames = end->frames;
  report.dropped_bytes = end->dropped_bytes;
  opened.checkpoint_lsn = start->lsn;
  opened.slots = image.files();
  return sync_tail(image, std::min(scan->durable, end->tail), end->tail);
}

}  // namespace

Result<OpenedLog> open_log(const JournalOptions& options, Directory& dir, JournalReplay& replay) {
  OpenedLog opened;
  opened.manifest = std::make_unique<ManifestStore>(dir);
  auto manifest = opened.manifest->load(opened.report.findings);
  if (!manifest) return manifest.error();
  if (!*manifest) {
    if (auto r = create_manifest(options, dir, *opened.manifest); !r) return r.error();
  }
  const Manifest& current = opened.manifest->current();
  opened.pool = std::make_unique<SlotPool>(dir, current.slot_bytes);
  if (auto r = opened.pool->adopt(current.slots); !r) return r.error();
  if (auto r = recover(options, dir, replay, opened); !r) return r.error();
  if (auto r = start_epoch(opened); !r) return r.error();
  std::vector<std::uint64_t> kept;
  for (const auto& entry : opened.manifest->current().checkpoints)
    kept.push_back(entry.file_id);
  remove_other_checkpoints(dir, kept);
  return opened;
}

Result<std::unique_ptr<Journal>> Journal::open(const JournalOptions& options, Directory& dir,
                                               const Clock& clock, JournalReplay& replay) {
  if (auto r = dir.lock(); !r) return r.error();
  auto opened = open_log(options, dir, replay);
  if (!opened) return opened.error();
  return std::unique_ptr<Journal>(
      std::make_unique<JournalImpl>(options, dir, clock, std::move(*opened)));
}

}  // namespace rialto
