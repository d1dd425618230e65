#include "gateway/cli/ctl_messages.h"

#include "gateway/cli/ctl.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace rialto {

namespace json = boost::json;

namespace {

/// Has messages of the queue brought elsewhere, and shows how many.
CtlDone bring(Ctl& ctl, std::string_view how, std::string_view progress, json::object body) {
  const CtlArguments& asked = ctl.arguments();
  if (asked.max) body["max"] = *asked.max;
  body["dry_run"] = asked.dry_run;
  json::object where;
  for (const auto& [header, value] : asked.where)
    where[header] = value;
  if (!where.empty()) body["where"] = std::move(where);
  const auto said = ctl.ask("POST",
                            fmt::format("/v1/queues/{}/{}?vhost={}", Ctl::encoded(ctl.word(0)), how,
                                        Ctl::encoded(asked.vhost)),
                            json::serialize(body), "", Ctl::Patience::long_work);
  if (!said) return said.error();
  if (asked.format == CtlFormat::json) return json::serialize(*said) + "\n";
  std::string out = ctl.progress(
      fmt::format("{} of queue '{}' in vhost '{}'", progress, ctl.word(0), asked.vhost));
  for (const auto& member : said->as_object()) {
    out += fmt::format("{}\t{}\n", std::string_view(member.key()), json::serialize(member.value()));
  }
  return out;
}

const std::vector<CtlColumn> browse_columns = {{"id", "id"},
                                               {"timestamp", "timestamp"},
                                               {"x-first-death-reason", "x-first-death-reason"},
                                               {"x-first-death-queue", "x-first-death-queue"},
                                               {"headers", "headers"},
                                               {"body", "body"}};

/// A short text, or how much it is.
std::string body_cell(const json::object& message) {
  constexpr std::size_t shown_bytes_max = 80;
  std::size_t bytes = 0;
  if (const auto* other = message.if_contains("body_base64")) {
    const std::string_view text = other->as_string();
    const std::size_t pads = text.size() - std::min(text.find('='), text.size());
    bytes = text.size() / 4 * 3 - pads;
  } else {
    const auto* body = message.if_contains("body");
    if (!body || !body->is_string()) return "";
    const std::string_view text = body->as_string();
    if (text.size() <= shown_bytes_max) return std::string(text);
    bytes = text.size();
  }
  return fmt::format("({} bytes)", bytes);
}

/// The columns of one message; what tells of deaths is apart from the publisher's headers.
json::object browse_row(const json::object& message) {
  json::object row;
  json::object others;
  for (const auto& header : message.at("headers").as_object()) {
    const std::string_view name = header.key();
    if (name == "x-first-death-reason" || name == "x-first-death-queue") {
      row[header.key()] = header.value();
    } else if (name != "x-death" && name != "x-first-death-exchange" &&
               !name.starts_with("x-last-death-")) {
      others[header.key()] = header.value();
    }
  }
  row["id"] = message.at("id");
  row["timestamp"] = message.at("timestamp");
  row["headers"] = std::move(others);
  row["body"] = body_cell(message);
  return row;
}

}  // namespace

// Page by page: an answer holds so many messages whatever was asked for.
CtlDone browse_messages(Ctl& ctl) {
  constexpr std::int64_t browsed_default = 100;
  constexpr std::int64_t page_messages = 100;
  const CtlArguments& asked = ctl.arguments();
  if (asked.where.size() > 1) {
    return Error(Errc::invalid_argument, "browse looks for one header: --where comes once");
  }
  const std::string target = fmt::format("/v1/queues/{}/messages?vhost={}",
                                         Ctl::encoded(ctl.word(0)), Ctl::encoded(asked.vhost));
  std::string behind;
  for (const auto& [header, value] : asked.where)
    behind = "&where=" + Ctl::encoded(header + "=" + value);
  const bool as_json = asked.format == CtlFormat::json;
  json::array found;
  std::int64_t left = asked.max.value_or(browsed_default);
  std::string from;
  do {
    const auto page = ctl.ask(
        "GET", fmt::format("{}&max={}{}{}", target, std::min(left, page_messages), behind, from));
    if (!page) return page.error();
    for (const json::value& message : page->at("messages").as_array())
      found.push_back(as_json ? message : browse_row(message.as_object()));
    left -= std::ssize(page->at("messages").as_array());
    const auto* next = page->as_object().if_contains("next");
    from = next ? "&from=" + Ctl::encoded(next->as_string()) : std::string();
  } while (left > 0 && !from.empty());
  if (as_json) return json::serialize(found) + "\n";
  const bool told = !asked.quiet && asked.format != CtlFormat::csv;
  const std::string more = from.empty() || !told ? "" : "There may be more: see --max\n";
  return ctl.progress(fmt::format("Listing messages of queue '{}' in vhost '{}'", ctl.word(0),
                                  asked.vhost)) +
         ctl_rows(browse_columns, found, asked) + more;
}

CtlDone redrive_messages(Ctl& ctl) {
  json::object body;
  const CtlArguments& asked = ctl.arguments();
  if (!asked.ids.empty()) body["ids"] = json::array(asked.ids.begin(), asked.ids.end());
  if (!asked.to_queue.empty()) body["to"] = asked.to_queue;
  if (asked.rate != 0) body["rate"] = asked.rate;
  return bring(ctl, "redrive", "Moving messages", std::move(body));
}

CtlDone replay_messages(Ctl& ctl) {
  const CtlArguments& asked = ctl.arguments();
  json::object body;
  body["states"] = json::array(asked.states.begin(), asked.states.end());
  if (!asked.since.empty()) body["since"] = asked.since;
  if (!asked.until.empty()) body["until"] = asked.until;
  return bring(ctl, "replay", "Bringing back messages", std::move(body));
}

}  // namespace rialto
