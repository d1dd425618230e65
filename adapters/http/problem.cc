#include "adapters/http/problem.h"

#include "adapters/http/json.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rialto::http {

Response problem(unsigned status, std::string_view title, std::string_view detail) {
  std::string kind(title);
  std::replace(kind.begin(), kind.end(), ' ', '-');
  boost::json::object body;
  body["type"] = "urn:rialto:problem:" + kind;
  body["title"] = json_text(title);
  body["status"] = status;
  body["detail"] = json_text(detail);
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = boost::json::serialize(body) + "\n";
  if (status == 503 || status == 429) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response problem(const Error& error) {
  const Meaning meaning = meaning_of(error.code);
  const std::string_view what = error.text.empty() ? to_string(error.code) : error.text;
  return problem(meaning.status, to_string(error.code),
                 fmt::format("{}; {}", what, meaning.advice));
}

Response management_problem(const Error& error) {
  const Meaning meaning = meaning_of(error.code);
  const bool bad = meaning.status == 400 || error.code == Errc::not_equivalent;
  boost::json::object body;
  body["error"] = meaning.status == 404 ? "Object Not Found"
                  : bad                 ? "bad_request"
                                        : json_text(to_string(error.code));
  body["reason"] = json_text(error.text.empty() ? to_string(error.code) : error.text);
  Response response;
  response.status = bad ? 400 : meaning.status;
  response.content_type = "application/json";
  response.body = boost::json::serialize(body) + "\n";
  return response;
}

}  // namespace rialto::http
