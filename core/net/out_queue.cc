#include "core/net/out_queue.h"

#include "core/base/check.h"

namespace rialto {

namespace {
// A buffer that grew beyond this is given back to the heap instead of being kept for later, so
// that an idle connection stays small.
constexpr std::size_t spare_bytes_max = 16U << 10;
// Pieces are started anew from here on, so that sending can begin with a bounded iovec.
constexpr std::size_t piece_bytes_max = 256U << 10;
}  // namespace

void OutQueue::touch() {
  if (touched_) return;
  touched_ = true;
  if (on_touched_) on_touched_();
}

OutQueue::Piece& OutQueue::add_piece() {
  if (!pieces_.empty()) bytes_before_last_ += pieces_.back().bytes().size();
  return pieces_.emplace_back();
}

std::string& OutQueue::tail() {
  touch();
  if (pieces_.empty() || !pieces_.back().shared.empty() ||
      pieces_.back().own.size() >= piece_bytes_max) {
    add_piece().own.swap(spare_);
  }
  return pieces_.back().own;
}

void OutQueue::append(const Slice& slice) {
  if (slice.size() < share_from_bytes) return append(slice.bytes());
  touch();
  add_piece().shared = slice;
}

std::size_t OutQueue::size_bytes() const {
  if (pieces_.empty()) return 0;
  return bytes_before_last_ + pieces_.back().bytes().size() - front_sent_;
}

std::size_t OutQueue::peek(Bytes* pieces, std::size_t pieces_max) const {
  std::size_t n = 0;
  std::size_t skip = front_sent_;
  for (const Piece& p : pieces_) {
    if (n == pieces_max) break;
    const Bytes rest = p.bytes().substr(skip);
    skip = 0;
    if (!rest.empty()) pieces[n++] = rest;
  }
  return n;
}

void OutQueue::consume(std::size_t bytes) {
  RIALTO_CHECK(bytes <= size_bytes(), "no more was sent than was queued");
  front_sent_ += bytes;
  while (!pieces_.empty() && front_sent_ >= pieces_.front().bytes().size()) {
    Piece& front = pieces_.front();
    const std::size_t size = front.bytes().size();
    front_sent_ -= size;
    if (pieces_.size() > 1) bytes_before_last_ -= size;
    if (front.own.capacity() > spare_.capacity() && front.own.capacity() <= spare_bytes_max) {
      spare_.swap(front.own);
      spare_.clear();
    }
    pieces_.pop_front();
  }
}

}  // namespace rialto
