#include "adapters/http/v1/stream.h"

#include "adapters/http/message_json.h"
#include "adapters/http/v1/page.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

namespace rialto::http::v1 {

namespace {

// What is on its way to one reader: a page, and the batch that it begins with.
constexpr std::uint32_t page_bytes_max = 256U << 10;
constexpr std::size_t page_messages_max = 1000;
// Proxies give up on what is silent for a minute; so does the first write to a peer that is gone.
constexpr std::int64_t heartbeat_ms = 15'000;
constexpr const char* heartbeat = ":\n\n";

struct Follower {
  ReadFrom from;
  Offset next;
};

Result<ReadFrom> follow_from(const Call& call) {
  for (const char* name : {"max", "wait_ms"}) {
    if (call.query(name)) {
      return Error(Errc::invalid_argument,
                   fmt::format("'{}' has no meaning in an event stream; leave it out", name));
    }
  }
  auto from = read_from(call);
  const std::string* last = call.request().header("Last-Event-ID");
  if (!from || !last || last->empty()) return from;
  const bool number = last->find_first_not_of("0123456789") == std::string::npos;
  if (!number || !read_place(*last, *from)) {
    return Error(Errc::invalid_argument, "Last-Event-ID is not an id of this stream");
  }
  return from;
}

std::string event_of(const ReadFrom& from, const RecordView& record, bool amqp_written) {
  return fmt::format(
      "id: {}\ndata: {}\n\n", record.offset.get() + 1,
      boost::json::serialize(message_json(from.topic, from.partition, record, amqp_written)));
}

/// The stream cannot go on; what has been sent is whole.
void end_with(const CallRef& call, const Error& error) {
  std::string told = problem(error).body;
  std::replace(told.begin(), told.end(), '\n', ' ');
  call->end_stream("event: error\ndata: " + told + "\n\n");
}

void give(const CallRef& call, Follower& follower, const FetchedPart& part) {
  std::string events;
  Page page;
  page.next = follower.next;
  const auto ok = page.collect(part.batches, page_messages_max,
                               [&](const RecordView& record, bool amqp_written) {
                                 events += event_of(follower.from, record, amqp_written);
                               });
  if (!ok) return end_with(call, ok.error());
  if (part.batches.empty()) events = heartbeat;
  follower.next = page.next;
  call->piece(std::move(events));
}

void read_on(const CallRef& call, const std::shared_ptr<Follower>& follower) {
  fetch(
      call, follower->from, follower->next, page_bytes_max, heartbeat_ms,
      [call, follower](const FetchedPart& part) { give(call, *follower, part); },
      [call](const Error& error) { end_with(call, error); });
}

}  // namespace

void stream_messages(const CallRef& call) {
  const auto from = follow_from(*call);
  if (!from) return call->refuse(from.error());
  locate(call, *from, [call, from = *from](Offset at) {
    // The first page tells what has a status: no topic, no such offset.
    const auto begin = [call, from, at](const FetchedPart& part) {
      Response head;
      head.content_type = event_stream_type;
      if (call->request().method == Method::head) return call->answer(std::move(head));
      const auto follower = std::make_shared<Follower>(Follower{from, at});
      call->stream(std::move(head), [follower](const CallRef& self) { read_on(self, follower); });
      give(call, *follower, part);
    };
    fetch(call, from, at, page_bytes_max, 0, begin,
          [call](const Error& error) { call->refuse(error); });
  });
}

}  // namespace rialto::http::v1
