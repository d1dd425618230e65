#include "adapters/amqp/wire/methods.h"

#include <gtest/gtest.h>

#include <set>

namespace rialto::amqp {
namespace {

// Gives every field of a method a value that tells it from its neighbours.
struct Filler {
  template <class... T>
  void operator()(T&... fields) {
    (fill(fields), ...);
  }
  void fill(bool& v) { v = ++count % 2 == 0; }
  void fill(ShortText& v) { v.text = texts[++count % 3]; }
  void fill(ShortBytes& v) { v.text = texts[++count % 3]; }
  void fill(LongText& v) { v.text = texts[++count % 3]; }
  void fill(TableText& v) {
    v.body = Bytes(
        "\x01"
        "a"
        "t\x01",
        4);
  }
  template <std::unsigned_integral T>
  void fill(T& v) {
    v = static_cast<T>(0x0102030405060708ULL + ++count);
  }

  static constexpr Bytes texts[] = {"", "a queue", "r\xC3\xA4tsel"};
  unsigned count = 0;
};

template <class Method>
std::string encoded(const Method& method) {
  std::string out;
  append_method_payload(out, method);
  return out;
}

// Calls fn(method) for an empty method of each id there is.
template <class F>
void for_each_method(F&& fn) {
  for (std::uint16_t class_id = 0; class_id < 100; ++class_id) {
    for (std::uint16_t method_id = 0; method_id < 130; ++method_id) {
      AllMethods::with({class_id, method_id}, fn);
    }
  }
}

TEST(AmqpMethods, EveryMethodReadsBackAsItWasWritten) {
  int count = 0;
  for_each_method([&](auto method) {
    using Method = decltype(method);
    ++count;
    Filler filler;
    Method::fields(filler, method);
    const std::string bytes = encoded(method);
    EXPECT_EQ(load_be<std::uint32_t>(bytes.data()), key_of(Method::id));
    Method back;
    MethodReader reader(Bytes(bytes).substr(4));
    Method::fields(reader, back);
    EXPECT_TRUE(reader.complete());
    EXPECT_TRUE(reader.text_is_utf8());
    EXPECT_EQ(encoded(back), bytes);
  });
  EXPECT_EQ(count, 66);
}

TEST(AmqpMethods, NoPrefixOfAMethodIsComplete) {
  for_each_method([&](auto method) {
    using Method = decltype(method);
    Filler filler;
    Method::fields(filler, method);
    const std::string bytes = encoded(method);
    for (std::size_t n = 4; n < bytes.size(); ++n) {
      Method back;
      MethodReader reader(Bytes(bytes).substr(4, n - 4));
      Method::fields(reader, back);
      EXPECT_FALSE(reader.complete()) << Method::id.class_id << "." << Method::id.method_id;
    }
  });
}

TEST(AmqpMethods, BitsInARowShareAnOctetAndANewRowStartsAnother) {
  QueueDeclare declare;
  declare.durable = true;
  declare.nowait = true;
  const std::string bytes = encoded(declare);
  // Ids 4, reserved 2, empty name 1, one octet of bits, empty table 4.
  ASSERT_EQ(bytes.size(), 12U);
  EXPECT_EQ(bytes[7], 0b10010);
}

TEST(AmqpMethods, TheNumbersAreThoseOfTheProtocol) {
  EXPECT_EQ(encoded(BasicAck{258, true}), std::string("\0\x3C\0\x50\0\0\0\0\0\0\1\2\1", 13));
  EXPECT_EQ(key_of(ExchangeUnbindOk::id), (40U << 16) | 51U);
}

TEST(AmqpMethods, AShortStringThatIsNotUtf8IsTold) {
  std::string arguments("\0\0\1\xFF\0", 5);
  BasicGet get;
  MethodReader reader(arguments);
  BasicGet::fields(reader, get);
  EXPECT_TRUE(reader.complete());
  EXPECT_FALSE(reader.text_is_utf8());
}

TEST(AmqpMethods, ALongNameIsCutAtACharacter) {
  std::string name(254, 'a');
  name += "\xC3\xA4";
  const std::string bytes = encoded(BasicCancelOk{{name}});
  EXPECT_EQ(static_cast<unsigned char>(bytes[4]), 254);
}

}  // namespace
}  // namespace rialto::amqp
