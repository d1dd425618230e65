#pragma once

#include "core/broker/carried_call.h"
#include "core/broker/packer.h"
#include "core/broker/partition_state.h"
#include "core/engine/engine.h"
#include "core/routing/destination_set.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace rialto {

/// What a publisher has said since its last commit. Routed when it came, stored at the commit.
struct Transaction {
  /// Of the messages of one transaction; it has to fit into one write set.
  static constexpr std::size_t bytes_max = 16U << 20;

  struct Message {
    CarriedPublish publish;
    DestinationSet to;
  };
  std::vector<Message> messages;
  std::size_t bytes = 0;

  void add(const Publish& message, const DestinationSet& to);
};

/// A batch that was given its offsets, on its way into a write set.
struct SealedBatch {
  StagedFrame frame;
  Arrival arrival;
  std::vector<std::pair<PartitionId, Offset>> targets;  ///< and where it begins in them
  std::vector<OutcomeRun> outcomes;
  bool durable = false;
};

}  // namespace rialto
