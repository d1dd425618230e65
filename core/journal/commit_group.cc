#include "core/journal/commit_group.h"

#include "core/base/check.h"

namespace rialto {
namespace {

// Below this a copy is cheaper than one more piece in the write.
constexpr std::size_t copied_payload_bytes_max = 1024;

}  // namespace

void CommitGroup::add(const FrameHeader& header, Bytes meta, Slice payload) {
  if (runs_.empty() || runs_.back().end != header.lsn || header.lsn.get() % slot_bytes_ == 0) {
    runs_.push_back(Run{header.lsn, header.lsn, {}});
  }
  Run& run = runs_.back();
  const std::size_t from = buffer_.size();
  headers_.push_back(from);
  buffer_.resize(from + frame_header_bytes);
  put_frame_header(header, buffer_.data() + from);
  buffer_.append(meta);
  const std::uint64_t unpadded = frame_header_bytes + meta.size() + payload.size();
  const auto padding = static_cast<std::size_t>(header.size_bytes() - unpadded);
  if (payload.size() <= copied_payload_bytes_max) {
    buffer_.append(payload.bytes());
    buffer_.append(padding, '\0');
    cover_buffer(run, from);
  } else {
    cover_buffer(run, from);
    run.pieces.push_back(Piece{0, 0, std::move(payload)});
    const std::size_t padding_from = buffer_.size();
    buffer_.append(padding, '\0');
    if (padding > 0) cover_buffer(run, padding_from);
  }
  run.end = header.end();
  bytes_ += header.size_bytes();
}

void CommitGroup::end_slot() {
  if (runs_.empty()) return;
  Run& run = runs_.back();
  run.end = Lsn((run.first.get() / slot_bytes_ + 1) * slot_bytes_);
}

void CommitGroup::cover_buffer(Run& run, std::size_t from) {
  const std::size_t bytes = buffer_.size() - from;
  if (!run.pieces.empty()) {
    Piece& last = run.pieces.back();
    if (last.slice.empty() && last.from + last.bytes == from) {
      last.bytes += bytes;
      return;
    }
  }
  run.pieces.push_back(Piece{from, bytes, {}});
}

void CommitGroup::seal(Lsn durable, WallMs wall, std::uint32_t seed) {
  for (const std::size_t at : headers_)
    seal_frame(buffer_.data() + at, durable, wall, seed);
}

std::vector<LogWrite> CommitGroup::writes(const SlotTable& slots) const {
  std::vector<LogWrite> all;
  all.reserve(runs_.size());
  for (const Run& run : runs_) {
    LogWrite write;
    write.file = slots.find(run.first.get() / slot_bytes_);
    RIALTO_CHECK(write.file, "a group is handed over when its slots are there");
    write.position_bytes = run.first.get() % slot_bytes_;
    write.end = run.end.get();
    write.pieces.reserve(run.pieces.size());
    for (const Piece& piece : run.pieces) {
      write.pieces.push_back(piece.slice.empty() ? Bytes(buffer_).substr(piece.from, piece.bytes)
                                                 : piece.slice.bytes());
    }
    all.push_back(std::move(write));
  }
  return all;
}

}  // namespace rialto
