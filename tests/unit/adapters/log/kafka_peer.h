#pragma once

#include "adapters/log/kafka_door.h"
#include "adapters/log/wire/frame.h"
#include "adapters/log/wire/messages.h"
#include "core/base/crc32c.h"
#include "core/model/codecs.h"
#include "core/model/record_batch.h"
#include "tests/support/door_harness.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rialto::kafka {

inline PeerInfo kafka_peer() {
  PeerInfo peer = test::DoorHarness::local_peer();
  peer.local_address = "localhost.example";
  peer.local_port = 9093;
  return peer;
}

/// A Kafka client that speaks through the door's own codec, on a broker whose disk obeys.
class KafkaPeer {
 public:
  explicit KafkaPeer(test::BrokerRig& rig, PeerInfo peer = kafka_peer())
      : harness(rig, make_door(), std::move(peer)) {}

  static test::DoorHarness::MakeDoor make_door() {
    return [](BrokerPort& port, OutQueue& out, const PeerInfo& peer, Instant now) {
      KafkaSettings settings;
      settings.cluster_id = "test-cluster";
      return make_kafka_door(port, out, peer, settings, now);
    };
  }

  /// Only sends; the correlation id.
  template <class Request>
  std::int32_t send(std::int16_t version, const Request& request) {
    const RequestHeader header{Request::spec.key, version, ++correlation_, "peer"};
    harness.feed(encode_request(header, request));
    return correlation_;
  }

  /// Sends, makes everything durable and decodes the one answer.
  template <class Response, class Request>
  Response ask(std::int16_t version, const Request& request) {
    const std::int32_t correlation = send(version, request);
    harness.commit();
    const std::vector<std::string> answers = take_answers();
    EXPECT_EQ(answers.size(), 1U);
    return answers.empty() ? Response()
                           : read<Response>(Request::spec, version, answers[0], correlation);
  }

  template <class Response>
  static Response read(const ApiSpec& spec, std::int16_t version, const std::string& frame,
                       std::int32_t correlation) {
    const std::size_t tags = spec.flexible(version) && spec.key != ApiKey::api_versions ? 1 : 0;
    EXPECT_EQ(load_be<std::int32_t>(frame.data()), correlation);
    FieldReader reader(Bytes(frame).substr(4 + tags), version, spec.flexible(version));
    Response response;
    reader.field(response);
    EXPECT_FALSE(reader.failed());
    EXPECT_EQ(reader.rest(), "");
    return response;
  }

  /// Whole frames that were sent since the last call, without their sizes.
  std::vector<std::string> take_answers() {
    received_ += harness.sent();
    std::vector<std::string> frames;
    while (received_.size() >= 4) {
      const auto size = static_cast<std::size_t>(load_be<std::int32_t>(received_.data()));
      if (received_.size() < 4 + size) break;
      frames.push_back(received_.substr(4, size));
      received_.erase(0, 4 + size);
    }
    return frames;
  }

  std::vector<std::int32_t> take_correlations() {
    std::vector<std::int32_t> ids;
    for (const std::string& frame : take_answers())
      ids.push_back(load_be<std::int32_t>(frame.data()));
    return ids;
  }

  test::DoorHarness harness;

 private:
  std::int32_t correlation_ = 0;
  std::string received_;
};

/// A batch of records with these values, uncompressed, at 1000 ms and later.
inline std::string batch_of(const std::vector<std::string>& values, std::int64_t at_ms = 1000) {
  BatchBuilder builder;
  builder.begin(at_ms);
  for (const std::string& value : values) {
    const Bytes body = value;
    RecordParts record;
    record.key = Bytes("key");
    record.body = {&body, 1};
    builder.add(record);
  }
  return std::string(builder.seal().bytes());
}

inline void seal_crc(std::string& batch) {
  store_be(batch.data() + 8, static_cast<std::int32_t>(batch.size() - 12));
  store_be(batch.data() + 17, crc32c(Bytes(batch).substr(batch_crc_from)));
}

inline std::string with_attributes(std::string batch, std::int16_t attributes) {
  store_be(batch.data() + 21, attributes);
  seal_crc(batch);
  return batch;
}

inline std::string with_producer(std::string batch, std::int64_t id, std::int16_t epoch,
                                 std::int32_t sequence) {
  store_be(batch.data() + 43, id);
  store_be(batch.data() + 51, epoch);
  store_be(batch.data() + 53, sequence);
  seal_crc(batch);
  return batch;
}

inline std::string compressed_with(const std::string& batch, Codec codec) {
  std::string out = batch.substr(0, batch_header_bytes);
  out += compress(codec, Bytes(batch).substr(batch_header_bytes)).value();
  return with_attributes(std::move(out), static_cast<std::int16_t>(codec));
}

/// Views into `batch`, which has to outlive the request.
inline ProduceRequest produce_request(const std::string& topic, const std::string& batch,
                                      std::int16_t acks = -1) {
  ProduceRequest request;
  request.acks = acks;
  request.topics.push_back({topic, {{0, {Bytes(batch)}}}});
  return request;
}

inline FetchRequest fetch_request(const std::string& topic, std::int64_t from) {
  FetchRequest request;
  request.topics.emplace_back().name = topic;
  FetchPartition& partition = request.topics[0].partitions.emplace_back();
  partition.fetch_offset = from;
  partition.bytes_max = 1 << 20;
  request.bytes_min = 1;
  return request;
}

inline void create_topic(KafkaPeer& peer, const std::string& name, std::int32_t partitions = 1) {
  CreateTopicsRequest request;
  request.topics.push_back({name, partitions, 1, {}, {}});
  const auto response = peer.ask<CreateTopicsResponse>(4, request);
  ASSERT_EQ(response.topics.at(0).error, 0) << response.topics[0].error_message.value_or("");
}

/// What is stored and visible from there on, heads stamped, in one string.
inline std::string stored_bytes(KafkaPeer& peer, const std::string& topic, std::int64_t from) {
  const auto response = peer.ask<FetchResponse>(4, fetch_request(topic, from));
  const auto& partition = response.topics.at(0).partitions.at(0);
  EXPECT_EQ(partition.error, 0);
  std::string all;
  for (const StampedBatch& batch : partition.records.batches)
    all.append(batch.stored.bytes());
  return all;
}

}  // namespace rialto::kafka
