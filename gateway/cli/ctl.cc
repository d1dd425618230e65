#include "gateway/cli/ctl.h"

#include "gateway/cli/command_line.h"
#include "gateway/cli/ctl_options.h"
#include "gateway/cli/ctl_verbs.h"
#include "gateway/cli/http_request.h"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <fmt/format.h>

#include <chrono>

namespace rialto {

namespace json = boost::json;

namespace {

/// What the server said against it.
Error refusal_of(const HttpAnswer& answer) {
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

}  // namespace

WireSocket::Deadline Ctl::deadline(Patience patience) const {
  constexpr std::int64_t short_s = 30;
  if (!arguments_.timeout_s && patience == Patience::long_work) return WireSocket::Deadline::max();
  return std::chrono::steady_clock::now() +
         std::chrono::seconds(arguments_.timeout_s.value_or(short_s));
}

std::string Ctl::progress(const std::string& text) const {
  const bool for_programs =
      arguments_.format == CtlFormat::json || arguments_.format == CtlFormat::csv;
  return arguments_.quiet || for_programs ? std::string() : text + " ...\n";
}

std::string Ctl::encoded(std::string_view name) {
  return boost::urls::encode(name, boost::urls::unreserved_chars);
}

std::string Ctl::path_of(std::string_view noun, std::string_view name) const {
  return fmt::format("/api/{}/{}/{}", noun, encoded(arguments_.vhost), encoded(name));
}

Result<json::value> Ctl::ask(std::string_view method, const std::string& target,
                             const std::string& body, const std::string& reason,
                             Patience patience) {
  HttpRequest request{method, target, {}, body};
  if (!reason.empty()) request.headers.emplace_back("X-Reason", reason);
  const auto answer = ask_http(arguments_.to, deadline(patience), request);
  if (!answer) {
    unreachable_ = true;
    return Error(
        Errc::io_failed,
        fmt::format("no server answers at http://{} ({}); start one with 'rialto serve' or "
                    "name its HTTP address with --url",
                    arguments_.to.text(), answer.error().text));
  }
  constexpr int refusals_from = 300;
  if (answer->status >= refusals_from) return refusal_of(*answer);
  if (answer->body.empty()) return json::value(nullptr);
  boost::system::error_code failed;
  json::value said = json::parse(answer->body, failed);
  if (failed) return Error(Errc::corrupt, "the answer is no JSON: " + failed.message());
  return said;
}

CtlDone Ctl::change(std::string_view method, const std::string& target,
                    const std::string& progress_text, const std::string& reason,
                    const std::string& body) {
  const auto said = ask(method, target, body, reason);
  if (!said) return said.error();
  return progress(progress_text);
}

namespace {

std::string usage() {
  std::string out = "Usage: rialto ctl VERB ...\n\n";
  for (const CtlVerb& verb : ctl_verbs())
    out += fmt::format("  {} {}\n", verb.name, verb.takes());
  out += "\nAll verbs take:\n";
  for (const CtlOption& option : ctl_options()) {
    if (!option.of_all) continue;
    out += fmt::format("  {}{}{} {}\n", option.letter, option.letter.empty() ? "" : ", ",
                       option.name, option.value);
  }
  return out;
}

ExitCode refuse(const std::string& text, ExitCode code) {
  fmt::print(stderr, "rialto ctl: {}\n", text);
  return code;
}

/// About one verb where one was named.
ExitCode show_usage(const CtlArguments& asked) {
  std::string about = asked.verb;
  if (about == "help") about = asked.words.empty() ? "" : asked.words.front();
  if (about.empty()) {
    fmt::print("{}", usage());
    return ExitCode::ok;
  }
  const CtlVerb* const verb = find_ctl_verb(about);
  if (!verb) return refuse(no_such_ctl_verb(about).text, ExitCode::usage);
  fmt::print("Usage: rialto ctl {} {}\n", verb->name, verb->takes());
  return ExitCode::ok;
}

ExitCode tell(const Ctl& ctl, const CtlDone& done) {
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
  if (asked->help) return show_usage(*asked);
  if (asked->verb.empty()) {
    fmt::print(stderr, "{}", usage());
    return ExitCode::usage;
  }
  Ctl ctl(*asked);
  return tell(ctl, find_ctl_verb(asked->verb)->run(ctl));
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
