#include "adapters/http/call.h"
#include "adapters/http/json.h"
#include "adapters/http/message_json.h"
#include "adapters/http/v1/routes.h"
#include "adapters/http/v1/shapes.h"
#include "core/base/number.h"
#include "core/model/message_id.h"
#include "core/model/record_batch.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Looking into a queue, and moving its messages back to where they came from.
namespace rialto::http::v1 {

namespace json = boost::json;

namespace {

constexpr std::int64_t browsed_default = 100;
constexpr std::int64_t browsed_max = 1000;
constexpr std::size_t redrive_ids_max = 10'000;

/// "partition/offset", or an id, which ends like that.
std::optional<QueuePlace> place_of(std::string_view text) {
  const std::size_t last = text.rfind('/');
  if (last == std::string_view::npos) return std::nullopt;
  const std::size_t before = last == 0 ? std::string_view::npos : text.rfind('/', last - 1);
  const std::size_t from = before == std::string_view::npos ? 0 : before + 1;
  const auto index = number_in(text.substr(from, last - from));
  const auto offset = number_in(text.substr(last + 1));
  constexpr std::int64_t index_max = std::numeric_limits<std::int32_t>::max();
  if (!index || *index < 0 || *index > index_max || !offset || *offset < 0) return std::nullopt;
  return QueuePlace{PartitionIndex(static_cast<std::int32_t>(*index)), Offset(*offset)};
}

/// False: a place of a queue, which names none.
bool is_id(std::string_view text) {
  return std::count(text.begin(), text.end(), '/') >= 2;
}

Error foreign_id(const std::string& id, const std::string& queue, const std::string& log) {
  return {Errc::invalid_argument,
          fmt::format("'{}' is no id of a message in queue '{}'; it shows such as {}", id, queue,
                      message_id(log, PartitionIndex(0), Offset(0)))};
}

Result<BrowseQueue> browse_of(const Call& call) {
  const auto max = call.query_number("max", browsed_default, 1, browsed_max);
  if (!max) return max.error();
  BrowseQueue what;
  what.queue = call.name(0);
  what.max = static_cast<std::uint32_t>(*max);
  if (const std::string* after = call.query("from")) {
    const auto place = place_of(*after);
    if (!place) {
      return Error(Errc::invalid_argument,
                   "'from' has to be the 'next' of another answer, or an id");
    }
    what.from = *place;
  }
  if (const std::string* where = call.query("where")) {
    const std::size_t equals = where->find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(Errc::invalid_argument, "'where' has to be <header>=<value>");
    }
    what.where.emplace_back(where->substr(0, equals), where->substr(equals + 1));
  }
  return what;
}

void show_messages(const CallRef& call, BrowseQueue what) {
  call->ask(std::move(what), [call](const BrowseQueue::Answer& found) {
    json::array list;
    for (const BrowsedMessage& message : found.messages) {
      const auto record = view_of(message.record);
      if (!record) continue;
      list.push_back(message_json(message.log ? std::string_view(*message.log) : call->name(0),
                                  message.index, *record, message.record.amqp_written));
    }
    json::object body;
    body["messages"] = std::move(list);
    if (found.next) {
      body["next"] = fmt::format("{}/{}", found.next->index.get(), found.next->offset.get());
    }
    call->answer(json_response(200, body));
  });
}

struct Chosen {
  std::vector<QueuePlace> places;
  std::string foreign;  ///< the first id that is of no message in the log of the queue itself
};

/// An id has to be one that the queue shows. A subscription shows those of its topic; where it goes
/// on behind messages of its own, only 'next' tells.
void browse(const CallRef& call) {
  auto what = browse_of(*call);
  if (!what) return call->refuse(what.error());
  const std::string* after = call->query("from");
  if (!after || !is_id(*after)) return show_messages(call, std::move(*what));
  call->ask(DescribeQueue{call->name(0)}, [call, what = *what](const QueueInfo& queue) {
    const FieldValue* source = queue.arguments.find("x-source-topic");
    const std::string* topic = source ? source->as_text() : nullptr;
    const std::string& log = topic ? *topic : queue.name;
    const std::string& from = *call->query("from");
    const bool shown = from == message_id(log, what.from.index, what.from.offset);
    if (!shown) return call->refuse(foreign_id(from, queue.name, log));
    show_messages(call, what);
  });
}

/// An id that is given twice is one message.
Result<Chosen> chosen_of(const std::string& queue, const std::vector<std::string>& ids) {
  Chosen out;
  std::set<std::string_view> seen;
  for (const std::string& id : ids) {
    const auto place = place_of(id);
    if (!place || !is_id(id)) {
      return Error(Errc::invalid_argument, fmt::format("'{}' is no id of a message", id));
    }
    if (!seen.insert(id).second) continue;
    out.places.push_back(*place);
    const bool own = id == message_id(queue, place->index, place->offset);
    if (!own && out.foreign.empty()) out.foreign = id;
  }
  return out;
}

struct Redrive {
  RedriveMessages what;
  std::string foreign;  ///< see Chosen
};

Result<Redrive> redrive_of(const Call& call) {
  const auto body = read_object(call.request());
  if (!body) return body.error();
  Members members(*body);
  Redrive redrive;
  RedriveMessages& out = redrive.what;
  out.queue = call.name(0);
  out.to = members.text("to", "");
  out.dry_run = members.truth("dry_run", false);
  constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t rate_max = 1'000'000;
  out.max = static_cast<std::uint64_t>(members.integer("max", any, 1, any));
  out.rate = static_cast<std::uint32_t>(members.integer("rate", 0, 0, rate_max));
  const bool has_ids = body->contains("ids");
  const std::vector<std::string> ids = members.texts("ids", redrive_ids_max);
  const json::object* where = members.object("where");
  if (auto ok = members.finish(); !ok) return ok.error();
  if (has_ids) {
    auto chosen = chosen_of(out.queue, ids);
    if (!chosen) return chosen.error();
    out.chosen = std::move(chosen->places);
    redrive.foreign = std::move(chosen->foreign);
  }
  auto wanted = headers_wanted(where);
  if (!wanted) return wanted.error();
  out.where = std::move(*wanted);
  return redrive;
}

void move_messages(const CallRef& call, RedriveMessages what) {
  const bool dry_run = what.dry_run;
  call->ask(std::move(what), [call, dry_run](const RedriveMessages::Answer& answer) {
    json::object body;
    body[dry_run ? "would_move" : "moved"] = answer.moved;
    body[dry_run ? "would_stay" : "stayed"] = answer.stayed;
    if (!answer.full.empty()) body["full"] = json_text(answer.full);
    call->answer(json_response(200, body));
  });
}

void redrive(const CallRef& call) {
  auto asked = redrive_of(*call);
  if (!asked) return call->refuse(asked.error());
  if (asked->foreign.empty()) return move_messages(call, std::move(asked->what));
  call->ask(DescribeQueue{call->name(0)}, [call, asked = *asked](const QueueInfo& queue) {
    // A subscription shows ids of its topic; the broker says how its messages are chosen.
    if (queue.arguments.find("x-source-topic")) return move_messages(call, asked.what);
    call->refuse(foreign_id(asked.foreign, queue.name, queue.name));
  });
}

}  // namespace

void add_redrive(RouteList& routes) {
  add(routes,
      {Method::get,
       "/v1/queues/{queue}/messages",
       browse,
       Needs::broker,
       0,
       {"max", "from", "where"}},
      "Shows ready messages and leaves them where they are", {200, 404, 423});
  add(routes, {Method::post, "/v1/queues/{queue}/redrive", redrive, Needs::room, json_bytes_max},
      "Moves messages to where they died last, or to another queue", {200, 404, 423});
}

}  // namespace rialto::http::v1
