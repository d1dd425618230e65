// What the pages about the doors promise is what the code has, and each line names its test.
#include "tests/unit/gateway/support_page.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace rialto::test {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

const fs::path root(RIALTO_SOURCE_DIR);

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

fs::path folder_of(const std::string& door) {
  return root / "adapters" / door;
}

SupportPage page_of(const std::string& door) {
  return {door, text_of(folder_of(door) / "support.txt")};
}

const TestIndex& all_tests() {
  static const TestIndex tests(root);
  return tests;
}

class Support : public ::testing::TestWithParam<const char*> {};

TEST_P(Support, IsToldForEverythingInTheCodeWithTestsThatAreThere) {
  EXPECT_THAT(page_of(GetParam()).faults(all_tests()), IsEmpty());
}

// RIALTO_WRITE_SUPPORT=1 writes the page instead.
TEST_P(Support, IsOnThePageAsItIs) {
  const fs::path path = folder_of(GetParam()) / "SUPPORT.md";
  const std::string wanted = page_of(GetParam()).markdown(all_tests());
  if (std::getenv("RIALTO_WRITE_SUPPORT")) std::ofstream(path, std::ios::binary) << wanted;
  EXPECT_TRUE(text_of(path) == wanted) << path << " is older than the code: make support";
}

INSTANTIATE_TEST_SUITE_P(OfADoor, Support, ::testing::Values("amqp", "log", "http"));

/// Names in quotes that begin with x-, of arguments and headers.
void add_names(std::string_view text, std::set<std::string>& out) {
  constexpr std::string_view begin = "\"x-";
  for (std::size_t at = text.find(begin); at != text.npos; at = text.find(begin, at + 1)) {
    const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at + 1);
    const std::string name(text.substr(at + 1, end - at - 1));
    constexpr std::size_t shortest = 5;  // parts of names are compared, too
    if (text[end] == '"' && name.size() >= shortest && name.back() != '-') out.insert(name);
  }
}

TEST(SupportOfArguments, IsToldForEveryNameInTheCode) {
  std::set<std::string> names;
  for (const char* folder : {"core", "adapters/amqp"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const auto kind = entry.path().extension();
      if (kind == ".cc" || kind == ".h") add_names(text_of(entry.path()), names);
    }
  }
  EXPECT_TRUE(names.contains("x-priority"));
  const auto told = page_of("amqp").names();
  for (const std::string& name : names)
    EXPECT_TRUE(told.contains(name)) << name << " has no line in adapters/amqp/support.txt";
}

TEST(SupportOfKafka, IsToldForEveryKeyOfTheProtocol) {
  constexpr std::string_view key = "key ";
  std::set<int> keys;
  const SupportPage page = page_of("log");
  for (const SupportSection& section : page.sections()) {
    for (const SupportEntry& entry : section.entries)
      if (entry.remark.starts_with(key)) keys.insert(std::stoi(entry.remark.substr(key.size())));
  }
  for (const SurfaceItem& item : surface_of("log"))
    EXPECT_TRUE(keys.insert(std::stoi(item.remark.substr(key.size()))).second) << item.name;
  int next = 0;
  for (const int each : keys)
    EXPECT_EQ(each, next++);
}

TEST(SupportOfADoor, SeesWhatIsMissingUnknownContradictedOrWithoutATest) {
  const SupportPage page("amqp",
                         "## Methods\n"
                         "basic.ack | yes | | AmqpConsume.AMultipleAckSettlesEverythingBelow\n"
                         "basic.snack | yes | | \"\n"
                         "basic.snub | no | | \"\n"
                         "## Arguments of queues\n"
                         "x-consumer-timeout | yes | | QueueArguments.AreNotTested\n"
                         "x-max-length\n");
  const auto faults = page.faults(all_tests());
  EXPECT_THAT(faults,
              ::testing::IsSupersetOf(
                  {"'basic.snack' is not in the code", "'x-consumer-timeout' is 'no' in the code",
                   "'x-consumer-timeout': there is no test 'QueueArguments.AreNotTested'",
                   "no entry for 'basic.nack' below '## Methods'",
                   "not 'name | yes, partly or no | remark | tests': x-max-length"}));
  EXPECT_THAT(faults, ::testing::Not(::testing::Contains(::testing::HasSubstr("basic.snub"))));
  EXPECT_THAT(faults, ::testing::Not(::testing::Contains(::testing::HasSubstr("basic.ack"))));
}

}  // namespace
}  // namespace rialto::test
