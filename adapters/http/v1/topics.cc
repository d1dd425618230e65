#include "adapters/http/call.h"
#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "adapters/http/v1/routes.h"
#include "adapters/http/v1/shapes.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>

namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

Result<CreateTopic> creation_of(const Call& call) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  return topic_declaration(*body, call.name(0));
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
  declare_topic(call, *what, [call](const Result<TopicInfo>& topic, bool made) {
    if (!topic) return call->refuse(topic.error());
    answer_topic(call, made ? 201 : 200, *topic);
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
