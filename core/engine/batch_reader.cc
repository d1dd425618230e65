#include "core/engine/batch_reader.h"

#include <algorithm>

namespace rialto {
namespace {

constexpr Lsn no_lsn_bound{UINT64_MAX};
constexpr Offset no_offset_bound{INT64_MAX};

std::vector<Placement> find_dense(const DenseSlot& table, const Wanted& wanted) {
  const ReadSpec& spec = wanted.spec;
  if (!wanted.at_time_ms) {
    return table.find(spec.partition, spec.from, placements_for(wanted));
  }
  const auto at = table.at_time(spec.partition, spec.from, *wanted.at_time_ms);
  return at ? std::vector<Placement>{*at} : std::vector<Placement>();
}

}  // namespace

BatchReader::BatchReader(const Bounds& bounds, Sources sources)
    : bounds_(bounds),
      sources_(std::move(sources)),
      windows_(bounds.cold_cache_bytes_max),
      cold_bytes_("engine.cold_read_bytes", bounds.cold_read_bytes) {}

ReadOutcome BatchReader::read(const ReadSpec& spec, ReadToken token) {
  Wanted wanted{token, spec, std::nullopt, false};
  wanted.spec.from = std::max(spec.from, sources_.index->log_start(spec.partition));
  if (wanted.spec.from >= spec.below) return {};
  if (auto kept = windows_.take(wanted.spec); !kept.empty()) {
    return {State::ready, std::move(kept)};
  }
  wanted.sequential = windows_.sequential(spec.partition, wanted.spec.from);
  return begin(wanted);
}

ReadOutcome BatchReader::read_at_time(PartitionId partition, std::int64_t timestamp_ms,
                                      ReadToken token) {
  const ReadSpec spec{partition, sources_.index->log_start(partition), no_offset_bound, 0};
  return begin(Wanted{token, spec, timestamp_ms, false});
}

bool BatchReader::warm(PartitionId partition, const std::vector<Offset>& offsets, ReadToken token) {
  std::vector<Offset>& last = warmed_[partition];
  // What was missed in spite of that is read alone: to warm the rest again would be no use.
  if (offsets.empty() || std::binary_search(last.begin(), last.end(), offsets.front())) {
    return false;
  }
  last.assign(offsets.begin(),
              offsets.begin() + static_cast<std::ptrdiff_t>(std::min(offsets.size(), warmed_max)));
  std::sort(last.begin(), last.end());
  auto reads = std::make_shared<std::vector<ColdRead>>();
  for (const Offset offset : last) {
    if (auto read = cold_read_of(partition, offset, token)) reads->push_back(std::move(*read));
  }
  if (reads->empty()) return false;
  const bool accepted = sources_.pool->try_read([this, reads, token]() -> ReadPool::Completion {
    rialto::warm(*reads);
    return [this, reads, token] {
      for (ColdRead& read : *reads) {
        if (read.index) keep_open(std::move(read.index));
      }
      completed_.push_back({token, std::vector<StoredBatch>(), {no_offset, no_offset}});
      resume();
    };
  });
  if (!accepted) last.clear();
  return accepted;
}

/// Nothing: there is no such batch, it is in memory, or nobody knows yet where it is.
std::optional<ColdRead> BatchReader::cold_read_of(PartitionId partition, Offset offset,
                                                  ReadToken token) const {
  ColdRead read;
  read.wanted = Wanted{token, {partition, offset, no_offset_bound, 1}, std::nullopt, false};
  read.source = sources_.frames;
  read.written = sources_.frames.journal->written();
  const Run run = sources_.index->first_run(partition, offset);
  if (run.kind == Run::Kind::side) {
    read.dir = sources_.dir;
    read.slot = run.slot;
    read.row = run.row;
    read.index = opened(run.slot);
    return read;
  }
  if (run.kind != Run::Kind::dense) return std::nullopt;
  read.placements = find_dense(*run.table, read.wanted);
  const bool in_memory =
      read.placements.empty() || sources_.tail->find(read.placements.front().frame.lsn);
  return in_memory ? std::nullopt : std::optional(std::move(read));
}

ReadOutcome BatchReader::begin(const Wanted& wanted) {
  const Run run = sources_.index->first_run(wanted.spec.partition, wanted.spec.from);
  if (pending_ >= bounds_.cold_reads_max) return from_memory(wanted, run);
  Answer answer = go_on(wanted, run);
  if (!answer) {
    ++pending_;
    return {State::pending, {}};
  }
  if (!answer->error) return {State::ready, std::move(answer->batches)};
  // Only a completed read can carry an error.
  completed_.push_back({wanted.token, std::move(*answer->error), answer->quarantined});
  return {State::pending, {}};
}

/// With no cold read left to give, what needs none is still served.
ReadOutcome BatchReader::from_memory(const Wanted& wanted, const Run& run) const {
  if (run.kind == Run::Kind::none) return {};
  if (run.kind != Run::Kind::dense) return {State::busy, {}};
  const auto placements = cut_to(find_dense(*run.table, wanted), wanted.spec.below,
                                 wanted.spec.bytes_max, no_lsn_bound);
  if (placements.empty() && run.slot == sources_.index->open_slot()) return {};
  FrameReads now = read_now(wanted, placements);
  if (now.batches.empty()) return {State::busy, {}};
  return {State::ready, std::move(now.batches)};
}

BatchReader::Answer BatchReader::go_on(const Wanted& wanted, Run run) {
  for (;;) {
    switch (run.kind) {
      case Run::Kind::none: return FrameReads();
      case Run::Kind::unknown: return wait(wanted);
      case Run::Kind::dense: {
        auto found = find_dense(*run.table, wanted);
        if (!found.empty()) return fetch(wanted, std::move(found));
        break;
      }
      case Run::Kind::side: {
        const auto index = opened(run.slot);
        if (!index) return send_lookup(wanted, run);
        auto found = look_up(*index, run.row, wanted, true);
        if (!found && found.error().code == Errc::full) return send_lookup(wanted, run);
        if (!found) {
          damaged(run.slot);
          return wait(wanted);
        }
        if (!found->empty()) return fetch(wanted, std::move(*found));
        break;
      }
    }
    run = sources_.index->next_run(wanted.spec.partition, run.slot);
  }
}

/// Batches of `placements` that are in memory, up to the first that is not.
FrameReads BatchReader::read_now(const Wanted& wanted,
                                 const std::vector<Placement>& placements) const {
  FrameReads now;
  const Lsn written = sources_.frames.journal->written();
  std::size_t copied = 0;
  for (std::size_t i = 0; i < placements.size();) {
    const Placement& p = placements[i];
    if (const TailCache::Cached* cached = sources_.tail->find(p.frame.lsn)) {
      now.batches.push_back({p.base, p.last(), p.frame.max_timestamp_ms, cached->epoch,
                             (p.frame.flags & frame_amqp_written) != 0, cached->staged_at.get(),
                             cached->batch});
      ++i;
      continue;
    }
    // Up to the next one that the tail cache has.
    std::size_t end = i;
    while (end < placements.size() && placements[end].frame.lsn < written &&
           copied + placements[end].frame.payload_bytes <= inline_bytes_max &&
           (end == i || !sources_.tail->find(placements[end].frame.lsn))) {
      copied += placements[end++].frame.payload_bytes;
    }
    const std::span<const Placement> run(placements.data() + i, end - i);
    if (run.empty()) break;
    FrameReads reads = read_frames(sources_.frames, wanted.spec.partition, run, true);
    std::move(reads.batches.begin(), reads.batches.end(), std::back_inserter(now.batches));
    if (reads.error) {
      now.error = std::move(reads.error);
      now.quarantined = reads.quarantined;
      break;
    }
    i = end;
  }
  return now;
}

BatchReader::Answer BatchReader::fetch(const Wanted& wanted, std::vector<Placement> placements) {
  const auto now = cut_to(placements, wanted.spec.below, wanted.spec.bytes_max, no_lsn_bound);
  if (now.empty()) return FrameReads();
  FrameReads reads = read_now(wanted, now);
  if (!reads.batches.empty()) {
    reads.error.reset();  // the next read begins there and meets it
    return reads;
  }
  if (reads.error && reads.error->code == Errc::corrupt) return reads;
  return send_frames(wanted, cut_to(std::move(placements), no_offset_bound, cold_bytes(wanted),
                                    sources_.frames.journal->written()));
}

BatchReader::Answer BatchReader::send_lookup(const Wanted& wanted, const Run& run) {
  auto read = std::make_shared<ColdRead>();
  read->wanted = wanted;
  read->dir = sources_.dir;
  read->slot = run.slot;
  read->row = run.row;
  read->index = opened(run.slot);
  return send(std::move(read), cold_bytes(wanted));
}

BatchReader::Answer BatchReader::send_frames(const Wanted& wanted,
                                             std::vector<Placement> placements) {
  std::size_t bytes = 0;
  for (const Placement& p : placements)
    bytes += p.frame.payload_bytes;
  auto read = std::make_shared<ColdRead>();
  read->wanted = wanted;
  read->placements = std::move(placements);
  return send(std::move(read), bytes);
}

BatchReader::Answer BatchReader::send(std::shared_ptr<ColdRead> read, std::size_t bytes) {
  if (!cold_bytes_.try_take_or_alone(bytes)) return wait(read->wanted);
  read->source = sources_.frames;
  read->written = sources_.frames.journal->written();
  const bool accepted = sources_.pool->try_read([this, read, bytes]() -> ReadPool::Completion {
    perform(*read);
    return [this, read, bytes] {
      cold_bytes_.give_back(bytes);
      arrived(*read);
    };
  });
  if (accepted) return std::nullopt;
  cold_bytes_.give_back(bytes);
  return wait(read->wanted);
}

BatchReader::Answer BatchReader::wait(const Wanted& wanted) {
  waiting_.push_back(wanted);
  return std::nullopt;
}

void BatchReader::resume() {
  std::deque<Wanted> again;
  again.swap(waiting_);
  for (const Wanted& wanted : again)
    settle(wanted, start_over(wanted));
}

BatchReader::Answer BatchReader::start_over(const Wanted& wanted) {
  Wanted from_here = wanted;
  from_here.spec.from =
      std::max(wanted.spec.from, sources_.index->log_start(wanted.spec.partition));
  return go_on(from_here, sources_.index->first_run(from_here.spec.partition, from_here.spec.from));
}

void BatchReader::settle(const Wanted& wanted, Answer answer) {
  if (!answer) return;
  --pending_;
  if (answer->error) {
    completed_.push_back({wanted.token, std::move(*answer->error), answer->quarantined});
  } else {
    completed_.push_back({wanted.token, std::move(answer->batches), {no_offset, no_offset}});
  }
}

void BatchReader::arrived(ColdRead& read) {
  const Wanted& wanted = read.wanted;
  if (read.index) keep_open(read.index);
  if (read.lookup_error) {
    if (is_there(*read.slot)) damaged(*read.slot);
    settle(wanted, start_over(wanted));
  } else if (read.frames_read) {
    settle(wanted, frames_arrived(read));
  } else if (read.placements.empty()) {
    settle(wanted, go_on(wanted, sources_.index->next_run(wanted.spec.partition, *read.slot)));
  } else {
    settle(wanted, fetch(wanted, std::move(read.placements)));
  }
  if (!waiting_.empty()) resume();
}

BatchReader::Answer BatchReader::frames_arrived(ColdRead& read) {
  const Wanted& wanted = read.wanted;
  FrameReads& reads = read.reads;
  if (!reads.batches.empty()) {
    auto rest = split_off(reads.batches, wanted.spec);
    if (!wanted.at_time_ms) {
      windows_.keep(wanted.spec.partition, reads.batches.back().last_offset + 1, std::move(rest));
    }
    reads.error.reset();
    return std::move(reads);
  }
  const std::uint64_t slot_bytes = sources_.frames.journal->slot_bytes();
  const bool released = !is_there(read.placements.front().frame.lsn.get() / slot_bytes);
  if (released) return start_over(wanted);
  if (!reads.error) reads.error = Error(Errc::corrupt, "nothing could be read");
  return std::move(reads);
}

void BatchReader::end_pending(const Error& error) {
  for (const Wanted& wanted : std::exchange(waiting_, {})) {
    FrameReads ended;
    ended.error = error;
    settle(wanted, std::move(ended));
  }
}

void BatchReader::released() {
  std::erase_if(open_files_, [&](const auto& file) { return !is_there(file->span().number); });
}

std::shared_ptr<const SlotIndex> BatchReader::opened(std::uint64_t slot) const {
  const auto at = std::find_if(open_files_.begin(), open_files_.end(),
                               [&](const auto& file) { return file->span().number == slot; });
  return at == open_files_.end() ? nullptr : *at;
}

void BatchReader::keep_open(std::shared_ptr<const SlotIndex> index) {
  const std::uint64_t slot = index->span().number;
  if (!is_there(slot) || opened(slot) || sources_.index->unknown(slot)) return;
  open_files_.push_back(std::move(index));
  if (open_files_.size() > side_files_max) open_files_.pop_front();
}

void BatchReader::damaged(std::uint64_t slot) {
  std::erase_if(open_files_, [&](const auto& file) { return file->span().number == slot; });
  if (sources_.index->unknown(slot)) return;
  sources_.index->mark_unknown(slot);
  sources_.side_file_damaged(slot);
}

}  // namespace rialto
