#include "tests/unit/gateway/support_surface.h"

#include "adapters/amqp/consume_arguments.h"
#include "adapters/amqp/wire/methods.h"
#include "adapters/http/routes.h"
#include "adapters/log/wire/messages.h"
#include "core/catalog/queue_arguments.h"

#include <boost/core/demangle.hpp>
#include <fmt/format.h>

#include <typeinfo>

namespace rialto::test {
namespace {

template <class T>
std::string type_name() {
  const std::string name = boost::core::demangle(typeid(T).name());
  return name.substr(name.rfind(':') + 1);
}

/// "BasicGetOk" is basic.get-ok.
std::string method_name(const std::string& type) {
  std::string out;
  for (const char c : type) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !out.empty()) out += out.find('.') == out.npos ? '.' : '-';
    out += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

template <class... Methods>
void add_methods(const amqp::MethodList<Methods...>*, std::vector<SurfaceItem>& out) {
  (out.push_back({"Methods",
                  method_name(type_name<Methods>()),
                  fmt::format("{}.{}", Methods::id.class_id, Methods::id.method_id),
                  {}}),
   ...);
}

std::vector<SurfaceItem> amqp_surface() {
  std::vector<SurfaceItem> out;
  add_methods(static_cast<const amqp::AllMethods*>(nullptr), out);
  for (const ArgumentRule& rule : queue_argument_rules()) {
    const bool refused = rule.kind == ArgumentClass::refused;
    const bool idle = rule.kind == ArgumentClass::no_effect;
    out.push_back(
        {"Arguments of queues", std::string(rule.name),
         fmt::format("{}{}{}", refused ? "540: " : "", idle ? "without effect: " : "", rule.reason),
         refused ? Verdict::no : Verdict::yes});
  }
  for (const amqp::ConsumeArgument& argument : amqp::consume_arguments) {
    const bool refused = !argument.refused.empty();
    out.push_back({"Arguments of consumers", std::string(argument.name),
                   refused ? fmt::format("540: {}", argument.refused) : std::string(),
                   refused ? Verdict::no : Verdict::yes});
  }
  return out;
}

std::vector<SurfaceItem> kafka_surface() {
  std::vector<SurfaceItem> out;
  kafka::for_each_api([&]<class Api>(Api) {
    std::string name = type_name<typename Api::Request>();
    name.resize(name.size() - std::string_view("Request").size());
    out.push_back({"APIs",
                   name,
                   fmt::format("key {}, versions {}-{}", static_cast<int>(Api::spec.key),
                               Api::spec.min, Api::spec.max),
                   {}});
  });
  return out;
}

std::vector<SurfaceItem> http_surface() {
  std::vector<SurfaceItem> out;
  for (const http::Route& route : http::routes_of(HttpSettings())) {
    const char* section = route.path.starts_with("/v1/")    ? "Rialto's own"
                          : route.path.starts_with("/api/") ? "RabbitMQ's management API"
                                                            : "Beside them";
    out.push_back({section,
                   fmt::format("{} {}", http::name_of(route.method), route.path),
                   std::string(route.says),
                   {}});
  }
  return out;
}

}  // namespace

std::vector<SurfaceItem> surface_of(const std::string& door) {
  if (door == "amqp") return amqp_surface();
  return door == "log" ? kafka_surface() : http_surface();
}

}  // namespace rialto::test
