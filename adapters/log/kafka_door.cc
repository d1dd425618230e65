#include "adapters/log/kafka_door.h"

#include "adapters/log/call.h"
#include "adapters/log/dispatch.h"
#include "adapters/log/handlers/api_versions.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace rialto::kafka {
namespace {

/// The largest message, and headroom for what is around it in a request.
constexpr std::size_t message_bytes_max = 16U << 20;
constexpr std::size_t produce_frame_bytes_max = message_bytes_max + (1U << 20);
/// Everything that carries no messages.
constexpr std::size_t plain_frame_bytes_max = 4U << 20;
/// Until the peer has shown one request that holds together it gets no more than this, but for a
/// Produce: some clients begin a connection with one.
constexpr std::size_t first_frame_bytes_max = 64U << 10;
/// Larger frames are received into a slab of their own instead of piling up in the connection.
constexpr std::size_t own_slab_from_bytes = 64U << 10;

constexpr std::int64_t first_request_ms = 30'000;
constexpr std::int64_t idle_ms = 600'000;
/// Parked requests (long polls, joins) are not waited for longer than this at a clean stop.
constexpr std::int64_t drain_ms = 1'000;

/// A large frame while it arrives.
class Receiving {
 public:
  bool under_way() const { return slab_ != nullptr; }
  void begin(std::size_t frame_bytes) {
    slab_.reset(Slab::create(frame_bytes));
    frame_bytes_ = frame_bytes;
    filled_ = 0;
  }
  std::size_t take(Bytes in) {
    const std::size_t taken = std::min(in.size(), frame_bytes_ - filled_);
    std::memcpy(slab_->data() + filled_, in.data(), taken);
    filled_ += taken;
    return taken;
  }
  bool whole() const { return filled_ == frame_bytes_; }
  Slice finish() { return Slice::adopt(slab_.release(), frame_bytes_); }

 private:
  struct Release {
    void operator()(Slab* slab) const { slab->release(); }
  };
  std::unique_ptr<Slab, Release> slab_;
  std::size_t frame_bytes_ = 0;
  std::size_t filled_ = 0;
};

class KafkaDoor final : public Door, private Session {
 public:
  KafkaDoor(BrokerPort& port, OutQueue& out, const PeerInfo& peer, const KafkaSettings& settings,
            Instant now)
      : client_{port, out, peer, settings, Pipeline(out), SessionId(), false}, now_(now) {
    deadline_ = after_ms(now, first_request_ms);
    if (!peer.loopback) {
      out.close_after_flush();
      return;
    }
    const Principal guest{"guest", "/"};
    client_.session = port.open(*this, guest, Protocol::kafka);
    open_ = true;
    ConnectionFacts facts;
    facts.peer_address = peer.peer_address;
    facts.local_address = peer.local_address + ":" + std::to_string(peer.local_port);
    facts.protocol = "Kafka";
    port.request<NoteConnection>(client_.session, {std::move(facts)}, [](const auto&) {});
  }

  std::size_t on_bytes(Bytes in) override;
  void end_of_tick(Instant now) override;
  void on_closed() override;
  bool wants_bytes() const override;
  Instant next_deadline() const override { return deadline_; }
  void on_time(Instant now) override;
  void begin_drain() override;

 private:
  // What the broker tells consumers and publishers of the other doors; this one only asks.
  void on_published(const PublishOutcome&) override {}
  void on_returned(const ReturnedMessage&) override {}
  void on_delivery(ConsumerId, const Delivery&) override {}
  void on_consumer_cancelled(ConsumerId) override {}
  void on_blocked(const std::string&) override {}
  void on_ended(const std::string&) override { close(); }

  bool closing() const { return !open_ || client_.out.closing(); }
  std::size_t take_frame(Bytes in);
  bool may_come(std::size_t frame_bytes, Bytes start) const;
  std::size_t receive(Bytes in);
  void serve(Bytes frame, const Slice& backing);
  void close() { client_.out.close_after_flush(); }

  Client client_;
  Instant now_;
  Instant deadline_;
  bool open_ = false;
  bool draining_ = false;
  bool known_peer_ = false;
  bool heard_ = false;  // bytes came since the last end of tick
  Receiving receiving_;
};

std::size_t KafkaDoor::on_bytes(Bytes in) {
  heard_ = true;
  std::size_t used = 0;
  while (!closing() && wants_bytes()) {
    const Bytes rest = in.substr(used);
    const std::size_t taken = receiving_.under_way() ? receive(rest) : take_frame(rest);
    if (taken == 0) break;
    used += taken;
  }
  return closing() ? in.size() : used;
}

/// Serves the frame at the front, or begins to receive a large one. 0: more bytes are needed.
std::size_t KafkaDoor::take_frame(Bytes in) {
  constexpr std::size_t size_bytes = sizeof(std::int32_t);
  if (in.size() < size_bytes) return 0;
  const auto claimed = load_be<std::int32_t>(in.data());
  const auto frame_bytes = static_cast<std::size_t>(std::max(claimed, 0));
  const Bytes start = in.substr(size_bytes, frame_bytes);
  if (!may_come(frame_bytes, start)) {
    close();
    return in.size();
  }
  if (start.size() == frame_bytes) {
    serve(start, Slice());
    return size_bytes + frame_bytes;
  }
  if (frame_bytes < own_slab_from_bytes || start.size() < header_bytes_min) return 0;
  receiving_.begin(frame_bytes);
  return size_bytes;
}

/// A text or TLS hello read as a size is far beyond every bound, so it ends here.
bool KafkaDoor::may_come(std::size_t frame_bytes, Bytes start) const {
  if (frame_bytes < header_bytes_min || frame_bytes > produce_frame_bytes_max) return false;
  RequestHeader header;
  if (!read_header_start(start, header)) return true;
  const ApiEntry* api = find_api(header.key);
  if (api == nullptr) return false;
  if (header.key == ApiKey::produce) return api->spec.covers(header.version);
  return frame_bytes <= (known_peer_ ? plain_frame_bytes_max : first_frame_bytes_max);
}

std::size_t KafkaDoor::receive(Bytes in) {
  const std::size_t taken = receiving_.take(in);
  if (receiving_.whole()) {
    const Slice frame = receiving_.finish();
    serve(frame.bytes(), frame);
  }
  return taken;
}

void KafkaDoor::serve(Bytes bytes, const Slice& backing) {
  RequestFrame frame;
  frame.backing = backing;
  read_header_start(bytes, frame.header);
  const ApiEntry* api = find_api(frame.header.key);
  if (api == nullptr) return close();
  if (!api->spec.covers(frame.header.version)) {
    if (frame.header.key != ApiKey::api_versions) return close();
    const auto slot = client_.pipeline.open(bytes.size());
    return answer_unknown_api_versions(Call(client_, slot, api->spec, frame.header));
  }
  const bool flexible = api->spec.flexible(frame.header.version);
  if (!read_header_rest(bytes, flexible, frame.header, frame.body)) return close();
  const auto slot = client_.pipeline.open(bytes.size());
  if (!api->serve(Call(client_, slot, api->spec, frame.header), frame)) return close();
  known_peer_ = true;
}

bool KafkaDoor::wants_bytes() const {
  return !closing() && !draining_ && client_.pipeline.has_room() &&
         (!client_.produces || client_.port.admits_publish());
}

void KafkaDoor::end_of_tick(Instant now) {
  now_ = now;
  if (draining_) {
    if (client_.pipeline.empty()) close();
    return;
  }
  if (std::exchange(heard_, false) && known_peer_) deadline_ = after_ms(now, idle_ms);
}

void KafkaDoor::on_time(Instant now) {
  if (now < deadline_) return;
  if (!draining_ && !client_.pipeline.empty()) {
    deadline_ = after_ms(now, idle_ms);
    return;
  }
  deadline_ = no_deadline;
  close();
}

void KafkaDoor::begin_drain() {
  draining_ = true;
  deadline_ = after_ms(now_, drain_ms);
  if (client_.pipeline.empty()) close();
}

void KafkaDoor::on_closed() {
  if (std::exchange(open_, false)) client_.port.close(client_.session);
}

}  // namespace

std::unique_ptr<Door> make_kafka_door(BrokerPort& port, OutQueue& out, const PeerInfo& peer,
                                      const KafkaSettings& settings, Instant now) {
  return std::make_unique<KafkaDoor>(port, out, peer, settings, now);
}

}  // namespace rialto::kafka
