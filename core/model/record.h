#pragma once

#include "core/base/bytes.h"
#include "core/base/slab.h"
#include "core/model/ids.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rialto {

/// One Kafka header. A null value is `value == nullopt`.
struct HeaderView {
  Bytes key;
  std::optional<Bytes> value;
};

/// What a door hands in to be stored as one record. Views only; they need to live until the call
/// returns. The body may be in pieces, as it came out of several frames.
struct RecordParts {
  std::optional<Bytes> key;
  bool null_value = false;      ///< a tombstone; `body` is then empty
  std::span<const Bytes> body;  ///< concatenated they are the value
  std::span<const HeaderView> headers;
  std::uint8_t priority = 0;
  std::optional<std::int64_t> ttl_ms;  ///< time to live in a queue view
  std::int64_t due_wall_ms = 0;        ///< in a delay partition: its time
  std::uint64_t cancel_key = 0;        ///< and the hash of its key
  bool amqp_form = false;              ///< RecordComposer made it: its property blob can be trusted
};

/// One stored record, as a view into a batch. `headers` is the raw encoded list: most readers
/// want one header or none, so it is walked only on demand (see for_each_header).
struct RecordView {
  Offset offset;
  std::int64_t timestamp_ms = 0;
  std::optional<Bytes> key;
  std::optional<Bytes> value;
  std::uint32_t header_count = 0;
  Bytes headers;
};

/// A record inside a batch that a slice keeps alive: how records travel to doors. The slice
/// holds an uncompressed batch (its 61-byte header included); `position` is where the record's
/// length varint starts.
struct RecordRef {
  Slice batch;
  std::uint32_t position = 0;
  Offset offset;
  bool amqp_written = false;        ///< the batch was written by our AMQP door: its blob is trusted
  std::int64_t stored_wall_ms = 0;  ///< when its batch was; 0: not known
};

}  // namespace rialto
