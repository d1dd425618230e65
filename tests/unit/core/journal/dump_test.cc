#include "core/journal/dump.h"

#include "core/model/frames/catalog_frame.h"
#include "core/model/frames/codec.h"
#include "core/model/frames/data_frame.h"
#include "core/model/frames/view_frames.h"
#include "tests/unit/core/journal/journal_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace rialto::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string dumped(FaultDisk& disk, const DumpOptions& options = {}) {
  const auto dir = disk.open();
  std::ostringstream out;
  dump_journal(*dir, options, out);
  return out.str();
}

/// One frame of each of three kinds, closed in order.
void fill(JournalRig& rig) {
  DataMeta data;
  data.targets = {{PartitionId(7), Offset(100), 0}, {PartitionId(8), Offset(5), 1}};
  data.record_count = 3;
  data.last_offset_delta = 2;
  SettleFrame settle;
  settle.entries = {{QueueId(4), PartitionId(7), SettleReason::acked, {{Offset(1), Offset(9)}}}};
  CatalogFrame catalog;
  catalog.queues.resize(1);
  catalog.queues[0].vhost = "/";
  catalog.queues[0].name = "orders";
  ASSERT_TRUE(rig.send_one(encode_fields(data), filler(400, 1)));
  ASSERT_TRUE(rig.send({{FrameKind::settle, encode_fields(settle), ""},
                        {FrameKind::catalog, encode_fields(catalog), ""}}));
  ASSERT_TRUE(rig.journal().close());
}

TEST(Dump, NamesWhatIsThere) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  fill(rig);
  const std::string out = dumped(disk);
  EXPECT_THAT(out, HasSubstr("slot 0 from 0 in file 0"));
  EXPECT_THAT(out, HasSubstr("epoch 1 from 0"));
  EXPECT_THAT(out, HasSubstr("3 records to partition 7 at 100-102 partition 8 at 5-7 (volatile)"));
  EXPECT_THAT(out, HasSubstr("settled queue 4 partition 7: 1-9"));
  EXPECT_THAT(out, HasSubstr("queues /orders"));
  EXPECT_THAT(out, HasSubstr(std::to_string(rig.journal().staged().get()) + " tail"));
  EXPECT_THAT(out, Not(HasSubstr("damaged")));
}

TEST(Dump, NamesRotOfPayloadAndOfHeader) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  fill(rig);
  const Lsn settle = rig.sent()[1].lsns[0];
  disk.flip("slot-00000000", 300, 1);
  EXPECT_THAT(dumped(disk), HasSubstr("payload damaged"));
  disk.flip("slot-00000000", settle.get() + 70, 1);
  EXPECT_THAT(dumped(disk), HasSubstr("journal bytes " + std::to_string(settle.get())));
}

TEST(Dump, ShowsOnlyTheRangeAskedFor) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  fill(rig);
  DumpOptions options;
  options.from = rig.sent()[1].lsns[1];
  const std::string out = dumped(disk, options);
  EXPECT_THAT(out, HasSubstr("orders"));
  EXPECT_THAT(out, Not(HasSubstr("settled")));
}

TEST(Dump, GoesOnBehindASlotThatWasGivenBack) {
  FaultDisk disk;
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  rig.fill(20, 2000);
  rig.checkpoint();
  rig.tick();
  const std::string whole = dumped(disk);
  rig.journal().release({1});
  rig.tick();
  const std::string rest = dumped(disk);
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_LT(lines(rest), lines(whole));
  EXPECT_EQ(rest.substr(rest.rfind('\n', rest.size() - 2)),
            whole.substr(whole.rfind('\n', whole.size() - 2)))
      << "the tail, once";
  EXPECT_EQ(rest.find(" tail, "), rest.rfind(" tail, "));
}

TEST(Dump, ChangesNothingAndSaysWhenThereIsNoJournal) {
  FaultDisk disk;
  EXPECT_THAT(dumped(disk), HasSubstr("holds no journal"));
  JournalRig rig(disk);
  ASSERT_TRUE(rig.open());
  fill(rig);
  const auto operations = disk.operations(FaultOn::any);
  dumped(disk);
  EXPECT_EQ(disk.operations(FaultOn::any), operations);
}

}  // namespace
}  // namespace rialto::test
