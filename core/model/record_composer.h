#pragma once

#include "core/model/message_properties.h"
#include "core/model/record.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace rialto {

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

}  // namespace rialto
