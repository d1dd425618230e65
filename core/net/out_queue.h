#pragma once

#include "core/base/bytes.h"
#include "core/base/slab.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <string>

namespace rialto {

/// Bytes on their way to one peer: small things are copied into one growing buffer, large ones
/// are slices sent from where they lie. Bounded by its users: see full().
class OutQueue {
 public:
  /// Beyond this a door stops producing (deliveries, fetch answers) until bytes have left.
  static constexpr std::size_t bytes_max = 2U << 20;
  /// Slices shorter than this are copied: an iovec costs more than the copy.
  static constexpr std::size_t share_from_bytes = 4096;

  OutQueue() = default;
  /// `on_touched` runs at the first touch after each settle_touch(): the connection then visits
  /// its door at the end of the tick.
  explicit OutQueue(std::function<void()> on_touched) : on_touched_(std::move(on_touched)) {}

  void append(Bytes bytes) { tail().append(bytes); }
  void append(const Slice& slice);
  /// Where to encode small things in place; whatever is appended to it is queued, nothing may be
  /// taken away. Valid until the next call of anything here.
  std::string& tail();

  /// Asks for the door's end_of_tick() although nothing is queued yet (answers to be folded, a
  /// deadline that came nearer). Inside end_of_tick() it means nothing: what that queues is sent
  /// by the same tick.
  void touch();

  bool empty() const { return size_bytes() == 0; }
  std::size_t size_bytes() const;
  bool full() const { return size_bytes() >= bytes_max; }

  /// After everything queued was sent the connection is closed.
  void close_after_flush() {
    closing_ = true;
    touch();
  }
  bool closing() const { return closing_; }

  /// The connection's side: views of what to send next, at most `pieces_max`; then how much of it
  /// went out.
  std::size_t peek(Bytes* pieces, std::size_t pieces_max) const;
  void consume(std::size_t bytes);
  void settle_touch() { touched_ = false; }

 private:
  struct Piece {
    std::string own;
    Slice shared;
    Bytes bytes() const { return shared.empty() ? Bytes(own) : shared.bytes(); }
  };

  /// Only the last piece grows; the others are counted once.
  Piece& add_piece();

  std::deque<Piece> pieces_;
  std::string spare_;  // memory of the last drained buffer, for the next one
  std::size_t front_sent_ = 0;
  std::size_t bytes_before_last_ = 0;
  bool closing_ = false;
  bool touched_ = false;
  std::function<void()> on_touched_;
};

}  // namespace rialto
