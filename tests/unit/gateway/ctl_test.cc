// rialto ctl: rabbitmqctl's verbs.
#include "gateway/cli/ctl.h"

#include "gateway/cli/command_line.h"
#include "tests/unit/gateway/captured.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto {
namespace {

using testing::HasSubstr;

using Ran = Captured;

Ran ctl(const std::vector<std::string>& arguments) {
  return captured([&] { return run_ctl(arguments); });
}

boost::json::array two_queues() {
  return boost::json::parse(R"([{"name":"a\tb","messages":3,"arguments":{"x-max-length":5}},)"
                            R"({"name":"c","messages":0,"arguments":{},"consumers":1}])")
      .as_array();
}

std::string listed(const std::vector<std::string>& arguments) {
  const auto asked = read_ctl_arguments(arguments).value();
  return ctl_list(asked.verb, two_queues(), asked).value();
}

TEST(Ctl, ListsRowsWithTabsBetweenTheirCells) {
  EXPECT_EQ(listed({"list_queues"}), "name\tmessages\na b\t3\nc\t0\n");
  EXPECT_EQ(listed({"list_queues", "-s", "messages", "consumers"}), "3\t\n0\t1\n");
  EXPECT_EQ(listed({"list_queues", "--no-table-headers", "arguments"}),
            "[{\"x-max-length\",5}]\n[]\n");
}

TEST(Ctl, ListsJsonForProgramsThatRead) {
  EXPECT_EQ(listed({"--formatter", "json", "list_queues", "name", "consumers"}),
            "[{\"name\":\"a\\tb\",\"consumers\":null},{\"name\":\"c\",\"consumers\":1}]\n");
  EXPECT_EQ(listed({"list_queues", "--formatter=json", "name"}),
            "[{\"name\":\"a\\tb\"},{\"name\":\"c\"}]\n");
}

TEST(Ctl, TakesOptionsBeforeAndBehindTheVerb) {
  const auto asked = read_ctl_arguments({"-n", "rabbit@here", "-q", "purge_queue", "q", "-p", "v",
                                         "--url", "http://127.0.0.1:1/", "-t", "5"})
                         .value();
  EXPECT_EQ(asked.verb, "purge_queue");
  EXPECT_EQ(asked.words, std::vector<std::string>{"q"});
  EXPECT_EQ(asked.vhost, "v");
  EXPECT_EQ(asked.to, (ListenAddress{"127.0.0.1", 1}));
  EXPECT_EQ(asked.timeout_s, 5);
  EXPECT_TRUE(asked.quiet);
}

TEST(Ctl, NamesTheNearestVerbAndColumn) {
  EXPECT_THAT(ctl({"list_queue"}).errors, HasSubstr("did you mean 'list_queues'?"));
  EXPECT_EQ(ctl({"list_queue"}).code, ExitCode::usage);
  EXPECT_THAT(ctl({"list_queues", "mesages"}).errors, HasSubstr("did you mean 'messages'?"));
  EXPECT_EQ(ctl({"list_queues", "mesages"}).code, ExitCode::usage);
  EXPECT_THAT(ctl({"zzzzzzzzzz"}).errors, HasSubstr("'rialto ctl help' lists them"));
}

TEST(Ctl, RefusesByNameWhatItDoesNotHave) {
  const Ran ran = ctl({"eval", "a"});
  EXPECT_EQ(ran.code, ExitCode::usage);
  EXPECT_THAT(ran.errors, HasSubstr("'eval' is not supported by Rialto yet"));
  EXPECT_THAT(ctl({"list_queues", "--online"}).errors, HasSubstr("unknown option '--online'"));
  EXPECT_THAT(ctl({"list_queues", "--formatter", "erlang"}).errors, HasSubstr("'erlang'"));
  EXPECT_THAT(ctl({"list_queues", "-p"}).errors, HasSubstr("-p needs a value"));
  EXPECT_THAT(ctl({"list_queues", "-t", "soon"}).errors, HasSubstr("--timeout"));
  EXPECT_THAT(ctl({"purge_queue"}).errors, HasSubstr("usage: purge_queue QUEUE"));
}

TEST(Ctl, HelpsWithAListOfItsVerbs) {
  const Ran ran = ctl({"help"});
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_THAT(ran.out, HasSubstr("list_queues [COLUMN ...]"));
  EXPECT_EQ(ctl({}).code, ExitCode::usage);
}

TEST(Ctl, IsTheWholeProgramUnderRabbitmqctlsName) {
  EXPECT_TRUE(called_as_rabbitmqctl("/usr/local/bin/rabbitmqctl"));
  EXPECT_TRUE(called_as_rabbitmqctl("rabbitmqctl"));
  EXPECT_FALSE(called_as_rabbitmqctl("/opt/rabbitmqctl/rialto"));
  const char* words[] = {"/usr/bin/rabbitmqctl", "list_quues"};
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_command_line(2, words), ExitCode::usage);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("did you mean 'list_queues'?"));
  const char* below[] = {"rialto", "ctl", "-q", "list_quues"};
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_command_line(4, below), ExitCode::usage);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("did you mean 'list_queues'?"));
}

}  // namespace
}  // namespace rialto
