#pragma once

#include "core/base/bytes.h"
#include "core/base/slab.h"
#include "core/model/ids.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace rialto::kafka {

/// The APIs of this door by their wire number.
enum class ApiKey : std::int16_t {
  produce = 0,
  fetch = 1,
  list_offsets = 2,
  metadata = 3,
  offset_commit = 8,
  offset_fetch = 9,
  find_coordinator = 10,
  join_group = 11,
  heartbeat = 12,
  leave_group = 13,
  sync_group = 14,
  describe_groups = 15,
  list_groups = 16,
  sasl_handshake = 17,
  api_versions = 18,
  create_topics = 19,
  delete_topics = 20,
  init_producer_id = 22,
  offset_for_leader_epoch = 23,
  describe_configs = 32,
  delete_groups = 42,
  describe_cluster = 60,
};

constexpr std::int16_t never_flexible = std::numeric_limits<std::int16_t>::max();

/// One API as this door speaks it. Flexible versions have compact lengths and tag buffers.
struct ApiSpec {
  ApiKey key;
  std::int16_t min;
  std::int16_t max;
  std::int16_t flexible_from;

  constexpr bool covers(std::int16_t version) const { return min <= version && version <= max; }
  constexpr bool flexible(std::int16_t version) const { return version >= flexible_from; }
};

/// The wire type "bytes": its length is an int32, where a string's is an int16.
struct Octets {
  std::string bytes;
};

using Uuid = std::array<char, 16>;

/// Topics have numbers here and uuids there: a fixed half that says who made it, then the number.
Uuid uuid_of(TopicId id);

/// Record batches inside a request: a view into the frame, or null.
struct RecordsView {
  std::optional<Bytes> bytes;
};

/// A stored batch on its way out: the first 16 bytes are written anew with these two fields, the
/// rest is sent from where it lies. The CRC does not cover what is stamped.
struct StampedBatch {
  Slice stored;
  Offset base_offset;
  std::int32_t leader_epoch = -1;
};

/// Record batches inside a response.
struct RecordsOut {
  bool null = false;
  std::vector<StampedBatch> batches;
};

/// "Not asked for" in every authorized-operations field.
constexpr std::int32_t operations_not_asked = std::numeric_limits<std::int32_t>::min();

}  // namespace rialto::kafka
