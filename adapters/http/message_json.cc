#include "adapters/http/message_json.h"

#include "adapters/http/amqp_properties.h"
#include "adapters/http/json.h"
#include "core/base/rfc3339.h"
#include "core/model/message_id.h"
#include "core/model/message_properties.h"
#include "core/model/record_batch.h"

#include <boost/json/array.hpp>

#include <utility>

namespace rialto::http {

namespace json = boost::json;

namespace {

/// A name that comes again turns its value into a list, in the order of the record.
void add_header(json::object& headers, const HeaderView& h) {
  const json::string name = json_text(h.key);
  json::value value = h.value ? json_bytes(*h.value) : json::value(nullptr);
  const auto [at, fresh] = headers.emplace(name, value);
  if (fresh) return;
  if (!at->value().is_array()) at->value() = json::array{std::move(at->value())};
  at->value().as_array().push_back(std::move(value));
}

json::object headers_of(const RecordView& record, bool without_amqp) {
  json::object out;
  for_each_header(record, [&](const HeaderView& h) {
    if (!without_amqp || !h.key.starts_with("amqp.")) add_header(out, h);
    return true;
  });
  return out;
}

/// The blob is believed only in batches that our AMQP door wrote: anyone can send such a header.
void add_amqp(json::object& out, const RecordView& record) {
  if (const auto exchange = find_header(record, amqp_header::exchange)) {
    out["exchange"] = json_bytes(*exchange);
  }
  if (const auto key = find_header(record, amqp_header::routing_key)) {
    out["routing_key"] = json_bytes(*key);
  }
  const auto blob = find_header(record, amqp_header::properties);
  auto decoded = blob ? decode_amqp_properties(*blob) : std::nullopt;
  if (blob && !decoded) {
    out["properties_base64"] = base64(*blob);
  } else if (decoded) {
    // The table has the types that the record's own headers, plain bytes, have lost.
    if (decoded->headers) out["headers"] = to_json(*decoded->headers);
    if (!decoded->undecoded_headers.empty()) {
      out["headers_base64"] = base64(decoded->undecoded_headers);
    }
    out["properties"] = std::move(decoded->properties);
  }
}

}  // namespace

json::object message_json(std::string_view destination, PartitionIndex partition,
                          const RecordView& record, bool amqp_written, Shown shown) {
  json::object out;
  out["id"] = json_text(message_id(destination, partition, record.offset));
  out["partition"] = partition.get();
  out["offset"] = record.offset.get();
  out["timestamp"] = rfc3339(record.timestamp_ms);
  out["key"] = record.key ? json_bytes(*record.key) : json::value(nullptr);
  out["headers"] = headers_of(record, amqp_written);
  if (amqp_written) add_amqp(out, record);
  if (shown == Shown::without_body) return out;
  if (!record.value) {
    out["body"] = nullptr;
  } else if (is_text(*record.value)) {
    out["body"] = json_bytes(*record.value);
  } else {
    out["body_base64"] = base64(*record.value);
  }
  return out;
}

}  // namespace rialto::http
