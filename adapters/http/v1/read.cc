#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/media_types.h"
#include "adapters/http/message_headers.h"
#include "adapters/http/message_json.h"
#include "adapters/http/v1/page.h"
#include "adapters/http/v1/routes.h"
#include "adapters/http/v1/stream.h"
#include "core/base/rfc3339.h"
#include "core/model/message_id.h"

#include <boost/json/array.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>

/// GET /v1/topics/{topic}/messages: the log of one partition, from a place in it.
namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

// What a reader who says nothing gets comes first.
constexpr std::string_view raw_type = "application/octet-stream";
constexpr std::array<std::string_view, 3> read_types = {"application/json", event_stream_type,
                                                        raw_type};
constexpr std::int64_t max_default = 100;
constexpr std::int64_t max_limit = 1000;
constexpr std::int64_t read_wait_ms_max = 60'000;
// A response is built in memory: this much is read, then the reader comes again at "next".
constexpr std::uint32_t read_bytes_max = 4U << 20;

struct Wanted {
  ReadFrom from;
  std::size_t max = 0;
  std::int64_t wait_ms = 0;
  bool raw = false;  ///< one message, its value as the body
};

Result<Wanted> wanted_of(const Call& call) {
  Wanted out;
  auto from = read_from(call);
  if (!from) return from.error();
  out.from = std::move(*from);
  const auto max = call.query_number("max", max_default, 1, max_limit);
  if (!max) return max.error();
  const auto wait_ms = call.query_number("wait_ms", 0, 0, read_wait_ms_max);
  if (!wait_ms) return wait_ms.error();
  out.max = static_cast<std::size_t>(*max);
  out.wait_ms = *wait_ms;
  out.raw = wanted_type(call.request(), read_types) == raw_type;
  if (out.raw && call.query("max") && out.max != 1) {
    return Error(Errc::invalid_argument, "one raw body is one message: use max=1");
  }
  if (out.raw) out.max = 1;
  return out;
}

/// What an answer is made of.
struct Found {
  Page page;
  std::string only_id;
  json::array messages;
  Response raw;
};

void add_raw(Response& raw, const ReadFrom& from, const RecordView& record) {
  if (record.value) raw.body = *record.value;
  if (!record.value) raw.headers.emplace_back("X-Rialto-Tombstone", "true");
  raw.headers.emplace_back("X-Rialto-Partition", std::to_string(from.partition.get()));
  raw.headers.emplace_back("X-Rialto-Offset", std::to_string(record.offset.get()));
  raw.headers.emplace_back("X-Rialto-Timestamp", rfc3339(record.timestamp_ms));
  append_record_headers(raw.headers, record);
}

Response shown(const Wanted& wanted, Found& found, const PartitionInfo& marks) {
  Response response;
  if (wanted.raw) {
    response = std::move(found.raw);
    // Never the type that the writer claims: this origin also serves pages to browsers.
    response.content_type = raw_type;
    if (found.page.count == 0) response.status = 204;
  } else {
    json::object body;
    body["topic"] = json_text(wanted.from.topic);
    body["partition"] = wanted.from.partition.get();
    body["messages"] = std::move(found.messages);
    body["next"] = found.page.next.get();
    body["log_start"] = marks.log_start.get();
    body["high_watermark"] = marks.high_watermark.get();
    response = json_response(200, body);
  }
  response.headers.emplace_back("X-Rialto-Next", std::to_string(found.page.next.get()));
  if (found.page.count == 1 && fits_header(found.only_id)) {
    response.headers.emplace_back("X-Rialto-Id", found.only_id);
  }
  return response;
}

void answer_part(const CallRef& call, const Wanted& wanted, Offset at, const FetchedPart& part) {
  Found found;
  found.page.next = at;
  const ReadFrom& from = wanted.from;
  const auto take = [&](const RecordView& record, bool amqp_written) {
    found.only_id = message_id(from.topic, from.partition, record.offset);
    if (wanted.raw) return add_raw(found.raw, from, record);
    found.messages.push_back(message_json(from.topic, from.partition, record, amqp_written));
  };
  if (auto ok = found.page.collect(part.batches, wanted.max, take); !ok) {
    return call->refuse(ok.error());
  }
  call->answer(shown(wanted, found, part.marks));
}

void read_messages(const CallRef& call) {
  if (wanted_type(call->request(), read_types) == event_stream_type) return stream_messages(call);
  const auto wanted = wanted_of(*call);
  if (!wanted) return call->refuse(wanted.error());
  locate(call, wanted->from, [call, wanted = *wanted](Offset at) {
    fetch(
        call, wanted.from, at, read_bytes_max, wanted.wait_ms,
        [call, wanted, at](const FetchedPart& part) { answer_part(call, wanted, at, part); },
        [call](const Error& error) { call->refuse(error); });
  });
}

}  // namespace

void add_read(RouteList& routes) {
  Route& route =
      add(routes,
          {Method::get,
           "/v1/topics/{topic}/messages",
           read_messages,
           Needs::broker,
           0,
           {"from", "partition", "max", "wait_ms"}},
          "Reads a partition, as one answer or as server-sent events", {200, 204, 404, 416});
  route.headers = {"Last-Event-ID"};
  route.answer_types.assign(read_types.begin(), read_types.end());
}

}  // namespace rialto::http::v1
