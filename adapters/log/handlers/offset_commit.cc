#include "adapters/log/handlers/offset_commit.h"

#include "adapters/log/errors.h"

#include <utility>

namespace rialto::kafka {
namespace {

constexpr std::size_t metadata_bytes_max = 4096;

}  // namespace

void answer_offset_commit(const Call& call, OffsetCommitRequest& request) {
  CommitOffsets what{
      std::move(request.group), Generation(request.generation), std::move(request.member_id), {}};
  OffsetCommitResponse response;
  for (CommitTopic& topic : request.topics) {
    CommitTopicAnswer& answers = response.topics.emplace_back();
    answers.name = topic.name;
    for (CommitPartition& p : topic.partitions) {
      std::string metadata = p.metadata.value_or("");
      if (metadata.size() > metadata_bytes_max) {
        answers.partitions.push_back({p.index, wire(Code::offset_metadata_too_large)});
        continue;
      }
      answers.partitions.push_back({p.index, wire(Code::none)});
      what.offsets.push_back({topic.name, PartitionIndex(p.index), Offset(p.offset), p.leader_epoch,
                              std::move(metadata)});
    }
  }
  if (what.offsets.empty()) return call.answer(response);
  call.ask(std::move(what), [call, response](const Result<CommitOffsets::Answer>& result) {
    OffsetCommitResponse answer = response;
    std::size_t asked = 0;
    for (CommitTopicAnswer& topic : answer.topics) {
      for (CommitPartitionAnswer& p : topic.partitions) {
        if (p.error != wire(Code::none)) continue;
        p.error = wire(result ? result->at(asked) : result.error().code);
        ++asked;
      }
    }
    call.answer(answer);
  });
}

}  // namespace rialto::kafka
