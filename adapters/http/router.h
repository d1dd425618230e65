#pragma once

#include "adapters/http/message.h"
#include "adapters/http/target.h"
#include "core/base/result.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::http {

class Call;
using Handler = void (*)(const std::shared_ptr<Call>& call);

/// What a handler needs of the world.
enum class Needs : std::uint8_t {
  nothing,  ///< answers from the settings alone, before the server is ready too
  broker,   ///< a session, and a server that is ready
  room,     ///< the same, and that publishing is not blocked: it stores messages
};

struct Route {
  Method method;
  std::string_view path;  ///< "/v1/queues/{queue}/messages"
  Handler handler;
  Needs needs = Needs::broker;
  std::size_t body_bytes_max = 0;
  std::vector<std::string_view> query = {};  ///< parameters it takes beside vhost
  std::string_view body_type = "application/json";
  // For the document of the API.
  std::string_view says = {};          ///< what it does, in one sentence
  std::vector<unsigned> answers = {};  ///< statuses, beside those of every route
  /// Another type of body: the entries of the list in the JSON one, an object a line.
  std::string_view body_lines_type = {};
  std::vector<std::string_view> headers = {};       ///< of the request, that mean something
  std::vector<std::string_view> answer_types = {};  ///< of a 200, when there are several
};

/// Routes of several rooms as one list.
using RouteList = std::vector<Route>;

/// The route in its list, until the next one is added.
Route& add(RouteList& routes, Route route, std::string_view says,
           std::vector<unsigned> answers = {200});

std::string_view name_of(Method method);

struct Found {
  const Route* route = nullptr;    ///< null: 404, or 405 when `allow` is not empty
  std::vector<std::string> names;  ///< what stands for the {} of the path, in order; no {vhost}
  std::string vhost;               ///< what stands for {vhost}; empty: there is none
  std::string allow;               ///< methods that the path has, for the Allow header
};

/// HEAD finds the route of GET.
Found find_route(std::span<const Route> routes, Method method, const Target& target);

/// A parameter that the route does not take, or that is given twice: a typing error must not be
/// silently ignored. Nothing for routes that need nothing; scrapers send what they like.
Result<void> check_query(const Route& route, const Target& target);

}  // namespace rialto::http
