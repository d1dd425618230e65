#include "adapters/http/call.h"
#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "adapters/http/v1/routes.h"
#include "adapters/http/v1/shapes.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

void declare(const CallRef& call, DeclareQueue what) {
  call->ask(std::move(what), [call](const DeclareQueue::Answer& made) {
    json::object body;
    body["name"] = json_text(made.name);
    body["messages"] = made.counts.ready;
    body["consumers"] = made.counts.consumers;
    call->answer(json_response(made.created ? 201 : 200, body));
  });
}

/// An AMQP declare adopts a topic of the same name; a PUT promises the queue that it describes.
void put_queue(const CallRef& call) {
  auto what = queue_declaration(*call, call->name(0), true);
  if (!what) return call->refuse(what.error());
  DescribeTopics topic;
  topic.names.push_back(what->name);
  call->ask(std::move(topic), [call, what = *what](const std::vector<TopicInfo>& topics) {
    const bool taken = topics.size() == 1 && topics[0].error == Errc::ok && !topics[0].of_queue;
    if (!taken) return declare(call, what);
    call->refuse(Error(Errc::already_exists,
                       "'" + what.name + "' is a topic; pull from it as it is, without a PUT"));
  });
}

void answer_queue(const CallRef& call, const QueueInfo& queue, const TopicInfo* topic) {
  call->answer(json_response(200, queue_json(queue, topic, call->settings().node_id)));
}

void get_queue(const CallRef& call) {
  DescribeQueue what;
  what.name = call->name(0);
  call->ask(std::move(what), [call](const QueueInfo& queue) {
    if (queue.topic.empty()) return answer_queue(call, queue, nullptr);
    DescribeTopics log;
    log.names.push_back(queue.topic);
    call->ask(std::move(log), [call, queue](const std::vector<TopicInfo>& topics) {
      const bool found = topics.size() == 1 && topics[0].error == Errc::ok;
      answer_queue(call, queue, found ? &topics[0] : nullptr);
    });
  });
}

void list_queues(const CallRef& call) {
  call->ask(ListQueues(), [call](const std::vector<QueueInfo>& queues) {
    DescribeTopics all;
    all.all = true;
    call->ask(std::move(all), [call, queues](std::vector<TopicInfo> topics) {
      const auto by_name = [](const TopicInfo& a, const TopicInfo& b) { return a.name < b.name; };
      std::sort(topics.begin(), topics.end(), by_name);
      json::array list;
      for (const QueueInfo& queue : queues) {
        TopicInfo wanted;
        wanted.name = queue.topic;
        const auto at = std::lower_bound(topics.begin(), topics.end(), wanted, by_name);
        const bool found = at != topics.end() && at->name == queue.topic;
        list.push_back(queue_json(queue, found ? &*at : nullptr, call->settings().node_id));
      }
      json::object body;
      body["queues"] = std::move(list);
      call->answer(json_response(200, body));
    });
  });
}

void delete_queue(const CallRef& call) {
  DeleteQueue what;
  what.name = call->name(0);
  call->ask(std::move(what), [call](const DeleteQueue::Answer& gone) {
    if (!gone.existed) return call->refuse(no_such_queue(*call, call->name(0)));
    call->answer_done();
  });
}

void purge_queue(const CallRef& call) {
  PurgeQueue what;
  what.name = call->name(0);
  call->ask(std::move(what), [call](const PurgeQueue::Answer& purged) {
    json::object body;
    body["messages"] = purged.messages;
    call->answer(json_response(200, body));
  });
}

}  // namespace

void add_queues(RouteList& routes) {
  add(routes, {Method::get, "/v1/queues", list_queues}, "Lists queues with their depth");
  add(routes, {Method::get, "/v1/queues/{queue}", get_queue}, "Shows a queue", {200, 404, 423});
  add(routes, {Method::put, "/v1/queues/{queue}", put_queue, Needs::broker, json_bytes_max},
      "Makes a queue; an equal one is left as it is", {200, 201, 409, 423});
  add(routes, {Method::remove, "/v1/queues/{queue}", delete_queue}, "Deletes a queue",
      {204, 404, 423});
  add(routes, {Method::post, "/v1/queues/{queue}/purge", purge_queue},
      "Removes the ready messages of a queue", {200, 404, 423, 501});
}

}  // namespace rialto::http::v1
