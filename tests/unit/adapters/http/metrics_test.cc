#include "adapters/http/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace rialto::http {
namespace {

using ::testing::HasSubstr;

StatsSnapshot some_stats() {
  StatsSnapshot stats;
  auto& amqp =
      stats.flow[static_cast<std::size_t>(Model::queue)][static_cast<std::size_t>(Protocol::amqp)];
  amqp.received = 5;
  amqp.settled = 3;
  stats.flow[static_cast<std::size_t>(Model::topic)][static_cast<std::size_t>(Protocol::kafka)]
      .delivered_bytes = 77;
  stats.sessions[static_cast<std::size_t>(Protocol::http)] = 2;
  stats.backlog = {11, 12};
  stats.unreadable = 4;
  stats.blocked = 6;
  stats.commit_seconds.observe(0.00015);
  stats.commit_seconds.observe(100);
  return stats;
}

std::string scrape() {
  return metrics_text(some_stats(), {"1.2.3", "abc"}, {4096, 1.5, 9});
}

TEST(HttpMetrics, CountEachModelAndProtocolByTheSameNames) {
  const std::string text = scrape();
  EXPECT_THAT(
      text, HasSubstr("rialto_messages_received_total{model=\"queue\",protocol=\"amqp091\"} 5\n"));
  EXPECT_THAT(text,
              HasSubstr("rialto_messages_settled_total{model=\"queue\",protocol=\"amqp091\"} 3\n"));
  EXPECT_THAT(text,
              HasSubstr("rialto_delivered_bytes_total{model=\"topic\",protocol=\"kafka\"} 77\n"));
  EXPECT_THAT(text,
              HasSubstr("rialto_messages_received_total{model=\"topic\",protocol=\"http\"} 0"));
}

TEST(HttpMetrics, ShowTheStateOfTheBroker) {
  const std::string text = scrape();
  EXPECT_THAT(text, HasSubstr("rialto_backlog_messages{model=\"queue\"} 11\n"));
  EXPECT_THAT(text, HasSubstr("rialto_backlog_messages{model=\"topic\"} 12\n"));
  EXPECT_THAT(text, HasSubstr("rialto_messages_unreadable_total 4\n"));
  EXPECT_THAT(text, HasSubstr("rialto_blocked_dead_letters 6\n"));
  EXPECT_THAT(text, HasSubstr("rialto_connections{protocol=\"http\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("rialto_build_info{version=\"1.2.3\",revision=\"abc\",compiler="));
  EXPECT_THAT(text, HasSubstr("rialto_process_resident_memory_bytes 4096\n"));
  EXPECT_THAT(text, HasSubstr("rialto_process_cpu_seconds_total 1.5\n"));
}

TEST(HttpMetrics, TheHistogramIsCumulativeAndEndsAtInfinity) {
  const std::string text = scrape();
  EXPECT_THAT(text, HasSubstr("rialto_commit_seconds_bucket{le=\"0.0001\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("rialto_commit_seconds_bucket{le=\"0.0002\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("rialto_commit_seconds_bucket{le=\"2\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("rialto_commit_seconds_bucket{le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("rialto_commit_seconds_count 2\n"));
}

TEST(HttpMetrics, EveryFamilyIsExplainedOnceAndNoSeriesComesTwice) {
  std::set<std::string> series, helped;
  std::istringstream lines(scrape());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      EXPECT_TRUE(helped.insert(line.substr(7, line.find(' ', 7) - 7)).second) << line;
    } else if (!line.starts_with("#")) {
      EXPECT_TRUE(line.starts_with("rialto_")) << line;
      EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
  }
  EXPECT_EQ(helped.size(), 28U);
}

TEST(HttpMetrics, TheProcessIsSeenThroughItsOwnFiles) {
  const ProcessFigures now = ProcessFigures::now();
  EXPECT_GT(now.resident_bytes, 1U << 20);
  EXPECT_GE(now.cpu_seconds, 0);
  EXPECT_GT(now.open_fds, 2U);
}

}  // namespace
}  // namespace rialto::http
