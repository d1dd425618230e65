// rialto ctl: rabbitmqctl's verbs.
#include "gateway/cli/ctl.h"

#include "gateway/cli/command_line.h"
#include "gateway/cli/ctl_options.h"
#include "gateway/cli/ctl_verbs.h"
#include "tests/unit/gateway/captured.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <sstream>

namespace rialto {
namespace {

using testing::HasSubstr;

using Ran = Captured;

Ran ctl(const std::vector<std::string>& arguments) {
  return captured([&] { return run_ctl(arguments); });
}

/// Why the arguments are refused, by which no server was looked for.
std::string refusal(const std::vector<std::string>& arguments) {
  const auto asked = read_ctl_arguments(arguments);
  EXPECT_EQ(ctl(arguments).code, ExitCode::usage);
  return asked ? std::string() : asked.error().text;
}

/// A value that the option is content with.
std::string value_for(std::string_view option) {
  if (option == "--url") return "127.0.0.1:1";
  if (option == "--formatter") return "json";
  if (option == "--where") return "header=value";
  if (option == "--since" || option == "--until") return "1h";
  return "1";
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

TEST(Ctl, ListsCsvWithEachCellInQuotes) {
  EXPECT_EQ(listed({"list_queues", "--formatter", "csv", "name", "arguments"}),
            "\"name\",\"arguments\"\n\"a b\",\"[{\"\"x-max-length\"\",5}]\"\n\"c\",\"[]\"\n");
  EXPECT_EQ(listed({"list_queues", "-s", "--formatter", "csv", "messages"}),
            "\"messages\"\n\"3\"\n\"0\"\n")
      << "silence leaves the header of a table out";
  EXPECT_EQ(listed({"list_queues", "--no-table-headers", "--formatter", "csv", "messages"}),
            "\"3\"\n\"0\"\n");
}

TEST(Ctl, ListsPrettyTablesInFrames) {
  EXPECT_EQ(listed({"list_queues", "--formatter", "pretty_table", "name", "messages"}),
            "┌──────┬──────────┐\n"
            "│ name │ messages │\n"
            "├──────┼──────────┤\n"
            "│ a b  │ 3        │\n"
            "├──────┼──────────┤\n"
            "│ c    │ 0        │\n"
            "└──────┴──────────┘\n");
  const auto rows = boost::json::parse(R"([{"name":"\u00fc"}])").as_array();
  const auto asked = read_ctl_arguments(
      {"list_queues", "name", "--formatter", "pretty_table", "--no-table-headers"});
  EXPECT_EQ(ctl_list("list_queues", rows, *asked).value(), "┌───┐\n│ ü │\n└───┘\n");
  EXPECT_EQ(ctl_list("list_queues", {}, *asked).value(), "");
}

TEST(Ctl, ListsBindingsInTheColumnsAndOrderOfRabbitmqctl) {
  const auto rows = boost::json::parse(R"([{"source":"e","destination":"q","vhost":"/",)"
                                       R"("destination_type":"queue","routing_key":"k"}])");
  const auto asked = read_ctl_arguments({"list_bindings"}).value();
  EXPECT_EQ(ctl_list(asked.verb, rows.as_array(), asked).value(),
            "source_name\tsource_kind\tdestination_name\tdestination_kind\trouting_key\t"
            "arguments\ne\texchange\tq\tqueue\tk\t\n");
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
  EXPECT_THAT(ctl({"list_bindings", "--online"}).errors, HasSubstr("has no option --online"));
  EXPECT_THAT(ctl({"list_queues", "memory"}).errors,
              HasSubstr("the column 'memory' of list_queues is not supported by Rialto yet"));
  EXPECT_THAT(ctl({"status", "--formatter", "csv"}).errors, HasSubstr("status shows no rows"));
  EXPECT_THAT(ctl({"list_queues", "--formatter", "erlang"}).errors, HasSubstr("'erlang'"));
  EXPECT_THAT(ctl({"list_queues", "-p"}).errors, HasSubstr("-p needs a value"));
  EXPECT_THAT(ctl({"list_queues", "-t", "soon"}).errors, HasSubstr("--timeout"));
  EXPECT_THAT(ctl({"purge_queue"}).errors, HasSubstr("usage: purge_queue QUEUE"));
}

TEST(Ctl, HelpsWithAListOfItsVerbs) {
  const Ran ran = ctl({"help"});
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_THAT(ran.out, HasSubstr("list_queues [COLUMN ...]"));
  EXPECT_THAT(ran.out, HasSubstr("-p, --vhost VHOST"));
  EXPECT_EQ(ctl({}).code, ExitCode::usage);
  for (const auto& about : {std::vector<std::string>{"help", "purge_queue"},
                            std::vector<std::string>{"purge_queue", "q", "--help"}}) {
    EXPECT_EQ(ctl(about).out, "Usage: rialto ctl purge_queue QUEUE\n");
    EXPECT_EQ(ctl(about).code, ExitCode::ok);
  }
}

TEST(Ctl, RefusesAnOptionThatItsVerbDoesNotTake) {
  EXPECT_EQ(refusal({"purge_queue", "q", "--dry-run"}),
            "purge_queue has no option --dry-run; it takes: QUEUE");
  EXPECT_EQ(refusal({"delete_queue", "q", "--where", "a=b"}),
            "delete_queue has no option --where; it takes: QUEUE [--if-empty] [--if-unused]");
  EXPECT_EQ(refusal({"--max", "1", "ping"}), "ping has no option --max; it takes: nothing");
  EXPECT_THAT(refusal({"redrive", "dlq", "--since", "1h"}), HasSubstr("has no option --since"));
  EXPECT_THAT(refusal({"replay", "q", "--state", "acked", "--rate", "5"}),
              HasSubstr("replay has no option --rate; it takes: QUEUE --state acked|"));
  EXPECT_THAT(refusal({"list_queues", "-e"}), HasSubstr("list_queues has no option -e"));
  EXPECT_THAT(refusal({"redrive", "q", "--rat", "5"}), HasSubstr("redrive has no option --rat;"));
  EXPECT_EQ(refusal({"--sideways", "list_queues"}), "unknown option '--sideways'");
  EXPECT_EQ(refusal({"--dry-run"}), "--dry-run needs a verb that takes it");
  EXPECT_EQ(refusal({"redrive", "q", "--dry-run=no"}), "--dry-run takes no value");
}

TEST(Ctl, TakesEachOptionOfItsVerbsAndThoseOfAll) {
  for (const CtlVerb& verb : ctl_verbs()) {
    std::vector<std::string> written = {std::string(verb.name)};
    for (const std::string_view word : verb.words)
      written.emplace_back(word);
    for (const CtlOption& option : ctl_options()) {
      const bool own =
          std::find(verb.options.begin(), verb.options.end(), option.name) != verb.options.end();
      const bool asks_for_help = option.letter == "-h" || option.letter == "-?";
      if ((!own && !option.of_all) || asks_for_help) continue;
      written.emplace_back(option.letter.empty() ? option.name : option.letter);
      if (!option.value.empty()) written.emplace_back(value_for(option.name));
    }
    const auto asked = read_ctl_arguments(written);
    EXPECT_TRUE(asked) << verb.name << ": " << asked.error().text;
  }
}

/// Columns of RabbitMQ 3.10's lists, as its help has them.
constexpr std::pair<const char*, const char*> rabbitmqctl_columns[] = {
    {"list_queues",
     "arguments auto_delete consumer_capacity consumer_utilisation consumers disk_reads "
     "disk_writes "
     "durable exclusive exclusive_consumer_pid exclusive_consumer_tag head_message_timestamp "
     "leader "
     "members memory message_bytes message_bytes_persistent message_bytes_ram message_bytes_ready "
     "message_bytes_unacknowledged messages messages_persistent messages_ram messages_ready "
     "messages_ready_ram messages_unacknowledged messages_unacknowledged_ram name online owner_pid "
     "pid policy slave_pids state synchronised_slave_pids type"},
    {"list_exchanges", "arguments auto_delete durable internal name policy type"},
    {"list_bindings",
     "arguments destination_kind destination_name routing_key source_kind source_name"},
    {"list_channels",
     "acks_uncommitted confirm connection consumer_count global_prefetch_count "
     "messages_unacknowledged messages_uncommitted messages_unconfirmed name number pid "
     "prefetch_count transactional user vhost"},
    {"list_consumers",
     "ack_required active activity_status arguments channel_pid consumer_tag prefetch_count "
     "queue_name"},
    {"list_connections",
     "auth_mechanism channel_max channels client_properties connected_at frame_max host name "
     "peer_cert_issuer peer_cert_subject peer_cert_validity peer_host peer_port pid port protocol "
     "recv_cnt recv_oct send_cnt send_oct send_pend ssl ssl_cipher ssl_hash ssl_key_exchange "
     "ssl_protocol state timeout user vhost"},
    {"list_vhosts", "cluster_state default_queue_type description name tags tracing"}};

TEST(Ctl, ServesOrRefusesByNameEachColumnOfRabbitmqctl) {
  for (const auto& [verb, columns] : rabbitmqctl_columns) {
    std::istringstream names(columns);
    for (std::string column; names >> column;) {
      const auto shown = ctl_list(verb, {}, read_ctl_arguments({verb, column}).value());
      const std::string why = shown ? "" : shown.error().text;
      EXPECT_TRUE(shown || why.ends_with("is not supported by Rialto yet")) << column << why;
    }
  }
}

TEST(Ctl, LimitsTheTimeOfARequestAndOfASlowRedriveOnlyWhenToldTo) {
  const auto left = [](const std::vector<std::string>& words, Ctl::Patience patience) {
    const auto asked = read_ctl_arguments(words).value();
    const auto deadline = Ctl(asked).deadline(patience);
    return deadline - std::chrono::steady_clock::now();
  };
  using std::chrono::seconds;
  const std::vector<std::string> slow = {"redrive", "q", "--rate", "1"};
  EXPECT_LE(left(slow, Ctl::Patience::short_work), seconds(30));
  EXPECT_GT(left(slow, Ctl::Patience::long_work), std::chrono::hours(24 * 365));
  EXPECT_LE(left({"redrive", "q", "-t", "5"}, Ctl::Patience::long_work), seconds(5));
}

TEST(Ctl, NeedsTheOptionsThatSayWhatIsMeant) {
  EXPECT_THAT(refusal({"replay", "q"}), HasSubstr("replay needs --state; usage: replay QUEUE"));
  EXPECT_THAT(refusal({"redrive", "q", "--where", "a=1", "--where", "a=2"}),
              HasSubstr("--where asks for the header 'a' twice"));
  EXPECT_THAT(refusal({"redrive", "q", "--to="}), HasSubstr("--to has to name a queue"));
  EXPECT_THAT(ctl({"browse", "q", "--where", "a=1", "--where", "b=2"}).errors,
              HasSubstr("browse looks for one header: --where comes once"));
}

TEST(Ctl, ChoosesMessagesByTheirIdsAndHeaders) {
  const auto some = read_ctl_arguments({"redrive", "q", "--id", "q/0/3", "--id=q/1/7"}).value();
  EXPECT_EQ(some.ids, (std::vector<std::string>{"q/0/3", "q/1/7"}));
  const auto looked = read_ctl_arguments({"browse", "q", "--where", "k=a=b", "--max", "9"}).value();
  EXPECT_EQ(looked.where.at(0), (std::pair<std::string, std::string>("k", "a=b")));
  EXPECT_EQ(looked.max, 9);
  EXPECT_THAT(refusal({"browse", "q", "--id", "q/0/3"}),
              HasSubstr("browse has no option --id; it takes: QUEUE [--where HEADER=VALUE]"));
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
