#include "core/base/bytes.h"
#include "tests/bench/mqload/consumer.h"
#include "tests/bench/mqload/latencies.h"
#include "tests/bench/mqload/poller.h"
#include "tests/bench/mqload/publisher.h"
#include "tests/bench/mqload/workloads.h"

#include <algorithm>
#include <memory>
#include <string>
#include <sys/prctl.h>
#include <vector>

namespace mqload {

namespace {

/// One of the connections that publish in turn.
struct Line {
  explicit Line(const Load& load)
      : peer(load.port), outstanding(load.messages / load.connections + 1) {
    peer.confirm_select();
  }
  AmqpPeer peer;
  Outstanding outstanding;
};

class OpenLoop {
 public:
  explicit OpenLoop(const Load& load)
      : load_(load),
        owner_(load.port),
        confirms_(load.messages),
        deliveries_(load.messages),
        lateness_(load.messages) {
    owner_.declare_queue(load.queue, !load.transient_queue, queue_arguments(load));
    Load each = load;
    each.ack_every = 1;
    consumer_ = std::make_unique<Consumer>(each, load.queue, basic_ack);
    poller_.add(consumer_->peer(), [this] { take_deliveries(); });
    for (std::uint64_t i = 0; i < load.connections; ++i) {
      lines_.push_back(std::make_unique<Line>(load));
      poller_.add(lines_.back()->peer,
                  [this, line = lines_.back().get()] { take_confirms(*line); });
    }
    frames_ = publish_frames(message_of(load, 0));
    number_at_ = frames_.size() - 1 - load.body_bytes;
  }

  Figures run() {
    constexpr std::chrono::milliseconds until_first(10);
    // By default Linux lets a thread sleep 50 us longer than it asked for.
    ::prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    begin_ = Clock::now() + until_first;
    while (confirmed_ < load_.messages || !consumer_->done()) {
      while (sent_ < load_.messages && due(sent_) <= Clock::now())
        send();
      if (sent_ < load_.messages) {
        poller_.wait_until(due(sent_));
      } else {
        poller_.wait();
      }
    }
    Figures out;
    add_rate(out, load_.messages, begin_);
    confirms_.add_to(out, "confirm");
    deliveries_.add_to(out, "delivery");
    lateness_.add_to(out, "generator_late");
    owner_.delete_queue(load_.queue);
    return out;
  }

 private:
  Clock::time_point due(std::uint64_t n) const {
    return begin_ + std::chrono::nanoseconds(n * 1'000'000'000 / load_.rate);
  }

  /// The body begins with the number of the message, which is all that tells when it was due.
  void send() {
    rialto::store_be(frames_.data() + number_at_, sent_);
    Line& line = *lines_[sent_ % lines_.size()];
    add(lateness_, due(sent_), Clock::now());
    line.outstanding.sent(due(sent_));
    line.peer.send_all(frames_);
    ++sent_;
  }

  void take_confirms(Line& line) {
    const auto now = Clock::now();
    mqload::take_confirms(line.peer, line.outstanding, [&](Clock::time_point due_at) {
      add(confirms_, due_at, now);
      ++confirmed_;
    });
  }

  void take_deliveries() {
    const auto now = Clock::now();
    consumer_->take_deliveries([&](std::string_view body) {
      add(deliveries_, due(rialto::load_be<std::uint64_t>(body.data())), now);
    });
  }

  void add(Latencies& to, Clock::time_point due_at, Clock::time_point now) const {
    if (due_at >= due(load_.warm_up)) to.add(now - due_at);
  }

  const Load& load_;
  AmqpPeer owner_;
  std::unique_ptr<Consumer> consumer_;
  std::vector<std::unique_ptr<Line>> lines_;
  Poller poller_;
  std::string frames_;
  std::size_t number_at_ = 0;
  Clock::time_point begin_;
  std::uint64_t sent_ = 0;
  std::uint64_t confirmed_ = 0;
  Latencies confirms_;
  Latencies deliveries_;
  Latencies lateness_;
};

}  // namespace

Figures open_loop(const Load& load) {
  return OpenLoop(load).run();
}

}  // namespace mqload
