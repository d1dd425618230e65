#include "adapters/log/pipeline.h"

#include "core/base/check.h"

#include <utility>

namespace rialto::kafka {

Pipeline::Slot Pipeline::open(std::size_t weight_bytes) {
  waiting_.push_back({.weight_bytes = weight_bytes});
  weight_bytes_ += weight_bytes;
  return first_ + (waiting_.size() - 1);
}

void Pipeline::add_weight(Slot slot, std::size_t bytes) {
  at(slot).weight_bytes += bytes;
  weight_bytes_ += bytes;
}

void Pipeline::fill(Slot slot, Encoded answer) {
  at(slot).answer = std::move(answer);
  skip(slot);
}

void Pipeline::skip(Slot slot) {
  Waiting& waiting = at(slot);
  RIALTO_CHECK(!waiting.done, "a request is answered once");
  waiting.done = true;
  leave_in_order();
}

Pipeline::Waiting& Pipeline::at(Slot slot) {
  RIALTO_CHECK(slot >= first_ && slot - first_ < waiting_.size(), "the slot is still open");
  return waiting_[slot - first_];
}

void Pipeline::leave_in_order() {
  while (!waiting_.empty() && waiting_.front().done) {
    Waiting& front = waiting_.front();
    if (front.answer) front.answer->move_to(out_);
    weight_bytes_ -= front.weight_bytes;
    waiting_.pop_front();
    ++first_;
  }
}

}  // namespace rialto::kafka
