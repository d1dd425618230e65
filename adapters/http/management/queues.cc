#include "adapters/http/call.h"
#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "adapters/http/management/columns.h"
#include "adapters/http/management/list_answer.h"
#include "adapters/http/management/routes.h"
#include "adapters/http/management/tool_words.h"

#include <boost/json/array.hpp>

#include <string>
#include <utility>
#include <vector>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

json::object queue_json(const QueueInfo& queue) {
  json::object out;
  out["name"] = json_text(queue.name);
  out["vhost"] = json_text(queue.vhost);
  out["type"] = json_text(queue_type_name(queue.type));
  out["durable"] = queue.durable;
  out["auto_delete"] = queue.auto_delete;
  out["exclusive"] = queue.exclusive;
  out["arguments"] = to_json(queue.arguments);
  out["messages"] = queue.counts.ready + queue.counts.unacked;
  out["messages_ready"] = queue.counts.ready;
  out["messages_unacknowledged"] = queue.counts.unacked;
  out["consumers"] = queue.counts.consumers;
  const auto named = [](const std::string& policy) {
    return policy.empty() ? json::value() : json::value(json_text(policy));
  };
  out["policy"] = named(queue.policy);
  out["operator_policy"] = named(queue.operator_policy);
  out["effective_policy_definition"] = to_json(queue.effective_policy);
  out["state"] = "running";
  out["node"] = node_name;
  return out;
}

void list_queues(const CallRef& call, bool everywhere) {
  call->ask(ListQueues{everywhere}, [call](const std::vector<QueueInfo>& queues) {
    json::array all;
    for (const QueueInfo& queue : queues)
      all.push_back(queue_json(queue));
    answer_list(call, std::move(all));
  });
}

void list_all_queues(const CallRef& call) {
  list_queues(call, true);
}

void list_queues_of_vhost(const CallRef& call) {
  list_queues(call, false);
}

void get_queue(const CallRef& call) {
  call->ask(DescribeQueue{call->name(0)},
            [call](const QueueInfo& queue) { answer_columns(call, queue_json(queue)); });
}

/// rabbitmqadmin says the type in its own word and among the arguments. There is one node.
Result<DeclareQueue> wanted_queue(const Call& call) {
  auto body = tool_body(
      call, {{"vhost", call.vhost()}, {"name", call.name(0)}, {"node", std::string(node_name)}},
      {{"durable", "auto_delete"}});
  if (!body) return body.error();
  if (json::value* given = body->if_contains("queue_type")) {
    json::value type = std::move(*given);
    body->erase("queue_type");
    const json::value* own = body->if_contains("type");
    if (own && *own != type) {
      return Error(Errc::invalid_argument, "'type' and 'queue_type' name two types");
    }
    body->insert_or_assign("type", std::move(type));
  }
  return queue_declaration(*body, call.name(0), false);
}

void put_queue(const CallRef& call) {
  auto what = wanted_queue(*call);
  if (!what) return call->refuse(what.error());
  call->ask(std::move(*what),
            [call](const DeclareQueue::Answer& made) { call->answer_made(made.created); });
}

bool given(const Call& call, std::string_view name) {
  const std::string* value = call.query(name);
  return value && *value == "true";
}

void delete_queue(const CallRef& call) {
  DeleteQueue what;
  what.name = call->name(0);
  what.if_empty = given(*call, "if-empty");
  what.if_unused = given(*call, "if-unused");
  call->ask(std::move(what), [call](const DeleteQueue::Answer& gone) {
    if (!gone.existed) return call->refuse(no_such_queue(*call, call->name(0)));
    call->answer_done();
  });
}

void purge_queue(const CallRef& call) {
  call->ask(PurgeQueue{call->name(0)}, [call](const PurgeQueue::Answer&) { call->answer_done(); });
}

}  // namespace

void add_queues(RouteList& routes) {
  constexpr auto one = "/api/queues/{vhost}/{queue}";
  add(routes, {Method::get, "/api/queues", list_all_queues, Needs::broker, 0, page_queries()},
      "Lists queues of all vhosts", {200});
  add(routes,
      {Method::get, "/api/queues/{vhost}", list_queues_of_vhost, Needs::broker, 0, page_queries()},
      "Lists queues", {200, 404});
  add_one(routes, one, get_queue, "Shows a queue", {200, 404, 423});
  add(routes, {Method::put, one, put_queue, Needs::broker, json_bytes_max}, "Declares a queue",
      {201, 204, 400, 423});
  add(routes, {Method::remove, one, delete_queue, Needs::broker, 0, {"if-empty", "if-unused"}},
      "Deletes a queue", {204, 404, 409, 423});
  add(routes, {Method::remove, "/api/queues/{vhost}/{queue}/contents", purge_queue},
      "Removes the ready messages of a queue", {204, 404, 423});
}

}  // namespace rialto::http::management
