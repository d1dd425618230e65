#pragma once

#include "core/base/strong_type.h"

#include <cstdint>

namespace rialto {

/// Logical byte address in the journal: slot number times slot size plus place in the slot.
using Lsn = StrongInt<struct LsnTag, std::uint64_t>;

/// Place of a record in its partition. Never a byte address.
using Offset = StrongInt<struct OffsetTag, std::int64_t>;

/// Object ids are 64 bit, handed out once and never reused. Volatile objects have the top bit
/// set, so that a restart, which forgets them, cannot meet their ids again in the journal.
using PartitionId = StrongInt<struct PartitionIdTag, std::uint64_t>;
using QueueId = StrongInt<struct QueueIdTag, std::uint64_t>;
using TopicId = StrongInt<struct TopicIdTag, std::uint64_t>;
using ExchangeId = StrongInt<struct ExchangeIdTag, std::uint64_t>;
using BindingId = StrongInt<struct BindingIdTag, std::uint64_t>;

constexpr std::uint64_t volatile_id_bit = 1ULL << 63;

/// Place of a partition in its topic, 0 for a queue.
using PartitionIndex = StrongInt<struct PartitionIndexTag, std::int32_t>;

/// Never-decreasing epoch of the journal; the leader epoch of every partition.
using Epoch = StrongInt<struct EpochTag, std::uint32_t>;

using ProducerId = StrongInt<struct ProducerIdTag, std::int64_t>;
using ProducerEpoch = StrongInt<struct ProducerEpochTag, std::int16_t>;
using Sequence = StrongInt<struct SequenceTag, std::int32_t>;
using Generation = StrongInt<struct GenerationTag, std::int32_t>;

constexpr ProducerId no_producer{-1};
constexpr Offset no_offset{-1};

/// One connection of one door. Unique for the life of the process.
using SessionId = StrongInt<struct SessionIdTag, std::uint64_t>;

/// What a session calls one of its channels when it publishes; unique within the session.
using PublisherId = StrongInt<struct PublisherIdTag, std::uint32_t>;

/// What a session calls one of its consumers; unique within the session, never reused in it.
using ConsumerId = StrongInt<struct ConsumerIdTag, std::uint64_t>;

/// Inclusive run of offsets.
struct OffsetRun {
  Offset first;
  Offset last;
  friend bool operator==(const OffsetRun&, const OffsetRun&) = default;
};

}  // namespace rialto
