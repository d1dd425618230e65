#pragma once

#include "adapters/log/wire/field_writer.h"
#include "core/base/strong_type.h"
#include "core/net/out_queue.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace rialto::kafka {

/// The answers of one connection. Requests are worked on side by side; their answers leave in the
/// order in which the requests came, whichever is ready first.
class Pipeline {
 public:
  using Slot = StrongInt<struct SlotTag, std::uint64_t>;

  /// Requests without an answer, at most.
  static constexpr std::size_t answers_max = 128;
  /// Bytes that the requests under way hold or have asked for. Reaching it stops the reading of
  /// further requests; a single request may be larger.
  static constexpr std::size_t weight_bytes_max = 16U << 20;

  explicit Pipeline(OutQueue& out) : out_(out) {}

  Slot open(std::size_t weight_bytes);
  /// The answer will hold that many bytes.
  void add_weight(Slot slot, std::size_t bytes);
  /// The answer goes out at once when every earlier one has.
  void fill(Slot slot, Encoded answer);
  /// This request gets no answer (produced with acks = 0).
  void skip(Slot slot);

  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  bool has_room() const {
    return waiting_.size() < answers_max && weight_bytes_ < weight_bytes_max && !out_.full();
  }

 private:
  struct Waiting {
    std::size_t weight_bytes = 0;
    bool done = false;
    std::optional<Encoded> answer;
  };
  Waiting& at(Slot slot);
  void leave_in_order();

  OutQueue& out_;
  std::deque<Waiting> waiting_;
  Slot first_{0};
  std::size_t weight_bytes_ = 0;
};

}  // namespace rialto::kafka
