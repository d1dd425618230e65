#include "adapters/log/handlers/list_offsets.h"

#include "adapters/log/errors.h"

#include <utility>

namespace rialto::kafka {
namespace {

constexpr std::int64_t max_timestamp = -3;
constexpr std::int16_t max_timestamp_since = 7;

void put(ListOffsetsPartitionAnswer& answer, const Result<ListOffset::Answer>& result) {
  if (!result) {
    answer.error = wire(result.error().code);
    return;
  }
  answer.offset = result->offset.get();
  answer.timestamp_ms = result->timestamp_ms;
  if (answer.offset >= 0) {
    answer.leader_epoch = static_cast<std::int32_t>(result->leader_epoch.get());
  }
}

}  // namespace

void answer_list_offsets(const Call& call, ListOffsetsRequest& request) {
  const auto all = Gathering<ListOffsetsResponse>::begin(call, {});
  const std::int64_t least =
      call.version() < max_timestamp_since ? max_timestamp + 1 : max_timestamp;
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const ListOffsetsTopic& topic = request.topics[t];
    all->response.topics.push_back({topic.name, {}});
    for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
      const ListOffsetsPartition& wanted = topic.partitions[p];
      auto& answers = all->response.topics.back().partitions;
      answers.push_back({.index = wanted.index});
      if (wanted.timestamp_ms < least) {
        answers.back().error = wire(Code::unsupported_version);
        continue;
      }
      ListOffset what{topic.name, PartitionIndex(wanted.index), wanted.timestamp_ms};
      all->ask(all, std::move(what), [t, p](ListOffsetsResponse& response, const auto& result) {
        put(response.topics[t].partitions[p], result);
      });
    }
  }
  all->asked_all();
}

}  // namespace rialto::kafka
