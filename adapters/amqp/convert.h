#pragma once

#include "adapters/amqp/wire/properties.h"
#include "core/model/ids.h"
#include "core/model/message_properties.h"
#include "core/model/record.h"
#include "core/model/record_composer.h"

#include <cstdint>
#include <string>

namespace rialto::amqp {

/// Where a record was read: what a reader is told beside the record.
struct RecordPlace {
  Bytes queue;  ///< name; the routing key of messages that did not come through this door
  PartitionIndex index;
  bool amqp_written = false;
  std::size_t properties_bytes_max = 0;  ///< a content header has to fit into one frame
};

/// A stored record as a message. All views.
struct MessageView {
  Bytes exchange;
  Bytes routing_key;
  Bytes properties;  ///< flags and list
  Bytes body;
};

/// Views into the record, `place` and `scratch`.
MessageView message_of(const RecordView& record, const RecordPlace& place, std::string& scratch);

constexpr Bytes id_header = "x-rialto-id";

/// Headers that a delivery gets beside those of its message, each where it fits into the frame.
/// Kept by whoever delivers, so that no delivery allocates; messages view into it until the next
/// one.
class AddedHeaders {
 public:
  /// Where the record is stored: "queue/partition/offset", the same on every delivery through
  /// every door.
  void add_id(MessageView& message, Offset offset, const RecordPlace& place);
  void add_number(MessageView& message, Bytes name, std::int64_t number, const RecordPlace& place);
  /// A header that only the server tells, and has nothing to tell in now.
  void remove(MessageView& message, Bytes name, const RecordPlace& place);

 private:
  /// False: the properties cannot be taken apart.
  bool begin(const MessageView& message, Bytes name, char tag);
  void finish(MessageView& message, const RecordPlace& place);

  Properties properties_;
  std::string table_;
  std::string with_;
  std::string shown_;  // what the message was given last
};

}  // namespace rialto::amqp
