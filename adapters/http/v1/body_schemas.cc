#include "adapters/http/v1/body_schemas.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <iterator>

namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

constexpr std::string_view queue_body = R"({
  "type": "object", "additionalProperties": false, "properties": {
    "durable": {"type": "boolean", "default": true},
    "auto_delete": {"type": "boolean", "default": false},
    "type": {"type": "string", "description": "classic, quorum, stream: the argument x-queue-type"},
    "arguments": {"type": "object", "description": "AMQP's x-arguments"}}})";

constexpr std::string_view exchange_body = R"({
  "type": "object", "additionalProperties": false, "properties": {
    "type": {"type": "string", "default": "direct"},
    "durable": {"type": "boolean", "default": true},
    "auto_delete": {"type": "boolean", "default": false},
    "internal": {"type": "boolean", "default": false},
    "arguments": {"type": "object"}}})";

constexpr std::string_view binding_body = R"({
  "type": "object", "additionalProperties": false, "properties": {
    "queue": {"type": "string"},
    "exchange": {"type": "string"},
    "routing_key": {"type": "string", "default": ""},
    "arguments": {"type": "object"}},
  "oneOf": [{"required": ["queue"]}, {"required": ["exchange"]}]})";

constexpr std::string_view topic_body = R"({
  "type": "object", "additionalProperties": false, "properties": {
    "partitions": {"type": "integer", "minimum": 1},
    "config": {"type": "object", "description": "Kafka's configs by name"}}})";

constexpr std::string_view pull_body = R"({
  "type": "object", "additionalProperties": false, "properties": {
    "max": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1},
    "lease_ms": {"type": "integer", "minimum": 1, "maximum": 43200000, "default": 30000},
    "wait_ms": {"type": "integer", "minimum": 0, "maximum": 60000, "default": 0}}})";

constexpr std::string_view leases_body = R"({
  "type": "object", "additionalProperties": false, "properties": {
    "ack": {"type": "array", "items": {"type": "string"}, "maxItems": 10000},
    "nack": {"type": "array", "items": {"type": "string"}, "maxItems": 10000},
    "extend": {"type": "array", "items": {"type": "string"}, "maxItems": 10000},
    "extend_ms": {"type": "integer", "minimum": 1, "maximum": 43200000, "default": 30000}}})";

constexpr std::string_view redrive_body = R"({
  "type": "object", "additionalProperties": false, "properties": {
    "ids": {"type": "array", "items": {"type": "string"}, "maxItems": 10000},
    "where": {"type": "object", "description": "headers and their values",
              "additionalProperties": {"type": "string"}},
    "to": {"type": "string", "description": "a queue, instead of where each message died last"},
    "max": {"type": "integer", "minimum": 1},
    "rate": {"type": "integer", "minimum": 0, "maximum": 1000000, "default": 0},
    "dry_run": {"type": "boolean", "default": false}}})";

constexpr std::string_view replay_body = R"({
  "type": "object", "additionalProperties": false, "required": ["states"], "properties": {
    "states": {"type": "array", "minItems": 1, "maxItems": 8, "items": {
      "type": "string", "enum": ["acked", "expired", "rejected", "maxlen", "purged"]}},
    "since": {"type": "string", "format": "date-time", "description": "when they left, or later"},
    "until": {"type": "string", "format": "date-time", "description": "before that time"},
    "where": {"type": "object", "description": "headers and their values",
              "additionalProperties": {"type": "string"}},
    "max": {"type": "integer", "minimum": 1},
    "dry_run": {"type": "boolean", "default": false}}})";

// What an exchange and a topic take of a message beyond what a queue does.
constexpr std::string_view batch_body = R"({
  "type": "object", "additionalProperties": false, "required": ["messages"], "properties": {
    "messages": {"type": "array", "minItems": 1, "maxItems": 10000, "items": {
      "type": "object", "additionalProperties": false, "properties": {
        "body": {"type": ["string", "null"]},
        "body_base64": {"type": "string", "contentEncoding": "base64"},
        "json": {},
        "key": {"type": ["string", "object", "null"],
                "description": "a text, or {\"base64\": ...} for other bytes"},
        "headers": {"type": "object"},
        "properties": {"type": "object", "description": "AMQP's, with _ in their names"}},
      "oneOf": [{"required": ["body"]}, {"required": ["body_base64"]},
                {"required": ["json"]}]}}}})";
constexpr std::string_view of_delays = R"({
  "delay": {"type": "integer", "minimum": 0, "description": "milliseconds, ten years at most"},
  "deliver_at": {"type": "string", "format": "date-time", "description": "instead of delay"},
  "cancel_key": {"type": "string", "description": "1 to 255 bytes"}})";
constexpr std::string_view of_exchanges = R"({"routing_key": {"type": "string"}})";
constexpr std::string_view of_topics = R"({"partition": {"type": "integer", "minimum": 0}})";

struct BodySchema {
  Method method;
  std::string_view path;
  std::string_view text;
  std::array<std::string_view, 2> of_messages = {};  ///< members beside those of the text
};

constexpr BodySchema schemas[] = {
    {Method::put, "/v1/queues/{queue}", queue_body},
    {Method::put, "/v1/exchanges/{exchange}", exchange_body},
    {Method::post, "/v1/exchanges/{exchange}/bindings", binding_body},
    {Method::remove, "/v1/exchanges/{exchange}/bindings", binding_body},
    {Method::put, "/v1/topics/{topic}", topic_body},
    {Method::post, "/v1/queues/{queue}/pull", pull_body},
    {Method::post, "/v1/leases", leases_body},
    {Method::post, "/v1/queues/{queue}/redrive", redrive_body},
    {Method::post, "/v1/queues/{queue}/replay", replay_body},
    {Method::post, "/v1/queues/{queue}/batch", batch_body, {of_delays}},
    {Method::post, "/v1/exchanges/{exchange}/batch", batch_body, {of_delays, of_exchanges}},
    {Method::post, "/v1/topics/{topic}/batch", batch_body, {of_topics}},
};

json::object parsed(std::string_view text) {
  return json::parse(json::string_view(text.data(), text.size())).as_object();
}

}  // namespace

json::object body_schema(Method method, std::string_view path) {
  const auto* at = std::find_if(std::begin(schemas), std::end(schemas), [&](const BodySchema& s) {
    return s.method == method && s.path == path;
  });
  if (at == std::end(schemas)) return {};
  json::object out = parsed(at->text);
  for (const std::string_view more : at->of_messages) {
    if (more.empty()) continue;
    json::value& messages = out["properties"].at("messages").at("items").at("properties");
    for (auto& member : parsed(more))
      messages.get_object()[member.key()] = member.value();
  }
  return out;
}

}  // namespace rialto::http::v1
