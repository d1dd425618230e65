#pragma once

#include "adapters/http/http_door.h"
#include "adapters/http/message.h"
#include "adapters/http/problem.h"
#include "adapters/http/publish_lanes.h"
#include "adapters/http/target.h"
#include "core/base/result.h"
#include "core/broker/port.h"
#include "core/net/out_queue.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rialto::http {

/// What the requests of one connection share; lives as long as its door.
struct Connected {
  BrokerPort& broker;
  Session& events;  ///< hears what the broker tells the sessions of this connection
  OutQueue& out;
  const HttpSettings& settings;
  PeerInfo peer;
  std::string user = "guest";  ///< a loopback peer
  SessionId session{0};        ///< in vhost "/"; 0: not opened yet
  PublishLanes lanes{broker};
};

/// One request on its way to its response. Handlers keep it alive in the replies they wait for;
/// the door sends the responses of a connection in the order of the requests.
class Call : public std::enable_shared_from_this<Call> {
 public:
  Call(Connected& connected, Request request, Target target, std::vector<std::string> names)
      : connected_(connected),
        request_(std::move(request)),
        target_(std::move(target)),
        names_(std::move(names)) {}

  const Request& request() const { return request_; }
  Request& request() { return request_; }
  const HttpSettings& settings() const { return connected_.settings; }
  const PeerInfo& peer() const { return connected_.peer; }
  const std::string& user() const { return connected_.user; }
  /// What names mean: they are of this vhost.
  const std::string& vhost() const { return vhost_; }
  SessionId session() const { return session_; }
  void enter(SessionId session, std::string vhost);
  /// Sessions live in their vhost: the request gets one of its own there, for as long as it takes
  /// or until it goes on. A vhost that is not there is answered as a refusal, else comes `then`.
  void go_to(const std::string& vhost, std::function<void()> then);
  /// What stands for the n-th {} of the route.
  const std::string& name(std::size_t n) const { return names_.at(n); }
  /// The first value of a query parameter, or null.
  const std::string* query(std::string_view key) const { return target_.find(key); }
  /// A number of the query; a message when it is none or out of range.
  Result<std::int64_t> query_number(std::string_view key, std::int64_t otherwise, std::int64_t min,
                                    std::int64_t max) const;

  /// Exactly once. `cost_bytes` of deliveries in it are given back when it was queued.
  void answer(Response response);
  void refuse(const Error& error);
  void refuse(const Refused& refused);
  /// 204: done, and nothing to tell.
  void answer_done();
  /// 201 for what is new, else 204.
  void answer_made(bool is_new);
  /// Instead: an answer in pieces, the last one of its connection, whose end is its end. `pull` is
  /// called when the peer has taken all there is, and is answered by one piece() or by
  /// end_stream(): a peer that reads slowly is not read for.
  void stream(Response head, std::function<void(const std::shared_ptr<Call>&)> pull);
  void piece(std::string bytes);
  void end_stream(std::string last);
  void owe(std::uint32_t cost_bytes) { owed_bytes_ += cost_bytes; }

  bool answered() const { return response_.has_value(); }
  const Response& response() const { return *response_; }
  std::uint64_t owed_bytes() const { return owed_bytes_; }

  bool streams() const { return pull_ != nullptr; }
  bool stream_over() const { return stream_over_; }
  /// What was given since the last time.
  std::string take_piece() { return std::exchange(piece_, std::string()); }
  /// Asks for the next piece, unless that was asked already.
  void pull();

  /// Asks the broker; a refusal is answered as a problem, anything else goes to `then`.
  template <class What, class Then>
  void ask(What what, Then then) {
    ask_either(std::move(what), [self = shared_from_this(), then](auto answer) {
      if (answer) {
        then(std::move(*answer));
      } else {
        self->refuse(answer.error());
      }
    });
  }

  /// The same with the refusal left to `then`.
  template <class What, class Then>
  void ask_either(What what, Then then) {
    connected_.broker.request<What>(session_, std::move(what), std::move(then));
  }

  void publish(const Publish& message, PublishLanes::Done done) {
    connected_.lanes.publish(session_, message, std::move(done));
  }

 private:
  Connected& connected_;
  Request request_;
  Target target_;
  std::vector<std::string> names_;
  std::optional<Response> response_;
  std::uint64_t owed_bytes_ = 0;
  SessionId session_{0};
  std::string vhost_ = "/";
  std::function<void(const std::shared_ptr<Call>&)> pull_;
  std::string piece_;
  bool pulling_ = false;
  bool stream_over_ = false;
};

using CallRef = std::shared_ptr<Call>;

}  // namespace rialto::http
