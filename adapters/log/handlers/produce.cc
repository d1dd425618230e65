#include "adapters/log/handlers/produce.h"

#include "adapters/log/errors.h"
#include "adapters/log/handlers/transactions.h"
#include "core/model/record_batch.h"

#include <memory>
#include <utility>

namespace rialto::kafka {
namespace {

/// Where the reply for a part goes.
struct Place {
  std::size_t topic = 0;
  std::size_t partition = 0;
};

/// What one request becomes: the parts for the broker, and an answer in which the refused ones
/// have their errors already.
struct Work {
  ProduceResponse response;
  std::vector<ProducePart> parts;
  std::vector<Place> places;
  bool refused = false;

  ProducePartitionAnswer& at(Place p) { return response.topics[p.topic].partitions[p.partition]; }
};

void refuse(Work& work, ProducePartitionAnswer& answer, Code code, std::optional<std::string> why) {
  work.refused = true;
  answer.error = wire(code);
  answer.error_message = std::move(why);
}

/// What makes every part of a request wrong.
std::optional<std::pair<Code, std::string>> refusal_of(const Call& call,
                                                       const ProduceRequest& request) {
  if (call.version() < ProduceRequest::implemented_from) {
    return {{Code::unsupported_version, "Produce needs version 3 or later (record batches v2)"}};
  }
  if (request.transactional_id) {
    return {{Code::transactional_id_authorization_failed, no_transactions}};
  }
  if (request.acks < -1 || request.acks > 1) {
    return {{Code::invalid_required_acks, "acks is -1, 0 or 1"}};
  }
  return std::nullopt;
}

/// Errors that concern single records are told with the place of one, so that clients blame the
/// record and not the whole batch.
void take_batch(Work& work, Place place, const std::string& topic, const ProducePartition& from,
                const RequestFrame& frame) {
  ProducePartitionAnswer& answer = work.at(place);
  const Bytes batch = from.records.bytes.value_or(Bytes());
  if (batch.empty()) {
    return refuse(work, answer, Code::invalid_record, "a produced part has one record batch");
  }
  std::vector<RecordDelay> delays;
  const Result<BatchHeader> header = validate_produced_batch(batch, &delays);
  if (!header) {
    return refuse(work, answer, code_of(header.error().code), text_of(header.error()));
  }
  if (header->transactional()) {
    return refuse(work, answer, Code::transactional_id_authorization_failed, no_transactions);
  }
  work.places.push_back(place);
  // Some clients leave the greatest time out; readers find their place by it, so it is put right.
  work.parts.push_back({topic, PartitionIndex(from.index),
                        with_max_timestamp(frame.keep(batch), header->max_timestamp),
                        std::move(delays)});
}

Work split(const Call& call, const ProduceRequest& request, const RequestFrame& frame) {
  Work work;
  const auto refusal = refusal_of(call, request);
  for (const ProduceTopic& topic : request.topics) {
    const std::size_t t = work.response.topics.size();
    work.response.topics.push_back({topic.name, {}});
    for (const ProducePartition& partition : topic.partitions) {
      auto& answers = work.response.topics.back().partitions;
      const Place place{t, answers.size()};
      answers.push_back({.index = partition.index});
      if (refusal) {
        refuse(work, answers.back(), refusal->first, refusal->second);
      } else {
        take_batch(work, place, topic.name, partition, frame);
      }
    }
  }
  return work;
}

void put(ProducePartitionAnswer& answer, const ProducedPart& part) {
  answer.error = wire(part.error);
  answer.base_offset = part.error == Errc::ok ? part.base_offset.get() : -1;
  answer.log_start_offset = part.log_start.get();
  answer.error_message = text_of(Error(part.error, part.text));
}

void put_all(Work& work, const Result<std::vector<ProducedPart>>& result) {
  for (std::size_t i = 0; i < work.places.size(); ++i) {
    ProducePartitionAnswer& answer = work.at(work.places[i]);
    if (result && i < result->size()) {
      put(answer, (*result)[i]);
    } else {
      put(answer, {.error = result ? Errc::uncertain : result.error().code, .text = {}});
    }
    work.refused = work.refused || answer.error != 0;
  }
}

void produce_silently(const Call& call, Work work) {
  call.no_answer();
  if (work.refused) return call.close();
  if (work.parts.empty()) return;
  Produce what{std::move(work.parts), 0};
  call.ask(std::move(what), [call](const Result<std::vector<ProducedPart>>& result) {
    bool good = result.has_value();
    for (std::size_t i = 0; good && i < result->size(); ++i)
      good = (*result)[i].error == Errc::ok;
    if (!good) call.close();
  });
}

}  // namespace

void answer_produce(const Call& call, ProduceRequest& request, const RequestFrame& frame) {
  call.client().produces = true;
  Work work = split(call, request, frame);
  if (request.acks == 0) return produce_silently(call, std::move(work));
  if (work.parts.empty()) return call.answer(work.response);
  Produce what{std::exchange(work.parts, {}), request.acks};
  const auto shared = std::make_shared<Work>(std::move(work));
  call.ask(std::move(what), [call, shared](const Result<std::vector<ProducedPart>>& result) {
    put_all(*shared, result);
    call.answer(shared->response);
  });
}

}  // namespace rialto::kafka
