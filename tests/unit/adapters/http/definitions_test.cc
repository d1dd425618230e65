// Definitions as RabbitMQ exports and imports them: everything that was declared, as one document.
#include "tests/unit/adapters/http/http_rig.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

namespace rialto::test {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

std::vector<std::string> names_in(const json::value& list) {
  std::vector<std::string> out;
  for (const json::value& entry : list.as_array())
    out.emplace_back(entry.at("name").as_string().c_str());
  return out;
}

void declare_all(HttpRig& rig) {
  rig.ask("PUT", "/api/vhosts/v", R"({"description":"another","tags":"a,b"})");
  for (const char* vhost : {"%2F", "v"}) {
    const std::string in(vhost);
    rig.ask("PUT", "/api/queues/" + in + "/q",
            R"({"durable":true,"arguments":{"x-max-length":10,"x-queue-type":"quorum"}})");
    rig.ask("PUT", "/api/queues/" + in + "/volatile", R"({"durable":false})");
    rig.ask("PUT", "/v1/topics/t?vhost=" + in,
            R"({"partitions":3,"config":{"retention.ms":"5000"}})");
    rig.ask("PUT", "/api/queues/" + in + "/of-q",
            R"({"durable":true,"arguments":{"x-source-topic":"q"}})");
    rig.ask("PUT", "/api/queues/" + in + "/of-t",
            R"({"durable":true,"arguments":{"x-source-topic":"t"}})");
    rig.ask("PUT", "/api/exchanges/" + in + "/e",
            R"({"type":"headers","durable":true,"internal":true})");
    rig.ask("PUT", "/api/exchanges/" + in + "/volatile", R"({"type":"fanout"})");
    rig.ask("POST", "/api/bindings/" + in + "/e/e/q/q",
            R"({"routing_key":"k","arguments":{"x-match":"any","h":1}})");
    rig.ask("POST", "/api/bindings/" + in + "/e/amq.topic/e/e", R"({"routing_key":"a.#"})");
    rig.ask("POST", "/api/bindings/" + in + "/e/e/q/volatile", "{}");
  }
  rig.ask("PUT", "/api/policies/v/short",
          R"({"pattern":"^q","definition":{"max-length":5},"priority":3,"apply-to":"queues"})");
  rig.ask("PUT", "/api/operator-policies/%2F/guard",
          R"({"pattern":".*","definition":{"max-length":100}})");
}

/// One write set an object.
Answer imported(HttpRig& rig, const std::string& target, const std::string& document) {
  Answer out = rig.ask("POST", target, document);
  constexpr int objects_max = 100;
  for (int i = 0; i < objects_max && out.status == 0; ++i) {
    rig.door.commit();
    out = rig.answer();
  }
  return out;
}

TEST(HttpDefinitions, HoldWhatWasDeclaredForGoodAndNothingElse) {
  HttpRig rig;
  declare_all(rig);
  const json::value all = rig.ask("GET", "/api/definitions").json();
  EXPECT_EQ(names_in(all.at("vhosts")), (std::vector<std::string>{"/", "v"}));
  EXPECT_EQ(names_in(all.at("queues")),
            (std::vector<std::string>{"of-q", "of-t", "q", "of-q", "of-t", "q"}));
  EXPECT_EQ(names_in(all.at("topics")), (std::vector<std::string>{"t", "t"}));
  EXPECT_EQ(all.at("topics").at(1).at("vhost").as_string(), "v");
  EXPECT_EQ(all.at("topics").at(1).at("partitions").as_int64(), 3);
  EXPECT_EQ(names_in(all.at("exchanges")), (std::vector<std::string>{"e", "e"}));
  EXPECT_EQ(all.at("bindings").as_array().size(), 4U);
  EXPECT_EQ(names_in(all.at("policies")), (std::vector<std::string>{"short"}));
  const json::value& guard = all.at("parameters").as_array().at(0);
  EXPECT_EQ(guard.at("component").as_string(), "operator_policy");
  EXPECT_EQ(guard.at("value").at("definition").at("max-length").as_int64(), 100);
}

TEST(HttpDefinitions, MadeInAnotherServerAreTheSameThere) {
  HttpRig rig;
  declare_all(rig);
  const std::string document = rig.ask("GET", "/api/definitions").body;
  HttpRig other;
  EXPECT_EQ(imported(other, "/api/definitions", document).status, 204U);
  EXPECT_EQ(other.ask("GET", "/api/definitions").body, document);
  EXPECT_EQ(imported(other, "/api/definitions", document).status, 204U) << "equal is nothing";
  EXPECT_EQ(other.ask("GET", "/api/definitions").body, document);
  EXPECT_EQ(other.ask("GET", "/api/queues/v/q").json().at("policy").as_string(), "short");
}

TEST(HttpDefinitions, OfOneVhostGoIntoAnother) {
  HttpRig rig;
  declare_all(rig);
  const Answer of_v = rig.ask("GET", "/api/definitions/v");
  EXPECT_THAT(of_v.body, testing::Not(HasSubstr("\"vhost\"")));
  rig.ask("PUT", "/api/vhosts/w");
  EXPECT_EQ(imported(rig, "/api/definitions/w", of_v.body).status, 204U);
  EXPECT_EQ(rig.ask("GET", "/api/definitions/w").body, of_v.body);
  EXPECT_EQ(rig.ask("GET", "/api/definitions/none").status, 404U);
  EXPECT_EQ(rig.ask("POST", "/api/definitions/none", of_v.body).status, 404U);
}

TEST(HttpDefinitions, OfRabbitMqAreTakenWithWhatItSaysOfItself) {
  HttpRig rig;
  const Answer answer = rig.ask("POST", "/api/definitions", R"({
    "rabbit_version": "4.2.0", "rabbitmq_version": "4.2.0", "product_name": "RabbitMQ",
    "product_version": "4.2.0", "rabbitmq_definition_format": "cluster",
    "original_cluster_name": "rabbit@here", "explanation": "Definitions of cluster",
    "users": [{"name": "guest", "password_hash": "x", "hashing_algorithm": "y",
               "tags": ["administrator"], "limits": {}}],
    "vhosts": [{"name": "/", "description": "Default virtual host", "tags": [],
                "metadata": {"description": "Default virtual host", "tags": [],
                             "default_queue_type": "classic"}}],
    "permissions": [{"user": "guest", "vhost": "/", "configure": ".*", "write": ".*",
                     "read": ".*"}],
    "topic_permissions": [], "parameters": [],
    "global_parameters": [{"name": "internal_cluster_id", "value": "z"}],
    "policies": [], "exchanges": [], "bindings": [],
    "queues": [{"name": "q", "vhost": "/", "durable": true, "auto_delete": false,
                "arguments": {"x-queue-type": "classic"}}]})");
  EXPECT_EQ(answer.status, 204U) << answer.body;
  EXPECT_EQ(rig.ask("GET", "/api/queues/%2F/q").status, 200U);
}

TEST(HttpDefinitions, NameTheEntryThatIsAtFaultAndMakeNothingOfAWrongDocument) {
  HttpRig rig;
  const auto refused = [&](const char* document, unsigned status, const char* why) {
    const Answer answer = rig.ask("POST", "/api/definitions", document);
    EXPECT_EQ(answer.status, status) << document;
    EXPECT_THAT(answer.body, HasSubstr(why));
  };
  refused(R"({"queues":[{"name":"a","vhost":"/"},{"vhost":"/"}]})", 400,
          "queues[1]: 'name' has to be a text");
  refused(R"({"queues":[{"name":"a","vhost":"/","colour":1}]})", 400,
          "queues[0] ('a'): unknown member 'colour'");
  refused(R"({"queues":[{"name":"a"}]})", 400, "queues[0] ('a'): 'vhost' has to be a text");
  refused(R"({"users":[{"name":"ada"}]})", 400, "there are no users but guest; take 'ada' out");
  refused(
      R"({"permissions":[{"user":"guest","vhost":"/","configure":"","write":".*","read":".*"}]})",
      400, "permissions[0]: guest may do everything");
  refused(R"({"parameters":[{"name":"u","vhost":"/","component":"shovel","value":{}}]})", 400,
          "parameters of 'shovel' are not supported");
  refused(R"({"vhosts":[{"name":"v","limits":[{"max-queues":1}]}]})", 400, "'limits'");
  refused(R"({"topic_permissions":[{}]})", 400, "permissions are not supported");
  refused(R"({"global_parameters":[{"name":"mqtt","value":1}]})", 400, "'mqtt'");
  refused(R"({"colours":[]})", 400, "unknown member 'colours'");
  refused(R"({"bindings":[{"vhost":"/","source":"a","destination":"b","destination_type":"x"}]})",
          400, "destination_type");
  EXPECT_EQ(rig.ask("GET", "/api/queues").json().as_array().size(), 0U);
}

TEST(HttpDefinitions, StopAtWhatTheServerRefuses) {
  HttpRig rig;
  rig.ask("PUT", "/api/queues/%2F/q", R"({"durable":true})");
  const Answer answer = rig.ask("POST", "/api/definitions", R"({"queues":[
      {"name":"a","vhost":"/"},
      {"name":"q","vhost":"/","arguments":{"x-max-length":1}},
      {"name":"z","vhost":"/"}]})");
  EXPECT_EQ(answer.status, 400U);
  EXPECT_THAT(answer.body, HasSubstr("queues[1] ('q'): inequivalent arg 'x-max-length'"));
  EXPECT_EQ(rig.ask("GET", "/api/queues/%2F/a").status, 200U);
  EXPECT_EQ(rig.ask("GET", "/api/queues/%2F/z").status, 404U);
  const Answer nowhere =
      rig.ask("POST", "/api/definitions", R"({"queues":[{"name":"a","vhost":"none"}]})");
  EXPECT_EQ(nowhere.status, 404U);
  EXPECT_EQ(rig.ask("PUT", "/api/queues/%2F/after").status, 201U) << "the connection goes on";
}

TEST(HttpPages, HoldAPartOfAListAndTellHowMuchThereIs) {
  HttpRig rig;
  for (int i = 0; i < 25; ++i) {
    const std::string name = (i % 2 == 0 ? "Even-" : "odd-") + std::to_string(i);
    rig.ask("PUT", "/api/queues/%2F/" + name);
  }
  const auto page = [&](const std::string& query) {
    return rig.ask("GET", "/api/queues?" + query).json();
  };
  const json::value first = page("page=1&page_size=10&use_regex=false");
  EXPECT_EQ(first.at("items").as_array().size(), 10U);
  EXPECT_EQ(first.at("item_count").as_int64(), 10);
  EXPECT_EQ(first.at("filtered_count").as_int64(), 25);
  EXPECT_EQ(first.at("total_count").as_int64(), 25);
  EXPECT_EQ(first.at("page_count").as_int64(), 3);
  EXPECT_EQ(page("page=3&page_size=10").at("items").as_array().size(), 5U);
  const json::value even = page("page=1&name=EVEN");
  EXPECT_EQ(even.at("filtered_count").as_int64(), 13);
  EXPECT_EQ(even.at("total_count").as_int64(), 25);
  EXPECT_EQ(even.at("page_size").as_int64(), 100);
  const json::value none = page("page=1&name=neither");
  EXPECT_EQ(none.at("page_count").as_int64(), 1);
  EXPECT_EQ(none.at("items").as_array().size(), 0U);
  for (const char* list : {"/api/queues/%2F", "/api/exchanges", "/api/exchanges/%2F",
                           "/api/connections", "/api/channels"}) {
    EXPECT_TRUE(rig.ask("GET", std::string(list) + "?page=1").json().as_object().contains("items"))
        << list;
  }
}

TEST(HttpPages, ThatAreNotThereAreRefused) {
  HttpRig rig;
  EXPECT_EQ(rig.ask("GET", "/api/queues?page=2").status, 400U);
  EXPECT_EQ(rig.ask("GET", "/api/queues?page=0").status, 400U);
  EXPECT_EQ(rig.ask("GET", "/api/queues?page=1&page_size=501").status, 400U);
  EXPECT_EQ(rig.ask("GET", "/api/queues?name=q").status, 400U);
  EXPECT_EQ(rig.ask("GET", "/api/queues?page_size=10").status, 400U);
  EXPECT_EQ(rig.ask("GET", "/api/queues?page=1&use_regex=true").status, 400U);
  EXPECT_EQ(rig.ask("GET", "/api/bindings?page=1").status, 400U);
}

}  // namespace
}  // namespace rialto::test
