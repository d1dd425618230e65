#pragma once

#include "core/base/bytes.h"
#include "core/base/wide_hash.h"
#include "core/model/record.h"

#include <cstddef>
#include <cstdint>

namespace rialto {

/// The message header that is the id of a message, before the property message-id.
constexpr Bytes deduplication_header = "x-deduplication-header";

/// The headers by which a producer numbers its messages.
constexpr Bytes producer_name_header = "x-producer-name";
constexpr Bytes producer_sequence_header = "x-producer-sequence";
/// Of an id or the name of a producer, as clients say it.
constexpr std::size_t identity_bytes_max = 255;

/// By what its publisher wants a message to be known when it comes again, whatever its queues ask
/// for. Hashes, since nobody has to read it back.
struct MessageIdentity {
  WideHash id;                ///< zero: none
  WideHash producer;          ///< of a name; zero: none
  std::int64_t sequence = 0;  ///< of the producer's, 0 or above

  explicit operator bool() const { return id || producer; }
  /// Of the n-th of several messages that come under one id.
  MessageIdentity nth(std::size_t n) const { return {nth_hash(id, n), producer, sequence}; }
  /// What a message without a key is spread over partitions by: again it comes to the same one.
  std::uint64_t spread() const { return producer ? producer.low : id.low; }
};

/// By what one message is known.
struct KnownMessage {
  MessageIdentity said;
  WideHash own;  ///< where queues look at what the message itself says
};

/// What the message says for itself: its x-deduplication-header, else its property message-id.
/// Zero: neither.
WideHash own_id_of(const RecordParts& record);

}  // namespace rialto
