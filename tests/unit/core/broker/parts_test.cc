#include "core/base/crc32c.h"
#include "core/broker/checkpoint_parts.h"
#include "core/broker/commit_ledger.h"
#include "core/broker/lease_id.h"
#include "core/broker/partitioner.h"
#include "core/broker/record_source.h"
#include "core/broker/settle_journal.h"
#include "core/broker/timers.h"
#include "core/model/codecs.h"
#include "core/model/frames/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace rialto::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ALedger : public testing::Test {
 protected:
  std::function<void()> note(int number) {
    return [this, number] { told.push_back(number); };
  }
  void advance(std::uint64_t written, std::uint64_t durable) {
    ledger.advance(Ticket(written), Ticket(durable), [](Instant) {});
  }
  CommitLedger ledger;
  std::vector<int> told;
};

TEST_F(ALedger, TellsInTicketOrderAndEachOnce) {
  ledger.staged(Ticket(1), Instant(0), note(1));
  ledger.staged(Ticket(5), Instant(0), note(5));
  advance(5, 4);
  EXPECT_THAT(told, ElementsAre(1));
  advance(5, 5);
  advance(5, 5);
  EXPECT_THAT(told, ElementsAre(1, 5));
  EXPECT_TRUE(ledger.all_durable());
}

TEST_F(ALedger, LetsAQuestionWaitForTheSetItIsAboutOrTheNextKnownOne) {
  ledger.staged(Ticket(2), Instant(0), nullptr);
  ledger.staged(Ticket(4), Instant(0), nullptr);
  ledger.when_durable(Ticket(0), note(0));
  ledger.when_durable(Ticket(2), note(2));
  ledger.when_durable(Ticket(3), note(3));  // a set without effects
  ledger.when_durable(Ticket(4), note(4));
  EXPECT_THAT(told, ElementsAre(0));
  advance(4, 2);
  EXPECT_THAT(told, ElementsAre(0, 2));
  advance(4, 4);
  EXPECT_THAT(told, ElementsAre(0, 2, 3, 4));
}

TEST_F(ALedger, TellsWrittenBeforeDurable) {
  ledger.staged(Ticket(1), Instant(0), note(10));
  ledger.when_written(Ticket(1), note(1));
  advance(1, 0);
  EXPECT_THAT(told, ElementsAre(1));
  advance(1, 1);
  EXPECT_THAT(told, ElementsAre(1, 10));
}

TEST_F(ALedger, TakesEffectsThatStageMore) {
  ledger.staged(Ticket(1), Instant(0), [this] {
    ledger.staged(Ticket(2), Instant(0), note(2));
    ledger.when_durable(Ticket(2), note(3));
  });
  advance(1, 1);
  EXPECT_THAT(told, IsEmpty());
  advance(2, 2);
  EXPECT_THAT(told, ElementsAre(2, 3));
}

TEST(ALeaseSigner, KnowsItsOwnAndNoOther) {
  const LeaseSigner signer;
  const LeaseId lease{QueueId(7), PartitionId(8), Offset(9), 3, Epoch(2)};
  const auto opened = signer.open(signer.sign(lease));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->queue, lease.queue);
  EXPECT_EQ(opened->partition, lease.partition);
  EXPECT_EQ(opened->offset, lease.offset);
  EXPECT_EQ(opened->attempt, lease.attempt);
  EXPECT_EQ(opened->epoch, lease.epoch);
  EXPECT_FALSE(LeaseSigner().open(signer.sign(lease)));
  std::string changed = signer.sign(lease);
  for (char& digit : changed) {
    const char was = std::exchange(digit, digit == 'a' ? 'b' : 'a');
    EXPECT_FALSE(signer.open(changed));
    digit = was;
  }
}

TEST(ASettleJournal, JoinsConsecutiveOffsetsAndKeepsReasonsApart) {
  SettleJournal journal;
  for (const std::int64_t offset : {1, 2, 3, 5}) {
    journal.settled(QueueId(1), PartitionId(2), SettleReason::acked,
                    {Offset(offset), Offset(offset)});
  }
  journal.settled(QueueId(1), PartitionId(2), SettleReason::rejected, {Offset(4), Offset(4)});
  const auto sets = journal.take();
  ASSERT_THAT(sets, SizeIs(1));
  ASSERT_THAT(sets[0], SizeIs(1));
  SettleFrame frame;
  ASSERT_TRUE(decode_fields(Bytes(sets[0][0].meta), frame));
  ASSERT_THAT(frame.entries, SizeIs(2));
  ASSERT_THAT(frame.entries[0].runs, SizeIs(2));
  EXPECT_EQ(frame.entries[0].runs[0].last, Offset(3));
  EXPECT_TRUE(journal.empty());
  EXPECT_THAT(journal.take(), IsEmpty());
}

TEST(ASettleJournal, WritesEndsOfLeasesBeforeCounts) {
  SettleJournal journal;
  journal.returned({QueueId(1), PartitionId(2), Offset(3), 1});
  journal.lease_changed(QueueId(1), {PartitionId(2), Offset(3), 1, 0});
  journal.settled(QueueId(1), PartitionId(2), SettleReason::acked, {Offset(1), Offset(1)});
  const auto sets = journal.take();
  ASSERT_THAT(sets, SizeIs(1));
  ASSERT_THAT(sets[0], SizeIs(3));
  EXPECT_EQ(sets[0][0].kind, FrameKind::settle);
  EXPECT_EQ(sets[0][1].kind, FrameKind::lease);
  EXPECT_EQ(sets[0][2].kind, FrameKind::counts);
}

TEST(ASettleJournal, SplitsOneEntryThatIsTooLarge) {
  SettleJournal journal;
  constexpr std::int64_t runs = 50'000;
  for (std::int64_t i = 0; i < runs; ++i) {
    journal.settled(QueueId(1), PartitionId(2), SettleReason::purged,
                    {Offset(i * 2), Offset(i * 2)});
  }
  std::int64_t seen = 0;
  for (const WriteSet& set : journal.take()) {
    for (const StagedFrame& staged : set) {
      SettleFrame frame;
      ASSERT_TRUE(decode_fields(Bytes(staged.meta), frame));
      EXPECT_LE(staged.meta.size(), SettleJournal::frame_bytes_max + 100);
      for (const SettleEntry& entry : frame.entries) {
        for (const SettledRun& run : entry.runs)
          EXPECT_EQ(run.first, Offset(2 * seen++));
      }
    }
  }
  EXPECT_EQ(seen, runs);
}

TEST(ARecordSource, FindsTheRecordsOfTheLargestBatchThatIsAccepted) {
  constexpr std::size_t section_bytes = 64U << 20;
  constexpr std::size_t records = 5;
  std::string noise(800'000, '\0');  // or it would be refused as a bomb
  std::uint32_t state = 1;
  for (char& c : noise)
    c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  BatchBuilder builder;
  builder.begin(0);
  const auto add = [&builder, &noise](std::size_t bytes) {
    const std::string zeros(bytes - noise.size(), '\0');
    const Bytes body[] = {noise, zeros};
    RecordParts parts;
    parts.body = body;
    builder.add(parts);
  };
  for (std::size_t i = 0; i + 1 < records; ++i)
    add(15U << 20);
  constexpr std::size_t around_a_value = 13;
  add(section_bytes + batch_header_bytes - builder.size_bytes() - around_a_value);
  const Slice plain = builder.seal();
  ASSERT_EQ(plain.size(), batch_header_bytes + section_bytes);
  std::string sent(plain.bytes().substr(0, batch_header_bytes));
  sent += compress(Codec::zstd, plain.bytes().substr(batch_header_bytes)).value();
  store_be(sent.data() + 8, static_cast<std::int32_t>(sent.size() - 12));
  store_be(sent.data() + 21, std::int16_t{4});
  store_be(sent.data() + 17, crc32c(Bytes(sent).substr(batch_crc_from)));
  ASSERT_TRUE(validate_produced_batch(sent));
  RecordSource source;
  StoredBatch stored{Offset(7), Offset(7 + records - 1)};
  stored.batch = Slice::copy_of(sent);
  source.fill(Offset(7), {stored});
  RecordRef found;
  for (std::size_t i = 0; i < records; ++i) {
    EXPECT_EQ(source.find(Offset(7) + static_cast<std::int64_t>(i), found),
              RecordSource::Found::yes);
  }
}

TEST(Timers, RunInOrderAndNotWhenCancelled) {
  Timers timers;
  std::vector<int> told;
  timers.at(Instant(3), [&] { told.push_back(3); });
  const auto cancelled = timers.at(Instant(2), [&] { told.push_back(2); });
  timers.at(Instant(1), [&] { told.push_back(1); });
  EXPECT_EQ(timers.next(), Instant(1));
  timers.cancel(cancelled);
  timers.run(Instant(2));
  EXPECT_THAT(told, ElementsAre(1));
  timers.run(Instant(3));
  EXPECT_THAT(told, ElementsAre(1, 3));
  EXPECT_EQ(timers.next(), no_deadline);
}

TEST(APartOfACheckpoint, IsReadBackAsItWasWritten) {
  BrokerPart part;
  part.lsn = 7;
  part.next_producer = ProducerId(1001);
  part.lease_key = "0123456789abcdef";
  part.clean = true;
  part.epoch = Epoch(4);
  const std::string bytes = encode_part(part);
  EXPECT_EQ(static_cast<PartKind>(bytes[0]), PartKind::broker);
  BrokerPart read;
  ASSERT_TRUE(decode_fields(Bytes(bytes).substr(1), read));
  EXPECT_EQ(read.lsn, 7U);
  EXPECT_EQ(read.next_producer, ProducerId(1001));
  EXPECT_EQ(read.lease_key, part.lease_key);
  EXPECT_TRUE(read.clean);
  EXPECT_EQ(read.epoch, Epoch(4));
  EXPECT_FALSE(decode_fields(Bytes(bytes).substr(1, 9), read));
}

}  // namespace
}  // namespace rialto::test
