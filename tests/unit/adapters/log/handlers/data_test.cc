// Produce, Fetch, ListOffsets, InitProducerId, OffsetForLeaderEpoch.
#include "adapters/log/errors.h"
#include "tests/unit/adapters/log/kafka_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::kafka {
namespace {

class DataTest : public testing::Test {
 protected:
  void SetUp() override { create_topic(peer, "t"); }

  ProducePartitionAnswer produce(const std::string& batch, std::int16_t version = 8) {
    const auto response = peer.ask<ProduceResponse>(version, produce_request("t", batch));
    return response.topics.at(0).partitions.at(0);
  }

  ListOffsetsPartitionAnswer list(std::int64_t timestamp_ms, std::int16_t version = 7) {
    ListOffsetsRequest request;
    request.topics.push_back({"t", {{0, -1, timestamp_ms}}});
    const auto response = peer.ask<ListOffsetsResponse>(version, request);
    return response.topics.at(0).partitions.at(0);
  }

  test::BrokerRig rig;
  KafkaPeer peer{rig};
};

TEST_F(DataTest, GivesBackEveryCodecByteForByte) {
  std::int64_t offset = 0;
  for (const Codec codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    const std::string batch =
        compressed_with(batch_of({"first", "second", std::string(6000, 'x')}), codec);
    const auto answer = produce(batch);
    EXPECT_EQ(answer.error, 0) << answer.error_message.value_or("");
    EXPECT_EQ(answer.base_offset, offset);
    const std::string stored = stored_bytes(peer, "t", offset);
    EXPECT_EQ(load_be<std::int64_t>(stored.data()), offset);
    EXPECT_EQ(stored.substr(8, 4), batch.substr(8, 4));
    EXPECT_EQ(stored.substr(16), batch.substr(16)) << "codec " << static_cast<int>(codec);
    offset += 3;
  }
}

TEST_F(DataTest, ProducesAndFetchesInEveryVersion) {
  const std::string batch = batch_of({"v"});
  for (std::int16_t version = 3; version <= 9; ++version) {
    EXPECT_EQ(produce(batch, version).error, 0) << version;
  }
  for (std::int16_t version = 4; version <= 12; ++version) {
    const auto response = peer.ask<FetchResponse>(version, fetch_request("t", 0));
    const auto& partition = response.topics.at(0).partitions.at(0);
    EXPECT_EQ(partition.error, 0);
    EXPECT_EQ(partition.high_watermark, 7);
    EXPECT_EQ(partition.records.batches.at(0).stored.size(), 7 * batch.size());
    EXPECT_EQ(response.session_id, 0) << "sessions are declined";
  }
}

TEST_F(DataTest, AnswersNothingBeforeItIsDurable) {
  const std::string batch = batch_of({"v"});
  peer.send(7, produce_request("t", batch, -1));
  peer.harness.tick();
  EXPECT_EQ(peer.take_answers().size(), 0U);
  peer.send(7, produce_request("t", batch, 1));
  peer.harness.tick();
  EXPECT_EQ(peer.take_answers().size(), 0U) << "acks = 1 waits behind acks = all";
  peer.harness.commit();
  EXPECT_EQ(peer.take_answers().size(), 2U);
}

TEST_F(DataTest, StaysSilentWithAcksZeroUnlessItHasToClose) {
  std::string batch = batch_of({"v"});
  peer.send(7, produce_request("t", batch, 0));
  peer.harness.commit();
  EXPECT_EQ(peer.take_answers().size(), 0U);
  EXPECT_FALSE(peer.harness.closing());
  EXPECT_NE(stored_bytes(peer, "t", 0), "");
  batch.back() = static_cast<char>(batch.back() ^ 1);
  peer.send(7, produce_request("t", batch, 0));
  EXPECT_TRUE(peer.harness.closing());
}

TEST_F(DataTest, ClosesWhenAnUnansweredPartHasNoTopic) {
  const std::string batch = batch_of({"v"});
  peer.send(7, produce_request("nowhere", batch, 0));
  peer.harness.commit();
  EXPECT_TRUE(peer.harness.closing());
}

TEST_F(DataTest, RefusesWhatIsNotOneGoodBatch) {
  std::string torn = batch_of({"v"});
  torn.back() = static_cast<char>(torn.back() ^ 1);
  EXPECT_EQ(produce(torn).error, wire(Code::corrupt_message));
  EXPECT_NE(produce(batch_of({"v"}) + batch_of({"w"})).error, 0);
  EXPECT_NE(produce("").error, 0);
  EXPECT_NE(produce("short").error, 0);
  EXPECT_NE(produce(with_attributes(batch_of({"v"}), 32)).error, 0) << "control";
  EXPECT_EQ(produce(with_attributes(batch_of({"v"}), 7)).error,
            wire(Code::unsupported_compression));
  EXPECT_EQ(list(-1).offset, 0) << "nothing was stored";
}

TEST_F(DataTest, PutsTheGreatestTimeOfABatchRightAndFindsItByThat) {
  std::string batch = batch_of({"v"}, 5000);
  store_be(batch.data() + 35, std::int64_t{-1});
  seal_crc(batch);
  EXPECT_EQ(produce(batch).error, 0);
  EXPECT_EQ(decode_batch_header(stored_bytes(peer, "t", 0))->max_timestamp, 5000);
  EXPECT_EQ(list(4000).offset, 0);
}

TEST_F(DataTest, RefusesTheTimeOfAppendFromAProducer) {
  EXPECT_EQ(produce(with_attributes(batch_of({"v"}), 8)).error, wire(Code::invalid_timestamp));
}

TEST_F(DataTest, RefusesACompressedValueThatNoOtherDoorCouldCarry) {
  std::string large = std::string((16U << 20) + 1, 'v');
  for (std::size_t i = 0; i < 400'000; ++i)  // or it would be refused as a bomb
    large[i] = static_cast<char>((i * i * 2654435761U) >> 13);
  const auto answer = produce(compressed_with(batch_of({large}), Codec::gzip));
  EXPECT_EQ(answer.error, wire(Code::message_too_large));
  EXPECT_THAT(answer.error_message.value_or(""), testing::HasSubstr("16777217"));
}

TEST_F(DataTest, RefusesTransactionsByName) {
  const auto answer = produce(with_attributes(batch_of({"v"}), 16));
  EXPECT_EQ(answer.error, wire(Code::transactional_id_authorization_failed));
  EXPECT_THAT(answer.error_message.value_or(""), testing::HasSubstr("transaction"));
  const std::string batch = batch_of({"v"});
  ProduceRequest request = produce_request("t", batch);
  request.transactional_id = "tx";
  const auto response = peer.ask<ProduceResponse>(8, request);
  EXPECT_EQ(response.topics[0].partitions[0].error,
            wire(Code::transactional_id_authorization_failed));
  InitProducerIdRequest init;
  init.transactional_id = "tx";
  EXPECT_EQ(peer.ask<InitProducerIdResponse>(4, init).error,
            wire(Code::transactional_id_authorization_failed));
}

TEST_F(DataTest, RefusesOldVersionsAndStrangeAcks) {
  const std::string batch = batch_of({"v"});
  EXPECT_EQ(produce(batch, 2).error, wire(Code::unsupported_version));
  const auto response = peer.ask<ProduceResponse>(7, produce_request("t", batch, 2));
  EXPECT_EQ(response.topics[0].partitions[0].error, wire(Code::invalid_required_acks));
}

TEST_F(DataTest, KeepsPartsIndependentOfEachOther) {
  const std::string batch = batch_of({"v"});
  ProduceRequest request = produce_request("t", batch);
  request.topics[0].partitions.push_back({5, {Bytes(batch)}});
  request.topics.push_back({"nowhere", {{0, {Bytes(batch)}}}});
  request.topics.push_back({"t", {{0, {Bytes("bad")}}}});
  const auto response = peer.ask<ProduceResponse>(7, request);
  EXPECT_EQ(response.topics[0].partitions[0].error, 0);
  EXPECT_EQ(response.topics[0].partitions[1].error, wire(Code::unknown_topic_or_partition));
  EXPECT_EQ(response.topics[1].partitions[0].error, wire(Code::unknown_topic_or_partition));
  EXPECT_EQ(response.topics[2].partitions[0].error, wire(Code::corrupt_message));
}

TEST_F(DataTest, NeverStoresARepeatedBatchTwice) {
  const auto given = peer.ask<InitProducerIdResponse>(1, InitProducerIdRequest());
  EXPECT_EQ(given.error, 0);
  EXPECT_GE(given.producer_id, 0);
  const auto sequenced = [&](std::int32_t sequence) {
    return with_producer(batch_of({"a", "b"}), given.producer_id, given.producer_epoch, sequence);
  };
  EXPECT_EQ(produce(sequenced(0)).base_offset, 0);
  EXPECT_EQ(produce(sequenced(2)).base_offset, 2);
  EXPECT_EQ(produce(sequenced(0)).base_offset, 0);
  EXPECT_EQ(produce(sequenced(2)).base_offset, 2);
  EXPECT_EQ(list(-1).offset, 4);
  EXPECT_EQ(produce(sequenced(100)).error, wire(Code::out_of_order_sequence));
}

TEST_F(DataTest, HandsOutADifferentProducerIdEachTime) {
  const auto a = peer.ask<InitProducerIdResponse>(0, InitProducerIdRequest());
  const auto b = peer.ask<InitProducerIdResponse>(4, InitProducerIdRequest());
  EXPECT_NE(a.producer_id, b.producer_id);
}

TEST_F(DataTest, WaitsForBytesAsLongAsTheClientAllows) {
  FetchRequest poll = fetch_request("t", 0);
  poll.wait_ms_max = 400;
  peer.send(11, poll);
  peer.harness.time(300);
  EXPECT_EQ(peer.take_answers().size(), 0U);
  peer.harness.time(200);
  ASSERT_EQ(peer.take_answers().size(), 1U);
}

TEST_F(DataTest, TellsOffsetsThatAreOutOfRangeWithTheMarks) {
  const std::string batch = batch_of({"a", "b"});
  produce(batch);
  const auto response = peer.ask<FetchResponse>(11, fetch_request("t", 9));
  const auto& partition = response.topics.at(0).partitions.at(0);
  EXPECT_EQ(partition.error, wire(Code::offset_out_of_range));
  EXPECT_EQ(partition.high_watermark, 2);
  EXPECT_EQ(partition.log_start_offset, 0);
}

TEST_F(DataTest, TellsReadersOfCommittedDataThatNothingWasAborted) {
  FetchRequest request = fetch_request("t", 0);
  request.isolation_level = 1;
  const auto committed = peer.ask<FetchResponse>(11, request);
  EXPECT_TRUE(committed.topics[0].partitions[0].aborted.has_value());
  const auto any = peer.ask<FetchResponse>(11, fetch_request("t", 0));
  EXPECT_FALSE(any.topics[0].partitions[0].aborted.has_value());
}

TEST_F(DataTest, DoesNotKnowSessionsItNeverGave) {
  FetchRequest request = fetch_request("t", 0);
  request.session_id = 12;
  request.session_epoch = 3;
  const auto response = peer.ask<FetchResponse>(11, request);
  EXPECT_EQ(response.error, wire(Code::fetch_session_id_not_found));
}

TEST_F(DataTest, ListsOffsetsByPlaceAndTime) {
  produce(batch_of({"a", "b"}, 1000));
  produce(batch_of({"c"}, 3000));
  produce(batch_of({"d"}, 2000));
  EXPECT_EQ(list(-2).offset, 0);
  EXPECT_EQ(list(-1).offset, 4);
  EXPECT_EQ(list(-3).offset, 2);
  EXPECT_EQ(list(-3).timestamp_ms, 3000);
  EXPECT_EQ(list(1001).offset, 2);
  EXPECT_EQ(list(0).offset, 0);
  EXPECT_EQ(list(3001).offset, -1);
  EXPECT_EQ(list(3001).timestamp_ms, -1);
  for (std::int16_t version = 1; version <= 7; ++version)
    EXPECT_EQ(list(-1, version).offset, 4);
  EXPECT_EQ(list(-3, 6).error, wire(Code::unsupported_version)) << "asked before it existed";
  EXPECT_EQ(list(-4).error, wire(Code::unsupported_version));
}

TEST_F(DataTest, ListsOffsetsOnlyOfPartitionsThatAreThere) {
  ListOffsetsRequest request;
  request.topics.push_back({"t", {{3, -1, -1}}});
  request.topics.push_back({"nowhere", {{0, -1, -1}}});
  const auto response = peer.ask<ListOffsetsResponse>(1, request);
  EXPECT_EQ(response.topics[0].partitions[0].error, wire(Code::unknown_topic_or_partition));
  EXPECT_EQ(response.topics[1].partitions[0].error, wire(Code::unknown_topic_or_partition));
}

TEST_F(DataTest, EndsEveryEpochAtTheHighWatermark) {
  produce(batch_of({"a", "b"}));
  OffsetForLeaderEpochRequest request;
  request.topics.push_back({"t", {{0, -1, 1}, {0, -1, 1000}, {7, -1, 1}}});
  for (std::int16_t version = 2; version <= 4; ++version) {
    const auto response = peer.ask<OffsetForLeaderEpochResponse>(version, request);
    const auto& partitions = response.topics.at(0).partitions;
    EXPECT_EQ(partitions[0].error, 0);
    EXPECT_EQ(partitions[0].leader_epoch, 1);
    EXPECT_EQ(partitions[0].end_offset, 2);
    EXPECT_EQ(partitions[1].end_offset, -1) << "that epoch has not begun";
    EXPECT_EQ(partitions[2].error, wire(Code::unknown_topic_or_partition));
  }
}

}  // namespace
}  // namespace rialto::kafka
