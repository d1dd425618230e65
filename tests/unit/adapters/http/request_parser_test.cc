#include "adapters/http/request_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace rialto::http {
namespace {

using ::testing::HasSubstr;
using Step = RequestParser::Step;

/// Feeds everything as a connection does, in pieces of `size` bytes, until something happens.
struct Reading {
  Step last = Step::more;
  std::size_t used = 0;
  Request request;
  RequestParser::Refusal refusal;
};

Reading read(const std::string& text, std::size_t size = std::string::npos) {
  RequestParser parser;
  Reading out;
  std::string pending;
  std::size_t given = 0;
  for (;;) {
    const auto fed = parser.feed(pending);
    out.used += fed.used;
    out.last = fed.step;
    pending.erase(0, fed.used);
    if (fed.step == Step::done) out.request = parser.take();
    if (fed.step == Step::failed) out.refusal = parser.refusal();
    if (fed.step == Step::done || fed.step == Step::failed) return out;
    if (fed.step == Step::head) continue;
    if (given == text.size()) return out;
    const std::string piece = text.substr(given, size);
    given += piece.size();
    pending += piece;
  }
}

std::string with_head(const std::string& headers, const std::string& body = "") {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}

TEST(HttpRequestParser, ReadsMethodTargetHeadersAndBodyWhereverTheBytesAreCut) {
  const std::string text = with_head("X-Two: b c\r\nContent-Length: 5\r\n", "hello");
  for (std::size_t size = 1; size <= text.size(); ++size) {
    const Reading r = read(text, size);
    ASSERT_EQ(r.last, Step::done) << size << r.refusal.detail;
    EXPECT_EQ(r.used, text.size());
    EXPECT_EQ(r.request.method, Method::post);
    EXPECT_EQ(r.request.target, "/x");
    EXPECT_EQ(*r.request.header("x-two"), "b c");
    EXPECT_EQ(r.request.body, "hello");
    EXPECT_TRUE(r.request.keep_alive);
  }
}

TEST(HttpRequestParser, ReadsChunkedBodiesWhereverTheBytesAreCut) {
  const std::string text = with_head("Transfer-Encoding: chunked\r\n",
                                     "4\r\nwiki\r\n5;a=b\r\npedia\r\n0\r\nX: y\r\n\r\n");
  for (std::size_t size = 1; size <= text.size(); ++size) {
    const Reading r = read(text, size);
    ASSERT_EQ(r.last, Step::done) << size << r.refusal.detail;
    EXPECT_EQ(r.request.body, "wikipedia");
    EXPECT_EQ(r.used, text.size());
    EXPECT_EQ(r.request.header("X"), nullptr) << "a trailer is no header";
  }
}

TEST(HttpRequestParser, ReadsAnEmptyChunkedBodyWhereverTheBytesAreCut) {
  const std::string text = with_head("Transfer-Encoding: chunked\r\n", "0\r\n\r\n");
  for (std::size_t size = 1; size <= text.size(); ++size) {
    const Reading r = read(text, size);
    ASSERT_EQ(r.last, Step::done) << size << r.refusal.detail;
    EXPECT_EQ(r.used, text.size());
  }
}

TEST(HttpRequestParser, LeavesTheNextRequestWhereItIs) {
  const std::string first = with_head("Content-Length: 2\r\n", "ab");
  RequestParser parser;
  const std::string both = first + "GET /y HTTP/1.1\r\nHost: a\r\n\r\n";
  std::size_t used = parser.feed(both).used;
  used += parser.feed(Bytes(both).substr(used)).used;
  EXPECT_EQ(used, first.size());
  EXPECT_EQ(parser.take().body, "ab");
  EXPECT_EQ(parser.feed(Bytes(both).substr(used)).step, Step::head);
  EXPECT_EQ(parser.request().target, "/y");
}

TEST(HttpRequestParser, KnowsWhenAConnectionEnds) {
  EXPECT_FALSE(read("GET / HTTP/1.0\r\n\r\n").request.keep_alive);
  EXPECT_TRUE(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").request.keep_alive);
  EXPECT_FALSE(read("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").request.keep_alive);
}

TEST(HttpRequestParser, ForgivesOneEmptyLineInFrontOfARequest) {
  EXPECT_EQ(read("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 1).last, Step::done);
}

TEST(HttpRequestParser, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  const char* smuggled[] = {
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
      "Content-Length: 5\r\nContent-Length: 5\r\n",
      "Content-Length: 5\r\nContent-Length: 6\r\n",
      "Content-Length: 5, 5\r\n",
      "Content-Length: +5\r\n",
      "Content-Length: -1\r\n",
      "Content-Length: 0x5\r\n",
      "Content-Length: 99999999999999999999\r\n",
      "Content-Length:\r\n",
      "Content-Length : 5\r\n",
      " Content-Length: 5\r\n",
      "X: a\r\n folded\r\n",
      "X: a\r\n\tfolded\r\n",
      "X: a\nContent-Length: 5\r\n",
      "X: a\rContent-Length: 5\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Host: b\r\n",
      "X\r\n",
      ": x\r\n",
  };
  for (const char* headers : smuggled) {
    const Reading r = read(with_head(headers, "hello"));
    EXPECT_EQ(r.last, Step::failed) << headers;
    EXPECT_EQ(r.refusal.status, 400U) << headers << r.refusal.detail;
  }
}

TEST(HttpRequestParser, ZeroByteInAHeaderIsRefused) {
  const std::string zero = "X: a" + std::string(1, '\0') + "b\r\n";
  EXPECT_EQ(read(with_head(zero)).refusal.status, 400U);
}

TEST(HttpRequestParser, KnowsOneTransferCodingOnly) {
  for (const char* coding : {"gzip", "gzip, chunked", "chunked, gzip", "identity", "xchunked"}) {
    const Reading r = read(with_head("Transfer-Encoding: " + std::string(coding) + "\r\n"));
    EXPECT_EQ(r.last, Step::failed) << coding;
    EXPECT_EQ(r.refusal.status, 501U) << coding;
  }
}

TEST(HttpRequestParser, ChunksInAnOldRequestAreRefused) {
  EXPECT_EQ(read("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").refusal.status, 400U);
}

TEST(HttpRequestParser, ANewRequestNeedsAHost) {
  EXPECT_EQ(read("GET / HTTP/1.1\r\n\r\n").refusal.status, 400U);
  EXPECT_EQ(read("GET / HTTP/1.0\r\n\r\n").last, Step::done);
}

TEST(HttpRequestParser, RefusesWhatIsNoHttpAtItsFirstBytes) {
  EXPECT_THAT(read("\x16\x03\x01").refusal.detail, HasSubstr("TLS hello"));
  EXPECT_EQ(read(std::string("AMQP\0\0\x09\x01", 8)).refusal.status, 400U);
  EXPECT_EQ(read(" GET").refusal.status, 400U);
  EXPECT_EQ(read("\r\n\r\n").refusal.status, 400U);
  EXPECT_EQ(read("GET / HTTP/1.1\n").refusal.status, 400U);
  EXPECT_EQ(read(std::string(64, 'A')).refusal.status, 400U);
  EXPECT_EQ(read("GET / HTTP/2.0\r\n\r\n").refusal.status, 505U);
  EXPECT_EQ(read("GET / SMTP/1.1\r\n\r\n").refusal.status, 505U);
}

TEST(HttpRequestParser, AHeadHas16KiBAndAHundredHeaders) {
  const std::string long_line = "X: " + std::string(head_bytes_max, 'x');
  EXPECT_EQ(read("GET / HTTP/1.1\r\n" + long_line).refusal.status, 431U);
  EXPECT_EQ(read("GET / HTTP/1.1\r\n" + long_line, 100).refusal.status, 431U);
  EXPECT_EQ(read("GET /" + std::string(head_bytes_max, 'x')).refusal.status, 431U);

  std::string many;
  for (std::size_t i = 0; i + 1 < headers_max; ++i)
    many += "X: y\r\n";
  EXPECT_EQ(read(with_head(many)).last, Step::done);
  EXPECT_EQ(read(with_head(many + "X: y\r\n")).refusal.status, 431U);
}

TEST(HttpRequestParser, ABodyHasTheLimitItWasGiven) {
  RequestParser parser;
  const std::string told = with_head("Content-Length: 10\r\n");
  ASSERT_EQ(parser.feed(told).step, Step::head);
  EXPECT_FALSE(parser.limit_body(9));
  EXPECT_TRUE(parser.limit_body(10));

  RequestParser chunks;
  const std::string chunked = with_head("Transfer-Encoding: chunked\r\n");
  ASSERT_EQ(chunks.feed(chunked).step, Step::head);
  EXPECT_TRUE(chunks.limit_body(9));
  EXPECT_EQ(chunks.feed("5\r\nhello\r\n5\r\nworld\r\n").step, Step::failed);
  EXPECT_EQ(chunks.refusal().status, 413U);
}

TEST(HttpRequestParser, ABodyOver16MiBIsRefusedBeforeAByteOfItCame) {
  EXPECT_EQ(read(with_head("Content-Length: 16777217\r\n")).refusal.status, 413U);
  EXPECT_EQ(read(with_head("Content-Length: 16777216\r\n")).last, Step::more);
}

TEST(HttpRequestParser, BrokenChunksAreRefused) {
  for (const char* body :
       {"g\r\nabcd", "-1\r\nabcd", "5\r\nhelloX\r\n0\r\n\r\n", "ffffffffffffffffff\r\n",
        "5 \nhello\r\n0\r\n\r\n", "0\r\nContent-Length: 4\r\n\r\n"}) {
    const Reading r = read(with_head("Transfer-Encoding: chunked\r\n", body));
    EXPECT_EQ(r.last, Step::failed) << body;
  }
}

TEST(HttpRequestParser, AChunkHeadWithoutEndIsNotWaitedForForever) {
  const std::string endless = "5;" + std::string(2 * chunk_head_bytes_max, 'x');
  EXPECT_EQ(read(with_head("Transfer-Encoding: chunked\r\n", endless), 1000).last, Step::failed);
}

TEST(HttpRequestParser, OnlyOneExpectationIsKnown) {
  EXPECT_TRUE(read(with_head("Expect: 100-Continue\r\n")).request.expects_continue);
  EXPECT_FALSE(read("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").request.expects_continue);
  EXPECT_EQ(read(with_head("Expect: a-pony\r\n")).refusal.status, 417U);
}

TEST(HttpRequestParser, AfterAFailureNothingIsRead) {
  RequestParser parser;
  ASSERT_EQ(parser.feed("\x16").step, Step::failed);
  EXPECT_EQ(parser.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n").step, Step::failed);
}

}  // namespace
}  // namespace rialto::http
