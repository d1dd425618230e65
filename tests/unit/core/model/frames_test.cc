#include "core/model/frames/catalog_frame.h"
#include "core/model/frames/codec.h"
#include "core/model/frames/data_frame.h"
#include "core/model/frames/view_frames.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rialto {
namespace {

/// Fills a struct through the one field list with whatever is allowed.
class AnyFields {
 public:
  template <class... T>
  void operator()(T&... v) {
    (make(v), ...);
  }

 private:
  template <class T>
  void make(T& v) {
    if constexpr (std::is_enum_v<T>) {
      v = static_cast<T>(*rc::gen::arbitrary<std::underlying_type_t<T>>());
    } else if constexpr (std::integral<T>) {
      v = *rc::gen::arbitrary<T>();
    } else if constexpr (requires { typename T::rep; }) {
      v = T(*rc::gen::arbitrary<typename T::rep>());
    } else if constexpr (std::same_as<T, std::string>) {
      v = *rc::gen::arbitrary<std::string>();
    } else if constexpr (requires { typename T::value_type; }) {
      v.resize(*rc::gen::inRange<std::size_t>(0, 4));
      for (auto& item : v)
        make(item);
    } else {
      T::fields(*this, v);
    }
  }
};

/// Shows every field as text: another representation than the encoding under test.
class ShownFields {
 public:
  std::string text;

  template <class... T>
  void operator()(T&... v) {
    (show(v), ...);
  }

 private:
  template <class T>
  void show(const T& v) {
    if constexpr (std::is_enum_v<T>) {
      text += std::to_string(static_cast<std::underlying_type_t<T>>(v)) + " ";
    } else if constexpr (std::integral<T>) {
      text += std::to_string(v) + " ";
    } else if constexpr (requires { typename T::rep; }) {
      text += std::to_string(v.get()) + " ";
    } else if constexpr (std::same_as<T, std::string>) {
      text += "'" + v + "' ";
    } else if constexpr (requires { typename T::value_type; }) {
      text += "[ ";
      for (const auto& item : v)
        show(item);
      text += "] ";
    } else {
      T::fields(*this, v);
    }
  }
};

template <class T>
std::string shown(const T& value) {
  ShownFields out;
  out(value);
  return out.text;
}

template <class T>
class Frame : public testing::Test {};
using AllFrames = testing::Types<DataMeta, SettleFrame, CatalogFrame, TrimFrame, LeaseFrame,
                                 OffsetsFrame, ProducersFrame, CountsFrame>;
TYPED_TEST_SUITE(Frame, AllFrames);

TYPED_TEST(Frame, ReadsBackWhatWasWritten) {
  EXPECT_TRUE(rc::check([] {
    TypeParam frame;
    AnyFields any;
    any(frame);
    const std::string bytes = encode_fields(frame);
    TypeParam back;
    RC_ASSERT(decode_fields(bytes, back));
    RC_ASSERT(shown(back) == shown(frame));
  }));
}

TYPED_TEST(Frame, CutAnywhereOrFollowedByAByteIsRefused) {
  EXPECT_TRUE(rc::check([] {
    TypeParam frame;
    AnyFields any;
    any(frame);
    const std::string bytes = encode_fields(frame);
    TypeParam back;
    RC_ASSERT(!decode_fields(bytes + '\0', back));
    const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());
    RC_ASSERT(!decode_fields(bytes.substr(0, size), back));
  }));
}

TYPED_TEST(Frame, AnyBytesAreReadOrRefusedButNeverReserveWhatACountClaims) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    TypeParam frame;
    if (decode_fields(bytes, frame)) {
      TypeParam again;
      RC_ASSERT(decode_fields(encode_fields(frame), again));
    }
    RC_ASSERT(!decode_fields("\xff\xff\xff\xff" + bytes + std::string(64, '\xff'), frame));
  }));
}

/// The encoding as hex digits.
template <class T>
std::string encoded(const T& frame) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : encode_fields(frame)) {
    out.push_back(digits[static_cast<std::uint8_t>(c) >> 4]);
    out.push_back(digits[static_cast<std::uint8_t>(c) & 15]);
  }
  return out;
}

/// Spaces set the fields of an expectation apart.
std::string hex(std::string digits) {
  std::erase(digits, ' ');
  return digits;
}

// These bytes are on disks: a change here is a change of FORMAT.md.
TEST(FrameFormat, OfDataIsWhatItWas) {
  DataMeta meta;
  meta.targets = {{PartitionId(0x0102), Offset(7), 1}};
  meta.record_count = 2;
  meta.last_offset_delta = 1;
  meta.max_timestamp_ms = 0x1122334455;
  meta.producer_id = ProducerId(9);
  meta.producer_epoch = ProducerEpoch(3);
  meta.base_sequence = Sequence(4);
  meta.priorities = {5, 6};
  meta.expiries_wall_ms = {8};
  meta.cancel_keys = {10};
  meta.dues = {{1, 12}};
  meta.seen = {{SeenEntry::Kind::sequence, 1, 2, {0x0b, 0x0c}, 13}};
  EXPECT_EQ(encoded(meta), hex("01000000 "
                               "0201000000000000 "
                               "0700000000000000 "
                               "01 "
                               "02000000 01000000 "
                               "5544332211000000 "
                               "0900000000000000 0300 04000000 "
                               "02000000 0506 "
                               "01000000 0800000000000000 01000000 0a00000000000000 "
                               "01000000 01000000 0c00000000000000 "
                               "01000000 01 01000000 02000000 "
                               "0b00000000000000 0c00000000000000 0d00000000000000"));
}

TEST(FrameFormat, OfViewsIsWhatItWas) {
  SettleFrame settle;
  settle.entries = {{QueueId(1), PartitionId(2), SettleReason::expired, {{Offset(3), Offset(4)}}}};
  EXPECT_EQ(encoded(settle), hex("01000000 0100000000000000 0200000000000000 02 "
                                 "01000000 0300000000000000 0400000000000000"));
  TrimFrame trim;
  trim.entries = {{PartitionId(1), Offset(2)}};
  EXPECT_EQ(encoded(trim), hex("01000000 0100000000000000 0200000000000000"));
}

TEST(FrameFormat, OfLeasesCountsAndOffsetsIsWhatItWas) {
  LeaseFrame lease;
  lease.queue = QueueId(1);
  lease.entries = {{PartitionId(2), Offset(3), 4, 5}};
  EXPECT_EQ(encoded(lease), hex("0100000000000000 01000000 "
                                "0200000000000000 0300000000000000 04000000 0500000000000000"));
  CountsFrame counts;
  counts.entries = {{QueueId(1), PartitionId(2), Offset(3), 4, 5, SettleReason::expired}};
  EXPECT_EQ(encoded(counts),
            hex("01000000 0100000000000000 0200000000000000 0300000000000000 04000000 "
                "0500000000000000 02"));
  OffsetsFrame offsets{"/", "g", 5, {{"t", PartitionIndex(1), Offset(2), 3, "m"}}};
  EXPECT_EQ(encoded(offsets), hex("01000000 2f 01000000 67 0500000000000000 01000000 "
                                  "01000000 74 01000000 0200000000000000 03000000 01000000 6d"));
  EXPECT_EQ(encoded(ProducersFrame{ProducerId(1000)}), hex("e803000000000000"));
}

TEST(FrameFormat, OfTheCatalogueIsWhatItWas) {
  CatalogFrame frame;
  frame.removed_bindings = {BindingId(1)};
  frame.removed_exchanges = {ExchangeId(2)};
  frame.removed_queues = {QueueId(3)};
  frame.removed_topics = {TopicId(4)};
  frame.topics = {
      {TopicId(5), "v", "t", QueueId(6), true, Keep::compact, {PartitionId(7)}, {{"c", "d"}}}};
  frame.queues = {{QueueId(6),
                   "v",
                   "q",
                   PartitionId(7),
                   TopicId(5),
                   true,
                   false,
                   true,
                   QueueType::stream,
                   "a",
                   TopicId(0x0a),
                   {Offset(11)}}};
  frame.exchanges = {{ExchangeId(8), "v", "x", ExchangeType::headers, true, false, true, true, ""}};
  frame.bindings = {{BindingId(9), ExchangeId(8), QueueId(6), ExchangeId(0), "k", ""}};
  frame.removed_vhosts = {"w"};
  frame.vhosts = {{"v", "d", "t"}};
  frame.removed_policies = {{PolicyKind::operators, "v", "o"}};
  frame.policies = {{{PolicyKind::user, "v", "p"}, "^q", PolicyTarget::quorum_queues, -1, "e"}};
  EXPECT_EQ(encoded(frame),
            hex("01000000 0100000000000000 01000000 0200000000000000 "
                "01000000 0300000000000000 01000000 0400000000000000 "
                "01000000 0500000000000000 01000000 76 01000000 74 0600000000000000 "
                "01 02 01000000 0700000000000000 01000000 01000000 63 01000000 64 "
                "01000000 0600000000000000 01000000 76 01000000 71 0700000000000000 "
                "0500000000000000 01 00 01 02 01000000 61 "
                "0a00000000000000 01000000 0b00000000000000 "
                "01000000 0800000000000000 01000000 76 01000000 78 03 01 00 01 01 "
                "00000000 "
                "01000000 0900000000000000 0800000000000000 0600000000000000 "
                "0000000000000000 01000000 6b 00000000 "
                "01000000 01000000 77 01000000 01000000 76 01000000 64 01000000 74 "
                "01000000 01 01000000 76 01000000 6f "
                "01000000 00 01000000 76 01000000 70 02000000 5e71 03 ffffffff 01000000 65"));
}

}  // namespace
}  // namespace rialto
