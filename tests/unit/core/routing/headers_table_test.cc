#include "core/routing/headers_table.h"

#include <gtest/gtest.h>

#include <string>

namespace rialto {
namespace {

class AHeadersTable : public testing::Test {
 protected:
  static FieldTable table(std::initializer_list<std::pair<const char*, FieldValue>> entries) {
    FieldTable out;
    for (const auto& [name, value] : entries)
      out.set(name, value);
    return out;
  }
  /// Does a binding with these arguments take a message with these headers?
  static bool takes(const FieldTable& arguments, const FieldTable& headers) {
    HeadersTable bindings;
    BindingRecord record;
    record.id = BindingId(1);
    record.queue = QueueId(1);
    record.arguments = stored_arguments(arguments);
    bindings.add(record);
    std::vector<Target> out;
    bindings.match(headers, out);
    const bool taken = !out.empty();
    bindings.remove(record);
    out.clear();
    bindings.match(headers, out);
    EXPECT_TRUE(out.empty());
    return taken;
  }
  static FieldValue text(const char* v) { return FieldValue::text(v); }
  static FieldValue number(std::int64_t v) { return FieldValue::integer(v); }
};

TEST_F(AHeadersTable, WantsAllUnlessAnyIsAskedFor) {
  const FieldTable all = table({{"a", text("1")}, {"b", number(2)}});
  EXPECT_TRUE(takes(all, table({{"a", text("1")}, {"b", number(2)}, {"c", text("3")}})));
  EXPECT_FALSE(takes(all, table({{"a", text("1")}})));
  EXPECT_FALSE(takes(all, table({{"a", text("1")}, {"b", number(3)}})));
  EXPECT_FALSE(takes(all, table({})));
  const FieldTable any = table({{"x-match", text("any")}, {"a", text("1")}, {"b", number(2)}});
  EXPECT_TRUE(takes(any, table({{"b", number(2)}})));
  EXPECT_FALSE(takes(any, table({{"a", text("2")}})));
}

TEST_F(AHeadersTable, WithoutAnyConditionTakesAllOrNothing) {
  EXPECT_TRUE(takes(table({}), table({{"a", text("1")}})));
  EXPECT_TRUE(takes(table({{"x-match", text("all")}}), table({})));
  EXPECT_FALSE(takes(table({{"x-match", text("any")}}), table({{"a", text("1")}})));
}

TEST_F(AHeadersTable, LooksAtXHeadersOnlyWhenAskedTo) {
  const FieldTable message = table({{"a", text("1")}});
  const FieldTable plain = table({{"x-match", text("all")}, {"x-a", text("1")}, {"a", text("1")}});
  EXPECT_TRUE(takes(plain, message));
  const FieldTable with_x =
      table({{"x-match", text("all-with-x")}, {"x-a", text("1")}, {"a", text("1")}});
  EXPECT_FALSE(takes(with_x, message));
  EXPECT_TRUE(takes(with_x, table({{"x-a", text("1")}, {"a", text("1")}})));
  EXPECT_FALSE(
      takes(table({{"x-match", text("any")}, {"x-a", text("1")}}), table({{"x-a", text("1")}})));
  EXPECT_TRUE(takes(table({{"x-match", text("any-with-x")}, {"x-a", text("1")}}),
                    table({{"x-a", text("1")}})));
}

TEST_F(AHeadersTable, ComparesNumbersByValueWhateverTheirTypes) {
  const std::vector<FieldValue> ones = {number(1), FieldValue{'b', std::int64_t{1}},
                                        FieldValue{'T', std::int64_t{1}}, FieldValue{'f', 1.0},
                                        FieldValue{'d', 1.0}};
  for (const FieldValue& wanted : ones) {
    for (const FieldValue& given : ones)
      EXPECT_TRUE(takes(table({{"n", wanted}}), table({{"n", given}}))) << wanted.tag << given.tag;
    EXPECT_FALSE(takes(table({{"n", wanted}}), table({{"n", FieldValue{'d', 1.5}}})));
    EXPECT_FALSE(takes(table({{"n", wanted}}), table({{"n", FieldValue::boolean(true)}})));
  }
}

TEST_F(AHeadersTable, ComparesTypesAndTakesVoidForPresence) {
  FieldValue narrow = number(5);
  narrow.tag = 'b';
  EXPECT_TRUE(takes(table({{"n", narrow}}), table({{"n", number(5)}}))) << "integers are integers";
  EXPECT_FALSE(takes(table({{"n", text("5")}}), table({{"n", number(5)}})));
  EXPECT_TRUE(takes(table({{"n", FieldValue{}}}), table({{"n", number(7)}})));
  EXPECT_FALSE(takes(table({{"n", FieldValue{}}}), table({{"m", number(7)}})));
}

}  // namespace
}  // namespace rialto
