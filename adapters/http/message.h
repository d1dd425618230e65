#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rialto::http {

enum class Method : std::uint8_t { get, head, put, post, remove, other };

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// One request, complete when a handler sees it.
struct Request {
  Method method = Method::other;
  std::string method_text;
  std::string target;
  HeaderList headers;  ///< names as sent
  std::string body;
  bool http_1_1 = true;
  bool keep_alive = true;
  bool expects_continue = false;

  /// The first header with this name, whatever its case, or null.
  const std::string* header(std::string_view name) const;
};

struct Response {
  unsigned status = 200;
  std::string content_type;  ///< empty: no body is announced as anything
  HeaderList headers;
  std::string body;
};

/// How a response is framed on its connection.
struct Framing {
  bool keep_alive = true;
  bool http_1_1 = true;
  bool without_body = false;  ///< HEAD: the length is told, the bytes are not sent
  bool open_ended = false;    ///< the body ends with the connection
};

/// HTTP's word for a status that this door sends.
std::string_view reason_of(unsigned status);

void append_response(std::string& out, const Response& response, const Framing& framing);

bool equal_ignoring_case(std::string_view a, std::string_view b);
/// A character of a header name or method.
bool is_token(std::string_view text);
/// Text that a header line can carry as it is.
bool fits_header(std::string_view value);

}  // namespace rialto::http
