#include "core/queue/delayed_message.h"

#include "core/base/number.h"
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

/// False: it held nothing back, and stays.
bool negate(FieldValue& delay) {
  if (const auto* text = delay.as_text()) {
    if (delay.tag != 'S' || number_in(*text).value_or(0) <= 0) return false;
    delay = FieldValue::text("-" + *text);
  } else if (auto* real = std::get_if<double>(&delay.value)) {
    if (*real < 1) return false;
    *real = -*real;
  } else {
    if (!delay.is_integer() || *delay.as_integer() <= 0) return false;
    delay = {signed_tag(delay.tag), -*delay.as_integer()};
  }
  return true;
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
  if (amqp_written) negate_delay();
}

/// In the table, and in the text that readers of the log see.
void DelayedMessage::negate_delay() {
  const auto delay =
      std::find_if(table_.fields.entries.begin(), table_.fields.entries.end(),
                   [](const FieldEntry& entry) { return entry.name == delay_field::delay; });
  if (delay == table_.fields.entries.end() || !negate(delay->value)) return;
  store_table();
  for (HeaderView& h : headers_) {
    if (h.key != delay_field::delay || !h.value) continue;
    negated_ = "-" + std::string(*h.value);
    h.value = negated_;
    return;
  }
}

}  // namespace rialto
