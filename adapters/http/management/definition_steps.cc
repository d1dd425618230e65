#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "adapters/http/management/definitions.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

using Steps = std::vector<DefinitionStep>;

template <class What>
DefinitionStep step(std::string vhost, What request) {
  DefinitionStep out;
  out.vhost = std::move(vhost);
  out.make = [request = std::move(request)](const CallRef& call, const DefinitionStep::Made& made) {
    call->ask_either(request, [made](const Result<typename What::Answer>& answer) {
      made(answer ? Result<void>() : Result<void>(answer.error()));
    });
  };
  return out;
}

Error wrong(std::string text) {
  return {Errc::invalid_argument, std::move(text)};
}

Error not_here(std::string text) {
  return {Errc::not_supported, std::move(text)};
}

/// One entry: a name is taken out of it before the rest is read.
class Entry {
 public:
  Entry(const json::object& object, const std::optional<std::string>& vhost)
      : object_(object), vhost_(vhost) {}

  /// A text that has to be there.
  Result<std::string> take(std::string_view name) {
    const json::string_view key(name.data(), name.size());
    const json::value* value = object_.if_contains(key);
    if (!value || !value->is_string()) return wrong(fmt::format("'{}' has to be a text", name));
    std::string out(value->get_string().c_str(), value->get_string().size());
    object_.erase(key);
    return out;
  }

  /// The vhost of the entry, or of the whole document.
  Result<std::string> take_vhost() {
    if (!vhost_) return take("vhost");
    if (!object_.contains("vhost")) return *vhost_;
    auto own = take("vhost");
    if (own && *own != *vhost_) return wrong("'vhost' is not the one of the path");
    return own;
  }

  const json::object& rest() const { return object_; }

 private:
  json::object object_;
  const std::optional<std::string>& vhost_;
};

using Read = Result<Steps> (*)(Entry&);

/// Ends that are read from an entry.
struct Place {
  std::string vhost;
  std::string name;
};

Result<Place> place_of(Entry& entry) {
  const auto vhost = entry.take_vhost();
  if (!vhost) return vhost.error();
  const auto name = entry.take("name");
  if (!name) return name.error();
  return Place{*vhost, *name};
}

Result<Steps> one(DefinitionStep made) {
  Steps out;
  out.push_back(std::move(made));
  return out;
}

/// A text, or a list of texts with commas between them; empty when it is neither.
std::string words_of(const json::value* value) {
  if (!value) return "";
  if (const auto* text = value->if_string()) return {text->data(), text->size()};
  std::string out;
  if (const auto* list = value->if_array()) {
    for (const json::value& tag : *list) {
      if (!tag.is_string()) continue;
      out += out.empty() ? "" : ",";
      out.append(tag.get_string().data(), tag.get_string().size());
    }
  }
  return out;
}

Result<Steps> vhost_step(Entry& entry) {
  const auto name = entry.take("name");
  if (!name) return name.error();
  Members members(entry.rest());
  const json::object* metadata = members.object("metadata");
  const auto said = [&](const char* member) {
    const json::value* value = members.any(member);
    return value || !metadata ? value : metadata->if_contains(member);
  };
  PutVhost what;
  what.name = *name;
  what.tags = words_of(said("tags"));
  if (const auto* text = said("description")) what.description = words_of(text);
  const std::string type = words_of(said("default_queue_type"));
  const bool tracing = members.truth("tracing", false);
  const json::array* limits = members.array("limits");
  if (auto ok = members.finish(); !ok) return ok.error();
  if (!type.empty() && type != "classic" && type != "undefined") {
    return not_here("'default_queue_type' can only be classic so far");
  }
  if (tracing) return not_here("'tracing' is not supported yet");
  if (limits && !limits->empty()) return not_here("'limits' are not supported yet");
  return one(step("", std::move(what)));
}

Result<Steps> policy_step(Entry& entry) {
  const auto place = place_of(entry);
  if (!place) return place.error();
  auto what = policy_declaration(entry.rest(), {PolicyKind::user, place->vhost, place->name});
  if (!what) return what.error();
  return one(step("", std::move(*what)));
}

Result<Steps> parameter_step(Entry& entry) {
  const auto place = place_of(entry);
  if (!place) return place.error();
  const auto component = entry.take("component");
  if (!component) return component.error();
  if (*component != operator_policy_component) {
    return not_here(fmt::format("parameters of '{}' are not supported", *component));
  }
  Members members(entry.rest());
  const json::object* value = members.object("value");
  if (auto ok = members.finish(); !ok) return ok.error();
  if (!value) return wrong("'value' is missing");
  auto what = policy_declaration(*value, {PolicyKind::operators, place->vhost, place->name});
  if (!what) return what.error();
  return one(step("", std::move(*what)));
}

/// Made, or there already with the same partitions and configs.
DefinitionStep made_topic(std::string vhost, CreateTopic what) {
  DefinitionStep out;
  out.vhost = std::move(vhost);
  out.make = [what = std::move(what)](const CallRef& call, const DefinitionStep::Made& made) {
    declare_topic(call, what, [made](const Result<TopicInfo>& topic, bool) {
      made(topic ? Result<void>() : Result<void>(topic.error()));
    });
  };
  return out;
}

Result<Steps> topic_step(Entry& entry) {
  const auto place = place_of(entry);
  if (!place) return place.error();
  auto what = topic_declaration(entry.rest(), place->name);
  if (!what) return what.error();
  return one(made_topic(place->vhost, std::move(*what)));
}

/// A subscription needs what it reads.
Result<Steps> queue_step(Entry& entry) {
  const auto place = place_of(entry);
  if (!place) return place.error();
  auto what = queue_declaration(entry.rest(), place->name, true);
  if (!what) return what.error();
  const bool reads_another = what->arguments.find("x-source-topic") != nullptr;
  DefinitionStep made = step(place->vhost, std::move(*what));
  made.last = reads_another;
  return one(std::move(made));
}

Result<Steps> exchange_step(Entry& entry) {
  const auto place = place_of(entry);
  if (!place) return place.error();
  auto what = exchange_declaration(entry.rest(), place->name, true);
  if (!what) return what.error();
  return one(step(place->vhost, std::move(*what)));
}

Result<Steps> binding_step(Entry& entry) {
  const auto vhost = entry.take_vhost();
  if (!vhost) return vhost.error();
  const auto source = entry.take("source");
  if (!source) return source.error();
  const auto destination = entry.take("destination");
  if (!destination) return destination.error();
  const auto kind = entry.take("destination_type");
  if (!kind) return kind.error();
  Members members(entry.rest());
  const std::string key = members.text("routing_key", "");
  const json::object* arguments = members.object("arguments");
  if (auto ok = members.finish(); !ok) return ok.error();
  auto table = to_field_table(arguments);
  if (!table) return table.error();
  if (*kind == "queue") return one(step(*vhost, BindQueue{*destination, *source, key, *table}));
  if (*kind == "exchange") {
    return one(step(*vhost, BindExchange{*destination, *source, key, *table}));
  }
  return wrong("'destination_type' has to be queue or exchange");
}

/// There is one user, who may do everything.
Result<Steps> user_step(Entry& entry) {
  const auto name = entry.take("name");
  if (!name) return name.error();
  if (*name == "guest") return Steps();
  return not_here(fmt::format("there are no users but guest; take '{}' out", *name));
}

Result<Steps> permission_step(Entry& entry) {
  const auto user = entry.take("user");
  if (!user) return user.error();
  if (*user != "guest") {
    return not_here(fmt::format("there are no users but guest; take '{}' out", *user));
  }
  for (const char* right : {"configure", "write", "read"}) {
    const auto pattern = entry.take(right);
    if (!pattern) return pattern.error();
    if (*pattern != ".*") return not_here("guest may do everything; permissions are not supported");
  }
  return Steps();
}

Result<Steps> topic_permission_step(Entry&) {
  return not_here("permissions are not supported");
}

/// Those that say which cluster the document is of have nothing to say here.
Result<Steps> global_parameter_step(Entry& entry) {
  const auto name = entry.take("name");
  if (!name) return name.error();
  constexpr std::array<std::string_view, 3> of_the_cluster = {"internal_cluster_id", "cluster_name",
                                                              "cluster_tags"};
  if (std::find(of_the_cluster.begin(), of_the_cluster.end(), *name) != of_the_cluster.end()) {
    return Steps();
  }
  return not_here(fmt::format("the global parameter '{}' is not supported", *name));
}

struct List {
  const char* name;
  Read read;
};

// In the order in which they are made.
constexpr List lists[] = {{"users", user_step},
                          {"permissions", permission_step},
                          {"topic_permissions", topic_permission_step},
                          {"global_parameters", global_parameter_step},
                          {"vhosts", vhost_step},
                          {"parameters", parameter_step},
                          {"policies", policy_step},
                          {"topics", topic_step},
                          {"queues", queue_step},
                          {"exchanges", exchange_step},
                          {"bindings", binding_step}};

// Of where a document comes from.
constexpr const char* notes[] = {"rabbit_version",
                                 "rabbitmq_version",
                                 "product_name",
                                 "product_version",
                                 "rabbitmq_definition_format",
                                 "original_vhost_name",
                                 "original_cluster_name",
                                 "explanation",
                                 "metadata",
                                 "description",
                                 "default_queue_type",
                                 "limits"};

Result<void> add_entry(const List& list, std::size_t index, const json::value& value,
                       const std::optional<std::string>& vhost, Steps& out) {
  const json::object* object = value.if_object();
  if (!object) return wrong(fmt::format("{}[{}] has to be an object", list.name, index));
  const json::value* name = object->if_contains("name");
  const std::string called =
      name && name->is_string() ? fmt::format(" ('{}')", name->get_string().c_str()) : "";
  const std::string what = fmt::format("{}[{}]{}", list.name, index, called);
  Entry entry(*object, vhost);
  auto steps = list.read(entry);
  if (!steps) return Error(steps.error().code, what + ": " + steps.error().text);
  for (DefinitionStep& made : *steps) {
    made.what = what;
    out.push_back(std::move(made));
  }
  return {};
}

}  // namespace

Result<std::vector<DefinitionStep>> definition_steps(const json::object& document,
                                                     const std::optional<std::string>& vhost) {
  Members members(document);
  for (const char* note : notes)
    members.any(note);
  Steps out;
  for (const List& list : lists) {
    const json::array* entries = members.array(list.name);
    const auto begins = static_cast<std::ptrdiff_t>(out.size());
    for (std::size_t i = 0; entries && i < entries->size(); ++i) {
      if (auto ok = add_entry(list, i, (*entries)[i], vhost, out); !ok) return ok.error();
    }
    std::stable_partition(out.begin() + begins, out.end(),
                          [](const DefinitionStep& made) { return !made.last; });
  }
  if (auto ok = members.finish(); !ok) return ok.error();
  return out;
}

}  // namespace rialto::http::management
