#pragma once

#include "adapters/amqp/wire/properties.h"
#include "core/model/ids.h"
#include "core/model/message_properties.h"
#include "core/model/record.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rialto::amqp {

/// The message header that becomes the record's key.
constexpr Bytes key_header = "x-kafka-key";

/// Makes records of published messages: the body is the value; every scalar header becomes a
/// text header that Kafka and HTTP readers see; all properties go along as one blob, so that an
/// AMQP reader gets equal values and types.
class RecordComposer {
 public:
  /// The views hold until the next call, and as long as the arguments do.
  RecordParts compose(const Properties& properties, Bytes exchange, Bytes routing_key,
                      std::span<const Bytes> body);

 private:
  struct Text {
    std::size_t header = 0;
    std::size_t from = 0;
    std::size_t size = 0;
  };
  void add_scalars(Bytes table, RecordParts& record);

  std::vector<HeaderView> headers_;
  std::vector<Text> texts_;  ///< which headers have their value in text_
  std::string text_;
};

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

/// The same with the header x-delivery-count, where it fits. Views as above.
void add_delivery_count(MessageView& message, std::uint32_t count, const RecordPlace& place,
                        std::string& scratch);

}  // namespace rialto::amqp
