#pragma once

#include "core/base/bytes.h"
#include "core/model/field_table.h"
#include "core/model/frames/view_frames.h"
#include "core/model/record.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rialto {

/// Why, where and when a message died, and where it goes.
struct Death {
  Bytes queue;
  SettleReason reason = SettleReason::rejected;
  std::int64_t wall_ms = 0;
  Bytes exchange;                    ///< of dead letters
  std::optional<Bytes> routing_key;  ///< instead of those it came with
};

/// RabbitMQ's word in x-death.
std::string_view word_of(SettleReason reason);

/// A message as it leaves a queue for a dead-letter exchange: with the death entered into
/// x-death and the headers beside it, without its expiration. Deaths that a client claims are
/// not believed: a history counts in dead letters only.
class DeadLetter {
 public:
  /// What `record` and `death` view has to outlive this. `amqp_written`: its batch was.
  DeadLetter(const RecordView& record, bool amqp_written, const Death& death);
  DeadLetter(const DeadLetter&) = delete;
  DeadLetter& operator=(const DeadLetter&) = delete;

  /// What it is routed by; the first is the one it shows.
  const std::vector<std::string>& routing_keys() const { return routing_keys_; }
  /// What headers exchanges look at.
  const FieldTable& headers() const { return table_.fields; }
  /// True: the message has been in this queue, and nobody has rejected it since. It would go round
  /// for ever.
  bool cycles_to(std::string_view queue) const;
  /// The record to store, in a batch that is amqp_written. Views into this.
  RecordParts parts() const;

 private:
  void read(const RecordView& record, bool amqp_written);
  void take_foreign_headers();
  void enter(const Death& death);
  void set_headers(const Death& death, bool first);

  std::optional<Bytes> key_;
  bool null_value_ = false;
  Bytes body_;
  std::uint8_t priority_ = 0;
  Bytes exchange_;
  Bytes routing_key_;
  bool has_history_ = false;
  std::vector<HeaderView> others_;  // record headers besides the door's
  OpenTable table_;                 // the message's headers
  std::vector<FieldValue> deaths_;  // tables, newest first
  std::string expiration_;
  std::vector<std::string> routing_keys_;
  std::string properties_;
  std::array<std::string, 6> told_;  // for readers of the log: first and last death
  std::vector<HeaderView> headers_;
};

}  // namespace rialto
