#include "core/model/topic_config.h"

#include <gtest/gtest.h>

namespace rialto {
namespace {

std::string refusal(std::string name, std::string value) {
  const auto checked = check_topic_config({std::move(name), std::move(value)});
  return checked ? "" : checked.error().text;
}

TEST(TopicConfig, RefuseUnknownOnesByName) {
  EXPECT_NE(refusal("retention.milliseconds", "1").find("retention.milliseconds"),
            std::string::npos);
}

TEST(TopicConfig, RefuseValuesThatAreNotOfTheirType) {
  EXPECT_NE(refusal("retention.ms", "soon"), "");
  EXPECT_NE(refusal("retention.ms", "1 "), "");
  EXPECT_NE(refusal("preallocate", "yes"), "");
  EXPECT_NE(refusal("max.message.bytes", "99999999999"), "");
  EXPECT_EQ(refusal("retention.ms", "-1"), "");
}

TEST(TopicConfig, RefuseWhatWouldBeAcceptedAndIgnored) {
  EXPECT_NE(refusal("compression.type", "gzip"), "");
  EXPECT_NE(refusal("min.insync.replicas", "2"), "");
  EXPECT_NE(refusal("message.timestamp.type", "LogAppendTime"), "");
  EXPECT_EQ(refusal("compression.type", "producer"), "");
}

TEST(TopicConfig, HaveDefaultsThatTheyWouldAccept) {
  for (const TopicConfigRule& known : topic_config_rules()) {
    EXPECT_EQ(refusal(std::string(known.name), std::string(known.value_default)), "") << known.name;
  }
}

}  // namespace
}  // namespace rialto
