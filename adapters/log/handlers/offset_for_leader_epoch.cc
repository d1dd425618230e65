#include "adapters/log/handlers/offset_for_leader_epoch.h"

#include "adapters/log/errors.h"
#include "adapters/log/handlers/topic_lookup.h"

#include <utility>

namespace rialto::kafka {
namespace {

void put(EpochPartitionAnswer& answer, std::int32_t wanted_epoch, const TopicInfo* topic) {
  const PartitionInfo* found = partition_of(topic, answer.index);
  if (found == nullptr) {
    answer.error = wire(Code::unknown_topic_or_partition);
    return;
  }
  // An epoch that has not begun has no end: both fields stay -1.
  if (wanted_epoch < 0 || wanted_epoch > static_cast<std::int64_t>(found->leader_epoch.get())) {
    return;
  }
  answer.leader_epoch = wanted_epoch;
  answer.end_offset = found->high_watermark.get();
}

}  // namespace

void answer_offset_for_leader_epoch(const Call& call, OffsetForLeaderEpochRequest& request) {
  DescribeTopics what;
  for (const EpochTopic& topic : request.topics)
    what.names.push_back(topic.name);
  call.ask(std::move(what), [call, request](const Result<std::vector<TopicInfo>>& result) {
    OffsetForLeaderEpochResponse response;
    for (const EpochTopic& topic : request.topics) {
      EpochTopicAnswer& answers = response.topics.emplace_back();
      answers.name = topic.name;
      const TopicInfo* info = result ? topic_of(*result, topic.name) : nullptr;
      for (const EpochPartition& wanted : topic.partitions) {
        EpochPartitionAnswer& answer = answers.partitions.emplace_back();
        answer.index = wanted.index;
        put(answer, wanted.leader_epoch, info);
      }
    }
    call.answer(response);
  });
}

}  // namespace rialto::kafka
