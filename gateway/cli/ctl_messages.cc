#include "gateway/cli/ctl_messages.h"

#include "gateway/cli/ctl.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

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

}  // namespace

CtlDone redrive_messages(Ctl& ctl) {
  json::object body;
  if (!ctl.arguments().to_queue.empty()) body["to"] = ctl.arguments().to_queue;
  if (ctl.arguments().rate != 0) body["rate"] = ctl.arguments().rate;
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
