#include "adapters/log/wire/messages.h"

#include "adapters/log/wire/frame.h"
#include "tests/unit/adapters/log/field_filler.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

namespace rialto::kafka {
namespace {

template <class Message>
Message filled(std::uint32_t seed, std::int16_t version) {
  Message message;
  FieldFiller(seed, version).field(message);
  return message;
}

/// Calls fn(spec, Message(), version, name) for every message of every version.
template <class F>
void for_each_message(F&& fn) {
  for_each_api([&](auto api) {
    using Which = decltype(api);
    for (std::int16_t v = Which::spec.min; v <= Which::spec.max; ++v) {
      const std::string name =
          std::to_string(static_cast<int>(Which::spec.key)) + " version " + std::to_string(v);
      fn(Which::spec, typename Which::Request(), v, "request " + name);
      fn(Which::spec, typename Which::Response(), v, "response " + name);
    }
  });
}

TEST(Messages, ReadWhatTheyWroteInEveryVersion) {
  for_each_message([](const ApiSpec& spec, auto kind, std::int16_t version, std::string name) {
    using Message = decltype(kind);
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
      const std::string bytes = encode(spec, version, filled<Message>(seed, version));
      Message read;
      ASSERT_TRUE(decode(bytes, spec, version, read)) << name;
      EXPECT_EQ(encode(spec, version, read), bytes) << name;
    }
  });
}

TEST(Messages, RefuseEveryInputThatEndsEarly) {
  for_each_message([](const ApiSpec& spec, auto kind, std::int16_t version, std::string name) {
    using Message = decltype(kind);
    const std::string bytes = encode(spec, version, filled<Message>(7, version));
    for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 64) {
      const std::string cut = bytes.substr(0, size);
      Message read;
      EXPECT_FALSE(decode(cut, spec, version, read)) << name << " cut at " << size;
    }
  });
}

TEST(Messages, SkipTagsTheyDoNotKnow) {
  DeleteGroupsRequest read;
  const std::string body = std::string("\x02\x02g", 3) + std::string("\x02\x05\x03xyz\x09\x00", 8);
  ASSERT_TRUE(decode(body, DeleteGroupsRequest::spec, 2, read));
  EXPECT_EQ(read.groups, std::vector<std::string>{"g"});
}

TEST(Messages, ReserveNothingForCountsThatCannotBe) {
  for_each_message([](const ApiSpec& spec, auto kind, std::int16_t version, std::string name) {
    using Message = decltype(kind);
    for (const char fill : {'\x7f', '\xff'}) {
      Message read;
      decode(std::string(400, fill), spec, version, read);
    }
    SUCCEED() << name;
  });
  DescribeGroupsRequest bomb;
  EXPECT_FALSE(decode(std::string("\x7f\xff\xff\xff", 4), DescribeGroupsRequest::spec, 0, bomb));
  EXPECT_EQ(bomb.groups.capacity(), 0U);
}

TEST(Messages, BoundTheMemoryOfManySmallElements) {
  const auto count = static_cast<std::int32_t>(4U << 20);
  std::string body;
  append_be(body, count);
  body.append(2 * static_cast<std::size_t>(count), '\0');  // as many empty names
  DescribeGroupsRequest read;
  EXPECT_FALSE(decode(body, DescribeGroupsRequest::spec, 0, read));
  EXPECT_LE(read.groups.size() * sizeof(std::string), FieldReader::elements_bytes_max);
}

TEST(Messages, WriteStampedHeadsInFrontOfStoredBatches) {
  std::string batch(5000, 'x');
  store_be(batch.data(), std::int64_t{0});
  store_be(batch.data() + 8, static_cast<std::int32_t>(batch.size() - 12));
  FetchResponse response;
  auto& part = response.topics.emplace_back().partitions.emplace_back();
  part.records.batches.push_back({Slice::copy_of(batch), Offset(77), 5});
  const std::string bytes = encode(FetchRequest::spec, 4, response);
  const Bytes stored = Bytes(bytes).substr(bytes.size() - batch.size());
  EXPECT_EQ(load_be<std::int64_t>(stored.data()), 77);
  EXPECT_EQ(load_be<std::int32_t>(stored.data() + 12), 5);
  EXPECT_EQ(stored.substr(8, 4), Bytes(batch).substr(8, 4));
  EXPECT_EQ(stored.substr(16), Bytes(batch).substr(16));
}

/// One line a message: "request|response <key> <version> <hex>", written by kafka-python 3 from
/// Kafka's own schemas, every field set.
TEST(Messages, AreTheBytesOfAnotherImplementation) {
  std::map<std::string, std::string> golden;
  std::ifstream file(RIALTO_SOURCE_DIR "/tests/unit/adapters/log/wire/golden.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string direction, key, version, hex;
    words >> direction >> key >> version >> hex;
    std::string& bytes = golden[direction + " " + key + " version " + version];
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
  }
  std::size_t compared = 0;
  for_each_message([&](const ApiSpec& spec, auto kind, std::int16_t version, std::string name) {
    const auto found = golden.find(name);
    ASSERT_NE(found, golden.end()) << name;
    decltype(kind) read;
    ASSERT_TRUE(decode(found->second, spec, version, read)) << name;
    EXPECT_EQ(encode(spec, version, read), found->second) << name;
    ++compared;
  });
  EXPECT_EQ(compared, golden.size());
}

}  // namespace
}  // namespace rialto::kafka
