#include "core/catalog/policies.h"

#include "core/catalog/policy_settings.h"
#include "core/catalog/queue_policy.h"
#include "tests/unit/core/catalog/catalog_fixture.h"

#include <string>
#include <utility>
#include <vector>

namespace rialto {
namespace {

using Settings = std::vector<std::pair<std::string, FieldValue>>;

FieldValue number(std::int64_t n) {
  return FieldValue::integer(n);
}
FieldValue text(const std::string& t) {
  return FieldValue::text(t);
}
FieldTable table_of(const Settings& settings) {
  FieldTable out;
  for (const auto& [name, value] : settings)
    out.set(name, value);
  return out;
}

class APolicy : public CatalogFixture {
 protected:
  static PolicyChange change(const std::string& name, const std::string& pattern,
                             const Settings& settings, std::int32_t priority = 0,
                             const std::string& apply_to = "all") {
    PolicyChange out;
    out.id = {PolicyKind::user, "/", name};
    out.pattern = pattern;
    out.apply_to = apply_to;
    out.priority = priority;
    out.definition = table_of(settings);
    return out;
  }
  static PolicyChange of_operators(PolicyChange out) {
    out.id.kind = PolicyKind::operators;
    return out;
  }
  void put(const PolicyChange& command) {
    catalog.apply(effect(decide_put_policy(catalog, command)));
  }
  void expect_bad(const Settings& settings, const std::string& text) {
    expect_refusal(decide_put_policy(catalog, change("p", "", settings)), Errc::invalid_argument,
                   text);
  }
  QueueRecord queue(const std::string& name, const Settings& arguments = {},
                    QueueType type = QueueType::classic) {
    QueueRecord out;
    out.vhost = "/";
    out.name = name;
    out.type = type;
    out.arguments = stored_arguments(table_of(arguments));
    return out;
  }
  std::string holds_for(const PolicySubject& subject) const {
    const PolicyRecord* found = catalog.policies().matching(subject).user;
    return found ? found->id.name : "none";
  }
  std::string holds_for(const QueueRecord& record) const { return holds_for(subject_of(record)); }
  QueuePolicy policy_for(const QueueRecord& record) const {
    return policy_of(record, catalog.policies().matching(subject_of(record)));
  }
};

TEST_F(APolicy, IsFoundAnywhereInANameUnlessItIsAnchored) {
  put(change("inside", "dead", {{"max-length", number(1)}}, 1));
  put(change("whole", "^orders$", {{"max-length", number(1)}}, 2));
  put(change("not ours", "^(?!amq\\.)x", {{"max-length", number(1)}}, 3));
  EXPECT_EQ(holds_for(queue("a.dead.b")), "inside");
  EXPECT_EQ(holds_for(queue("orders")), "whole");
  EXPECT_EQ(holds_for(queue("my.orders")), "none");
  EXPECT_EQ(holds_for(queue("xyz")), "not ours");
}

TEST_F(APolicy, OfTheHighestPriorityHoldsAlone) {
  put(change("low", ".*", {{"max-length", number(1)}}, -1));
  put(change("high", "^q", {{"expires", number(5)}}, 7));
  EXPECT_EQ(holds_for(queue("q")), "high");
  EXPECT_EQ(policy_for(queue("q")).max_length, std::nullopt);
  EXPECT_EQ(holds_for(queue("r")), "low");
  put(change("high", "^q", {{"expires", number(5)}}, -2));
  EXPECT_EQ(holds_for(queue("q")), "low") << "its old place is forgotten";
  catalog.apply(effect(decide_delete_policy(catalog, {PolicyKind::user, "/", "low"})));
  EXPECT_EQ(holds_for(queue("q")), "high");
  EXPECT_EQ(holds_for(queue("r")), "none");
}

TEST_F(APolicy, HoldsForWhatItAppliesTo) {
  const QueueRecord classic = queue("n");
  const QueueRecord quorum = queue("n", {}, QueueType::quorum);
  const PolicySubject exchange{"/", "n", std::nullopt};
  struct Case {
    const char* target;
    bool classic, quorum, exchange;
  };
  for (const Case& c :
       {Case{"all", true, true, true}, Case{"queues", true, true, false},
        Case{"classic_queues", true, false, false}, Case{"quorum_queues", false, true, false},
        Case{"streams", false, false, false}, Case{"exchanges", false, false, true}}) {
    put(change("p", "", {{"max-length", number(1)}}, 0, c.target));
    EXPECT_EQ(holds_for(classic) == "p", c.classic) << c.target;
    EXPECT_EQ(holds_for(quorum) == "p", c.quorum) << c.target;
    EXPECT_EQ(holds_for(exchange) == "p", c.exchange) << c.target;
    EXPECT_EQ(holds_for(queue("n", {}, QueueType::delay)), "none") << "delayed messages are apart";
  }
  expect_refusal(
      decide_put_policy(catalog, change("p", "", {{"max-length", number(1)}}, 0, "topics")),
      Errc::invalid_argument, "apply-to 'topics' unrecognised");
}

TEST_F(APolicy, WithASettingThatATypeOfQueueLacksIsNotForSuchQueues) {
  put(change("p", "", {{"max-length", number(1)}, {"delivery-limit", number(3)}}));
  EXPECT_EQ(holds_for(queue("c")), "none");
  EXPECT_EQ(holds_for(queue("q", {}, QueueType::quorum)), "p");
}

TEST_F(APolicy, LowersLimitsAndLeavesWordsToTheArguments) {
  put(change("p", "",
             {{"message-ttl", number(100)},
              {"max-length", number(7)},
              {"dead-letter-exchange", text("policy")},
              {"overflow", text("reject-publish")}}));
  const auto got = policy_for(queue("q", {{"x-message-ttl", number(50)},
                                          {"x-max-length", number(9)},
                                          {"x-dead-letter-exchange", text("argument")},
                                          {"x-overflow", text("drop-head")}}));
  EXPECT_EQ(got.message_ttl_ms, 50);
  EXPECT_EQ(got.max_length, 7U);
  EXPECT_EQ(got.dead_letter_exchange, "argument");
  EXPECT_EQ(got.overflow, Overflow::drop_head);
  const auto plain = policy_for(queue("plain"));
  EXPECT_EQ(plain.dead_letter_exchange, "policy");
  EXPECT_EQ(plain.overflow, Overflow::reject_publish);
  const auto quorum =
      policy_for(queue("r", {{"x-overflow", text("drop-head")}}, QueueType::quorum));
  EXPECT_EQ(quorum.overflow, Overflow::reject_publish) << "quorum queues follow the policy";
}

TEST_F(APolicy, OfTheOperatorsNarrowsTheOther) {
  put(change("p", "",
             {{"max-length", number(10)},
              {"expires", number(5)},
              {"overflow", text("drop-head")},
              {"dead-letter-exchange", text("x")}}));
  put(of_operators(change("guard", "^q",
                          {{"max-length", number(4)},
                           {"expires", number(9)},
                           {"message-ttl", number(3)},
                           {"overflow", text("reject-publish")}})));
  const auto got = policy_for(queue("q", {{"x-overflow", text("reject-publish-dlx")}}));
  EXPECT_EQ(got.max_length, 4U);
  EXPECT_EQ(got.expires_ms, 5);
  EXPECT_EQ(got.message_ttl_ms, 3);
  EXPECT_EQ(got.overflow, Overflow::reject_publish) << "the operators' word is the last";
  EXPECT_EQ(got.dead_letter_exchange, "x");
  EXPECT_EQ(policy_for(queue("other")).max_length, 10U);
}

TEST_F(APolicy, ThatAllowsAnyNumberOfDeliveriesLosesAgainstALimit) {
  const auto limit = [&](const Settings& arguments) {
    return policy_for(queue("q", arguments, QueueType::quorum)).delivery_limit;
  };
  EXPECT_EQ(limit({}), 20U);
  put(change("p", "", {{"delivery-limit", number(-1)}}));
  EXPECT_EQ(limit({}), std::nullopt);
  EXPECT_EQ(limit({{"x-delivery-limit", number(6)}}), 6U);
  put(of_operators(change("guard", "", {{"delivery-limit", number(3)}})));
  EXPECT_EQ(limit({}), 3U);
  EXPECT_EQ(limit({{"x-delivery-limit", number(-1)}}), 3U);
}

TEST_F(APolicy, IsRefusedByNameForWhatItCannotSet) {
  expect_bad({}, "Validation failed\n\nno policy provided\n");
  expect_bad(
      {{"foo", text("bar")}},
      "Validation failed\n\n[{<<\"foo\">>,<<\"bar\">>}] are not recognised policy settings\n");
  expect_bad({{"max-length", number(1)}, {"max-priority", number(4)}},
             "[{<<\"max-priority\">>,4}] are not recognised policy settings");
  expect_bad({{"message-ttl", number(-1)}}, "-1 is not a valid message TTL");
  expect_bad({{"expires", number(0)}}, "0 is not a valid queue expiry");
  expect_bad({{"max-length", text("7")}}, "<<\"7\">> is not a valid maximum length");
  expect_bad({{"message-deduplication", number(1)}}, "1 is not a valid message deduplication flag");
  expect_bad({{"overflow", text("drop-tail")}}, "<<\"drop-tail\">> is not a valid overflow value");
  expect_bad({{"dead-letter-exchange", number(1)}}, "1 is not a valid dead letter exchange name");
  expect_refusal(decide_put_policy(catalog, change("p", "", {{"max-age", text("1D")}})),
                 Errc::not_supported, "policy setting 'max-age' is not supported");
  expect_refusal(decide_put_policy(
                     catalog, of_operators(change("p", "", {{"dead-letter-exchange", text("x")}}))),
                 Errc::invalid_argument, "are not recognised policy settings");
}

TEST_F(APolicy, NeedsAPatternThatEnds) {
  const Settings some = {{"max-length", number(1)}};
  expect_refusal(decide_put_policy(catalog, change("p", "(", some)), Errc::invalid_argument,
                 "pattern should be regular expression but is invalid");
  expect_refusal(decide_put_policy(catalog, change("p", std::string(1025, 'a'), some)),
                 Errc::invalid_argument, "it has 1025 bytes, and 1024 at most");
  expect_refusal(decide_put_policy(catalog, change("p", std::string(500, '('), some)),
                 Errc::invalid_argument, "pattern should be");
  const PolicyChange slow = change("p", "(a+)+$", some);
  put(slow);
  declare(std::string(200, 'a') + "b");
  EXPECT_EQ(holds_for(queue(std::string(200, 'a') + "b")), "none") << "given up";
  expect_refusal(decide_put_policy(catalog, change("other", "(a+)+$", some)),
                 Errc::invalid_argument, "takes too long to be matched with 'aaa");
}

TEST_F(APolicy, AgainAndEqualIsNothing) {
  const PolicyChange p = change("p", "^q", {{"max-length", number(1)}}, 3, "queues");
  put(p);
  EXPECT_TRUE(is_no_op(effect(decide_put_policy(catalog, p))));
  EXPECT_FALSE(is_no_op(effect(decide_put_policy(catalog, of_operators(p)))));
  expect_refusal(decide_delete_policy(catalog, {PolicyKind::operators, "/", "p"}), Errc::not_found,
                 "no operator policy 'p' in vhost '/'");
  PolicyChange elsewhere = p;
  elsewhere.id.vhost = "v";
  expect_refusal(decide_put_policy(catalog, elsewhere), Errc::not_found, "no vhost 'v'");
}

TEST_F(APolicy, IsInTheImageAndGoesWithItsVhost) {
  catalog.apply(effect(decide_put_vhost(catalog, {"v", "", ""})));
  PolicyChange there = change("p", "^q", {{"max-length", number(1)}});
  there.id.vhost = "v";
  put(there);
  CatalogImage image;
  catalog.image(image);
  Catalog restored;
  restored.restore(image);
  EXPECT_NE(restored.policies().find(there.id), nullptr);
  EXPECT_NE(restored.policies().matching({"v", "q", QueueType::classic}).user, nullptr);
  EXPECT_EQ(restored.policies().matching({"/", "q", QueueType::classic}).user, nullptr);
  catalog.apply(effect(decide_delete_vhost(catalog, "v")));
  EXPECT_EQ(catalog.policies().count(), 0U);
}

}  // namespace
}  // namespace rialto
