#include "core/broker/record_source.h"

namespace rialto {

void RecordSource::clear() {
  held_.clear();
  entered_ = false;
  plain_ = Slice();
  read_nothing_ = false;
}

void RecordSource::fill(Offset from, std::vector<StoredBatch> batches) {
  clear();
  ++fills_;
  known_from_ = from;
  read_nothing_ = batches.empty();
  for (StoredBatch& b : batches)
    held_.push_back(std::move(b));
}

void RecordSource::leave() {
  known_from_ = held_.front().last_offset + 1;
  held_.pop_front();
  entered_ = false;
  plain_ = Slice();
}

bool RecordSource::enter(std::size_t batch) {
  while (batch-- > 0)
    leave();
  if (entered_) return true;
  Result<Slice> plain = uncompressed_batch(held_.front().batch);
  if (!plain) return false;
  plain_ = std::move(*plain);
  position_ = batch_header_bytes;
  next_offset_ = held_.front().base_offset;
  entered_ = true;
  return true;
}

RecordSource::Found RecordSource::find(Offset offset, RecordRef& out, bool look) {
  if (held_.empty()) {
    return read_nothing_ && offset == known_from_ ? Found::absent : Found::unknown;
  }
  if (offset < known_from_ || offset > held_.back().last_offset) return Found::unknown;
  std::size_t at = 0;
  while (held_[at].last_offset < offset)
    ++at;
  if (offset < held_[at].base_offset) return Found::absent;
  if (!enter(at)) return Found::absent;
  const Offset base = held_.front().base_offset;
  if (offset < next_offset_) {  // back inside the same batch: something was returned
    const bool just_found = offset + 1 == next_offset_;
    position_ = just_found ? found_position_ : batch_header_bytes;
    next_offset_ = just_found ? offset : base;
  }
  while (position_ < plain_.size()) {
    const auto record = record_start_at(plain_.bytes(), position_, base);
    if (!record) return Found::absent;
    const Offset found = record->offset;
    if (found > offset) return Found::absent;
    if (found == offset && !record_at(plain_.bytes(), position_, base)) return Found::absent;
    if (found == offset) {
      out.batch = plain_;
      out.position = position_;
      out.offset = offset;
      out.amqp_written = held_.front().amqp_written;
      out.stored_wall_ms = held_.front().wall_ms;
    }
    found_bytes_ = record->next - position_;
    found_position_ = position_;
    position_ = record->next;
    next_offset_ = found + 1;
    if (found != offset) continue;
    // Nobody else of this reader needs the batch: an idle queue holds no memory of it.
    if (!look && position_ >= plain_.size()) leave();
    return Found::yes;
  }
  return Found::absent;
}

}  // namespace rialto
