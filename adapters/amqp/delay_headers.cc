#include "adapters/amqp/delay_headers.h"

#include "core/model/delay_fields.h"
#include "core/model/field_table.h"

#include <fmt/format.h>

#include <cstdint>

namespace rialto::amqp {
namespace {

constexpr std::int64_t ms_a_second = 1000;

}  // namespace

bool DelayHeaders::read(Bytes headers) {
  std::int64_t after_ms = 0;
  std::optional<std::int64_t> at_wall_ms;
  Bytes key;
  FieldView field;
  while (next_field(headers, field)) {
    if (!field.name.starts_with("x-de")) continue;
    if (field.name == delay_field::delay) {
      after_ms = delay_field::delay_ms_of(field).value_or(after_ms);
    } else if (field.name == delay_field::deliver_at) {
      if (!is_integer_tag(field.tag)) {
        fault_ = fmt::format(
            "invalid header 'x-deliver-at': a timestamp or milliseconds since "
            "1970 are needed, not {}",
            field_type_name(field.tag));
        return false;
      }
      const std::int64_t time = integer_of(field);
      // Not beyond what can be told in milliseconds; the broker refuses what is too far away.
      at_wall_ms = field.tag != 'T'                 ? time
                   : time > INT64_MAX / ms_a_second ? INT64_MAX
                                                    : time * ms_a_second;
    } else if (field.name == delay_field::key) {
      if (field.tag != 'S' || field.raw.empty() || field.raw.size() > cancel_key_bytes_max) {
        fault_ = fmt::format("invalid header 'x-delay-key': a text of 1 to {} bytes is needed",
                             cancel_key_bytes_max);
        return false;
      }
      key = field.raw;
    }
  }
  delay_.reset();
  if (after_ms > 0 && at_wall_ms) {
    fault_ = "the headers 'x-delay' and 'x-deliver-at' exclude each other";
    return false;
  }
  if (after_ms > 0 || at_wall_ms) delay_ = Delay{after_ms, at_wall_ms, key};
  return true;
}

}  // namespace rialto::amqp
