#include "tests/unit/core/journal/journal_rig.h"

#include "core/journal/frame.h"
#include "core/journal/manifest.h"
#include "core/journal/slot_pool.h"

namespace rialto::test {

JournalOptions small_options(std::uint64_t slot_bytes) {
  JournalOptions options;
  options.slot_bytes = slot_bytes;
  options.inline_work = true;
  return options;
}

std::string filler(std::size_t bytes, std::uint64_t seed) {
  std::string out(bytes, '\0');
  std::uint64_t x = seed * 0x9e3779b97f4a7c15ULL + 1;
  for (char& c : out) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    c = static_cast<char>(x >> 32);
  }
  return out;
}

std::string slot_file_of(FaultDisk& disk, std::uint64_t number) {
  const auto manifest = decode_manifest(disk.content("manifest-a")).value();
  for (const auto& slot : manifest.slots) {
    if (slot.number == number) return slot_name(slot.file_id);
  }
  return "no such slot";
}

Result<void> JournalRig::open() {
  abandon();
  dir_ = disk_->open();
  found_ = Recorder();
  auto journal = Journal::open(options_, *dir_, clock_, found_);
  if (!journal) return journal.error();
  journal_ = std::move(*journal);
  return {};
}

void JournalRig::abandon() {
  if (journal_) promised_ = durable_sets();
  journal_.reset();
  dir_.reset();
}

bool JournalRig::send(std::vector<WantedFrame> frames, Urgency urgency) {
  std::uint64_t bytes = 0;
  std::vector<NewFrame> set;
  for (const auto& f : frames) {
    bytes += f.meta.size() + f.payload.size();
    NewFrame frame;
    frame.kind = f.kind;
    frame.meta = f.meta;
    frame.payload = Slice::copy_of(f.payload);
    set.push_back(std::move(frame));
  }
  if (!journal_->admits(bytes, urgency)) return false;
  const auto staged = journal_->stage(std::move(set), urgency);
  sent_.push_back(SentSet{std::move(frames), staged.lsns, staged.end});
  return true;
}

bool JournalRig::send_one(std::string meta, std::string payload, Urgency urgency) {
  return send({{FrameKind::data, std::move(meta), std::move(payload)}}, urgency);
}

void JournalRig::fill(std::uint64_t sets, std::size_t bytes) {
  for (std::uint64_t i = 0; i < sets; ++i) {
    EXPECT_TRUE(send_one("m", filler(bytes, i)));
    tick();
  }
}

void JournalRig::tick() {
  journal_->hand_over(clock_.now());
  journal_->poll(clock_.now());
}

std::size_t JournalRig::durable_sets() const {
  std::size_t n = 0;
  while (n < sent_.size() && sent_[n].end <= journal_->durable())
    ++n;
  return n;
}

void JournalRig::checkpoint() {
  const std::size_t covered = durable_sets();
  const Lsn lsn = covered == 0 ? Lsn(0) : sent_[covered - 1].end;
  journal_->write_checkpoint(lsn, {std::to_string(covered), filler(100, covered)},
                             [](const Result<void>&) {});
}

void JournalRig::release(std::uint64_t nth) {
  std::vector<std::uint64_t> numbers;
  for (const SlotInfo& slot : journal_->slots()) {
    if (slot.sealed && slot.number % nth == 0) numbers.push_back(slot.number);
  }
  journal_->release(numbers);
}

::testing::AssertionResult JournalRig::same_set(const SentSet& sent, std::size_t first_frame) {
  for (std::size_t i = 0; i < sent.frames.size(); ++i) {
    if (first_frame + i >= found_.frames.size()) {
      return ::testing::AssertionFailure() << "half a set at LSN " << sent.lsns[0].get();
    }
    const auto& found = found_.frames[first_frame + i];
    const WantedFrame& want = sent.frames[i];
    if (found.lsn != sent.lsns[i] || found.kind != want.kind || found.meta != want.meta ||
        found.payload_bytes != want.payload.size() || found.set_first != sent.lsns[0]) {
      return ::testing::AssertionFailure() << "another frame at LSN " << found.lsn.get()
                                           << " than was sent to " << sent.lsns[i].get();
    }
    std::string payload(want.payload.size(), '\0');
    const Lsn at = found.lsn + (frame_header_bytes + want.meta.size());
    const auto read = journal_->read(at, payload.data(), payload.size(), false);
    if (!read) return ::testing::AssertionFailure() << read.error().text;
    if (payload != want.payload) {
      return ::testing::AssertionFailure() << "another payload at LSN " << found.lsn.get();
    }
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult JournalRig::found_matches() {
  std::size_t sets = found_.checkpoint ? std::stoul(found_.checkpoint->at(0)) : 0;
  if (found_.checkpoint && found_.checkpoint->at(1) != filler(100, sets)) {
    return ::testing::AssertionFailure() << "another checkpoint than was written";
  }
  std::size_t frame = 0;
  while (frame < found_.frames.size()) {
    if (sets >= sent_.size()) {
      return ::testing::AssertionFailure()
             << "a frame nobody sent at LSN " << found_.frames[frame].lsn.get();
    }
    if (auto same = same_set(sent_[sets], frame); !same) return same;
    frame += sent_[sets].frames.size();
    ++sets;
  }
  if (sets < promised_) {
    return ::testing::AssertionFailure()
           << promised_ << " sets were durable, " << sets << " are found";
  }
  sent_.resize(sets);
  promised_ = sets;
  return ::testing::AssertionSuccess();
}

}  // namespace rialto::test
