// HTTP requests: parser, target, router, what JSON bodies and message headers are read as. The
// first byte says in what pieces the rest arrives; a parser must not care.
#include "adapters/http/access.h"
#include "adapters/http/amqp_properties.h"
#include "adapters/http/json.h"
#include "adapters/http/message_headers.h"
#include "adapters/http/message_json.h"
#include "adapters/http/new_message.h"
#include "adapters/http/request_parser.h"
#include "adapters/http/router.h"
#include "adapters/http/routes.h"
#include "adapters/http/target.h"
#include "core/base/rfc3339.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using rialto::Bytes;
using rialto::http::Request;
using rialto::http::RequestParser;

struct Read {
  std::vector<Request> requests;
  bool failed = false;
  std::size_t left = 0;  // bytes that were not used

  /// It may still turn out to be broken: too little came of what stands behind a chunk.
  bool may_fail() const { return failed || (left > 0 && left < 5); }
};

Read read(Bytes text, std::size_t piece) {
  Read out;
  RequestParser parser;
  std::string pending;
  for (;;) {
    const auto fed = parser.feed(pending);
    if (fed.used > pending.size()) __builtin_trap();
    pending.erase(0, fed.used);
    switch (fed.step) {
      case RequestParser::Step::failed:
        if (parser.refusal().status < 400 || parser.refusal().detail.empty()) __builtin_trap();
        out.failed = true;
        return out;
      case RequestParser::Step::done: out.requests.push_back(parser.take()); break;
      case RequestParser::Step::head: parser.limit_body(rialto::http::json_bytes_max); break;
      case RequestParser::Step::more:
        // What is not used yet is bounded: a head, or the head of a chunk.
        if (pending.size() >= 2 * rialto::http::head_bytes_max + piece) __builtin_trap();
        if (text.empty()) {
          out.left = pending.size();
          return out;
        }
        pending += text.substr(0, piece);
        text.remove_prefix(std::min(piece, text.size()));
    }
  }
}

void look_at(const Request& request, const rialto::http::RouteList& routes) {
  const auto target = rialto::http::parse_target(request.target);
  if (target) {
    (void)rialto::http::find_route(routes, request.method, *target);
    for (const auto& [name, value] : target->query)
      (void)rialto::from_rfc3339(value);
  }
  rialto::PeerInfo peer;
  peer.loopback = true;
  (void)rialto::http::refused_access(peer, request);
  (void)rialto::http::MessageHeaders::of(request);
  (void)rialto::http::decode_amqp_properties(request.body);
  if (const auto object = rialto::http::read_object(request)) {
    if (const auto table = rialto::http::to_field_table(*object)) {
      (void)rialto::http::json_response(200, rialto::http::to_json(*table));
    }
    (void)rialto::http::new_message(*object, rialto::http::SentTo::exchange, "guest");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto routes = rialto::http::routes_of(rialto::HttpSettings());
  if (size == 0) return 0;
  const Bytes text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Read whole = read(text, std::max<std::size_t>(text.size(), 1));
  const Read pieces = read(text, std::size_t{1} + data[0] % 64);
  if (whole.failed ? !pieces.may_fail() : pieces.failed) __builtin_trap();
  if (whole.requests.size() != pieces.requests.size()) __builtin_trap();
  for (std::size_t i = 0; i < whole.requests.size(); ++i) {
    if (whole.requests[i].target != pieces.requests[i].target) __builtin_trap();
    if (whole.requests[i].body != pieces.requests[i].body) __builtin_trap();
    look_at(whole.requests[i], routes);
  }
  return 0;
}
