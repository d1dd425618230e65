#include "adapters/log/handlers/offset_fetch.h"

#include "adapters/log/errors.h"

#include <utility>

namespace rialto::kafka {
namespace {

constexpr std::int16_t several_groups_since = 8;
constexpr std::int16_t group_error_since = 2;

FetchOffsets question_of(const OffsetFetchGroup& wanted) {
  FetchOffsets what{wanted.group, {}, !wanted.topics};
  if (what.all) return what;
  for (const OffsetFetchTopic& topic : *wanted.topics) {
    for (const std::int32_t p : topic.partitions) {
      what.partitions.emplace_back(topic.name, PartitionIndex(p));
    }
  }
  return what;
}

OffsetFetchTopicAnswer& topic_at_end(OffsetFetchGroupAnswer& answer, const std::string& name) {
  if (answer.topics.empty() || answer.topics.back().name != name) {
    answer.topics.emplace_back().name = name;
  }
  return answer.topics.back();
}

void put(OffsetFetchGroupAnswer& answer, const std::vector<CommittedOffset>& committed) {
  for (const CommittedOffset& c : committed) {
    OffsetFetchPartitionAnswer& p = topic_at_end(answer, c.topic).partitions.emplace_back();
    p.index = c.partition.get();
    p.offset = c.offset.get();
    p.leader_epoch = c.leader_epoch;
    p.metadata = c.metadata;
  }
}

/// Version 1 has no error of the group as a whole, so it shows at each partition.
void refuse(OffsetFetchGroupAnswer& answer, const OffsetFetchGroup& wanted, std::int16_t error,
            std::int16_t version) {
  answer.error = error;
  if (version >= group_error_since || !wanted.topics) return;
  for (const OffsetFetchTopic& topic : *wanted.topics) {
    for (const std::int32_t index : topic.partitions) {
      OffsetFetchPartitionAnswer& p = topic_at_end(answer, topic.name).partitions.emplace_back();
      p.index = index;
      p.metadata = "";
      p.error = error;
    }
  }
}

}  // namespace

void answer_offset_fetch(const Call& call, OffsetFetchRequest& request) {
  const bool several = call.version() >= several_groups_since;
  std::vector<OffsetFetchGroup> groups = std::move(request.groups);
  if (!several) groups.push_back(std::move(request.one));
  const auto all = Gathering<OffsetFetchResponse>::begin(call, {});
  all->response.groups.resize(several ? groups.size() : 0);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const auto then = [g, several, wanted = groups[g], version = call.version()](
                          OffsetFetchResponse& response, const auto& result) {
      OffsetFetchGroupAnswer& answer = several ? response.groups[g] : response.one;
      answer.group = wanted.group;
      if (result) return put(answer, *result);
      refuse(answer, wanted, wire_of_group(result.error().code), version);
    };
    all->ask(all, question_of(groups[g]), then);
  }
  all->asked_all();
}

}  // namespace rialto::kafka
