#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/v1/routes.h"
#include "adapters/http/v1/shapes.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

std::string config_text(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(text->data(), text->size());
  return json::serialize(value);
}

Result<CreateTopic> creation_of(const Call& call) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  Members members(*body);
  CreateTopic what;
  what.name = call.name(0);
  constexpr std::int64_t any = std::numeric_limits<std::int32_t>::max();
  what.partitions = static_cast<std::int32_t>(members.integer("partitions", -1, 1, any));
  const json::object* config = members.object("config");
  if (auto ok = members.finish(); !ok) return ok.error();
  if (config) {
    for (const auto& member : *config) {
      TopicConfig entry;
      entry.name.assign(member.key().data(), member.key().size());
      entry.value = config_text(member.value());
      what.configs.push_back(std::move(entry));
    }
  }
  return what;
}

/// What was asked for is there already; configs that were not named may be anything.
bool is_as_asked(const TopicInfo& topic, const CreateTopic& what) {
  if (topic.of_queue) return false;
  if (what.partitions != -1 &&
      topic.partitions.size() != static_cast<std::size_t>(what.partitions)) {
    return false;
  }
  return std::all_of(what.configs.begin(), what.configs.end(), [&](const TopicConfig& wanted) {
    return std::any_of(topic.configs.begin(), topic.configs.end(), [&](const TopicConfig& has) {
      return has.name == wanted.name && has.value == wanted.value;
    });
  });
}

void answer_topic(const CallRef& call, unsigned status, const TopicInfo& topic) {
  call->answer(json_response(status, topic_json(topic, call->settings().node_id)));
}

void describe(const CallRef& call, const std::function<void(const TopicInfo&)>& then) {
  DescribeTopics what;
  what.names.push_back(call->name(0));
  call->ask(std::move(what), [call, then](const std::vector<TopicInfo>& topics) {
    if (topics.empty() || topics[0].error != Errc::ok) {
      const Errc code = topics.empty() ? Errc::not_found : topics[0].error;
      return call->refuse(
          Error(code, fmt::format("no topic '{}' in vhost '{}'", call->name(0), call->vhost())));
    }
    then(topics[0]);
  });
}

void put_topic(const CallRef& call) {
  auto what = creation_of(*call);
  if (!what) return call->refuse(what.error());
  call->ask_either(*what, [call, what = *what](Result<TopicInfo> made) {
    if (made) return answer_topic(call, 201, *made);
    if (made.error().code != Errc::already_exists) return call->refuse(made.error());
    describe(call, [call, what, refused = made.error()](const TopicInfo& topic) {
      if (!is_as_asked(topic, what)) return call->refuse(refused);
      answer_topic(call, 200, topic);
    });
  });
}

void get_topic(const CallRef& call) {
  describe(call, [call](const TopicInfo& topic) { answer_topic(call, 200, topic); });
}

void list_topics(const CallRef& call) {
  DescribeTopics all;
  all.all = true;
  call->ask(std::move(all), [call](const std::vector<TopicInfo>& topics) {
    json::array list;
    for (const TopicInfo& topic : topics) {
      list.push_back(topic_json(topic, call->settings().node_id));
    }
    json::object body;
    body["topics"] = std::move(list);
    call->answer(json_response(200, body));
  });
}

void delete_topic(const CallRef& call) {
  DeleteTopic what;
  what.name = call->name(0);
  call->ask(std::move(what), [call](const DeleteTopic::Answer&) { call->answer_done(); });
}

}  // namespace

void add_topics(RouteList& routes) {
  add(routes, {Method::get, "/v1/topics", list_topics},
      "Lists topics with the marks of their partitions");
  add(routes, {Method::get, "/v1/topics/{topic}", get_topic}, "Shows a topic", {200, 404});
  add(routes, {Method::put, "/v1/topics/{topic}", put_topic, Needs::broker, json_bytes_max},
      "Makes a topic; an equal one is left as it is", {200, 201, 409});
  add(routes, {Method::remove, "/v1/topics/{topic}", delete_topic}, "Deletes a topic",
      {204, 404, 409});
}

}  // namespace rialto::http::v1
