#include "adapters/http/v1/shapes.h"

#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "core/model/message_id.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <string_view>

namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

json::string_view word_of(Keep keep) {
  switch (keep) {
    case Keep::none: return "none";
    case Keep::time_size: return "time_size";
    case Keep::compact: return "compact";
  }
  return "";
}

json::array marks_json(const TopicInfo& topic, std::int32_t node_id) {
  json::array out;
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const PartitionInfo& p = topic.partitions[i];
    json::object one;
    one["partition"] = i;
    one["log_start"] = p.log_start.get();
    one["last_stable"] = p.last_stable.get();
    one["high_watermark"] = p.high_watermark.get();
    one["log_end"] = p.log_end.get();
    one["leader_epoch"] = p.leader_epoch.get();
    one["isr"] = json::array{node_id};
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

json::object place_json(const std::string& topic, const AppendMessages::Place& place) {
  json::object out;
  if (place.offset != no_offset) {
    out["id"] = json_text(message_id(topic, place.partition, place.offset));
  }
  out["partition"] = place.partition.get();
  if (place.offset != no_offset) out["offset"] = place.offset.get();
  if (place.repeated) out["duplicate"] = true;
  return out;
}

json::object topic_json(const TopicInfo& topic, std::int32_t node_id) {
  json::object out;
  out["name"] = json_text(topic.name);
  std::int64_t messages = 0;
  for (const PartitionInfo& p : topic.partitions)
    messages += p.high_watermark - p.log_start;
  out["messages"] = messages;
  out["of_queue"] = topic.of_queue;
  out["keep"] = word_of(topic.keep);
  json::object config;
  for (const TopicConfig& c : topic.configs)
    config[json_text(c.name)] = json_text(c.value);
  out["config"] = std::move(config);
  out["partitions"] = marks_json(topic, node_id);
  return out;
}

json::object queue_json(const QueueInfo& queue, const TopicInfo* topic, std::int32_t node_id) {
  json::object out;
  out["name"] = json_text(queue.name);
  out["messages"] = queue.counts.ready + queue.counts.unacked + queue.delayed + queue.blocked;
  out["ready"] = queue.counts.ready;
  out["unacked"] = queue.counts.unacked;
  if (queue.delayed != 0) out["delayed"] = queue.delayed;
  if (queue.blocked != 0) out["blocked"] = queue.blocked;
  if (queue.ready_bytes) out["ready_bytes"] = *queue.ready_bytes;
  out["consumers"] = queue.counts.consumers;
  out["durable"] = queue.durable;
  out["exclusive"] = queue.exclusive;
  out["auto_delete"] = queue.auto_delete;
  out["type"] = json_text(queue_type_name(queue.type));
  out["arguments"] = to_json(queue.arguments);
  if (!queue.policy.empty()) out["policy"] = json_text(queue.policy);
  if (!queue.operator_policy.empty()) out["operator_policy"] = json_text(queue.operator_policy);
  out["effective_policy_definition"] = to_json(queue.effective_policy);
  if (topic) {
    out["topic"] = json_text(topic->name);
    out["partitions"] = marks_json(*topic, node_id);
  }
  return out;
}

Result<std::vector<HeaderWanted>> headers_wanted(const json::object* where) {
  std::vector<HeaderWanted> out;
  for (const auto& [name, value] : where ? *where : json::object()) {
    if (!value.is_string()) {
      return Error(Errc::invalid_argument,
                   fmt::format("'where' needs texts, and '{}' is none", std::string(name)));
    }
    out.emplace_back(name, value.as_string());
  }
  return out;
}

}  // namespace rialto::http::v1
