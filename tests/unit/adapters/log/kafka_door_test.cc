#include "adapters/log/kafka_door.h"

#include "adapters/log/errors.h"
#include "adapters/log/pipeline.h"
#include "tests/unit/adapters/log/kafka_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::kafka {
namespace {

using testing::ElementsAre;

std::string sized(const std::string& body) {
  std::string frame;
  append_be(frame, static_cast<std::int32_t>(body.size()));
  return frame + body;
}

std::string header_of(std::int16_t key, std::int16_t version) {
  std::string header;
  append_be(header, key);
  append_be(header, version);
  append_be(header, std::int32_t{7});
  append_be(header, std::int16_t{-1});
  return header;
}

class KafkaDoorTest : public testing::Test {
 protected:
  test::BrokerRig rig;
  KafkaPeer peer{rig};
};

ApiVersionsRequest software(std::string name, std::string version) {
  ApiVersionsRequest request;
  request.software_name = std::move(name);
  request.software_version = std::move(version);
  return request;
}

TEST_F(KafkaDoorTest, ListsItsApisInEveryVersionOfTheQuestion) {
  for (std::int16_t version = 0; version <= 4; ++version) {
    const auto answer = peer.ask<ApiVersionsResponse>(version, software("a-b.c", "1.2"));
    EXPECT_EQ(answer.error, 0);
    EXPECT_EQ(answer.apis.size(), 22U);
    EXPECT_EQ(answer.apis[0].key, 0);
    EXPECT_EQ(answer.apis[0].min, 0) << "old clients compress only when the range begins at 0";
    EXPECT_EQ(answer.apis[0].max, 9);
  }
}

TEST_F(KafkaDoorTest, AnswersAnUnknownVersionOfTheQuestionWithItsRange) {
  peer.harness.feed(sized(header_of(18, 99) + "what a later version has here"));
  const auto frames = peer.take_answers();
  ASSERT_EQ(frames.size(), 1U);
  const auto answer =
      KafkaPeer::read<ApiVersionsResponse>(ApiVersionsRequest::spec, 0, frames[0], 7);
  EXPECT_EQ(answer.error, 35);
  ASSERT_EQ(answer.apis.size(), 1U);
  EXPECT_EQ(answer.apis[0].key, 18);
  EXPECT_EQ(answer.apis[0].max, 4);
  EXPECT_FALSE(peer.harness.closing());
  EXPECT_EQ(peer.ask<ApiVersionsResponse>(0, ApiVersionsRequest()).error, 0);
}

TEST_F(KafkaDoorTest, RefusesImplausibleSoftwareNames) {
  for (const char* name : {"", "-a", "a-", "a b", "a\n"}) {
    EXPECT_EQ(peer.ask<ApiVersionsResponse>(3, software(name, "1")).error, 42) << name;
  }
}

TEST_F(KafkaDoorTest, ClosesOnBytesThatAreNotKafka) {
  const std::string inputs[] = {
      std::string("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 11),
      "GET / HTTP/1.1\r\n\r\n",
      std::string("AMQP\x00\x00\x09\x01", 8),
      std::string("\xff\xff\xff\xff", 4),
      std::string(4, '\0'),
      std::string("\x00\x00\x00\x07", 4),
      sized(header_of(9999, 0)),
      sized(header_of(3, 99)),
      sized(header_of(3, -1)),
      sized(header_of(3, 1) + std::string("\x7f\xff\xff\xff", 4)),
      sized(header_of(0, 9)),
  };
  for (const std::string& input : inputs) {
    KafkaPeer other(rig);
    other.harness.feed(input);
    EXPECT_TRUE(other.harness.closing()) << testing::PrintToString(input);
    EXPECT_EQ(other.take_answers().size(), 0U);
  }
  EXPECT_FALSE(peer.harness.closing());
}

TEST_F(KafkaDoorTest, TakesOnlySmallFramesBeforeTheFirstRequest) {
  std::string size;
  append_be(size, std::int32_t{(64 << 10) + 1});
  KafkaPeer stranger(rig);
  stranger.harness.feed(size + header_of(3, 9));
  EXPECT_TRUE(stranger.harness.closing());
  peer.ask<ApiVersionsResponse>(0, ApiVersionsRequest());
  peer.harness.feed(size + header_of(3, 9));
  EXPECT_FALSE(peer.harness.closing());
}

TEST_F(KafkaDoorTest, TakesALargeProduceAsTheFirstRequest) {
  create_topic(peer, "t");
  KafkaPeer hasty(rig);
  const std::string batch = batch_of({std::string(300'000, 'v')});
  const auto response = hasty.ask<ProduceResponse>(7, produce_request("t", batch));
  EXPECT_EQ(response.topics.at(0).partitions.at(0).error, 0);
}

TEST_F(KafkaDoorTest, BoundsFramesByWhatTheyCarry) {
  const auto begin = [&](std::int16_t key, std::int32_t bytes) {
    KafkaPeer other(rig);
    other.ask<ApiVersionsResponse>(0, ApiVersionsRequest());
    std::string start;
    append_be(start, bytes);
    other.harness.feed(start + header_of(key, 3));
    return !other.harness.closing();
  };
  EXPECT_TRUE(begin(0, 17 << 20));
  EXPECT_FALSE(begin(0, (17 << 20) + 1));
  EXPECT_TRUE(begin(3, 4 << 20));
  EXPECT_FALSE(begin(3, (4 << 20) + 1));
}

TEST_F(KafkaDoorTest, ClosesPeersFromElsewhere) {
  PeerInfo far = kafka_peer();
  far.loopback = false;
  KafkaPeer stranger(rig, far);
  EXPECT_TRUE(stranger.harness.closing());
  EXPECT_FALSE(stranger.harness.door->wants_bytes());
}

TEST_F(KafkaDoorTest, ReadsRequestsFromPiecesOfAnySize) {
  std::string stream;
  for (std::int32_t i = 1; i <= 5; ++i) {
    stream += encode_request({ApiKey::describe_cluster, 1, i, "c"}, DescribeClusterRequest());
  }
  for (const std::size_t piece : {1, 3, 50}) {
    KafkaPeer other(rig);
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      other.harness.feed(Bytes(stream).substr(at, piece));
    }
    EXPECT_THAT(other.take_correlations(), ElementsAre(1, 2, 3, 4, 5));
  }
}

TEST_F(KafkaDoorTest, ReceivesALargeBatchInPieces) {
  create_topic(peer, "large");
  const std::string batch = batch_of({std::string(900'000, 'v')});
  const RequestHeader header{ApiKey::produce, 7, 99, "peer"};
  const std::string frame = encode_request(header, produce_request("large", batch));
  for (std::size_t at = 0; at < frame.size(); at += 65'536) {
    peer.harness.feed(Bytes(frame).substr(at, 65'536));
  }
  peer.harness.commit();
  EXPECT_THAT(peer.take_correlations(), ElementsAre(99));
  EXPECT_EQ(stored_bytes(peer, "large", 0).substr(16), batch.substr(16));
}

TEST_F(KafkaDoorTest, AnswersInTheOrderOfTheRequests) {
  create_topic(peer, "t");
  FetchRequest poll = fetch_request("t", 0);
  poll.wait_ms_max = 500;
  const auto first = peer.send(4, poll);
  const auto second = peer.send(1, DescribeClusterRequest());
  peer.harness.tick();
  EXPECT_THAT(peer.take_correlations(), ElementsAre()) << "the second waits for the first";
  const std::string batch = batch_of({"v"});
  const auto third = peer.send(3, produce_request("t", batch));
  peer.harness.commit();
  EXPECT_THAT(peer.take_correlations(), ElementsAre(first, second, third));
}

TEST_F(KafkaDoorTest, StopsReadingAtItsBoundAndGoesOnAfterwards) {
  create_topic(peer, "t");
  FetchRequest poll = fetch_request("t", 0);
  poll.wait_ms_max = 500;
  poll.bytes_max = 1000;
  for (std::size_t i = 0; i < 2 * Pipeline::answers_max; ++i)
    peer.send(4, poll);
  EXPECT_FALSE(peer.harness.door->wants_bytes());
  for (int i = 0; i < 3; ++i)
    peer.harness.time(600);
  EXPECT_EQ(peer.take_answers().size(), 2 * Pipeline::answers_max);
  EXPECT_TRUE(peer.harness.door->wants_bytes());
}

TEST_F(KafkaDoorTest, HoldsNoMoreFetchedBytesThanItsBound) {
  create_topic(peer, "t");
  FetchRequest poll = fetch_request("t", 0);
  poll.wait_ms_max = 500;
  poll.bytes_max = INT32_MAX;
  for (int i = 0; i < 10; ++i)
    peer.send(4, poll);
  EXPECT_FALSE(peer.harness.door->wants_bytes());
}

TEST_F(KafkaDoorTest, ClosesAPeerThatSaysNothing) {
  KafkaPeer silent(rig);
  silent.harness.time(29'000);
  EXPECT_FALSE(silent.harness.closing());
  silent.harness.time(2'000);
  EXPECT_TRUE(silent.harness.closing());
}

TEST_F(KafkaDoorTest, ClosesAnIdlePeerButNotOneThatWaits) {
  peer.ask<ApiVersionsResponse>(0, ApiVersionsRequest());
  peer.harness.time(599'000);
  EXPECT_FALSE(peer.harness.closing());
  peer.harness.time(2'000);
  EXPECT_TRUE(peer.harness.closing());
}

TEST_F(KafkaDoorTest, FinishesWhatIsUnderWayAtACleanStop) {
  create_topic(peer, "t");
  const std::string batch = batch_of({"v"});
  peer.send(3, produce_request("t", batch));
  peer.harness.door->begin_drain();
  EXPECT_FALSE(peer.harness.door->wants_bytes());
  EXPECT_FALSE(peer.harness.closing());
  peer.harness.commit();
  EXPECT_EQ(peer.take_answers().size(), 1U);
  EXPECT_TRUE(peer.harness.closing());
}

TEST_F(KafkaDoorTest, DoesNotWaitForLongPollsAtACleanStop) {
  create_topic(peer, "t");
  FetchRequest poll = fetch_request("t", 0);
  poll.wait_ms_max = 30'000;
  peer.send(4, poll);
  peer.harness.tick();
  peer.harness.door->begin_drain();
  peer.harness.time(1'500);
  EXPECT_TRUE(peer.harness.closing());
}

TEST_F(KafkaDoorTest, SurvivesTheLossOfThePeerAtAnyMoment) {
  create_topic(peer, "t");
  const std::string batch = batch_of({"v"});
  for (std::int16_t acks = -1; acks <= 1; ++acks) {
    KafkaPeer other(rig);
    other.send(3, produce_request("t", batch, acks));
    other.send(4, fetch_request("t", 1000));
    other.harness.disconnect();
    rig.settle_all();
  }
  EXPECT_NE(stored_bytes(peer, "t", 0), "");
}

TEST_F(KafkaDoorTest, RefusesSaslByName) {
  SaslHandshakeRequest request;
  request.mechanism = "PLAIN";
  const auto answer = peer.ask<SaslHandshakeResponse>(1, request);
  EXPECT_EQ(answer.error, wire(Code::unsupported_sasl_mechanism));
  EXPECT_TRUE(answer.mechanisms.empty());
}

}  // namespace
}  // namespace rialto::kafka
