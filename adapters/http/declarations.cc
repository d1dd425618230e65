#include "adapters/http/declarations.h"

#include "adapters/http/json.h"

#include <utility>

namespace rialto::http {

namespace json = boost::json;

Result<DeclareQueue> queue_declaration(const Call& call, std::string name, bool durable_otherwise) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  Members members(*body);
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
  Members members(*body);
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
