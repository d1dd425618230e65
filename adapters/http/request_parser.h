#pragma once

#include "adapters/http/message.h"
#include "core/base/bytes.h"

#include <cstddef>
#include <memory>
#include <string>

namespace rialto::http {

/// The bounds of a request, by name.
constexpr std::size_t head_bytes_max = 16U << 10;
constexpr std::size_t headers_max = 100;
constexpr std::size_t method_bytes_max = 32;
constexpr std::size_t chunk_head_bytes_max = 16U << 10;
constexpr std::size_t body_bytes_max = 16U << 20;

/// Bytes in, requests out. Beast reads the grammar; the framing that decides where a request ends
/// is ours and strict, because two readers that disagree about it are how requests are smuggled:
/// a length and a chunked coding, two lengths, folded lines and bare line feeds are all refused.
class RequestParser {
 public:
  enum class Step : std::uint8_t {
    more,    ///< wants bytes
    head,    ///< request() has everything but its body; comes once a request
    done,    ///< take() gives the request
    failed,  ///< refusal() says how; nothing more can be read from this peer
  };
  struct Fed {
    Step step = Step::more;
    std::size_t used = 0;
  };
  struct Refusal {
    unsigned status = 0;
    std::string detail;
  };

  RequestParser();
  ~RequestParser();

  /// Looks at the front of `in`. What it did not use has to come again with more behind it.
  Fed feed(Bytes in);

  const Request& request() const { return request_; }
  /// After Step::head: the body may have this much. False when it announces more.
  bool limit_body(std::size_t bytes_max);
  /// The request, leaving the parser ready for the next one.
  Request take();

  const Refusal& refusal() const { return refusal_; }
  /// Between the head and the end of a request.
  bool in_body() const { return state_ == State::body; }

 private:
  enum class State : std::uint8_t { head, body, failed };
  class Grammar;

  Fed feed_head(Bytes in);
  Fed feed_body(Bytes in);
  Fed fail(unsigned status, std::string detail);
  /// An empty text when everything seen so far may become a head.
  std::string flaw_of_start(Bytes in) const;
  std::string flaw_of_lines(Bytes fresh, char before) const;
  Fed check_framing(std::size_t used);

  State state_ = State::head;
  bool empty_line_ = false;  // one was skipped in front of the head under way
  std::size_t scanned_ = 0;  // of the head under way: known to hold no flaw and no end
  Request request_;
  Refusal refusal_;
  std::unique_ptr<Grammar> grammar_;
};

}  // namespace rialto::http
