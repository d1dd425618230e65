#include "adapters/http/declarations.h"

#include "adapters/http/json.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace rialto::http {

namespace json = boost::json;

namespace {

bool is_declared_as(const TopicInfo& topic, const CreateTopic& what) {
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

}  // namespace

Result<DeclareQueue> queue_declaration(const Call& call, std::string name, bool durable_otherwise) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  return queue_declaration(*body, std::move(name), durable_otherwise);
}

Result<DeclareQueue> queue_declaration(const json::object& body, std::string name,
                                       bool durable_otherwise) {
  Members members(body);
  DeclareQueue what;
  what.name = std::move(name);
  what.durable = members.truth("durable", durable_otherwise);
  what.auto_delete = members.truth("auto_delete", false);
  const std::string type = members.text("type", "");
  const json::object* arguments = members.object("arguments");
  if (auto ok = members.finish(); !ok) return ok.error();
  auto table = to_field_table(arguments);
  if (!table) return table.error();
  what.arguments = std::move(*table);
  if (!type.empty()) {
    const FieldValue* given = what.arguments.find("x-queue-type");
    if (given && *given != FieldValue::text(type)) {
      return Error(Errc::invalid_argument, "'type' and the argument x-queue-type differ");
    }
    what.arguments.set("x-queue-type", FieldValue::text(type));
  }
  return what;
}

Result<DeclareExchange> exchange_declaration(const Call& call, std::string name,
                                             bool durable_otherwise) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  return exchange_declaration(*body, std::move(name), durable_otherwise);
}

Result<DeclareExchange> exchange_declaration(const json::object& body, std::string name,
                                             bool durable_otherwise) {
  Members members(body);
  DeclareExchange what;
  what.name = std::move(name);
  what.type = members.text("type", "direct");
  what.durable = members.truth("durable", durable_otherwise);
  what.auto_delete = members.truth("auto_delete", false);
  what.internal = members.truth("internal", false);
  const json::object* arguments = members.object("arguments");
  if (auto ok = members.finish(); !ok) return ok.error();
  auto table = to_field_table(arguments);
  if (!table) return table.error();
  what.arguments = std::move(*table);
  return what;
}

Result<CreateTopic> topic_declaration(const json::object& body, std::string name) {
  Members members(body);
  CreateTopic what;
  what.name = std::move(name);
  constexpr std::int64_t any = std::numeric_limits<std::int32_t>::max();
  what.partitions = static_cast<std::int32_t>(members.integer("partitions", -1, 1, any));
  const json::object* config = members.object("config");
  if (auto ok = members.finish(); !ok) return ok.error();
  if (!config) return what;
  for (const auto& member : *config) {
    const auto* text = member.value().if_string();
    what.configs.push_back(
        {std::string(std::string_view(member.key())),
         text ? std::string(std::string_view(*text)) : json::serialize(member.value())});
  }
  return what;
}

void declare_topic(const CallRef& call, const CreateTopic& what,
                   std::function<void(const Result<TopicInfo>& topic, bool made)> then) {
  call->ask_either(what, [call, what, then = std::move(then)](const Result<TopicInfo>& made) {
    if (made || made.error().code != Errc::already_exists) return then(made, true);
    DescribeTopics same;
    same.names.push_back(what.name);
    call->ask_either(
        same, [what, then, refused = made.error()](const Result<std::vector<TopicInfo>>& topics) {
          const bool equal = topics && !topics->empty() && is_declared_as(topics->front(), what);
          then(equal ? Result<TopicInfo>(topics->front()) : Result<TopicInfo>(refused), false);
        });
  });
}

Result<PutPolicy> policy_declaration(const json::object& body, PolicyName id) {
  if (auto ok = has_members(body, {"pattern", "definition"}); !ok) return ok.error();
  Members members(body);
  PutPolicy what;
  what.id = std::move(id);
  what.pattern = members.text("pattern", "");
  what.apply_to = members.text("apply-to", "all");
  what.priority = static_cast<std::int32_t>(members.integer("priority", 0, INT32_MIN, INT32_MAX));
  const json::object* definition = members.object("definition");
  if (auto ok = members.finish(); !ok) return ok.error();
  auto table = to_field_table(definition);
  if (!table) return table.error();
  what.definition = std::move(*table);
  return what;
}

json::object policy_json(const PolicyInfo& policy) {
  json::object out;
  out["vhost"] = json_text(policy.vhost);
  out["name"] = json_text(policy.name);
  out["pattern"] = json_text(policy.pattern);
  out["apply-to"] = json_text(policy.apply_to);
  out["definition"] = to_json(policy.definition);
  out["priority"] = policy.priority;
  return out;
}

json::object binding_json(const BindingInfo& binding) {
  json::object out;
  out["source"] = json_text(binding.source);
  out["vhost"] = json_text(binding.vhost);
  out["destination"] = json_text(binding.destination);
  out["destination_type"] = binding.to_exchange ? "exchange" : "queue";
  out["routing_key"] = json_text(binding.routing_key);
  out["arguments"] = to_json(binding.arguments);
  return out;
}

json::object exchange_json(const ExchangeInfo& exchange) {
  json::object out;
  out["name"] = json_text(exchange.name);
  out["type"] = json_text(exchange.type);
  out["durable"] = exchange.durable;
  out["auto_delete"] = exchange.auto_delete;
  out["internal"] = exchange.internal;
  out["arguments"] = to_json(exchange.arguments);
  return out;
}

Error no_such_queue(const Call& call, const std::string& name) {
  return {Errc::not_found, "no queue '" + name + "' in vhost '" + call.vhost() + "'"};
}

}  // namespace rialto::http
