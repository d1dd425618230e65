#include "adapters/http/problem.h"

#include "adapters/http/json.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rialto::http {

namespace {

namespace json = boost::json;

Response response_of(unsigned status, std::string_view type, const json::object& body) {
  Response response;
  response.status = status;
  response.content_type = type;
  response.body = json::serialize(body) + "\n";
  if (status == 503 || status == 429) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response management_problem(const Refused& refused) {
  json::object body;
  switch (refused.status) {
    case 400: body["error"] = "bad_request"; break;
    case 401: body["error"] = "not_authorized"; break;
    case 404: body["error"] = "Object Not Found"; break;
    default: body["error"] = json_text(refused.title); break;
  }
  body["reason"] = json_text(refused.detail);
  return response_of(refused.status, "application/json", body);
}

}  // namespace

Dialect dialect_of(const Target& target) {
  const bool managed = !target.segments.empty() && target.segments.front() == "api";
  return managed ? Dialect::management : Dialect::own;
}

Response problem(const Refused& refused, Dialect words) {
  if (words == Dialect::management) return management_problem(refused);
  std::string kind = refused.title;
  std::replace(kind.begin(), kind.end(), ' ', '-');
  json::object body;
  body["type"] = json_text("urn:rialto:problem:" + kind);
  body["title"] = json_text(refused.title);
  body["status"] = refused.status;
  body["detail"] = json_text(refused.detail);
  return response_of(refused.status, "application/problem+json", body);
}

Refused refused(const Error& error) {
  const Meaning meaning = meaning_of(error.code);
  std::string title(to_string(error.code));
  std::string detail =
      fmt::format("{}; {}", error.text.empty() ? title : error.text, meaning.advice);
  return {meaning.status, std::move(title), std::move(detail)};
}

Response problem(const Error& error, Dialect words) {
  Refused out = refused(error);
  if (words == Dialect::own) return problem(out, words);
  // The one status whose reason RabbitMQ's tools show.
  if (error.code == Errc::not_equivalent || error.code == Errc::not_supported) out.status = 400;
  out.detail = error.text.empty() ? out.title : error.text;
  return problem(out, words);
}

}  // namespace rialto::http
