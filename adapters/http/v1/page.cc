#include "adapters/http/v1/page.h"

#include "adapters/http/message_json.h"
#include "core/base/number.h"
#include "core/base/rfc3339.h"
#include "core/model/record_batch.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace rialto::http::v1 {

Result<void> read_place(const std::string& text, ReadFrom& out) {
  const auto offset = number_in(text);
  if (text == "earliest") {
    out.at_ms = earliest_ms;
  } else if (text == "latest") {
    out.at_ms = latest_ms;
  } else if (offset && *offset >= 0) {
    out.offset = Offset(*offset);
  } else if (const auto at = from_rfc3339(text); at && *at >= 0) {
    out.at_ms = *at;
  } else {
    return Error(Errc::invalid_argument,
                 "'from' has to be earliest, latest, an offset or a time such as "
                 "2026-01-31T12:00:00Z");
  }
  return {};
}

Result<ReadFrom> read_from(const Call& call) {
  ReadFrom out;
  out.topic = call.name(0);
  if (const std::string* from = call.query("from")) {
    if (auto ok = read_place(*from, out); !ok) return ok.error();
  }
  constexpr std::int64_t any = std::numeric_limits<std::int32_t>::max();
  const auto partition = call.query_number("partition", 0, 0, any);
  if (!partition) return partition.error();
  out.partition = PartitionIndex(static_cast<std::int32_t>(*partition));
  return out;
}

Result<void> Page::collect(const std::vector<StoredBatch>& batches, std::size_t max,
                           const Take& take) {
  for (const StoredBatch& batch : batches) {
    if (count >= max) break;
    if (auto ok = add(batch, max, take); !ok) {
      if (count > 0) break;
      return ok;
    }
  }
  return {};
}

Result<void> Page::add(const StoredBatch& stored, std::size_t max, const Take& take) {
  const auto header = decode_batch_header(stored.batch.bytes());
  if (!header) return header.error();
  if (!header->control()) {
    const auto plain = uncompressed_batch(stored.batch);
    if (!plain) return plain.error();
    std::uint32_t position = batch_header_bytes;
    for (std::int32_t i = 0; i < header->record_count; ++i) {
      if (count >= max) return {};
      const auto at = record_at(plain->bytes(), position, stored.base_offset);
      if (!at) return at.error();
      position = at->next;
      if (at->record.offset < next) continue;
      ++count;
      next = at->record.offset + 1;
      take(at->record, stored.amqp_written);
    }
  }
  next = stored.last_offset + 1;
  return {};
}

void locate(const CallRef& call, const ReadFrom& from, const std::function<void(Offset)>& then) {
  if (from.offset) return then(*from.offset);
  ListOffset what;
  what.topic = from.topic;
  what.partition = from.partition;
  what.timestamp_ms = from.at_ms;
  call->ask(std::move(what), [call, from, then](const ListOffset::Answer& at) {
    if (at.offset != no_offset) return then(at.offset);
    if (from.at_ms == latest_ms) {
      return call->refuse(Error(Errc::uncertain, "the end of the log is not known"));
    }
    // Nothing is as young as that: begin with what comes next.
    ReadFrom end = from;
    end.at_ms = latest_ms;
    locate(call, end, then);
  });
}

void fetch(const CallRef& call, const ReadFrom& from, Offset at, std::uint32_t bytes_max,
           std::int64_t wait_ms, const std::function<void(const FetchedPart&)>& then,
           const std::function<void(const Error&)>& otherwise) {
  Fetch what;
  what.parts.push_back({from.topic, from.partition, at, bytes_max});
  what.bytes_max = bytes_max;
  what.wait_ms = wait_ms;
  call->ask_either(
      std::move(what), [from, at, then, otherwise](const Result<Fetch::Answer>& parts) {
        if (!parts) return otherwise(parts.error());
        const Errc error = parts->empty() ? Errc::not_found : parts->front().error;
        if (error == Errc::ok) return then(parts->front());
        otherwise(Error(error, fmt::format("topic '{}', partition {}, offset {}: {}", from.topic,
                                           from.partition.get(), at.get(), to_string(error))));
      });
}

}  // namespace rialto::http::v1
