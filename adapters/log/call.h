#pragma once

#include "adapters/log/kafka_door.h"
#include "adapters/log/pipeline.h"
#include "adapters/log/wire/frame.h"
#include "core/broker/port.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace rialto::kafka {

/// This node, as every client sees it: the only broker, the controller and every coordinator.
constexpr std::int32_t this_node = 1;

/// What the requests of one connection share. Lives as long as its door; replies of the broker
/// never come after the session was closed, so they may point to it.
struct Client {
  BrokerPort& port;
  OutQueue& out;
  PeerInfo peer;
  KafkaSettings settings;
  Pipeline pipeline;
  SessionId session;
  bool produces = false;  ///< bounds on publishing concern this connection
};

/// One request under way; small, copied into the replies that it waits for. Answered, skipped or
/// closed exactly once.
class Call {
 public:
  Call(Client& client, Pipeline::Slot slot, const ApiSpec& spec, const RequestHeader& header)
      : client_(&client),
        slot_(slot),
        spec_(spec),
        version_(header.version),
        correlation_(header.correlation) {}

  Client& client() const { return *client_; }
  std::int16_t version() const { return version_; }

  template <class Response>
  void answer(const Response& response) const {
    answer_as(version_, response);
  }
  /// Only ApiVersions may answer in another version than it was asked in.
  template <class Response>
  void answer_as(std::int16_t version, const Response& response) const {
    client_->pipeline.fill(slot_, encode_response(spec_, version, correlation_, response));
  }
  void no_answer() const { client_->pipeline.skip(slot_); }
  /// For what cannot be answered: the peer sees the connection end.
  void close() const { client_->out.close_after_flush(); }
  /// The answer will hold that many bytes.
  void will_hold(std::size_t bytes) const { client_->pipeline.add_weight(slot_, bytes); }

  template <class Request, class Then>
  void ask(Request what, Then then) const {
    client_->port.request(client_->session, std::move(what),
                          Reply<typename Request::Answer>(std::move(then)));
  }

 private:
  Client* client_;
  Pipeline::Slot slot_;
  ApiSpec spec_;
  std::int16_t version_;
  std::int32_t correlation_;
};

/// A response that needs several replies: answered with the last of them.
template <class Response>
class Gathering {
 public:
  static std::shared_ptr<Gathering> begin(const Call& call, Response response) {
    return std::make_shared<Gathering>(call, std::move(response));
  }
  Gathering(const Call& call, Response r) : response(std::move(r)), call_(call) {}

  /// Asks one thing more; `then(response, result)` puts its reply into the response.
  template <class Request, class Then>
  static void ask(const std::shared_ptr<Gathering>& all, Request what, Then then) {
    ++all->open_;
    all->call_.ask(std::move(what), [all, then = std::move(then)](const auto& result) {
      then(all->response, result);
      all->one_done();
    });
  }
  /// Everything was asked; with nothing outstanding the answer goes out now.
  void asked_all() { one_done(); }

  Response response;

 private:
  void one_done() {
    if (--open_ == 0) call_.answer(response);
  }
  Call call_;
  std::size_t open_ = 1;
};

}  // namespace rialto::kafka
