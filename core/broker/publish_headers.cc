#include "core/broker/publish_headers.h"

#include "core/model/delay_fields.h"
#include "core/model/field_table.h"

#include <fmt/format.h>

namespace rialto {
namespace {

bool is_short_text(const FieldView& field, std::size_t bytes_max) {
  return field.tag == 'S' && !field.raw.empty() && field.raw.size() <= bytes_max;
}

}  // namespace

bool PublishHeaders::read(Bytes headers) {
  after_ms_ = 0;
  at_wall_ms_.reset();
  cancel_key_ = {};
  name_.reset();
  sequence_.reset();
  FieldView field;
  while (next_field(headers, field)) {
    if (field.name.starts_with("x-de")) {
      if (!read_delay(field)) return false;
    } else if (field.name.starts_with("x-producer-")) {
      if (!read_producer(field)) return false;
    }
  }
  return finish();
}

bool PublishHeaders::read_delay(const FieldView& field) {
  if (field.name == delay_field::delay) {
    after_ms_ = delay_field::delay_ms_of(field).value_or(after_ms_);
  } else if (field.name == delay_field::deliver_at) {
    if (!is_integer_tag(field.tag)) {
      fault_ = fmt::format(
          "invalid header 'x-deliver-at': a timestamp or milliseconds since "
          "1970 are needed, not {}",
          field_type_name(field.tag));
      return false;
    }
    constexpr std::int64_t ms_a_second = 1000;
    const std::int64_t time = integer_of(field);
    // Not beyond what can be told in milliseconds; the broker refuses what is too far away.
    at_wall_ms_ = field.tag != 'T'                 ? time
                  : time > INT64_MAX / ms_a_second ? INT64_MAX
                                                   : time * ms_a_second;
  } else if (field.name == delay_field::key) {
    if (!is_short_text(field, cancel_key_bytes_max)) {
      fault_ = fmt::format("invalid header 'x-delay-key': a text of 1 to {} bytes is needed",
                           cancel_key_bytes_max);
      return false;
    }
    cancel_key_ = field.raw;
  }
  return true;
}

bool PublishHeaders::read_producer(const FieldView& field) {
  if (field.name == producer_name_header) name_ = field;
  if (field.name != producer_sequence_header) return true;
  const bool number = is_integer_tag(field.tag) && field.tag != 'T';
  if (!number || integer_of(field) < 0) {
    fault_ = fmt::format("invalid header '{}': an integer, 0 or above, is needed",
                         producer_sequence_header);
    return false;
  }
  sequence_ = integer_of(field);
  return true;
}

bool PublishHeaders::finish() {
  delay_.reset();
  identity_.reset();
  if (after_ms_ > 0 && at_wall_ms_) {
    fault_ = "the headers 'x-delay' and 'x-deliver-at' exclude each other";
    return false;
  }
  if (after_ms_ > 0 || at_wall_ms_) delay_ = Delay{after_ms_, at_wall_ms_, cancel_key_};
  if (!sequence_) return true;
  if (!name_ || !is_short_text(*name_, identity_bytes_max)) {
    fault_ = fmt::format("invalid header '{}': beside '{}' a text of 1 to {} bytes is needed",
                         producer_name_header, producer_sequence_header, identity_bytes_max);
    return false;
  }
  identity_ = MessageIdentity{{}, wide_hash(name_->raw), *sequence_};
  return true;
}

}  // namespace rialto
