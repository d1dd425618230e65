// Bytes as they come from a socket, in pieces, at a door whose broker never answers: nothing is
// kept beyond the bounds, and a door that closes stays closed.
#include "adapters/log/kafka_door.h"

#include "core/base/check.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>

namespace {

using namespace rialto;  // NOLINT(google-build-using-namespace)

class SilentPort final : public BrokerPort {
 public:
  SessionId open(Session&, Principal, Protocol) override { return SessionId(1); }
  void close(SessionId) override {}
  void publish(SessionId, const Publish&) override {}
  void settle(SessionId, const SettleRun&) override {}
  void drained(SessionId, std::uint32_t) override {}
  void end_publisher(SessionId, PublisherId) override {}
  bool admits_publish() const override { return true; }

 protected:
  void post(std::function<void(Broker&)>) override {}
  void bring_back(SessionId, std::function<void()>) override {}
};

void feed(Bytes in, std::size_t piece_bytes) {
  SilentPort port;
  OutQueue out;
  PeerInfo peer;
  peer.peer_address = "127.0.0.1:40000";
  peer.local_address = "127.0.0.1";
  peer.local_port = 9092;
  peer.loopback = true;
  const auto door = kafka::make_kafka_door(port, out, peer, kafka::KafkaSettings(), Instant(1));
  std::size_t from = 0;
  for (std::size_t to = 0; to < in.size() && !out.closing();) {
    to = std::min(in.size(), to + piece_bytes);
    from += door->on_bytes(in.substr(from, to - from));
    RIALTO_CHECK(from <= to, "a door takes no more than there is");
    if (!door->wants_bytes()) break;
  }
  door->end_of_tick(Instant(2));
  door->on_closed();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(reinterpret_cast<const char*>(data), size);
  feed(in, 7);
  feed(in, 4096);
  return 0;
}
