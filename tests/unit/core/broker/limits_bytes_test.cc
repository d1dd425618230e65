#include "tests/unit/core/broker/queue_feature_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class LimitsOfBytes : public testing::TestWithParam<Ports> {
 protected:
  static constexpr std::int64_t plenty = 1 << 30;

  void declare(std::int64_t bytes, const std::string& overflow = "drop-head",
               std::vector<std::pair<std::string, FieldValue>> more = {}) {
    more.emplace_back("x-max-length-bytes", number(bytes));
    more.emplace_back("x-overflow", text(overflow));
    peer.get(queue_with("q", more)).value();
  }
  static PutPolicy policy(std::int64_t bytes) {
    PutPolicy what;
    what.id = {PolicyKind::user, "/", "p"};
    what.definition.set("max-length-bytes", number(bytes));
    return what;
  }
  static std::uint64_t ready_bytes(Peer& of) {
    return of.get(DescribeQueue{"q"}).value().ready_bytes.value_or(0);
  }
  std::uint64_t ready_bytes() { return ready_bytes(peer); }
  void publish(const std::vector<std::string>& bodies) { publish_all(core, peer, "q", bodies); }

  CoreRig core{GetParam()};
  Peer peer{core};
};

INSTANTIATE_TEST_SUITE_P(Ports, LimitsOfBytes,
                         testing::Values(Ports::one_thread, Ports::three_shards),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(LimitsOfBytes, DropTheHeadUntilTheRestFits) {
  declare(10);
  publish({"aaaa", "bbbb", "cc"});
  EXPECT_EQ(ready_bytes(), 10U);
  publish({"d"});
  EXPECT_EQ(ready_bytes(), 7U);
  publish({"eeeeeeee"});
  EXPECT_THAT(drained(peer), ElementsAre("d", "eeeeeeee"));
  publish({"a body of more than ten"});
  EXPECT_EQ(counts_of(peer, "q").ready, 0U) << "alone it is too much as well";
}

TEST_P(LimitsOfBytes, HoldTogetherWithALimitOfMessages) {
  declare(10, "drop-head", {{"x-max-length", number(2)}});
  publish({"a", "b", "c"});
  EXPECT_EQ(ready_bytes(), 2U);
  publish({"123456789"});
  EXPECT_THAT(drained(peer), ElementsAre("c", "123456789"));
}

TEST_P(LimitsOfBytes, ConcernReadyMessagesOnly) {
  declare(4);
  peer.consume("q", ConsumerId(1), 1);
  publish({"aaaa"});
  publish({"bbbb"});
  EXPECT_EQ(ready_bytes(), 4U);
  peer.settle(peer.deliveries[0], Settlement::requeue);
  core.settle();
  EXPECT_THAT(peer.bodies(), ElementsAre("aaaa", "aaaa"));
  EXPECT_EQ(ready_bytes(), 4U);
  peer.settle(peer.deliveries[1]);
  core.settle();
  EXPECT_EQ(peer.bodies().back(), "bbbb");
  EXPECT_EQ(ready_bytes(), 0U);
}

TEST_P(LimitsOfBytes, RefuseWhatDoesNotFit) {
  declare(5, "reject-publish");
  publish({"aaa", "bbb", "cc", "d", ""});
  EXPECT_THAT(drained(peer), ElementsAre("aaa", "cc", "")) << "what is on its way counts";
  EXPECT_EQ(peer.confirmed_count(), 3U);
  EXPECT_EQ(peer.get(produce_of("q", produced_batch({"123", "456"}))).value()[0].error, Errc::full);
  EXPECT_EQ(peer.get(produce_of("q", produced_batch({"12", "345"}))).value()[0].error, Errc::ok);
  EXPECT_EQ(ready_bytes(), 5U);
}

TEST_P(LimitsOfBytes, GiveWhatIsDroppedOrRefusedToTheDeadLetterExchange) {
  peer.declare("dead");
  for (const char* overflow : {"drop-head", "reject-publish-dlx"}) {
    declare(3, overflow,
            {{"x-dead-letter-exchange", text("")}, {"x-dead-letter-routing-key", text("dead")}});
    publish({"aa", "bb"});
    const bool drops = overflow == std::string("drop-head");
    EXPECT_THAT(drained(peer, "dead"), ElementsAre(drops ? "aa" : "bb")) << overflow;
    EXPECT_EQ(ready_bytes(), 2U);
    peer.get(DeleteQueue{"q", false, false}).value();
  }
}

TEST_P(LimitsOfBytes, ByPolicyCountWhatIsThereAlready) {
  peer.declare("q");
  std::vector<std::string> bodies;
  for (int i = 0; i < 300; ++i)
    bodies.emplace_back(static_cast<std::size_t>(i * 10), 'x');
  publish(bodies);
  peer.get(produce_of("q", produced_batch({"12", "345"}))).value();
  EXPECT_FALSE(peer.get(DescribeQueue{"q"}).value().ready_bytes.has_value());
  // Two are out, and one of them comes back later.
  const auto first = *peer.get(get_of("q")).value().delivery;
  const auto second = *peer.get(get_of("q")).value().delivery;
  peer.get(policy(plenty)).value();
  core.settle();
  const std::uint64_t all = 299 * 300 / 2 * 10 + 5;
  EXPECT_EQ(ready_bytes(), all - 10);
  peer.settle(second, Settlement::requeue);
  peer.settle(first);
  core.settle();
  EXPECT_EQ(ready_bytes(), all);
  peer.get(policy(3000)).value();
  core.settle();
  EXPECT_EQ(ready_bytes(), 2995U);
  EXPECT_THAT(drained(peer), ElementsAre(bodies.back(), "12", "345"));
}

TEST_P(LimitsOfBytes, CountTheSameAfterARestart) {
  declare(plenty);
  publish({"a", "bb", "ccc", "dddd"});
  const auto taken = *peer.get(get_of("q")).value().delivery;
  EXPECT_EQ(ready_bytes(), 9U);
  peer.settle(taken);
  PullMessages pull;
  pull.queue = "q";
  EXPECT_THAT(peer.get(pull).value(), SizeIs(1)) << "and a lease survives";
  core.settle();
  for (const auto& next : {core.restarted(), core.stopped_and_started()}) {
    Peer later(*next);
    EXPECT_EQ(ready_bytes(later), 7U);
    next->wait_ms(60'000);
    next->settle();
    EXPECT_EQ(ready_bytes(later), 9U) << "the lease has ended";
  }
}

TEST_P(LimitsOfBytes, CountWhatExpiresAndWhatIsPurged) {
  declare(plenty, "drop-head", {{"x-message-ttl", number(1000)}});
  publish({"aa", "bbb"});
  publish_amqp(peer, {"", "q", "cccc", "10"});
  core.settle();
  EXPECT_EQ(ready_bytes(), 9U);
  core.wait_ms(12);
  EXPECT_EQ(ready_bytes(), 5U);
  core.wait_ms(1000);
  EXPECT_EQ(ready_bytes(), 0U);
  publish({"aa", "bbb"});
  peer.get(PurgeQueue{"q"}).value();
  EXPECT_EQ(ready_bytes(), 0U);
  publish({"a"});
  EXPECT_EQ(ready_bytes(), 1U);
}

/// What a queue should hold, message by message.
class ByteOracle {
 public:
  explicit ByteOracle(std::uint64_t max) : max_(max) {}

  void arrive(std::size_t id, std::size_t bytes) { ready_[id] = bytes; }
  void trim() {
    while (total() > max_)
      ready_.erase(ready_.begin());
  }
  std::optional<std::size_t> take() {
    if (ready_.empty()) return std::nullopt;
    const auto head = *ready_.begin();
    ready_.erase(ready_.begin());
    out_.insert(head);
    return head.first;
  }
  void end(std::size_t id, bool back) {
    if (back) ready_[id] = out_.at(id);
    out_.erase(id);
  }
  void restart() {
    ready_.merge(out_);
    out_.clear();
  }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const auto& [id, bytes] : ready_)
      sum += bytes;
    return sum;
  }
  void purge() { ready_.clear(); }
  std::size_t ready() const { return ready_.size(); }

 private:
  std::uint64_t max_;
  std::map<std::size_t, std::size_t> ready_;
  std::map<std::size_t, std::size_t> out_;
};

TEST(LimitsOfBytesAtRandom, AreExactWhateverHappens) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    std::mt19937 random(seed);
    const auto upto = [&](std::size_t n) { return std::size_t{random()} % n; };
    const std::uint64_t max = seed % 2 == 0 ? 4000 : 1U << 30;
    auto rig = std::make_unique<CoreRig>(Ports::one_thread);
    auto who = std::make_unique<Peer>(*rig);
    who->get(queue_with("q", {{"x-max-length-bytes", number(static_cast<std::int64_t>(max))}}))
        .value();
    ByteOracle oracle(max);
    std::deque<std::pair<std::size_t, Delivery>> out;
    std::size_t last = 0;
    for (int step = 0; step < 150; ++step) {
      switch (upto(8)) {
        case 0:
        case 1:
        case 2:
          for (std::size_t i = upto(5); i < 5; ++i) {
            const std::size_t bytes = upto(700);
            who->publish("", "q", std::string(bytes, 'x'));
            oracle.arrive(++last, bytes);
          }
          break;
        case 3:
        case 4: {
          const auto id = oracle.take();
          const auto got = who->get(get_of("q")).value().delivery;
          ASSERT_EQ(got.has_value(), id.has_value()) << seed << " " << step;
          if (got) out.emplace_back(*id, *got);
          break;
        }
        case 5:
        case 6: {
          if (out.empty()) break;
          const bool back = upto(2) == 0;
          who->settle(out.front().second, back ? Settlement::requeue : Settlement::ack);
          oracle.end(out.front().first, back);
          out.pop_front();
          break;
        }
        case 7:
          if (upto(4) != 0) break;
          if (upto(2) == 0) {
            who->get(PurgeQueue{"q"}).value();
            oracle.purge();
            break;
          }
          rig->settle();
          oracle.trim();
          out.clear();
          who.reset();
          rig = upto(2) == 0 ? rig->restarted() : rig->stopped_and_started();
          who = std::make_unique<Peer>(*rig);
          oracle.restart();
          break;
      }
      rig->settle();
      oracle.trim();
      const QueueInfo shown = who->get(DescribeQueue{"q"}).value();
      ASSERT_EQ(shown.ready_bytes, oracle.total()) << "seed " << seed << " step " << step;
      ASSERT_EQ(shown.counts.ready, oracle.ready()) << "seed " << seed << " step " << step;
    }
  }
}

}  // namespace
}  // namespace rialto::test
