#include "adapters/http/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace rialto::http {

namespace {

/// The names in the path, or nothing when the target is another one. An empty name fits no {}.
std::optional<Found> match(std::string_view path, std::span<const std::string> segments) {
  Found found;
  path.remove_prefix(1);
  for (const std::string& segment : segments) {
    if (path.empty()) return std::nullopt;
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view wanted = path.substr(0, end);
    if (wanted.starts_with('{')) {
      if (segment.empty()) return std::nullopt;
      if (wanted == "{vhost}") {
        found.vhost = segment;
      } else {
        found.names.push_back(segment);
      }
    } else if (wanted != segment) {
      return std::nullopt;
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  if (!path.empty()) return std::nullopt;
  return found;
}

/// RabbitMQ's management API has the same behind a slash at the end.
std::span<const std::string> without_last_slash(std::span<const std::string> segments) {
  constexpr std::size_t nouns_from = 3;
  const bool managed = segments.size() >= nouns_from && segments.front() == "api";
  return managed && segments.back().empty() ? segments.first(segments.size() - 1) : segments;
}

}  // namespace

Route& add(RouteList& routes, Route route, std::string_view says, std::vector<unsigned> answers) {
  route.says = says;
  route.answers = std::move(answers);
  return routes.emplace_back(std::move(route));
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::put: return "PUT";
    case Method::post: return "POST";
    case Method::remove: return "DELETE";
    case Method::head: return "HEAD";
    case Method::other: break;
  }
  return "";
}

Found find_route(std::span<const Route> routes, Method method, const Target& target) {
  const Method wanted = method == Method::head ? Method::get : method;
  const auto segments = without_last_slash(target.segments);
  Found found;
  for (const Route& route : routes) {
    auto matched = match(route.path, segments);
    if (!matched) continue;
    if (route.method == wanted) {
      matched->route = &route;
      return std::move(*matched);
    }
    if (!found.allow.empty()) found.allow += ", ";
    found.allow += route.method == Method::get ? "GET, HEAD" : name_of(route.method);
  }
  return found;
}

Result<void> check_query(const Route& route, const Target& target) {
  if (route.needs == Needs::nothing) return {};
  std::vector<std::string_view> known = route.query;
  if (route.path.find("{vhost}") == route.path.npos) known.push_back("vhost");
  for (auto at = target.query.begin(); at != target.query.end(); ++at) {
    const std::string& name = at->first;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Error(
          Errc::invalid_argument,
          fmt::format("unknown query parameter '{}'; there are: {}", name, fmt::join(known, ", ")));
    }
    if (std::any_of(target.query.begin(), at, [&](const auto& p) { return p.first == name; })) {
      return Error(Errc::invalid_argument,
                   fmt::format("the query parameter '{}' is given twice", name));
    }
  }
  return {};
}

}  // namespace rialto::http
