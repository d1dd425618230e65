// Whatever the disk, the ticks and other channels do: each publish is confirmed once.
#include "tests/unit/adapters/amqp/amqp_rig.h"

#include <cstdint>
#include <map>
#include <rapidcheck.h>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace rialto::amqp {
namespace {

using Step = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>;

template <class Method>
bool read_as(const Frame& frame, Method& method) {
  if (load_be<std::uint32_t>(frame.payload.data()) != key_of(Method::id)) return false;
  MethodReader reader(frame.payload.substr(4));
  Method::fields(reader, method);
  RC_ASSERT(reader.complete());
  return true;
}

/// A client with channels in confirm mode, which holds every answer against what it has sent.
class ConfirmingClient {
 public:
  ConfirmingClient() {
    peer_.open();
    FieldTable full;
    full.set("x-max-length", FieldValue::integer(2));
    full.set("x-overflow", FieldValue::text("reject-publish"));
    declare("durable", true, {});
    declare("volatile", false, {});
    declare("full", true, table_of(full));
    for (const char* queue : {"durable", "volatile"}) {
      QueueBind bind;
      bind.queue = {queue};
      bind.exchange = {"amq.fanout"};
      peer_.say(1, bind);
    }
    for (std::uint16_t channel = first_channel; channel < first_channel + channels; ++channel)
      open(channel);
    rig_.settle();
    while (!peer_.next_frame().empty()) {
    }
  }

  void step(const Step& s) {
    const auto& [what, a, b] = s;
    const auto channel = static_cast<std::uint16_t>(first_channel + a % channels);
    switch (what % 12) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: {
        for (int n = 0; n <= b % 4; ++n)
          publish(channel, static_cast<Target>((b / 4 + n) % targets));
        break;
      }
      case 5: tick(); break;
      case 6: make_room(); break;
      case 7: close(channel); break;
      case 8: everything_durable(); break;
      default:
        tick();
        rig_.core.engine->commit(1 + a % 3U);
        tick();
        break;
    }
  }

  void end() {
    everything_durable();
    for (const auto& [channel, open] : sent_)
      RC_ASSERT(open.empty());
  }

 private:
  enum class Target { durable, volatile_only, both, full, nowhere, nowhere_mandatory };
  struct Sent {
    Target target = Target::durable;
    std::string body;
    bool returned = false;
  };
  using Open = std::map<std::uint64_t, Sent>;

  static constexpr std::uint16_t first_channel = 2;
  static constexpr std::uint16_t channels = 3;
  static constexpr int targets = 6;

  void declare(Bytes name, bool durable, Bytes arguments) {
    QueueDeclare queue;
    queue.queue = {name};
    queue.durable = durable;
    queue.arguments = {arguments};
    peer_.say(1, queue);
  }

  void open(std::uint16_t channel) {
    peer_.say(channel, ChannelOpen{});
    peer_.say(channel, ConfirmSelect{});
    sent_[channel].clear();
    next_[channel] = 1;
  }

  void publish(std::uint16_t channel, Target target) {
    const std::string body = "message " + std::to_string(++last_body_) + ";";
    const bool mandatory = target == Target::nowhere_mandatory;
    const Bytes exchange = target == Target::both ? "amq.fanout" : "";
    const Bytes key = target == Target::durable         ? "durable"
                      : target == Target::volatile_only ? "volatile"
                      : target == Target::full          ? "full"
                                                        : "none";
    sent_[channel][next_[channel]++] = Sent{target, body, false};
    peer_.publish(channel, exchange, key, body, {}, mandatory);
  }

  /// One send of the server at a time: what is in it could have been folded.
  void tick() {
    rig_.tick();
    lowest_told_.clear();
    refused_.clear();
    while (true) {
      const std::string bytes = peer_.next_frame();
      if (bytes.empty()) return;
      const ScannedFrame scanned = scan_frame(bytes, UINT32_MAX - 8);
      RC_ASSERT(scanned.state == FrameState::complete);
      hear(scanned.frame);
    }
  }

  void everything_durable() {
    for (int n = 0; n < 4; ++n) {
      tick();
      rig_.core.engine->commit_all();
      tick();
    }
  }

  void make_room() {
    BasicGet get;
    get.queue = {"full"};
    get.no_ack = true;
    peer_.say(1, get);
  }

  /// What was not answered before close-ok is not answered, and the numbers begin anew.
  void close(std::uint16_t channel) {
    peer_.say(channel, ChannelClose{});
    everything_durable();
    open(channel);
    everything_durable();
  }

  void hear(const Frame& frame) {
    if (frame.channel < first_channel) return;
    if (frame.type == static_cast<std::uint8_t>(FrameType::body)) return returned(frame);
    if (frame.type != static_cast<std::uint8_t>(FrameType::method)) return;
    BasicAck ack;
    BasicNack nack;
    if (read_as(frame, ack)) settled(frame.channel, ack.delivery_tag, ack.multiple, true);
    if (read_as(frame, nack)) settled(frame.channel, nack.delivery_tag, nack.multiple, false);
  }

  void returned(const Frame& frame) {
    for (auto& [sequence, sent] : sent_[frame.channel]) {
      if (sent.body != frame.payload) continue;
      RC_ASSERT(sent.target == Target::nowhere_mandatory);
      RC_ASSERT(!sent.returned);
      sent.returned = true;
      return;
    }
    RC_FAIL("what was returned was confirmed before, or never sent");
  }

  void settled(std::uint16_t channel, std::uint64_t tag, bool multiple, bool good) {
    Open& open = sent_[channel];
    RC_ASSERT(open.contains(tag));
    const bool from_lowest = open.begin()->first == tag || multiple;
    if (!good) refused_.insert(channel);
    if (from_lowest && good && !refused_.contains(channel)) {
      RC_ASSERT(lowest_told_.insert(channel).second);  // they could have been one answer
    }
    auto at = multiple ? open.begin() : open.find(tag);
    int covered = 0;
    while (at != open.end() && at->first <= tag) {
      judge(at->second, good);
      at = open.erase(at);
      ++covered;
    }
    RC_ASSERT(!multiple || covered > 1);
  }

  void judge(const Sent& sent, bool good) {
    RC_ASSERT(good || sent.target == Target::full);
    RC_ASSERT(sent.target != Target::nowhere_mandatory || sent.returned);
    const bool stored = sent.target == Target::durable || sent.target == Target::both ||
                        (sent.target == Target::full && good);
    RC_ASSERT(!stored || is_durable(sent.body));
  }

  bool is_durable(const std::string& body) const {
    const auto& sets = rig_.core.engine->sets();
    for (std::size_t i = 0; i < rig_.core.engine->durable_count(); ++i) {
      for (const auto& frame : sets[i].frames) {
        if (frame.payload.bytes().find(body) != Bytes::npos) return true;
      }
    }
    return false;
  }

  Rig rig_;
  Peer peer_{rig_, true};
  std::map<std::uint16_t, Open> sent_;  // and not answered
  std::map<std::uint16_t, std::uint64_t> next_;
  std::set<std::uint16_t> lowest_told_;  // in this send
  std::set<std::uint16_t> refused_;
  int last_body_ = 0;
};

TEST(AmqpConfirmCoverage, EachPublishIsAnsweredOnceFoldedAndNeverBeforeItIsDurable) {
  const bool ok = rc::check([](const std::vector<Step>& steps) {
    ConfirmingClient client;
    for (const Step& s : steps)
      client.step(s);
    client.end();
  });
  EXPECT_TRUE(ok);
}

}  // namespace
}  // namespace rialto::amqp
