#include "adapters/http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const RouteList routes = {
    {Method::get, "/", nullptr},
    {Method::get, "/v1/queues", nullptr},
    {Method::get, "/v1/queues/{queue}", nullptr},
    {Method::put, "/v1/queues/{queue}", nullptr},
    {Method::post, "/v1/queues/{queue}/messages", nullptr},
    {Method::get, "/api/queues/{vhost}", nullptr},
};

Found find(Method method, std::string_view target) {
  return find_route(routes, method, parse_target(target).value());
}

TEST(HttpTarget, SplitsFirstAndDecodesThen) {
  const auto target = parse_target("/v1/queues/a%2Fb%20c/messages?max=1&from=x%26y&max=2").value();
  EXPECT_THAT(target.segments, ElementsAre("v1", "queues", "a/b c", "messages"));
  EXPECT_THAT(target.query, ElementsAre(Pair("max", "1"), Pair("from", "x&y"), Pair("max", "2")));
  EXPECT_EQ(*target.find("max"), "1");
  EXPECT_EQ(target.find("min"), nullptr);
}

TEST(HttpTarget, AcceptsTheFormWithAHost) {
  EXPECT_THAT(parse_target("http://127.0.0.1:15672/v1/queues?a=b").value().segments,
              ElementsAre("v1", "queues"));
}

TEST(HttpTarget, RefusesWhatIsMalformed) {
  for (const char* target :
       {"", "*", "v1/queues", "/a b", "/%zz", "/%", "/a%00b", "/%0a", "/\x80", "/%ff"}) {
    EXPECT_FALSE(parse_target(target)) << target;
  }
}

TEST(HttpRouter, FillsTheNamesOfAPath) {
  const Found found = find(Method::post, "/v1/queues/a%2Fb/messages");
  ASSERT_NE(found.route, nullptr);
  EXPECT_EQ(found.route->path, "/v1/queues/{queue}/messages");
  EXPECT_THAT(found.names, ElementsAre("a/b"));
}

TEST(HttpRouter, TakesTheQueryParametersOfARouteOnceAndNoOthers) {
  const Route route{Method::get, "/log", nullptr, Needs::broker, 0, {"from", "max"}};
  const auto refusal = [&](std::string_view target) {
    const auto known = check_query(route, parse_target(target).value());
    return known ? Errc::ok : known.error().code;
  };
  EXPECT_EQ(refusal("/log"), Errc::ok);
  EXPECT_EQ(refusal("/log?max=1&from=2&vhost=/"), Errc::ok);
  EXPECT_EQ(refusal("/log?"), Errc::ok);
  EXPECT_EQ(refusal("/log?max=1&"), Errc::ok);
  EXPECT_EQ(refusal("/log?fro=2"), Errc::invalid_argument);
  EXPECT_EQ(refusal("/log?rom=2"), Errc::invalid_argument);
  EXPECT_EQ(refusal("/log?=2"), Errc::invalid_argument);
  EXPECT_EQ(refusal("/log?max=1&max=2"), Errc::invalid_argument);
  EXPECT_EQ(refusal("/log?from,max=1"), Errc::invalid_argument);
}

TEST(HttpRouter, FindsTheFirstPage) {
  EXPECT_NE(find(Method::get, "/").route, nullptr);
}

TEST(HttpRouter, TakesASlashAtTheEndBelowApi) {
  EXPECT_EQ(find(Method::get, "/api/queues/%2F/").vhost, "/");
  EXPECT_EQ(find(Method::get, "/api/queues/").route, nullptr);
  EXPECT_EQ(find(Method::get, "/api/queues/%2F//").route, nullptr);
}

TEST(HttpRouter, HeadIsGetWithoutABody) {
  EXPECT_EQ(find(Method::head, "/v1/queues").route, find(Method::get, "/v1/queues").route);
}

TEST(HttpRouter, AnotherMethodIsToldWhichOnesThereAre) {
  const Found found = find(Method::remove, "/v1/queues/q");
  EXPECT_EQ(found.route, nullptr);
  EXPECT_EQ(found.allow, "GET, HEAD, PUT");
}

TEST(HttpRouter, WhatIsLongerShorterOrEmptyIsNotFound) {
  for (const char* target :
       {"/v1", "/v1/queues/", "/v1/queues/q/", "/v1/queues//messages", "/v1/queues/q/messages/1",
        "/v1/%7Bqueue%7D", "/V1/queues", "/../v1"}) {
    const Found found = find(Method::get, target);
    EXPECT_EQ(found.route, nullptr) << target;
    EXPECT_THAT(found.allow, IsEmpty()) << target;
  }
}

}  // namespace
}  // namespace rialto::http
