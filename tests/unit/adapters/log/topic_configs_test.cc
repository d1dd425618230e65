#include "adapters/log/topic_configs.h"

#include <gtest/gtest.h>

namespace rialto::kafka {
namespace {

std::string refusal(std::string name, std::string value) {
  const auto checked = check_topic_configs({{std::move(name), std::move(value)}});
  return checked ? "" : checked.error().text;
}

TEST(TopicConfigs, RefuseUnknownOnesByName) {
  EXPECT_NE(refusal("retention.milliseconds", "1").find("retention.milliseconds"),
            std::string::npos);
}

TEST(TopicConfigs, RefuseValuesThatAreNotOfTheirType) {
  EXPECT_NE(refusal("retention.ms", "soon"), "");
  EXPECT_NE(refusal("retention.ms", "1 "), "");
  EXPECT_NE(refusal("preallocate", "yes"), "");
  EXPECT_NE(refusal("max.message.bytes", "99999999999"), "");
  EXPECT_EQ(refusal("retention.ms", "-1"), "");
}

TEST(TopicConfigs, RefuseWhatWouldBeAcceptedAndIgnored) {
  EXPECT_NE(refusal("compression.type", "gzip"), "");
  EXPECT_NE(refusal("min.insync.replicas", "2"), "");
  EXPECT_NE(refusal("message.timestamp.type", "LogAppendTime"), "");
  EXPECT_EQ(refusal("compression.type", "producer"), "");
}

TEST(TopicConfigs, LeaveOurOwnNamesToTheBroker) {
  EXPECT_EQ(refusal("rialto.exchange", "orders"), "");
}

TEST(TopicConfigs, HaveDefaultsThatTheyWouldAccept) {
  for (const KnownConfig& known : topic_configs()) {
    EXPECT_EQ(refusal(std::string(known.name), std::string(known.value)), "") << known.name;
  }
}

}  // namespace
}  // namespace rialto::kafka
