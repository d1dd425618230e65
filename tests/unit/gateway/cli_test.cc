#include "gateway/cli/command_line.h"
#include "gateway/server_screen.h"
#include "tests/unit/gateway/captured.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rialto {
namespace {

using testing::HasSubstr;

using Ran = Captured;

Ran run(std::vector<const char*> words) {
  words.insert(words.begin(), "rialto");
  return captured([&] { return run_command_line(static_cast<int>(words.size()), words.data()); });
}

TEST(Cli, NamesTheNearestCommandOfTheLevelThatWasMistyped) {
  const Ran top = run({"serv"});
  EXPECT_EQ(top.code, ExitCode::usage);
  EXPECT_THAT(top.errors, HasSubstr("did you mean 'serve'?"));
  const Ran below = run({"config", "chek"});
  EXPECT_EQ(below.code, ExitCode::usage);
  EXPECT_THAT(below.errors, HasSubstr("did you mean 'check'?"));
}

TEST(Cli, ListsTheCommandsWhenNothingIsNear) {
  const Ran ran = run({"xylophone"});
  EXPECT_EQ(ran.code, ExitCode::usage);
  EXPECT_THAT(ran.errors, HasSubstr("serve, demo, ctl, replay, config, journal"));
}

TEST(Cli, TakesTheValueOfAnOptionForNoCommand) {
  EXPECT_EQ(run({"config", "check", "--set", "amqp.listen=127.0.0.1:5673"}).code, ExitCode::ok);
}

TEST(Cli, TellsItsVersion) {
  const Ran ran = run({"--version"});
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_EQ(ran.out, "rialto " + std::string(rialto_version) + "\n");
}

TEST(Cli, NamesEveryMistakeOfTheConfigurationAtOnce) {
  const Ran ran = run({"config", "check", "--set", "amqp.listn=127.0.0.1:1", "--set",
                       "log.level=loud", "--config", "/nowhere/rialto.yaml"});
  EXPECT_EQ(ran.code, ExitCode::bad_config);
  EXPECT_THAT(ran.errors, HasSubstr("did you mean amqp.listen?"));
  EXPECT_THAT(ran.errors, HasSubstr("log.level expects one of"));
  EXPECT_THAT(ran.errors, HasSubstr("/nowhere/rialto.yaml"));
  EXPECT_THAT(ran.errors, HasSubstr("3 errors"));
}

TEST(Cli, ShowsWhereAValueComesFrom) {
  const Ran ran = run({"config", "show", "--set", "storage.fsync=os", "--data", "/some/where"});
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_THAT(ran.out, HasSubstr("storage.fsync: os"));
  EXPECT_THAT(ran.out, HasSubstr("# --set storage.fsync"));
  EXPECT_THAT(ran.out, HasSubstr("data.dir: /some/where"));
  EXPECT_THAT(ran.out, HasSubstr("# default"));
}

TEST(Cli, RefusesToDumpADirectoryThatIsNotThere) {
  const Ran ran = run({"journal", "dump", "--data", "/nowhere/at/all"});
  EXPECT_EQ(ran.code, ExitCode::failed);
  EXPECT_THAT(ran.errors, HasSubstr("/nowhere/at/all"));
}

TEST(StartScreen, IsAsciiAndTellsAddressesAndWhatAConfirmMeans) {
  StartFacts facts;
  facts.amqp = {"127.0.0.1", 5673};
  facts.kafka = {"::1", 9093};
  facts.http = {"127.0.0.1", 15673};
  facts.metrics = {"127.0.0.1", 15693};
  facts.data_dir = "./somewhere";
  const std::string screen = start_screen(facts);
  for (const char c : screen)
    EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~'));
  EXPECT_THAT(screen, HasSubstr("amqp://127.0.0.1:5673"));
  EXPECT_THAT(screen, HasSubstr("kcat -b [::1]:9093"));
  EXPECT_THAT(screen, HasSubstr("http://127.0.0.1:15693/metrics"));
  EXPECT_THAT(screen, HasSubstr("synced to the disk"));
  facts.fsync = Fsync::os;
  EXPECT_THAT(start_screen(facts), HasSubstr("a power cut may take what was confirmed"));
}

}  // namespace
}  // namespace rialto
