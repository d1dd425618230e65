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

/// The same with one more header, where it fits. Views as above.
void add_number_header(MessageView& message, Bytes name, std::int64_t number,
                       const RecordPlace& place, std::string& scratch);

}  // namespace rialto::amqp
