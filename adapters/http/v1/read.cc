#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/message_headers.h"
#include "adapters/http/message_json.h"
#include "adapters/http/v1/routes.h"
#include "core/model/record_batch.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <utility>

/// GET /v1/topics/{topic}/messages: the log of one partition, from a place in it.
namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

constexpr std::int64_t max_default = 100;
constexpr std::int64_t max_limit = 1000;
constexpr std::int64_t wait_ms_max = 60'000;
// A response is built in memory: this much is read, then the reader comes again at "next".
constexpr std::uint32_t read_bytes_max = 4U << 20;
constexpr std::int64_t latest_ms = -1;
constexpr std::int64_t earliest_ms = -2;

struct Wanted {
  std::string topic;
  PartitionIndex partition;
  std::optional<Offset> from;  ///< or else
  std::int64_t at_ms = earliest_ms;
  std::size_t max = 0;
  std::int64_t wait_ms = 0;
  bool raw = false;  ///< one message, its value as the body
};

Result<void> read_from(const std::string& text, Wanted& out) {
  std::int64_t offset = 0;
  const char* const last = text.data() + text.size();
  const auto [end, failed] = std::from_chars(text.data(), last, offset);
  if (text == "earliest") {
    out.at_ms = earliest_ms;
  } else if (text == "latest") {
    out.at_ms = latest_ms;
  } else if (failed == std::errc{} && end == last && offset >= 0) {
    out.from = Offset(offset);
  } else if (const auto at = from_rfc3339(text); at && *at >= 0) {
    out.at_ms = *at;
  } else {
    return Error(Errc::invalid_argument,
                 "'from' has to be earliest, latest, an offset or a time such as "
                 "2026-01-31T12:00:00Z");
  }
  return {};
}

Result<Wanted> wanted_of(const Call& call) {
  Wanted out;
  out.topic = call.name(0);
  if (const std::string* from = call.query("from")) {
    if (auto ok = read_from(*from, out); !ok) return ok.error();
  }
  constexpr std::int64_t any = std::numeric_limits<std::int32_t>::max();
  const auto partition = call.query_number("partition", 0, 0, any);
  if (!partition) return partition.error();
  const auto max = call.query_number("max", max_default, 1, max_limit);
  if (!max) return max.error();
  const auto wait_ms = call.query_number("wait_ms", 0, 0, wait_ms_max);
  if (!wait_ms) return wait_ms.error();
  const std::string* accept = call.request().header("Accept");
  out.partition = PartitionIndex(static_cast<std::int32_t>(*partition));
  out.max = static_cast<std::size_t>(*max);
  out.wait_ms = *wait_ms;
  out.raw = accept && *accept == "application/octet-stream";
  if (out.raw && call.query("max") && out.max != 1) {
    return Error(Errc::invalid_argument, "one raw body is one message: use max=1");
  }
  if (out.raw) out.max = 1;
  return out;
}

/// The records of fetched batches, and where to read on.
struct Collected {
  const Wanted& wanted;
  Offset next;
  std::size_t count = 0;
  std::string only_id;
  json::array messages;
  Response raw;

  Collected(const Wanted& w, Offset from) : wanted(w), next(from) {}

  bool full() const { return count >= wanted.max; }
  Result<void> add(const StoredBatch& stored);
  void add(const RecordView& record, bool amqp_written);
};

Result<void> Collected::add(const StoredBatch& stored) {
  const auto header = decode_batch_header(stored.batch.bytes());
  if (!header) return header.error();
  if (!header->control()) {
    const auto plain = uncompressed_batch(stored.batch);
    if (!plain) return plain.error();
    std::uint32_t position = batch_header_bytes;
    for (std::int32_t i = 0; i < header->record_count; ++i) {
      if (full()) return {};
      const auto at = record_at(plain->bytes(), position, stored.base_offset);
      if (!at) return at.error();
      position = at->next;
      if (at->record.offset >= next) add(at->record, stored.amqp_written);
    }
  }
  next = stored.last_offset + 1;
  return {};
}

void Collected::add(const RecordView& record, bool amqp_written) {
  ++count;
  next = record.offset + 1;
  only_id = message_id(wanted.topic, wanted.partition, record.offset);
  if (!wanted.raw) {
    messages.push_back(message_json(wanted.topic, wanted.partition, record, amqp_written));
    return;
  }
  if (record.value) raw.body = *record.value;
  if (!record.value) raw.headers.emplace_back("X-Rialto-Tombstone", "true");
  raw.headers.emplace_back("X-Rialto-Partition", std::to_string(wanted.partition.get()));
  raw.headers.emplace_back("X-Rialto-Offset", std::to_string(record.offset.get()));
  raw.headers.emplace_back("X-Rialto-Timestamp", rfc3339(record.timestamp_ms));
  append_record_headers(raw.headers, record);
}

Response shown(const Wanted& wanted, Collected& found, const PartitionInfo& marks) {
  Response response;
  if (wanted.raw) {
    response = std::move(found.raw);
    // Never the type that the writer claims: this origin also serves pages to browsers.
    response.content_type = "application/octet-stream";
    if (found.count == 0) response.status = 204;
  } else {
    json::object body;
    body["topic"] = json_text(wanted.topic);
    body["partition"] = wanted.partition.get();
    body["messages"] = std::move(found.messages);
    body["next"] = found.next.get();
    body["log_start"] = marks.log_start.get();
    body["high_watermark"] = marks.high_watermark.get();
    response = json_response(200, body);
  }
  response.headers.emplace_back("X-Rialto-Next", std::to_string(found.next.get()));
  if (found.count == 1 && fits_header(found.only_id)) {
    response.headers.emplace_back("X-Rialto-Id", found.only_id);
  }
  return response;
}

void fetch(const CallRef& call, const Wanted& wanted, Offset from) {
  Fetch what;
  what.parts.push_back({wanted.topic, wanted.partition, from, read_bytes_max});
  what.bytes_max = read_bytes_max;
  what.wait_ms = wanted.wait_ms;
  call->ask(std::move(what), [call, wanted, from](const std::vector<FetchedPart>& parts) {
    const Errc error = parts.empty() ? Errc::not_found : parts[0].error;
    if (error != Errc::ok) {
      return call->refuse(
          Error(error, fmt::format("topic '{}', partition {}, offset {}: {}", wanted.topic,
                                   wanted.partition.get(), from.get(), to_string(error))));
    }
    Collected found(wanted, from);
    for (const StoredBatch& batch : parts[0].batches) {
      if (found.full()) break;
      if (auto ok = found.add(batch); !ok) {
        if (found.count > 0) break;  // what is in front of the damage is whole
        return call->refuse(ok.error());
      }
    }
    call->answer(shown(wanted, found, parts[0].marks));
  });
}

void locate(const CallRef& call, const Wanted& wanted, std::int64_t at_ms) {
  ListOffset what;
  what.topic = wanted.topic;
  what.partition = wanted.partition;
  what.timestamp_ms = at_ms;
  call->ask(std::move(what), [call, wanted, at_ms](const ListOffset::Answer& at) {
    if (at.offset != no_offset) return fetch(call, wanted, at.offset);
    // Nothing is as young as that: begin with what comes next.
    if (at_ms != latest_ms) return locate(call, wanted, latest_ms);
    call->refuse(Error(Errc::uncertain, "the end of the log is not known"));
  });
}

void read_messages(const CallRef& call) {
  const auto wanted = wanted_of(*call);
  if (!wanted) return call->refuse(wanted.error());
  if (wanted->from) {
    fetch(call, *wanted, *wanted->from);
  } else {
    locate(call, *wanted, wanted->at_ms);
  }
}

}  // namespace

void add_read(RouteList& routes) {
  routes.push_back({Method::get,
                    "/v1/topics/{topic}/messages",
                    read_messages,
                    Needs::broker,
                    0,
                    {"from", "partition", "max", "wait_ms"}});
}

}  // namespace rialto::http::v1
