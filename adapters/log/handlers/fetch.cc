#include "adapters/log/handlers/fetch.h"

#include "adapters/log/errors.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace rialto::kafka {
namespace {

/// Of one answer, however much the client would take.
constexpr std::uint32_t answer_bytes_max = 8U << 20;
constexpr std::int64_t wait_ms_bound = 60'000;
constexpr std::int8_t read_committed = 1;

std::uint32_t bounded(std::int32_t wanted) {
  return std::min(static_cast<std::uint32_t>(std::max(wanted, 0)), answer_bytes_max);
}

void put(FetchPartitionAnswer& answer, FetchedPart part) {
  answer.error = wire(part.error);
  answer.high_watermark = part.marks.high_watermark.get();
  answer.last_stable_offset = part.marks.last_stable.get();
  answer.log_start_offset = part.marks.log_start.get();
  if (part.error != Errc::ok && part.error != Errc::out_of_range) {
    answer.high_watermark = answer.last_stable_offset = answer.log_start_offset = -1;
  }
  answer.records.batches.reserve(part.batches.size());
  for (StoredBatch& stored : part.batches) {
    answer.records.batches.push_back({std::move(stored.batch), stored.base_offset,
                                      static_cast<std::int32_t>(stored.epoch.get())});
  }
}

void put_all(FetchResponse& response, const Result<std::vector<FetchedPart>>& result) {
  std::size_t next = 0;
  for (FetchTopicAnswer& topic : response.topics) {
    for (FetchPartitionAnswer& answer : topic.partitions) {
      if (result && next < result->size()) {
        put(answer, (*result)[next++]);
      } else {
        answer.error = wire(result ? Errc::uncertain : result.error().code);
      }
    }
  }
}

Fetch question_of(const FetchRequest& request) {
  Fetch what;
  what.bytes_min = bounded(request.bytes_min);
  what.bytes_max = bounded(request.bytes_max);
  what.wait_ms = std::clamp<std::int64_t>(request.wait_ms_max, 0, wait_ms_bound);
  for (const FetchTopic& topic : request.topics) {
    for (const FetchPartition& p : topic.partitions) {
      what.parts.push_back(
          {topic.name, PartitionIndex(p.index), Offset(p.fetch_offset), bounded(p.bytes_max)});
    }
  }
  return what;
}

FetchResponse frame_of(const FetchRequest& request) {
  FetchResponse response;
  for (const FetchTopic& topic : request.topics) {
    FetchTopicAnswer& answers = response.topics.emplace_back();
    answers.name = topic.name;
    for (const FetchPartition& p : topic.partitions) {
      FetchPartitionAnswer& answer = answers.partitions.emplace_back();
      answer.index = p.index;
      // There are no transactions, so none of those asked for was aborted.
      if (request.isolation_level == read_committed) answer.aborted.emplace();
    }
  }
  return response;
}

}  // namespace

void answer_fetch(const Call& call, FetchRequest& request) {
  // An id was never given out, so a client that names one confuses this broker with another.
  if (request.session_id != 0 && request.session_epoch > 0) {
    FetchResponse refusal;
    refusal.error = wire(Code::fetch_session_id_not_found);
    return call.answer(refusal);
  }
  Fetch what = question_of(request);
  call.will_hold(what.bytes_max);
  const auto response = std::make_shared<FetchResponse>(frame_of(request));
  if (what.parts.empty()) return call.answer(*response);
  call.ask(std::move(what), [call, response](const Result<std::vector<FetchedPart>>& result) {
    put_all(*response, result);
    call.answer(*response);
  });
}

}  // namespace rialto::kafka
