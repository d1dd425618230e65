#include "adapters/http/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rialto::http {

namespace beast = boost::beast::http;
using BeastError = boost::system::error_code;

namespace {

Method method_of(std::string_view text) {
  if (text == "GET") return Method::get;
  if (text == "HEAD") return Method::head;
  if (text == "PUT") return Method::put;
  if (text == "POST") return Method::post;
  if (text == "DELETE") return Method::remove;
  return Method::other;
}

}  // namespace

/// Beast's grammar, filling a Request.
class RequestParser::Grammar final : public beast::basic_parser<true> {
 public:
  explicit Grammar(Request& request) : request_(request) {
    header_limit(head_bytes_max);
    body_limit(body_bytes_max);
    eager(true);
  }

  std::size_t header_count = 0;

 private:
  // Boost's own string_view in front of std::string.
  static std::string text(boost::core::string_view v) { return std::string(v.data(), v.size()); }

  void on_request_impl(beast::verb, boost::core::string_view method,
                       boost::core::string_view target, int version, BeastError&) override {
    request_.method_text = text(method);
    request_.target = text(target);
    request_.http_1_1 = version >= 11;
    request_.method = method_of(request_.method_text);
  }

  void on_field_impl(beast::field, boost::core::string_view name, boost::core::string_view value,
                     BeastError& failed) override {
    if (++header_count > headers_max) {
      failed = beast::error::header_limit;
    } else if (!is_header_done()) {  // a trailer may not change what the head has settled
      request_.headers.emplace_back(text(name), text(value));
    }
  }

  std::size_t on_body_impl(boost::core::string_view body, BeastError&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }

  std::size_t on_chunk_body_impl(std::uint64_t, boost::core::string_view body,
                                 BeastError&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }

  void on_header_impl(BeastError&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, BeastError&) override {}
  void on_chunk_header_impl(std::uint64_t, boost::core::string_view, BeastError&) override {}
  void on_finish_impl(BeastError&) override {}
  void on_response_impl(int, boost::core::string_view, int, BeastError&) override {}

  Request& request_;
};

RequestParser::RequestParser() = default;
RequestParser::~RequestParser() = default;

RequestParser::Fed RequestParser::feed(Bytes in) {
  switch (state_) {
    case State::head: return feed_head(in);
    case State::body: return feed_body(in);
    case State::failed: break;
  }
  return {Step::failed, in.size()};
}

RequestParser::Fed RequestParser::fail(unsigned status, std::string detail) {
  state_ = State::failed;
  refusal_ = {status, std::move(detail)};
  return {Step::failed, 0};
}

std::string RequestParser::flaw_of_start(Bytes in) const {
  if (in.starts_with('\x16'))
    return "this is a TLS hello and the port speaks plain HTTP; use http://";
  const std::size_t space = in.substr(0, method_bytes_max + 1).find(' ');
  const Bytes method = in.substr(0, std::min(space, method_bytes_max + 1));
  if (method.size() > method_bytes_max || space == 0 || !is_token(method)) {
    return "this is not HTTP: a request begins with a method and a space";
  }
  return "";
}

std::string RequestParser::flaw_of_lines(Bytes fresh, char before) const {
  for (const char c : fresh) {
    if (c == '\n' && before != '\r') return "a line ends with CR LF, not with a bare LF";
    if (before == '\n' && (c == ' ' || c == '\t')) return "a header line may not be folded";
    before = c;
  }
  return "";
}

RequestParser::Fed RequestParser::feed_head(Bytes in) {
  // One empty line in front of a request is what some clients leave behind a body.
  if (scanned_ == 0 && !empty_line_ && in.starts_with("\r\n")) {
    empty_line_ = true;
    Fed fed = feed_head(in.substr(2));
    if (fed.step != Step::failed) fed.used += 2;
    return fed;
  }
  if (in.empty() || (in == "\r" && !empty_line_)) return {};
  if (auto flaw = flaw_of_start(in); !flaw.empty()) return fail(400, std::move(flaw));

  constexpr std::size_t end_bytes = 4;
  const std::size_t from = scanned_ < end_bytes ? 0 : scanned_ - (end_bytes - 1);
  const std::size_t found = in.substr(0, head_bytes_max).find("\r\n\r\n", from);
  const bool complete = found != Bytes::npos;
  const Bytes head =
      in.substr(0, complete ? found + end_bytes : std::min(in.size(), head_bytes_max));
  if (auto flaw = flaw_of_lines(head.substr(scanned_), scanned_ ? head[scanned_ - 1] : '\0');
      !flaw.empty()) {
    return fail(400, std::move(flaw));
  }
  if (!complete && in.size() >= head_bytes_max) {
    return fail(431, "the head of a request may have 16 KiB");
  }
  if (!complete) {
    scanned_ = head.size();
    return {};
  }

  scanned_ = 0;
  request_ = Request();
  grammar_ = std::make_unique<Grammar>(request_);
  BeastError failed;
  grammar_->put(boost::asio::const_buffer(head.data(), head.size()), failed);
  if (failed == beast::error::body_limit) return fail(413, "a body may have 16 MiB");
  if (failed == beast::error::header_limit) return fail(431, "a request may have 100 headers");
  if (failed == beast::error::bad_version)
    return fail(505, "this port speaks HTTP/1.0 and HTTP/1.1");
  if (failed || !grammar_->is_header_done()) {
    return fail(400, "the head of the request is malformed: " + failed.message());
  }
  return check_framing(head.size());
}

RequestParser::Fed RequestParser::check_framing(std::size_t used) {
  std::size_t lengths = 0, codings = 0, hosts = 0;
  for (const auto& [name, value] : request_.headers) {
    if (equal_ignoring_case(name, "Content-Length")) {
      ++lengths;
      if (!std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        return fail(400, "Content-Length is one plain number");
      }
    } else if (equal_ignoring_case(name, "Transfer-Encoding")) {
      ++codings;
      if (!equal_ignoring_case(value, "chunked")) {
        return fail(501, "the only transfer coding known here is chunked");
      }
    } else if (equal_ignoring_case(name, "Host")) {
      ++hosts;
    } else if (equal_ignoring_case(name, "Expect")) {
      if (!equal_ignoring_case(value, "100-continue")) {
        return fail(417, "the only expectation known here is 100-continue");
      }
      request_.expects_continue = request_.http_1_1;
    }
  }
  if (lengths > 1 || codings > 1 || lengths + codings > 1) {
    return fail(400,
                "the length of a body is told once: one Content-Length or one "
                "Transfer-Encoding, never both");
  }
  if (codings > 0 && !request_.http_1_1) return fail(400, "HTTP/1.0 has no chunked bodies");
  if (hosts > 1 || (hosts == 0 && request_.http_1_1)) return fail(400, "one Host header is needed");
  request_.keep_alive = grammar_->keep_alive();
  state_ = State::body;
  return {Step::head, used};
}

bool RequestParser::limit_body(std::size_t bytes_max) {
  const auto announced = grammar_->is_done() ? 0 : grammar_->content_length().value_or(0);
  if (announced > bytes_max) return false;
  grammar_->body_limit(bytes_max);
  return true;
}

RequestParser::Fed RequestParser::feed_body(Bytes in) {
  if (grammar_->is_done()) return {Step::done, 0};
  // Beast takes for granted that the last chunk does not begin with less than its shortest form.
  constexpr std::size_t last_chunk_bytes_min = 5;
  if (in.empty() || (grammar_->chunked() && in.size() < last_chunk_bytes_min)) return {};
  BeastError failed;
  const std::size_t used = grammar_->put(boost::asio::const_buffer(in.data(), in.size()), failed);
  if (grammar_->is_done()) return {Step::done, used};
  if (failed == beast::error::body_limit)
    return fail(413, "the body is larger than this path takes");
  if (failed == beast::error::header_limit) return fail(431, "a request may have 100 headers");
  if (failed && failed != beast::error::need_more) {
    return fail(400, "the body is malformed: " + failed.message());
  }
  if (in.size() - used >= chunk_head_bytes_max) {
    return fail(400, "the head or trailer of a chunk may have 16 KiB");
  }
  return {Step::more, used};
}

Request RequestParser::take() {
  state_ = State::head;
  empty_line_ = false;
  grammar_.reset();
  return std::exchange(request_, Request());
}

}  // namespace rialto::http
