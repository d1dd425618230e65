#pragma once

#include "adapters/log/wire/types.h"
#include "core/broker/requests.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace rialto::kafka {

/// In what the broker answered: null when the topic is not there.
const TopicInfo* topic_of(const std::vector<TopicInfo>& topics, std::string_view name);
const TopicInfo* topic_of(const std::vector<TopicInfo>& topics, const Uuid& id);

/// Null when `topic` is, or has no such partition.
const PartitionInfo* partition_of(const TopicInfo* topic, std::int32_t index);

}  // namespace rialto::kafka
