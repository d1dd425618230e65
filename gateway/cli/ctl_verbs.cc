#include "gateway/cli/ctl_verbs.h"

#include "gateway/cli/command_line.h"
#include "gateway/cli/ctl.h"
#include "gateway/cli/ctl_messages.h"
#include "gateway/cli/ctl_options.h"
#include "gateway/cli/ctl_tables.h"
#include "gateway/server_screen.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

namespace rialto {

namespace json = boost::json;

namespace {

CtlDone add_vhost(Ctl& ctl) {
  const CtlArguments& asked = ctl.arguments();
  json::object body;
  if (!asked.description.empty()) body["description"] = asked.description;
  if (!asked.tags.empty()) body["tags"] = asked.tags;
  return ctl.change("PUT", "/api/vhosts/" + Ctl::encoded(ctl.word(0)),
                    fmt::format("Adding vhost \"{}\"", ctl.word(0)), "", json::serialize(body));
}

CtlDone delete_vhost(Ctl& ctl) {
  return ctl.change("DELETE", "/api/vhosts/" + Ctl::encoded(ctl.word(0)),
                    fmt::format("Deleting vhost \"{}\"", ctl.word(0)));
}

CtlDone purge_queue(Ctl& ctl) {
  return ctl.change(
      "DELETE", ctl.path_of("queues", ctl.word(0)) + "/contents",
      fmt::format("Purging queue '{}' in vhost '{}'", ctl.word(0), ctl.arguments().vhost));
}

CtlDone delete_queue(Ctl& ctl) {
  const auto truth = [](bool b) { return b ? "true" : "false"; };
  const auto& asked = ctl.arguments();
  return ctl.change("DELETE",
                    fmt::format("{}?if-empty={}&if-unused={}", ctl.path_of("queues", ctl.word(0)),
                                truth(asked.if_empty), truth(asked.if_unused)),
                    fmt::format("Deleting queue '{}' on vhost '{}'", ctl.word(0), asked.vhost));
}

template <bool of_operators>
CtlDone set_policy(Ctl& ctl) {
  const CtlArguments& asked = ctl.arguments();
  boost::system::error_code failed;
  json::value definition = json::parse(ctl.word(2), failed);
  if (failed || !definition.is_object()) {
    return Error(Errc::invalid_argument,
                 "the definition has to be a JSON object, such as '{\"message-ttl\":60000}'");
  }
  json::object body;
  body["pattern"] = ctl.word(1);
  body["definition"] = std::move(definition);
  body["priority"] = asked.priority;
  body["apply-to"] = asked.apply_to;
  return ctl.change("PUT",
                    ctl.path_of(of_operators ? "operator-policies" : "policies", ctl.word(0)),
                    fmt::format("Setting policy \"{}\" for pattern \"{}\" for vhost \"{}\"",
                                ctl.word(0), ctl.word(1), asked.vhost),
                    "", json::serialize(body));
}

template <bool of_operators>
CtlDone clear_policy(Ctl& ctl) {
  return ctl.change(
      "DELETE", ctl.path_of(of_operators ? "operator-policies" : "policies", ctl.word(0)),
      fmt::format("Clearing policy \"{}\" on vhost \"{}\"", ctl.word(0), ctl.arguments().vhost));
}

CtlDone close_connection(Ctl& ctl) {
  return ctl.change("DELETE", "/api/connections/" + Ctl::encoded(ctl.word(0)),
                    fmt::format("Closing connection {}, reason: {}", ctl.word(0), ctl.word(1)),
                    ctl.word(1));
}

CtlDone close_all_connections(Ctl& ctl) {
  const auto all = ctl.ask("GET", "/api/connections");
  if (!all) return all.error();
  std::size_t closed = 0;
  for (const json::value& connection : all->as_array()) {
    const std::string name(connection.at("name").as_string().c_str());
    // One that has left by itself meanwhile is closed, too.
    if (ctl.ask("DELETE", "/api/connections/" + Ctl::encoded(name), "", ctl.word(0))) ++closed;
  }
  return ctl.progress(fmt::format("Closed {} connections, reason: {}", closed, ctl.word(0)));
}

CtlDone status(Ctl& ctl) {
  const auto overview = ctl.ask("GET", "/api/overview");
  if (!overview) return overview.error();
  if (ctl.arguments().format == CtlFormat::json) return json::serialize(*overview) + "\n";
  const auto text = [&](const char* name) {
    return std::string(overview->at(name).as_string().c_str());
  };
  std::string out =
      fmt::format("{} {}, as RabbitMQ {}\nNode: {}\n\nListeners\n", text("product_name"),
                  text("product_version"), text("rabbitmq_version"), text("node"));
  for (const json::value& listener : overview->at("listeners").as_array()) {
    out += fmt::format("  {}\t{}:{}\n", listener.at("protocol").as_string().c_str(),
                       listener.at("ip_address").as_string().c_str(),
                       json::serialize(listener.at("port")));
  }
  out += "\nTotals\n";
  for (const char* group : {"object_totals", "queue_totals"}) {
    for (const auto& member : overview->at(group).as_object()) {
      out += fmt::format("  {}\t{}\n", std::string_view(member.key()),
                         json::serialize(member.value()));
    }
  }
  return out;
}

constexpr std::string_view standard_stream = "-";

CtlDone export_definitions(Ctl& ctl) {
  const auto document = ctl.ask("GET", "/api/definitions");
  if (!document) return document.error();
  const std::string text = json::serialize(*document) + "\n";
  const std::string& path = ctl.word(0);
  if (path == standard_stream) return text;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!(out << text).flush()) {
    return Error(Errc::io_failed, fmt::format("'{}' cannot be written", path));
  }
  return ctl.progress(fmt::format("Exporting definitions in JSON to a file at \"{}\"", path));
}

CtlDone import_definitions(Ctl& ctl) {
  const std::string& path = ctl.word(0);
  std::ostringstream text;
  if (path == standard_stream) {
    text << std::cin.rdbuf();
  } else if (std::ifstream in(path, std::ios::binary); !in || !(text << in.rdbuf())) {
    return Error(Errc::invalid_argument, fmt::format("'{}' cannot be read", path));
  }
  return ctl.change("POST", "/api/definitions",
                    fmt::format("Importing definitions in JSON from a file at \"{}\"", path), "",
                    text.str());
}

CtlDone ping(Ctl& ctl) {
  const auto who = ctl.ask("GET", "/api/whoami");
  if (!who) return who.error();
  return fmt::format("Ping succeeded: a server answers at http://{}\n", ctl.arguments().to.text());
}

CtlDone version(Ctl&) {
  return fmt::format("{}\n", rialto_version);
}

CtlDone list(Ctl& ctl) {
  const CtlArguments& asked = ctl.arguments();
  // A wrong column is told whether a server runs or not.
  if (const auto known = ctl_list(asked.verb, {}, asked); !known) return known.error();
  const auto& tables = ctl_tables();
  const auto table = std::find_if(tables.begin(), tables.end(),
                                  [&](const CtlTable& each) { return each.verb == asked.verb; });
  std::string target(table->target);
  if (table->of_vhost) target += "/" + Ctl::encoded(asked.vhost);
  const auto said = ctl.ask("GET", target);
  if (!said) return said.error();
  // There is one node: each queue is on it, and it is reachable.
  const bool none = asked.offline && !asked.online && !asked.local;
  auto shown = ctl_list(asked.verb, none ? json::array() : said->as_array(), asked);
  if (!shown) return shown.error();
  const std::string what =
      fmt::format("Listing {}{}", table->what, table->of_vhost ? " " + asked.vhost : std::string());
  return ctl.progress(what) + *shown;
}

std::vector<CtlVerb> all_verbs() {
  std::vector<CtlVerb> out;
  for (const CtlTable& table : ctl_tables())
    out.push_back({table.verb, {}, table.options, list, true});
  const std::vector<std::string_view> policy_words = {"NAME", "PATTERN", "DEFINITION"};
  const std::vector<std::string_view> policy_options = {"--priority", "--apply-to"};
  const CtlVerb others[] = {
      {"add_vhost", {"VHOST"}, {"--description", "--tags"}, add_vhost},
      {"browse", {"QUEUE"}, {"--where", "--max"}, browse_messages, false, 0, true},
      {"check_running", {}, {}, ping},
      {"clear_operator_policy", {"NAME"}, {}, clear_policy<true>},
      {"clear_policy", {"NAME"}, {}, clear_policy<false>},
      {"close_all_connections", {"REASON"}, {}, close_all_connections},
      {"close_connection", {"PID", "REASON"}, {}, close_connection},
      {"delete_queue", {"QUEUE"}, {"--if-empty", "--if-unused"}, delete_queue},
      {"delete_vhost", {"VHOST"}, {}, delete_vhost},
      {"export_definitions", {"FILE|-"}, {}, export_definitions},
      {"import_definitions", {"FILE|-"}, {}, import_definitions},
      {"ping", {}, {}, ping},
      {"purge_queue", {"QUEUE"}, {}, purge_queue},
      {"redrive",
       {"QUEUE"},
       {"--id", "--where", "--to", "--max", "--rate", "--dry-run"},
       redrive_messages},
      {"replay",
       {"QUEUE"},
       {"--state", "--since", "--until", "--where", "--max", "--dry-run"},
       replay_messages,
       false,
       1},
      {"set_operator_policy", policy_words, policy_options, set_policy<true>},
      {"set_policy", policy_words, policy_options, set_policy<false>},
      {"status", {}, {}, status},
      {"version", {}, {}, version},
  };
  out.insert(out.end(), std::begin(others), std::end(others));
  return out;
}

}  // namespace

std::string CtlVerb::takes() const {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : " ") + text; };
  for (const std::string_view word : words)
    add(std::string(word));
  if (columns) add("[COLUMN ...]");
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string_view value = find_ctl_option(options[i])->value;
    const std::string option = fmt::format("{}{}{}", options[i], value.empty() ? "" : " ", value);
    add(i < needed ? option : fmt::format("[{}]", option));
  }
  return out;
}

const std::vector<CtlVerb>& ctl_verbs() {
  static const std::vector<CtlVerb> verbs = all_verbs();
  return verbs;
}

const CtlVerb* find_ctl_verb(std::string_view name) {
  for (const CtlVerb& each : ctl_verbs()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

Error no_such_ctl_verb(const std::string& name) {
  const auto& missing = ctl_missing();
  if (std::find(missing.begin(), missing.end(), name) != missing.end()) {
    return {Errc::invalid_argument, fmt::format("'{}' is not supported by Rialto yet", name)};
  }
  std::vector<std::string> names;
  for (const CtlVerb& each : ctl_verbs())
    names.emplace_back(each.name);
  const std::string meant = nearest_word(name, names);
  return {Errc::invalid_argument,
          fmt::format("unknown verb '{}'; {}", name,
                      meant.empty() ? std::string("'rialto ctl help' lists them")
                                    : fmt::format("did you mean '{}'?", meant))};
}

}  // namespace rialto
