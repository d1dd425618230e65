#include "adapters/amqp/reply_slots.h"

namespace rialto::amqp {

std::uint64_t ReplySlots::reserve() {
  slots_.push_back(nullptr);
  return first_ + slots_.size() - 1;
}

void ReplySlots::fill(std::uint64_t slot, Emit emit) {
  if (slot < first_) return;
  slots_[slot - first_] = std::move(emit);
  while (!slots_.empty() && slots_.front()) {
    const Emit next = std::move(slots_.front());
    slots_.pop_front();
    ++first_;
    next();
  }
}

void ReplySlots::add_ready(Emit emit) {
  if (slots_.empty()) {
    emit();
    return;
  }
  slots_.push_back(std::move(emit));
}

void ReplySlots::clear() {
  first_ += slots_.size();
  slots_.clear();
}

}  // namespace rialto::amqp
