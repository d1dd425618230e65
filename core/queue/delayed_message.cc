#include "core/queue/delayed_message.h"

#include "core/base/stable_hash.h"
#include "core/model/delay_fields.h"
#include "core/model/frames/codec.h"
#include "core/model/record_batch.h"

#include <algorithm>

namespace rialto {
namespace {

/// The signed tag that holds the negative of what this one can hold.
char signed_tag(char tag) {
  switch (tag) {
    case 'B': return 's';
    case 'u': return 'I';
    case 'i': return 'l';
    default: return tag;
  }
}

}  // namespace

std::uint64_t hash_of_cancel_key(Bytes key) {
  if (key.empty()) return 0;
  return std::max<std::uint64_t>(stable_hash(key), 1);
}

std::optional<DelayNote> delay_note_of(const RecordView& record) {
  std::optional<Bytes> encoded;
  for_each_header(record, [&](const HeaderView& h) {
    encoded = h.key == DelayNote::header ? h.value : std::nullopt;
    return true;
  });
  DelayNote note;
  if (!encoded || !decode_fields(*encoded, note) || note.routing_keys.empty()) return std::nullopt;
  return note;
}

DelayedMessage::DelayedMessage(const RecordView& record, bool amqp_written)
    : RecordCopy(record, amqp_written) {
  if (!headers_.empty() && headers_.back().key == DelayNote::header) headers_.pop_back();
  const FieldValue* delay = amqp_written ? table_.find(delay_field::delay) : nullptr;
  if (delay && delay->is_integer() && *delay->as_integer() > 0) negate_delay();
}

/// In the table, and in the text that readers of the log see.
void DelayedMessage::negate_delay() {
  for (FieldEntry& entry : table_.entries) {
    if (entry.name != delay_field::delay || !entry.value.is_integer()) continue;
    entry.value = {signed_tag(entry.value.tag), -*entry.value.as_integer()};
    break;
  }
  store_table();
  for (HeaderView& h : headers_) {
    if (h.key != delay_field::delay || !h.value) continue;
    negated_ = "-" + std::string(*h.value);
    h.value = negated_;
    return;
  }
}

}  // namespace rialto
