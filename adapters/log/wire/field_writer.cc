#include "adapters/log/wire/field_writer.h"

namespace rialto::kafka {
namespace {

/// Base offset, length and leader epoch: what is outside of a batch's CRC.
constexpr std::size_t stamped_bytes = 16;

}  // namespace

void Encoded::append(const Slice& slice) {
  if (slice.size() < OutQueue::share_from_bytes) {
    tail_.append(slice.bytes());
    return;
  }
  pieces_bytes_ += tail_.size() + slice.size();
  pieces_.push_back({std::exchange(tail_, {}), slice});
}

void Encoded::close_frame() {
  std::string& front = pieces_.empty() ? tail_ : pieces_.front().own;
  store_be(front.data(), static_cast<std::int32_t>(size_bytes() - sizeof(std::int32_t)));
}

void Encoded::move_to(OutQueue& out) const {
  for (const Piece& piece : pieces_) {
    out.append(Bytes(piece.own));
    out.append(piece.shared);
  }
  out.append(Bytes(tail_));
}

std::string Encoded::joined() const {
  std::string all;
  all.reserve(size_bytes());
  for (const Piece& piece : pieces_) {
    all.append(piece.own);
    all.append(piece.shared.bytes());
  }
  return all.append(tail_);
}

void FieldWriter::field(const RecordsOut& v) {
  if (v.null) return long_length(-1);
  std::size_t bytes = 0;
  for (const StampedBatch& b : v.batches)
    bytes += b.stored.size();
  long_length(static_cast<std::int64_t>(bytes));
  for (const StampedBatch& b : v.batches)
    batch(b);
}

void FieldWriter::batch(const StampedBatch& v) {
  const std::size_t size = v.stored.size();
  if (size < stamped_bytes) return out_.append(v.stored);
  append_be(out_.tail(), v.base_offset.get());
  out_.tail().append(v.stored.bytes().substr(8, 4));
  append_be(out_.tail(), v.leader_epoch);
  out_.append(v.stored.sub(stamped_bytes, size - stamped_bytes));
}

void FieldWriter::short_length(std::int64_t length) {
  if (flexible()) return append_varint(out_.tail(), static_cast<std::uint64_t>(length + 1));
  append_be(out_.tail(), static_cast<std::int16_t>(length));
}

void FieldWriter::long_length(std::int64_t length) {
  if (flexible()) return append_varint(out_.tail(), static_cast<std::uint64_t>(length + 1));
  append_be(out_.tail(), static_cast<std::int32_t>(length));
}

void FieldWriter::short_text(Bytes text) {
  // A length that an int16 cannot hold would shift everything behind it.
  const Bytes fitting = flexible() ? text : text.substr(0, INT16_MAX);
  short_length(static_cast<std::int64_t>(fitting.size()));
  out_.tail().append(fitting);
}

void FieldWriter::long_bytes(Bytes bytes) {
  long_length(static_cast<std::int64_t>(bytes.size()));
  out_.tail().append(bytes);
}

}  // namespace rialto::kafka
