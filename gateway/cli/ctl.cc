#include "gateway/cli/ctl.h"

#include "gateway/cli/command_line.h"
#include "gateway/cli/ctl_tables.h"
#include "gateway/cli/http_request.h"
#include "gateway/server_screen.h"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

namespace rialto {

namespace json = boost::json;

namespace {

/// How a verb ended: what to print, and nothing more to say; or why not.
using Done = Result<std::string>;

class Ctl {
 public:
  explicit Ctl(const CtlArguments& arguments)
      : arguments_(arguments),
        deadline_(std::chrono::steady_clock::now() + std::chrono::seconds(arguments.timeout_s)) {}

  const CtlArguments& arguments() const { return arguments_; }
  const std::string& word(std::size_t n) const { return arguments_.words[n]; }
  /// True when the server could not be reached at all.
  bool unreachable() const { return unreachable_; }
  std::string progress(const std::string& text) const {
    return arguments_.quiet || arguments_.json ? std::string() : text + " ...\n";
  }
  std::string path_of(std::string_view noun, std::string_view name) const;

  Result<json::value> ask(std::string_view method, const std::string& target,
                          const std::string& body = "", const std::string& reason = "");

 private:
  const CtlArguments& arguments_;
  WireSocket::Deadline deadline_;
  bool unreachable_ = false;
};

std::string encoded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string Ctl::path_of(std::string_view noun, std::string_view name) const {
  return fmt::format("/api/{}/{}/{}", noun, encoded(arguments_.vhost), encoded(name));
}

/// What the server said against it.
Error refusal(const HttpAnswer& answer) {
  boost::system::error_code failed;
  const json::value said = json::parse(answer.body, failed);
  for (const char* name : {"reason", "detail"}) {
    const auto* object = failed ? nullptr : said.if_object();
    const auto* value = object ? object->if_contains(name) : nullptr;
    if (value && value->is_string()) {
      return {Errc::policy_violation, std::string(value->get_string().c_str())};
    }
  }
  return {Errc::policy_violation, fmt::format("HTTP {}: {}", answer.status, answer.body)};
}

Result<json::value> Ctl::ask(std::string_view method, const std::string& target,
                             const std::string& body, const std::string& reason) {
  HttpRequest request{method, target, {}, body};
  if (!reason.empty()) request.headers.emplace_back("X-Reason", reason);
  const auto answer = ask_http(arguments_.to, deadline_, request);
  if (!answer) {
    unreachable_ = true;
    return Error(
        Errc::io_failed,
        fmt::format("no server answers at http://{} ({}); start one with 'rialto serve' or "
                    "name its HTTP address with --url",
                    arguments_.to.text(), answer.error().text));
  }
  constexpr int refusals_from = 300;
  if (answer->status >= refusals_from) return refusal(*answer);
  if (answer->body.empty()) return json::value(nullptr);
  boost::system::error_code failed;
  json::value said = json::parse(answer->body, failed);
  if (failed) return Error(Errc::corrupt, "the answer is no JSON: " + failed.message());
  return said;
}

/// A change that is answered without words.
Done change(Ctl& ctl, std::string_view method, const std::string& target,
            const std::string& progress, const std::string& reason = "",
            const std::string& body = "") {
  const auto said = ctl.ask(method, target, body, reason);
  if (!said) return said.error();
  return ctl.progress(progress);
}

Done add_vhost(Ctl& ctl) {
  return change(ctl, "PUT", "/api/vhosts/" + encoded(ctl.word(0)),
                fmt::format("Adding vhost \"{}\"", ctl.word(0)));
}

Done delete_vhost(Ctl& ctl) {
  return change(ctl, "DELETE", "/api/vhosts/" + encoded(ctl.word(0)),
                fmt::format("Deleting vhost \"{}\"", ctl.word(0)));
}

Done purge_queue(Ctl& ctl) {
  return change(
      ctl, "DELETE", ctl.path_of("queues", ctl.word(0)) + "/contents",
      fmt::format("Purging queue '{}' in vhost '{}'", ctl.word(0), ctl.arguments().vhost));
}

Done delete_queue(Ctl& ctl) {
  const auto truth = [](bool b) { return b ? "true" : "false"; };
  const auto& asked = ctl.arguments();
  return change(ctl, "DELETE",
                fmt::format("{}?if-empty={}&if-unused={}", ctl.path_of("queues", ctl.word(0)),
                            truth(asked.if_empty), truth(asked.if_unused)),
                fmt::format("Deleting queue '{}' on vhost '{}'", ctl.word(0), asked.vhost));
}

template <bool of_operators>
Done set_policy(Ctl& ctl) {
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
  return change(ctl, "PUT",
                ctl.path_of(of_operators ? "operator-policies" : "policies", ctl.word(0)),
                fmt::format("Setting policy \"{}\" for pattern \"{}\" for vhost \"{}\"",
                            ctl.word(0), ctl.word(1), asked.vhost),
                "", json::serialize(body));
}

template <bool of_operators>
Done clear_policy(Ctl& ctl) {
  return change(
      ctl, "DELETE", ctl.path_of(of_operators ? "operator-policies" : "policies", ctl.word(0)),
      fmt::format("Clearing policy \"{}\" on vhost \"{}\"", ctl.word(0), ctl.arguments().vhost));
}

/// Has messages of the queue brought elsewhere, and shows how many.
Done bring(Ctl& ctl, std::string_view how, std::string_view progress, json::object body) {
  const CtlArguments& asked = ctl.arguments();
  if (asked.max) body["max"] = *asked.max;
  body["dry_run"] = asked.dry_run;
  json::object where;
  for (const auto& [header, value] : asked.where)
    where[header] = value;
  if (!where.empty()) body["where"] = std::move(where);
  const auto said = ctl.ask(
      "POST",
      fmt::format("/v1/queues/{}/{}?vhost={}", encoded(ctl.word(0)), how, encoded(asked.vhost)),
      json::serialize(body));
  if (!said) return said.error();
  if (asked.json) return json::serialize(*said) + "\n";
  std::string out = ctl.progress(
      fmt::format("{} of queue '{}' in vhost '{}'", progress, ctl.word(0), asked.vhost));
  for (const auto& member : said->as_object()) {
    out += fmt::format("{}\t{}\n", std::string_view(member.key()), json::serialize(member.value()));
  }
  return out;
}

Done redrive(Ctl& ctl) {
  json::object body;
  if (!ctl.arguments().to_queue.empty()) body["to"] = ctl.arguments().to_queue;
  if (ctl.arguments().rate != 0) body["rate"] = ctl.arguments().rate;
  return bring(ctl, "redrive", "Moving messages", std::move(body));
}

Done replay(Ctl& ctl) {
  const CtlArguments& asked = ctl.arguments();
  if (asked.states.empty()) {
    return Error(Errc::invalid_argument,
                 "--state says what to bring back: acked, expired, rejected, maxlen or purged");
  }
  json::object body;
  body["states"] = json::array(asked.states.begin(), asked.states.end());
  if (!asked.since.empty()) body["since"] = asked.since;
  if (!asked.until.empty()) body["until"] = asked.until;
  return bring(ctl, "replay", "Bringing back messages", std::move(body));
}

Done close_connection(Ctl& ctl) {
  return change(ctl, "DELETE", "/api/connections/" + encoded(ctl.word(0)),
                fmt::format("Closing connection {}, reason: {}", ctl.word(0), ctl.word(1)),
                ctl.word(1));
}

Done close_all_connections(Ctl& ctl) {
  const auto all = ctl.ask("GET", "/api/connections");
  if (!all) return all.error();
  std::size_t closed = 0;
  for (const json::value& connection : all->as_array()) {
    const std::string name(connection.at("name").as_string().c_str());
    // One that has left by itself meanwhile is closed, too.
    if (ctl.ask("DELETE", "/api/connections/" + encoded(name), "", ctl.word(0))) ++closed;
  }
  return ctl.progress(fmt::format("Closed {} connections, reason: {}", closed, ctl.word(0)));
}

Done status(Ctl& ctl) {
  const auto overview = ctl.ask("GET", "/api/overview");
  if (!overview) return overview.error();
  if (ctl.arguments().json) return json::serialize(*overview) + "\n";
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

Done export_definitions(Ctl& ctl) {
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

Done import_definitions(Ctl& ctl) {
  const std::string& path = ctl.word(0);
  std::ostringstream text;
  if (path == standard_stream) {
    text << std::cin.rdbuf();
  } else if (std::ifstream in(path, std::ios::binary); !in || !(text << in.rdbuf())) {
    return Error(Errc::invalid_argument, fmt::format("'{}' cannot be read", path));
  }
  return change(ctl, "POST", "/api/definitions",
                fmt::format("Importing definitions in JSON from a file at \"{}\"", path), "",
                text.str());
}

Done ping(Ctl& ctl) {
  const auto who = ctl.ask("GET", "/api/whoami");
  if (!who) return who.error();
  return fmt::format("Ping succeeded: a server answers at http://{}\n", ctl.arguments().to.text());
}

Done version(Ctl&) {
  return fmt::format("{}\n", rialto_version);
}

struct Verb {
  std::string_view name;
  std::string_view takes;
  std::size_t words = 0;
  Done (*run)(Ctl&);
};

constexpr Verb verbs[] = {
    {"add_vhost", "VHOST", 1, add_vhost},
    {"check_running", "", 0, ping},
    {"clear_operator_policy", "NAME", 1, clear_policy<true>},
    {"clear_policy", "NAME", 1, clear_policy<false>},
    {"close_all_connections", "REASON", 1, close_all_connections},
    {"close_connection", "PID REASON", 2, close_connection},
    {"delete_queue", "QUEUE [--if-empty] [--if-unused]", 1, delete_queue},
    {"delete_vhost", "VHOST", 1, delete_vhost},
    {"export_definitions", "FILE (or -)", 1, export_definitions},
    {"import_definitions", "FILE (or -)", 1, import_definitions},
    {"ping", "", 0, ping},
    {"purge_queue", "QUEUE", 1, purge_queue},
    {"redrive", "QUEUE [--to QUEUE] [--where HEADER=VALUE] [--max N] [--rate N] [--dry-run]", 1,
     redrive},
    {"replay",
     "QUEUE --state STATE[,STATE] [--since WHEN] [--until WHEN] [--where HEADER=VALUE] [--max N] "
     "[--dry-run]",
     1, replay},
    {"set_operator_policy", "NAME PATTERN DEFINITION [--priority N] [--apply-to WHAT]", 3,
     set_policy<true>},
    {"set_policy", "NAME PATTERN DEFINITION [--priority N] [--apply-to WHAT]", 3,
     set_policy<false>},
    {"status", "", 0, status},
    {"version", "", 0, version},
};

std::string usage() {
  std::string out =
      "Usage: rialto ctl [--url http://127.0.0.1:15672] [-p VHOST] [-q] [-s]\n"
      "                  [--formatter json] [--timeout SECONDS] VERB ...\n\n";
  for (const CtlTable& table : ctl_tables())
    out += fmt::format("  {} [COLUMN ...]\n", table.verb);
  for (const Verb& verb : verbs)
    out += fmt::format("  {} {}\n", verb.name, verb.takes);
  return out;
}

/// The list that a verb asks for; nothing when it is another kind of verb.
std::optional<Done> list(Ctl& ctl) {
  const CtlArguments& asked = ctl.arguments();
  const auto& tables = ctl_tables();
  const auto table = std::find_if(tables.begin(), tables.end(),
                                  [&](const CtlTable& each) { return each.verb == asked.verb; });
  if (table == tables.end()) return std::nullopt;
  // A wrong column is told whether a server runs or not.
  if (const auto known = ctl_list(asked.verb, {}, asked); !known) return Done(known.error());
  std::string target(table->target);
  if (table->of_vhost) target += "/" + encoded(asked.vhost);
  const auto said = ctl.ask("GET", target);
  if (!said) return Done(said.error());
  auto shown = ctl_list(asked.verb, said->as_array(), asked);
  if (!shown) return Done(shown.error());
  const std::string what =
      fmt::format("Listing {}{}", table->what, table->of_vhost ? " " + asked.vhost : std::string());
  return Done(ctl.progress(what) + *shown);
}

ExitCode refuse(const std::string& text, ExitCode code) {
  fmt::print(stderr, "rialto ctl: {}\n", text);
  return code;
}

ExitCode refuse_verb(const std::string& verb) {
  const auto& missing = ctl_missing();
  if (std::find(missing.begin(), missing.end(), verb) != missing.end()) {
    return refuse(fmt::format("'{}' is not supported by Rialto yet", verb), ExitCode::usage);
  }
  std::vector<std::string> names;
  for (const CtlTable& table : ctl_tables())
    names.emplace_back(table.verb);
  for (const Verb& each : verbs)
    names.emplace_back(each.name);
  const std::string meant = nearest_word(verb, names);
  return refuse(fmt::format("unknown verb '{}'; {}", verb,
                            meant.empty() ? std::string("'rialto ctl help' lists them")
                                          : fmt::format("did you mean '{}'?", meant)),
                ExitCode::usage);
}

ExitCode tell(const Ctl& ctl, const Done& done) {
  if (done) {
    fmt::print("{}", *done);
    return ExitCode::ok;
  }
  if (ctl.unreachable()) return refuse(done.error().text, ExitCode::unreachable);
  const bool mistyped = done.error().code == Errc::invalid_argument;
  return refuse(done.error().text, mistyped ? ExitCode::usage : ExitCode::failed);
}

}  // namespace

ExitCode run_ctl(const std::vector<std::string>& arguments) {
  const auto asked = read_ctl_arguments(arguments);
  if (!asked) return refuse(asked.error().text, ExitCode::usage);
  if (asked->verb.empty() || asked->verb == "help") {
    fmt::print(asked->verb.empty() ? stderr : stdout, "{}", usage());
    return asked->verb.empty() ? ExitCode::usage : ExitCode::ok;
  }
  Ctl ctl(*asked);
  if (const auto listed = list(ctl)) return tell(ctl, *listed);
  for (const Verb& verb : verbs) {
    if (verb.name != asked->verb) continue;
    if (asked->words.size() == verb.words) return tell(ctl, verb.run(ctl));
    return refuse(fmt::format("usage: {} {}", verb.name, verb.takes), ExitCode::usage);
  }
  return refuse_verb(asked->verb);
}

bool called_as_rabbitmqctl(std::string_view program) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  return name == "rabbitmqctl" || name == "rabbitmq-diagnostics";
}

namespace {

/// Everything behind the word goes to ctl as it is.
void add_words(CLI::App& app, Chosen& chosen, const std::string& name, const std::string& help,
               const std::vector<std::string>& verb) {
  CLI::App* command = app.add_subcommand(name, help);
  command->set_help_flag();
  command->prefix_command();
  command->callback([&chosen, command, verb] {
    chosen = [command, verb] {
      std::vector<std::string> arguments = verb;
      for (const std::string& word : command->remaining())
        arguments.push_back(word);
      return run_ctl(arguments);
    };
  });
}

}  // namespace

void add_ctl(CLI::App& app, Chosen& chosen) {
  add_words(app, chosen, "ctl", "rabbitmqctl's verbs, against a running server; try 'ctl help'",
            {});
  add_words(app, chosen, "replay",
            "Brings back what has left a queue: QUEUE --state acked|expired|rejected|maxlen|purged",
            {"replay"});
}

}  // namespace rialto
