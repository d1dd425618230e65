// The whole AMQP door under any bytes, cut into any pieces. The first octet chooses: whether a
// login goes before the input, and whether a real broker answers or a port that forgets every
// question and answers publishes at will.
#include "adapters/amqp/amqp_door.h"
#include "adapters/amqp/wire/frame.h"
#include "adapters/amqp/wire/methods.h"
#include "core/broker/broker.h"
#include "core/broker/shard_port.h"
#include "core/engine/fake_engine.h"

namespace {

using namespace rialto;
using namespace rialto::amqp;

/// Takes everything, asks nobody.
class ForgetfulPort final : public BrokerPort {
 public:
  SessionId open(Session& session, Principal, Protocol) override {
    session_ = &session;
    return SessionId(1);
  }
  void close(SessionId) override { session_ = nullptr; }
  void publish(SessionId, const Publish& message) override {
    for (const HeaderView& h : message.record.headers)
      seen_ += h.key.size() + h.value.value_or(Bytes()).size();
    for (const Bytes piece : message.record.body)
      seen_ += piece.size();
    if (message.sequence != 0) last_ = {message.publisher, message.sequence, message.sequence};
  }
  void settle(SessionId, const SettleRun& run) override {
    RIALTO_CHECK(run.first <= run.last, "a run goes forward");
  }
  void drained(SessionId, std::uint32_t) override {}
  void end_publisher(SessionId, PublisherId) override {}
  bool admits_publish() const override { return seen_ % 5 != 0; }

  void answer(std::uint8_t how) {
    if (session_ == nullptr) return;
    PublishOutcome outcome = last_;
    if (how % 4 == 0) outcome.result = Errc::full;
    if (how % 16 == 1) outcome.result = Errc::not_found;
    if (outcome.first_sequence > 1 && how % 3 == 0) outcome.first_sequence = 1;
    if (outcome.last_sequence != 0) session_->on_published(outcome);
    if (session_ != nullptr && how % 7 == 0) session_->on_blocked(how % 2 == 0 ? "alarm" : "");
    if (session_ != nullptr) session_->on_consumer_cancelled(ConsumerId(how));
  }

 protected:
  void post(std::function<void(Broker&)>) override {}
  void bring_back(SessionId, std::function<void()>) override {}

 private:
  Session* session_ = nullptr;
  PublishOutcome last_;
  std::size_t seen_ = 0;
};

/// One broker for one input.
struct Core {
  Core() { static_cast<void>(broker.open()); }
  void tick() {
    broker.flush(clock.now());
    engine.commit_all();
    broker.collect(clock.now());
    port.dispatch();
  }
  ManualClock clock;
  FakeEngine engine;
  Broker broker{engine, clock, BrokerOptions()};
  InlinePort port{broker};
};

std::string login() {
  std::string out("AMQP\0\0\x09\x01", 8);
  ConnectionStartOk start;
  start.mechanism = {"PLAIN"};
  start.response = {Bytes("\0guest\0guest", 12)};
  append_method(out, 0, start);
  append_method(out, 0, ConnectionTuneOk{100, 8192, 10});
  ConnectionOpen open;
  open.vhost = {"/"};
  append_method(out, 0, open);
  append_method(out, 1, ChannelOpen{});
  return out;
}

void drain(OutQueue& out) {
  Bytes pieces[8];
  while (!out.empty()) {
    const std::size_t n = out.peek(pieces, 8);
    for (std::size_t i = 0; i < n; ++i)
      out.consume(pieces[i].size());
  }
}

template <class Tick>
void play(Bytes in, BrokerPort& port, ManualClock& clock, Tick&& tick) {
  const AmqpSettings settings;
  OutQueue out;
  PeerInfo peer;
  peer.loopback = true;
  const std::unique_ptr<Door> door = make_amqp_door(port, out, peer, settings, clock.now());
  std::string pending;
  unsigned turn = 0;
  while (!in.empty() && !out.closing()) {
    const auto how = static_cast<std::uint8_t>(in[in.size() / 2]);
    const std::size_t piece = std::min<std::size_t>(in.size(), 1 + how * 16U);
    pending.append(in.substr(0, piece));
    in.remove_prefix(piece);
    if (door->wants_bytes()) pending.erase(0, door->on_bytes(pending));
    RIALTO_CHECK(pending.size() < 300'000, "a door takes whole frames");
    tick(how);
    door->end_of_tick(clock.now());
    drain(out);
    clock.advance_ms(how % 8 == 0 ? 2'000 : 1);
    if (clock.now() >= door->next_deadline()) door->on_time(clock.now());
    if (++turn == 50 && how % 2 == 0) door->begin_drain();
  }
  tick(0);
  door->end_of_tick(clock.now());
  door->on_closed();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string in;
  if ((data[0] & 1) != 0) in = login();
  in.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 2) != 0) {
    Core core;
    play(in, core.port, core.clock, [&](std::uint8_t) { core.tick(); });
  } else {
    ManualClock clock;
    ForgetfulPort port;
    play(in, port, clock, [&](std::uint8_t how) { port.answer(how); });
  }
  return 0;
}
