#include "adapters/http/problem.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::http {
namespace {

using ::testing::Contains;
using ::testing::Pair;

TEST(HttpProblem, SaysWhatHappenedAndWhatToDo) {
  const Response r = problem(Error(Errc::not_found, "no queue 'q' in vhost '/'"));
  EXPECT_EQ(r.status, 404U);
  EXPECT_EQ(r.content_type, "application/problem+json");
  const auto body = boost::json::parse(r.body);
  EXPECT_EQ(body.at("type").as_string(), "urn:rialto:problem:not-found");
  EXPECT_EQ(body.at("title").as_string(), "not found");
  EXPECT_EQ(body.at("status").as_int64(), 404);
  EXPECT_EQ(body.at("detail").as_string(),
            "no queue 'q' in vhost '/'; GET /v1/queues and /v1/topics list what there is");
}

TEST(HttpProblem, EveryRefusalIsAnErrorStatusWithAdvice) {
  for (int code = 1; code <= static_cast<int>(Errc::timed_out); ++code) {
    const Meaning meaning = meaning_of(static_cast<Errc>(code));
    EXPECT_GE(meaning.status, 400U) << code;
    EXPECT_LE(meaning.status, 505U) << code;
    EXPECT_FALSE(meaning.advice.empty()) << code;
  }
  EXPECT_EQ(meaning_of(Errc::ok).status, 200U);
}

TEST(HttpProblem, WhatPassesByItselfMayBeTriedAgain) {
  EXPECT_EQ(meaning_of(Errc::full).status, 429U);
  EXPECT_EQ(meaning_of(Errc::no_space).status, 503U);
  EXPECT_EQ(meaning_of(Errc::lease_expired).status, 410U);
  EXPECT_THAT(problem(Errc::full).headers, Contains(Pair("Retry-After", "1")));
  EXPECT_THAT(problem(Errc::no_space).headers, Contains(Pair("Retry-After", "1")));
}

TEST(HttpProblem, AStrangersBytesCannotBreakTheJson) {
  const Response r = problem(Error(Errc::invalid_name, "\"\xff\r\n<script>"));
  EXPECT_NO_THROW(boost::json::parse(r.body));
}

TEST(HttpResponse, NeverLetsABrowserGuessOrKeep) {
  std::string out;
  append_response(out, problem(Errc::not_found), {});
  EXPECT_THAT(out, ::testing::HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(out, ::testing::HasSubstr("Cache-Control: no-store\r\n"));
}

TEST(HttpResponse, TellsTheLengthButSendsNoBodyForHead) {
  Response response;
  response.body = "four";
  std::string out;
  append_response(out, response, {.without_body = true});
  EXPECT_THAT(out, ::testing::HasSubstr("Content-Length: 4\r\n"));
  EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

TEST(HttpHeaders, KnowWhatALineCanCarry) {
  EXPECT_TRUE(
      fits_header("a b\tc \xc3\xa9"
                  "!"));
  EXPECT_TRUE(fits_header(""));
  for (const char* bad : {"a\r\nb", "a\nb", " a", "a ", "a\x7f", "\x01"}) {
    EXPECT_FALSE(fits_header(bad)) << bad;
  }
  EXPECT_TRUE(is_token("x-Y_9~"));
  for (const char* bad : {"", "a b", "a:b", "\xc3\xa9", "a(b"})
    EXPECT_FALSE(is_token(bad)) << bad;
}

}  // namespace
}  // namespace rialto::http
