#include "core/base/errc.h"

#include "core/base/result.h"

#include <gtest/gtest.h>

#include <set>

namespace rialto {
namespace {

TEST(Errc, EveryValueHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Errc::timed_out); ++i) {
    const auto name = to_string(static_cast<Errc>(i));
    EXPECT_NE(name, "unknown") << i;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

Result<int> refuse() {
  return Errc::full;
}
Result<void> refuse_with_text() {
  return Error(Errc::locked, "queue q");
}

TEST(Result, CarriesTheDomainWordAndItsSentence) {
  EXPECT_EQ(refuse().error().code, Errc::full);
  EXPECT_EQ(refuse_with_text().error().text, "queue q");
  EXPECT_EQ(Result<int>(5).value(), 5);
}

TEST(Result, ThrowsOnlyWhenAskedForAValueThatIsNotThere) {
  EXPECT_THROW(static_cast<void>(refuse().value()), std::runtime_error);
}

}  // namespace
}  // namespace rialto
