#include "gateway/config.h"

#include "gateway/config_keys.h"
#include "gateway/config_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

namespace rialto {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LoadedConfig from_file(std::string text) {
  return load_config({.files = {{"rialto.yaml", std::move(text)}}});
}

std::vector<std::string> told(const LoadedConfig& loaded) {
  std::vector<std::string> lines;
  for (const auto& e : loaded.errors)
    lines.push_back(e.where + ": " + e.what);
  return lines;
}

TEST(Config, HasTheFixedDefaults) {
  const auto loaded = load_config({});
  EXPECT_THAT(loaded.errors, IsEmpty());
  const Config& c = loaded.config;
  EXPECT_EQ(c.amqp.listen.text(), "127.0.0.1:5672");
  EXPECT_EQ(c.kafka.listen.text(), "127.0.0.1:9092");
  EXPECT_EQ(c.http.listen.text(), "127.0.0.1:15672");
  EXPECT_EQ(c.metrics.listen.text(), "127.0.0.1:15692");
  EXPECT_EQ(c.storage.slot_bytes, 64 << 20);
  EXPECT_EQ(c.storage.fsync, Fsync::always);
  EXPECT_EQ(c.topics.retention_ms, 7 * 86'400'000LL);
  EXPECT_EQ(c.kafka.default_partitions, 1);
  EXPECT_TRUE(c.kafka.auto_create_topics);
  EXPECT_EQ(c.log.level, LogLevel::info);
}

TEST(Config, TheFlagWinsOverTheEnvironmentOverTheFileOverTheDefault) {
  ConfigSources sources;
  sources.files = {{"rialto.yaml",
                    "amqp: {listen: 127.0.0.1:1}\nkafka: {listen: 127.0.0.1:1}\n"
                    "http: {listen: 127.0.0.1:2}\n"}};
  sources.environment = {{"RIALTO_AMQP__LISTEN", "127.0.0.1:3"},
                         {"RIALTO_KAFKA__LISTEN", "127.0.0.1:4"}};
  sources.sets = {"amqp.listen=127.0.0.1:5"};
  const auto loaded = load_config(sources);
  EXPECT_EQ(explain(loaded.errors), "");
  EXPECT_EQ(loaded.config.amqp.listen.port, 5);
  EXPECT_EQ(loaded.config.kafka.listen.port, 4);
  EXPECT_EQ(loaded.config.http.listen.port, 2);
  EXPECT_EQ(loaded.config.metrics.listen.port, 15692);
}

TEST(Config, RemembersWhereEachValueCameFrom) {
  const auto loaded = load_config({.files = {{"rialto.yaml", "kafka:\n  listen: 127.0.0.1:1\n"}},
                                   .environment = {{"RIALTO_LOG__LEVEL", "debug"}},
                                   .sets = {"amqp.listen=127.0.0.1:0"}});
  const auto origin = [&](std::string_view name) {
    return loaded.origins[static_cast<std::size_t>(find_config_key(name) - config_keys().data())];
  };
  EXPECT_EQ(origin("kafka.listen"), "rialto.yaml:2:11");
  EXPECT_EQ(origin("log.level"), "RIALTO_LOG__LEVEL");
  EXPECT_EQ(origin("amqp.listen"), "--set amqp.listen");
  EXPECT_EQ(origin("http.listen"), "default");
}

TEST(Config, ReportsAllErrorsAtOnceEachWithItsPlace) {
  ConfigSources sources;
  sources.files = {{"rialto.yaml",
                    "amqp:\n"
                    "  lsten: 127.0.0.1:5672\n"
                    "kafka:\n"
                    "  default_partitions: many\n"
                    "  auto_create_topics: [1]\n"
                    "storage:\n"
                    "  slot_bytes: 1KiB\n"}};
  sources.environment = {{"RIALTO_LOG__LEVEL", "loud"}, {"RIALTO_LOG__LEVLE", "info"}};
  sources.sets = {"server.shards=65", "http.listn=127.0.0.1:1", "nothing"};
  EXPECT_THAT(
      told(load_config(sources)),
      ElementsAre(
          "rialto.yaml:2:3: unknown key 'amqp.lsten'; did you mean amqp.listen?",
          "rialto.yaml:4:23: kafka.default_partitions expects a whole number, not 'many'",
          "rialto.yaml:5:23: kafka.auto_create_topics needs one value",
          "rialto.yaml:7:15: storage.slot_bytes is out of range: 1MiB to 1GiB",
          "RIALTO_LOG__LEVEL: log.level expects one of trace|debug|info|warn|error, not 'loud'",
          "RIALTO_LOG__LEVLE: unknown key 'RIALTO_LOG__LEVLE'; did you mean RIALTO_LOG__LEVEL?",
          "--set server.shards: server.shards is out of range: 0 to 64",
          "--set http.listn: unknown key 'http.listn'; did you mean http.listen?",
          "--set nothing: expects key=value, such as --set amqp.listen=127.0.0.1:5672"));
}

TEST(Config, WhatIsWrongLeavesTheLayerBelowInForce) {
  const auto loaded =
      load_config({.files = {{"f", "server: {shards: 2}\n"}}, .sets = {"server.shards=two"}});
  EXPECT_EQ(loaded.errors.size(), 1U);
  EXPECT_EQ(loaded.config.server.shards, 2);
}

TEST(Config, AnAddressThatOthersCanReachIsRefusedWithTheReason) {
  for (const char* address :
       {"0.0.0.0:5672", "192.168.1.4:5672", "[::]:5672", "example.org:5672"}) {
    const auto loaded = load_config({.sets = {std::string("amqp.listen=") + address}});
    ASSERT_EQ(loaded.errors.size(), 1U) << address;
    EXPECT_THAT(loaded.errors[0].what, HasSubstr("until it can be locked"));
    EXPECT_THAT(loaded.errors[0].what, HasSubstr("use 127.0.0.1:5672"));
  }
}

TEST(Config, EveryLoopbackAddressIsAccepted) {
  for (const char* address : {"127.0.0.1:0", "127.8.9.10:99", "[::1]:5672", "localhost:65535"}) {
    const auto loaded = load_config({.sets = {std::string("amqp.listen=") + address}});
    EXPECT_EQ(explain(loaded.errors), "") << address;
    EXPECT_EQ(loaded.config.amqp.listen.text(), address);
  }
}

TEST(Config, AnAddressNeedsAHostAndAPort) {
  for (const char* address : {"", "127.0.0.1", "127.0.0.1:", ":5672", "127.0.0.1:65536", "::1:1",
                              "127.0.0.1:-1", "127.0.0.1: 1", "127.0.0.1:1x", "[]:1"}) {
    EXPECT_FALSE(parse_listen(address)) << address;
  }
}

TEST(Config, TwoDoorsCannotShareAPort) {
  EXPECT_THAT(told(load_config({.sets = {"kafka.listen=127.0.0.1:5672"}})),
              ElementsAre("--set kafka.listen: amqp.listen and kafka.listen are both "
                          "127.0.0.1:5672: each door needs a port of its own"));
  EXPECT_THAT(load_config({.sets = {"kafka.listen=127.0.0.1:0", "amqp.listen=127.0.0.1:0"}}).errors,
              IsEmpty());
}

TEST(Config, SizesAndTimesMayCarryUnits) {
  EXPECT_EQ(parse_size("64MiB").value(), 64 << 20);
  EXPECT_EQ(parse_size("8 GiB").value(), 8LL << 30);
  EXPECT_EQ(parse_size("1MB").value(), 1'000'000);
  EXPECT_EQ(parse_size("17").value(), 17);
  EXPECT_EQ(parse_duration("7d").value(), 604'800'000);
  EXPECT_EQ(parse_duration("250ms").value(), 250);
  EXPECT_EQ(parse_duration("forever").value(), -1);
  EXPECT_EQ(size_text(64 << 20), "64MiB");
  EXPECT_EQ(duration_text(604'800'000), "7d");
  EXPECT_EQ(duration_text(1500), "1500ms");
}

TEST(Config, SizesAndTimesThatAreNoneOrDoNotFitAreRefused) {
  for (const char* text : {"", "MiB", "64 miles", "1.5GiB", "9999999999TiB", "0x10", "1  MiB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
  for (const char* text : {"", "d", "7 days", "300000000000000d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Config, BrokenYamlIsReportedWithLineAndColumn) {
  const auto loaded = from_file("amqp:\n  listen: [1\n");
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_THAT(loaded.errors[0].where, HasSubstr("rialto.yaml:3:"));
  EXPECT_THAT(loaded.errors[0].what, HasSubstr("is not YAML"));
}

TEST(Config, AKeyGivenTwiceInAFileIsAnError) {
  EXPECT_THAT(told(from_file("server:\n  shards: 1\n  shards: 2\n")),
              ElementsAre("rialto.yaml:3:3: server.shards is given twice in this file"));
}

TEST(Config, ASectionMayBeEmptyAndAFileToo) {
  EXPECT_THAT(from_file("amqp:\n  # listen: 1\nlog:\n").errors, IsEmpty());
  EXPECT_THAT(from_file("").errors, IsEmpty());
  EXPECT_THAT(from_file("# nothing\n").errors, IsEmpty());
}

TEST(Config, DottedKeysAreTheSameKeys) {
  EXPECT_EQ(from_file("server.shards: 3\n").config.server.shards, 3);
}

TEST(Config, ASectionWithoutItsKeyIsPointedToIt) {
  EXPECT_THAT(told(from_file("shards: 3\n")),
              ElementsAre("rialto.yaml:1:1: unknown key 'shards'; did you mean server.shards?"));
  EXPECT_THAT(told(from_file("- 1\n")), ElementsAre(HasSubstr("expects sections such as 'amqp:'")));
}

TEST(Config, ANestedMapWhereAValueBelongsIsAnErrorNotARecursion) {
  EXPECT_EQ(from_file("a: &x\n  b: *x\n").errors.size(), 1U);
  EXPECT_EQ(from_file("amqp: {listen: {listen: {listen: 1}}}\n").errors.size(), 1U);
}

TEST(Config, ForeignEnvironmentIsLeftAloneAndASlipIsFound) {
  EXPECT_THAT(load_config({.environment = {{"RIALTO_BIN", "x"}, {"PATH", "y"}}}).errors, IsEmpty());
  EXPECT_THAT(told(load_config({.environment = {{"RIALTO_AMQP_LISTEN", "127.0.0.1:1"}}})),
              ElementsAre("RIALTO_AMQP_LISTEN: unknown key 'RIALTO_AMQP_LISTEN'; did you mean "
                          "RIALTO_AMQP__LISTEN?"));
}

TEST(Config, AFileThatCannotBeReadSaysWhy) {
  const auto missing = read_config_file("/nowhere/rialto.yaml");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().text, HasSubstr("/nowhere/rialto.yaml: cannot be read: No such"));
  EXPECT_FALSE(read_config_file("/"));
}

TEST(ConfigKeys, EveryKeyHasASectionAReasonAndAPlaceOfItsOwn) {
  std::set<void*> places;
  std::set<std::string_view> names;
  Config config;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_EQ(std::count(key.name.begin(), key.name.end(), '.'), 1) << key.name;
    EXPECT_GT(key.reason.size(), 40U) << key.name;
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    void* place = std::visit([](auto* p) { return static_cast<void*>(p); }, key.place(config));
    EXPECT_TRUE(places.insert(place).second) << key.name;
  }
}

TEST(ConfigKeys, TheFileInConfigIsTheTableInWriting) {
  std::ifstream file(RIALTO_SOURCE_DIR "/config/rialto.yaml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, config_reference()) << "write what config_reference() gives into the file";
}

TEST(ConfigKeys, TheFileInConfigSetsEveryKeyToItsDefault) {
  const auto loaded = from_file(config_reference());
  EXPECT_EQ(explain(loaded.errors), "");
  for (const std::string& origin : loaded.origins)
    EXPECT_NE(origin, "default");
}

}  // namespace
}  // namespace rialto
