#pragma once

#include "adapters/http/http_door.h"
#include "tests/support/door_harness.h"
#include "tests/unit/adapters/http/body_schema_check.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace rialto::test {

/// A response as a client reads it.
struct Answer {
  unsigned status = 0;
  std::string head;
  std::string body;

  std::string header(std::string_view name) const {
    const std::string line = "\r\n" + std::string(name) + ": ";
    const std::size_t at = head.find(line);
    if (at == std::string::npos) return "";
    const std::size_t from = at + line.size();
    return head.substr(from, head.find("\r\n", from) - from);
  }
  boost::json::value json() const {
    boost::system::error_code failed;
    auto value = boost::json::parse(body, failed);
    EXPECT_FALSE(failed) << head << body;
    return value;
  }
  std::string detail() const {
    const auto problem = json();
    const auto& text = problem.at("detail").as_string();
    return std::string(text.data(), text.size());
  }
};

/// Takes one response off the front of what a door sent.
inline Answer take_answer(std::string& sent, bool without_body = false) {
  Answer out;
  const std::size_t end = sent.find("\r\n\r\n");
  if (end == std::string::npos) return out;
  out.head = sent.substr(0, end + 2);
  sent.erase(0, end + 4);
  if (out.head.starts_with("HTTP/1.1 ")) {
    std::from_chars(out.head.data() + 9, out.head.data() + 12, out.status);
  }
  const std::string length = out.header("Content-Length");
  if (!without_body && !length.empty()) {
    const std::size_t bytes = std::stoul(length);
    out.body = sent.substr(0, bytes);
    sent.erase(0, bytes);
  }
  return out;
}

/// Writes a request with a Host and the length of its body.
inline std::string request_text(std::string_view method, std::string_view target,
                                std::string_view body = "", std::string_view headers = "") {
  std::string out = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
  out += "Host: 127.0.0.1:15672\r\n" + std::string(headers);
  if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return out + "\r\n" + std::string(body);
}

/// A broker in memory with one HTTP connection.
class HttpRig {
 public:
  explicit HttpRig(PeerInfo peer = DoorHarness::local_peer())
      : door(
            broker,
            [this](BrokerPort& port, OutQueue& out, const PeerInfo& who, Instant now) {
              return make_http_door(port, out, who, settings, now);
            },
            std::move(peer)) {}

  /// Sends one request, lets everything become durable and reads one response.
  Answer ask(std::string_view method, std::string_view target, std::string_view body = "",
             std::string_view headers = "") {
    door.feed(request_text(method, target, body, headers));
    door.commit();
    Answer out = answer();
    if (out.status != 0) expect_status_declared(settings, method, target, out.status);
    constexpr unsigned refusals_from = 300;
    const bool is_lines = headers.find("ndjson") != headers.npos;
    if (out.status < refusals_from && !is_lines)
      expect_body_allowed(settings, method, target, body);
    return out;
  }
  /// What came back, without waiting for the disk.
  Answer answer() {
    sent_ += door.sent();
    return take_answer(sent_);
  }

  HttpSettings settings;
  BrokerRig broker;
  DoorHarness door;

 private:
  std::string sent_;
};

}  // namespace rialto::test
