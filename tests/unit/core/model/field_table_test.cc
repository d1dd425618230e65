#include "core/model/field_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>

namespace rialto {
namespace {

using namespace std::string_view_literals;

std::string encoded(const FieldTable& table) {
  std::string out;
  append_field_table(out, table);
  return out;
}

/// Without the leading length.
std::string body_of(const FieldTable& table) {
  return encoded(table).substr(4);
}

FieldTable decoded(Bytes body) {
  return decode_field_table(body).value();
}

Errc refusal(Bytes body) {
  const auto table = decode_field_table(body);
  return table ? Errc::ok : table.error().code;
}

/// One entry named "n" for every tag there is, as the bytes on the wire.
const std::pair<char, Bytes> every_tag[] = {
    {'t', "\1"sv},
    {'b', "\xfe"sv},
    {'B', "\xfe"sv},
    {'s', "\xff\xfe"sv},
    {'u', "\xff\xfe"sv},
    {'I', "\xff\xff\xff\xfe"sv},
    {'i', "\xff\xff\xff\xfe"sv},
    {'l', "\xff\xff\xff\xff\xff\xff\xff\xfe"sv},
    {'L', "\xff\xff\xff\xff\xff\xff\xff\xfe"sv},
    {'f', "\x3f\xc0\0\0"sv},
    {'d', "\x40\x04\0\0\0\0\0\0"sv},
    {'D', "\2\0\0\1\x2c"sv},
    {'S', "\0\0\0\2hi"sv},
    {'x', "\0\0\0\2\0\xff"sv},
    {'A', "\0\0\0\7I\0\0\0\7t\1"sv},
    {'T', "\0\0\0\0\x65\x53\xf1\0"sv},
    {'F', "\0\0\0\4\1kt\1"sv},
    {'V', ""sv},
};

std::string entry(char tag, Bytes value) {
  return std::string("\1n") + tag + std::string(value);
}

TEST(FieldTable, LeavesAsItArrivedTagForTag) {
  for (const auto& [tag, bytes] : every_tag) {
    const std::string body = entry(tag, bytes);
    const FieldTable table = decoded(body);
    ASSERT_EQ(table.entries.size(), 1U) << tag;
    EXPECT_EQ(table.entries[0].value.tag, tag);
    EXPECT_EQ(body_of(table), body) << tag;
  }
}

TEST(FieldTable, ReadsEachWidthWithItsSign) {
  const auto integer = [](char tag, Bytes bytes) {
    return *decoded(entry(tag, bytes)).find("n")->as_integer();
  };
  EXPECT_EQ(integer('b', "\xfe"sv), -2);
  EXPECT_EQ(integer('B', "\xfe"sv), 254);
  EXPECT_EQ(integer('s', "\xff\xfe"sv), -2);
  EXPECT_EQ(integer('u', "\xff\xfe"sv), 65534);
  EXPECT_EQ(integer('I', "\xff\xff\xff\xfe"sv), -2);
  EXPECT_EQ(integer('i', "\xff\xff\xff\xfe"sv), 4'294'967'294);
  EXPECT_EQ(integer('l', "\xff\xff\xff\xff\xff\xff\xff\xfe"sv), -2);
  EXPECT_EQ(integer('L', "\xff\xff\xff\xff\xff\xff\xff\xfe"sv), -2);
}

TEST(FieldTable, CutAnywhereInAValueIsCorrupt) {
  for (const auto& [tag, bytes] : every_tag) {
    const std::string body = entry(tag, bytes);
    for (std::size_t size = 1; size < body.size(); ++size) {
      const std::string cut = body.substr(0, size);
      EXPECT_EQ(refusal(cut), Errc::corrupt) << tag << " " << size;
    }
  }
}

TEST(FieldTable, WithAnUnknownTagIsCorrupt) {
  const Bytes known = "tbBsuIilLfdDSxATFV";
  for (int tag = 0; tag < 256; ++tag) {
    if (known.find(static_cast<char>(tag)) != Bytes::npos) continue;
    EXPECT_EQ(refusal(entry(static_cast<char>(tag), std::string(16, '\0'))), Errc::corrupt) << tag;
  }
}

TEST(FieldTable, WithALengthThatIsALieIsCorrupt) {
  for (const char tag : {'S', 'x', 'A', 'F'}) {
    EXPECT_EQ(refusal(entry(tag, "\0\0\0\1"sv)), Errc::corrupt) << tag;
    EXPECT_EQ(refusal(entry(tag, "\xff\xff\xff\xff"sv)), Errc::corrupt) << tag;
  }
  EXPECT_EQ(refusal("\xffn"), Errc::corrupt);
}

TEST(FieldTable, AnInnerLengthThatCutsAValueIsCorrupt) {
  EXPECT_EQ(refusal(entry('F', "\0\0\0\3\1kt\1"sv)), Errc::corrupt);
  EXPECT_EQ(refusal(entry('A', "\0\0\0\3I\0\0\0\7"sv)), Errc::corrupt);
}

FieldTable nested(std::size_t depth) {
  FieldTable table;
  table.set("leaf", FieldValue::integer(1));
  for (std::size_t i = 1; i < depth; ++i) {
    FieldTable outer;
    if (i % 2 == 0) {
      outer.set("t", FieldValue::table(std::move(table)));
    } else {
      outer.set("a", FieldValue::array({{FieldValue::table(std::move(table))}}));
      ++i;
    }
    table = std::move(outer);
  }
  return table;
}

TEST(FieldTable, MayNestToItsBoundAndNoDeeper) {
  FieldTable deepest = nested(field_table_depth_max - 1);
  EXPECT_EQ(refusal(body_of(deepest)), Errc::ok);
  for (int more = 0; more < 3; ++more) {
    FieldTable outer;
    outer.set("t", FieldValue::table(deepest));
    deepest = outer;
  }
  EXPECT_EQ(refusal(body_of(deepest)), Errc::too_large);
}

TEST(FieldTable, AThousandOpenBracketsDoNotExhaustTheStack) {
  std::string body;
  for (int i = 0; i < 10'000; ++i)
    body = "A" + std::string(4, '\0') + body;
  for (std::size_t i = 0; i < 10'000; ++i) {
    store_be(body.data() + 5 * i + 1, static_cast<std::uint32_t>(5 * (10'000 - i - 1)));
  }
  EXPECT_EQ(refusal("\1n" + body), Errc::too_large);
}

TEST(FieldTable, HoldsItsBoundsOfValuesAndBytes) {
  FieldTable table;
  for (std::size_t i = 0; i < field_table_entries_max; ++i) {
    table.entries.push_back({"", FieldValue{}});
  }
  EXPECT_EQ(refusal(body_of(table)), Errc::ok);
  table.entries.push_back({"", FieldValue{}});
  EXPECT_EQ(refusal(body_of(table)), Errc::too_large);

  FieldTable inside;
  inside.set("a", FieldValue::array({std::vector<FieldValue>(field_table_entries_max)}));
  EXPECT_EQ(refusal(body_of(inside)), Errc::too_large);

  EXPECT_EQ(refusal(std::string(field_table_bytes_max + 1, '\0')), Errc::too_large);
}

TEST(FieldTable, KeepsTextThatIsNoUtf8) {
  FieldTable table;
  table.set("\xc3\x28", FieldValue::text("\xff\xfe\0x"));
  EXPECT_EQ(decoded(body_of(table)), table);
}

TEST(FieldTable, KeepsOrderAndRepeatedNames) {
  FieldTable table;
  table.entries.push_back({"b", FieldValue::integer(1)});
  table.entries.push_back({"a", FieldValue::integer(2)});
  table.entries.push_back({"b", FieldValue::integer(3)});
  const FieldTable back = decoded(body_of(table));
  EXPECT_EQ(back, table);
  EXPECT_EQ(*back.find("b")->as_integer(), 1);
  EXPECT_EQ(back.find("c"), nullptr);
}

TEST(FieldTable, SetReplacesInPlaceAndAddsAtTheEnd) {
  FieldTable table;
  table.set("a", FieldValue::integer(1));
  table.set("b", FieldValue::boolean(true));
  table.set("a", FieldValue::text("new"));
  ASSERT_EQ(table.entries.size(), 2U);
  EXPECT_EQ(table.entries[0].name, "a");
  EXPECT_EQ(*table.entries[0].value.as_text(), "new");
}

TEST(FieldTable, CutsANameThatTheEncodingCannotSay) {
  FieldTable table;
  table.set(std::string(300, 'n'), FieldValue::integer(1));
  EXPECT_EQ(decoded(body_of(table)).entries.at(0).name, std::string(255, 'n'));
}

TEST(FieldTable, KeepsEveryBitOfANumberThatIsNone) {
  for (const Bytes bits : {"\x7f\x80\0\1"sv, "\xff\xc0\0\0"sv, "\x7f\xff\xff\xff"sv}) {
    const std::string body = entry('f', bits);
    EXPECT_EQ(body_of(decoded(body)), body);
    EXPECT_EQ(decoded(body), decoded(body));
  }
  const std::string wide = entry('d', "\x7f\xf0\0\0\0\0\0\1"sv);
  EXPECT_EQ(body_of(decoded(wide)), wide);
}

TEST(FieldValue, EqualMeansTypeAndValue) {
  const FieldValue byte{'b', std::int64_t{10}};
  EXPECT_FALSE(byte == FieldValue::integer(10));
  EXPECT_EQ(FieldValue::text("a"), FieldValue::text("a"));
  EXPECT_FALSE(FieldValue::text("a") == (FieldValue{'x', std::string("a")}));
  EXPECT_EQ(FieldValue::array({{byte}}), FieldValue::array({{byte}}));
}

TEST(FieldValue, EquivalentTakesIntegersByValueWhateverTheirWidth) {
  const std::int64_t ten = 10;
  for (const char a : Bytes("bBsuIilL")) {
    for (const char b : Bytes("bBsuIilL")) {
      EXPECT_TRUE(equivalent({a, ten}, {b, ten})) << a << b;
      EXPECT_FALSE(equivalent({a, ten}, {b, ten + 1})) << a << b;
    }
    EXPECT_FALSE(equivalent({a, ten}, {'d', 10.0}));
    EXPECT_FALSE(equivalent({a, ten}, {'T', ten}));
    EXPECT_FALSE(equivalent({a, ten}, FieldValue::text("10")));
  }
  EXPECT_TRUE(equivalent({'d', 10.0}, {'d', 10.0}));
  EXPECT_TRUE(equivalent(FieldValue::boolean(true), FieldValue::boolean(true)));
  EXPECT_FALSE(equivalent(FieldValue::boolean(true), FieldValue::integer(1)));
  EXPECT_FALSE(equivalent(FieldValue::text("a"), {'x', std::string("a")}));
}

FieldTable any_table(int depth);

template <class T>
FieldValue any_integer(char tag) {
  return {tag, static_cast<std::int64_t>(*rc::gen::arbitrary<T>())};
}

FieldValue any_value(int depth) {
  const char tag =
      *rc::gen::elementOf(std::string(depth > 0 ? "tbBsuIilLfdDSxTVAF" : "tbBsuIilLfdDSxTV"));
  switch (tag) {
    case 't': return FieldValue::boolean(*rc::gen::arbitrary<bool>());
    case 'b': return any_integer<std::int8_t>(tag);
    case 'B': return any_integer<std::uint8_t>(tag);
    case 's': return any_integer<std::int16_t>(tag);
    case 'u': return any_integer<std::uint16_t>(tag);
    case 'I': return any_integer<std::int32_t>(tag);
    case 'i': return any_integer<std::uint32_t>(tag);
    case 'f': return {tag, static_cast<double>(*rc::gen::arbitrary<float>())};
    case 'd': return {tag, std::bit_cast<double>(*rc::gen::arbitrary<std::uint64_t>())};
    case 'D':
      return {tag,
              Decimal{*rc::gen::arbitrary<std::uint8_t>(), *rc::gen::arbitrary<std::uint32_t>()}};
    case 'S':
    case 'x': return {tag, *rc::gen::arbitrary<std::string>()};
    case 'A': {
      FieldArray array;
      const int count = *rc::gen::inRange(0, 4);
      for (int i = 0; i < count; ++i)
        array.items.push_back(any_value(depth - 1));
      return FieldValue::array(std::move(array));
    }
    case 'F': return FieldValue::table(any_table(depth - 1));
    case 'V': return {};
    default: return any_integer<std::int64_t>(tag);
  }
}

FieldTable any_table(int depth) {
  FieldTable table;
  const int count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) {
    auto name = (*rc::gen::arbitrary<std::string>()).substr(0, 255);
    table.entries.push_back({std::move(name), any_value(depth)});
  }
  return table;
}

RC_GTEST_PROP(FieldTable, ReadsBackWhatWasWritten, ()) {
  const FieldTable table = any_table(3);
  const std::string bytes = encoded(table);
  RC_ASSERT(load_be<std::uint32_t>(bytes.data()) == bytes.size() - 4);
  const auto back = decode_field_table(Bytes(bytes).substr(4));
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == table);
  RC_ASSERT(encoded(*back) == bytes);
}

TEST(AnOpenFieldTable, KeepsWhatItCannotDecodeWhereverItIs) {
  FieldTable known;
  known.set("a", FieldValue::integer(1));
  known.set("b", FieldValue::text("two"));
  std::string bytes;
  append_field_table(bytes, known);
  bytes.erase(0, 4);
  const std::string inside(
      "\x02in"
      "A"
      "\0\0\0\1"
      "Z",
      9);
  const std::string unknown(
      "\x01?"
      "Zxyz",
      6);
  const OpenTable open = open_field_table(inside + bytes + unknown);
  EXPECT_EQ(open.fields, known);
  EXPECT_EQ(open.rest, inside + unknown);
  std::string again;
  append_field_table(again, open);
  EXPECT_EQ(again.substr(4), bytes + inside + unknown);
}

TEST(AnOpenFieldTable, HasNoBoundOnItsValues) {
  FieldTable many;
  for (int i = 0; i < 3000; ++i)
    many.entries.push_back({std::to_string(i), FieldValue::integer(i)});
  std::string bytes;
  append_field_table(bytes, many);
  EXPECT_EQ(open_field_table(Bytes(bytes).substr(4)).fields, many);
  EXPECT_FALSE(decode_field_table(Bytes(bytes).substr(4)));
}

}  // namespace
}  // namespace rialto
