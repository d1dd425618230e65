#pragma once

#include "core/base/bytes.h"
#include "core/model/record.h"
#include "core/queue/record_copy.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rialto {

/// What a record of a delay partition says of its way: the value of its last header.
struct DelayNote {
  static constexpr Bytes header = "rialto.delay";

  std::int64_t due_wall_ms = 0;
  std::string exchange;
  std::vector<std::string> routing_keys;  ///< its own, then those of CC and BCC
  std::string cancel_key;                 ///< empty: it has none

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.due_wall_ms, s.exchange, s.routing_keys, s.cancel_key);
  }
};

/// The hash under which a key is indexed; never 0, which stands for no key.
std::uint64_t hash_of_cancel_key(Bytes key);

/// The note of a record; nothing when it has none that decodes.
std::optional<DelayNote> delay_note_of(const RecordView& record);

/// A message as it leaves the delay partition: what was published, without the note, and with a
/// negated x-delay, which tells consumers how long it was held back, and other brokers not to hold
/// it again.
class DelayedMessage : public RecordCopy {
 public:
  DelayedMessage(const RecordView& record, bool amqp_written);

 private:
  void negate_delay();

  std::string negated_;
};

}  // namespace rialto
