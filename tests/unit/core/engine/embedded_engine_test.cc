#include "core/engine/embedded_engine.h"

#include "core/engine/slot_index.h"
#include "tests/unit/core/engine/engine_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rialto::test {
namespace {

using State = ReadOutcome::State;

constexpr PartitionId orders{1};
constexpr PartitionId events{2};

TEST(EmbeddedEngine, ABatchCanBeReadBeforeItIsWritten) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  const Ticket ticket =
      rig.engine->stage(data_set(orders, Offset{0}, "hello", 3, 77), Haste::durable);
  EXPECT_EQ(rig.engine->last_staged(), ticket);
  EXPECT_LT(rig.engine->poll(rig.clock.now()).durable, ticket);
  const ReadOutcome outcome = rig.engine->read({orders, Offset{2}, Offset{3}, 100}, ReadToken{1});
  ASSERT_EQ(outcome.state, State::ready);
  ASSERT_EQ(outcome.batches.size(), 1U);
  EXPECT_EQ(outcome.batches[0].batch.bytes(), "hello");
  EXPECT_EQ(outcome.batches[0].base_offset, Offset{0});
  EXPECT_EQ(outcome.batches[0].last_offset, Offset{2});
  EXPECT_EQ(outcome.batches[0].max_timestamp_ms, 77);
  EXPECT_EQ(outcome.batches[0].epoch, rig.engine->epoch());
}

TEST(EmbeddedEngine, DurableMovesPastATicketOnlyAfterHandOver) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  const Ticket first = rig.engine->stage(data_set(orders, Offset{0}, "a"), Haste::durable);
  const Ticket second = rig.engine->stage(data_set(orders, Offset{1}, "b"), Haste::durable);
  EXPECT_LT(first, second);
  EXPECT_LT(rig.engine->poll(rig.clock.now()).durable, first);
  rig.tick();
  EXPECT_GE(rig.engine->poll(rig.clock.now()).durable, second);
}

TEST(EmbeddedEngine, AReadStopsAtItsBoundsAndTheFirstBatchAlwaysComes) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 10);
  EXPECT_EQ(rig.read(orders, Offset{0}, 1)->size(), 1U);
  EXPECT_EQ(rig.read(orders, Offset{0}, 3000)->size(), 3U);
  const auto outcome = rig.engine->read({orders, Offset{4}, Offset{6}, SIZE_MAX}, ReadToken{1});
  EXPECT_EQ(outcome.batches.size(), 2U);
  EXPECT_TRUE(rig.read(orders, Offset{10})->empty());
  EXPECT_TRUE(rig.read(events, Offset{0})->empty());
}

TEST(EmbeddedEngine, FanOutStoresABatchOnceAndEveryTargetReadsIt) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  WriteSet set;
  set.push_back(data_frame({{orders, Offset{0}, 0}, {events, Offset{41}, 0}}, "both", 2));
  rig.engine->stage(std::move(set), Haste::durable);
  rig.tick();
  EXPECT_EQ(rig.read(orders, Offset{0})->at(0).base_offset, Offset{0});
  EXPECT_EQ(rig.read(events, Offset{0})->at(0).base_offset, Offset{41});
  EXPECT_EQ(rig.read(events, Offset{42})->at(0).batch.bytes(), "both");
}

TEST(EmbeddedEngine, ARestartFindsTheSameBatchesAtTheSameOffsets) {
  for (const bool checkpoint : {false, true}) {
    for (const bool clean : {false, true}) {
      EngineRig rig;
      ASSERT_TRUE(rig.start());
      rig.fill(orders, 200);
      rig.fill(events, 3);
      if (checkpoint) rig.take_checkpoint();
      rig.fill(orders, 20);
      const auto before = rig.all(orders);
      ASSERT_EQ(before.size(), 220U);
      if (clean) {
        ASSERT_TRUE(rig.engine->close());
      }
      ASSERT_TRUE(rig.restart());
      EXPECT_EQ(rig.replay.parts.has_value(), checkpoint);
      EXPECT_EQ(rig.replay.kinds.size(), checkpoint ? 20U : 223U);
      EXPECT_EQ(rig.all(orders), before);
      EXPECT_EQ(rig.all(events).size(), 3U);
      rig.fill(orders, 100);
      EXPECT_EQ(rig.all(orders).size(), 320U);
      ASSERT_TRUE(rig.restart());
      EXPECT_EQ(rig.all(orders).size(), 320U);
    }
  }
}

void expect_volatile_until_the_end(bool clean) {
  const PartitionId gone{volatile_id_bit | 7};
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  std::int64_t next = 0;
  const auto publish = [&] {
    WriteSet set;
    set.push_back(
        data_frame({{orders, Offset{next}, 0}, {gone, Offset{next}, DataTarget::is_volatile}},
                   std::string(900, 'x')));
    ++next;
    rig.engine->stage(std::move(set), Haste::durable);
    rig.tick();
  };
  for (int i = 0; i < 150; ++i)
    publish();
  EXPECT_EQ(rig.all(gone).size(), 150U);
  rig.take_checkpoint();
  if (clean) {
    ASSERT_TRUE(rig.engine->close());
  }
  ASSERT_TRUE(rig.restart());
  EXPECT_TRUE(rig.all(gone).empty());
  EXPECT_EQ(rig.all(orders).size(), 150U);
  // The id may come again: what it held in the earlier life does not.
  WriteSet set;
  set.push_back(data_frame({{gone, Offset{0}, DataTarget::is_volatile}}, "new"));
  rig.engine->stage(std::move(set), Haste::written);
  EXPECT_EQ(rig.all(gone), (std::map<std::int64_t, std::string>{{0, "new"}}));
}

TEST(EmbeddedEngine, VolatileTargetsAreReadableUntilTheProcessEnds) {
  expect_volatile_until_the_end(true);
  expect_volatile_until_the_end(false);
}

TEST(EmbeddedEngine, TheBatchAtATimeIsTheFirstThatReachesIt) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  const std::vector<std::int64_t> times{100, 300, 200, 300, 500};
  for (int round = 0; round < 40; ++round) {
    for (const std::int64_t t : times)
      rig.put(orders, std::string(900, 'x'), 1, t + 1000 * round);
  }
  for (const bool restarted : {false, true}) {
    SCOPED_TRACE(restarted);
    if (restarted) {
      rig.take_checkpoint();
      ASSERT_TRUE(rig.restart());
    }
    EXPECT_EQ(rig.at_time(orders, 0)->at(0).base_offset, Offset{0});
    EXPECT_EQ(rig.at_time(orders, 101)->at(0).base_offset, Offset{1});
    EXPECT_EQ(rig.at_time(orders, 301)->at(0).base_offset, Offset{4});
    EXPECT_EQ(rig.at_time(orders, 20'400)->at(0).base_offset, Offset{104});
    EXPECT_TRUE(rig.at_time(orders, 1'000'000)->empty());
    EXPECT_TRUE(rig.at_time(events, 0)->empty());
    rig.trim(orders, Offset{2});
    EXPECT_EQ(rig.at_time(orders, 0)->at(0).base_offset, Offset{2});
  }
}

TEST(EmbeddedEngine, NothingBelowTheLogStartIsRead) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 150);
  rig.trim(orders, Offset{120});
  EXPECT_EQ(rig.read(orders, Offset{0}, 1)->at(0).base_offset, Offset{120});
  EXPECT_EQ(rig.all(orders).size(), 30U);
  rig.engine->drop(orders);
  EXPECT_TRUE(rig.all(orders).empty());
}

TEST(EmbeddedEngine, AColdReadIsPendingAndGoesOnFromWhatWasReadAhead) {
  EngineRig rig;
  rig.cold = true;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 40);
  rig.take_checkpoint();
  ASSERT_TRUE(rig.restart());
  EXPECT_EQ(rig.read(orders, Offset{0}, 4000)->size(), 4U);
  EXPECT_EQ(rig.last_state, State::pending);
  EXPECT_EQ(rig.read(orders, Offset{4}, 4000)->size(), 4U);  // sequential: reads ahead
  EXPECT_EQ(rig.last_state, State::pending);
  EXPECT_GT(rig.engine->cold_cache_bytes(), 20'000U);
  EXPECT_EQ(rig.read(orders, Offset{8}, 4000)->size(), 4U);
  EXPECT_EQ(rig.last_state, State::ready);
  EXPECT_EQ(rig.all(orders).size(), 40U);
}

TEST(EmbeddedEngine, WhatIsKeptOfColdReadsIsBounded) {
  EngineRig rig;
  rig.cold = true;
  rig.options.cold_cache_bytes_max = 10'000;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 60);
  ASSERT_TRUE(rig.restart());
  for (std::int64_t from = 0; from < 40; from += 2) {
    EXPECT_EQ(rig.read(orders, Offset{from}, 2000)->at(0).base_offset, Offset{from});
    EXPECT_LE(rig.engine->cold_cache_bytes(), 10'000U);
  }
}

TEST(EmbeddedEngine, AsManyColdReadsAsAreAllowedArePendingAndTheNextIsBusy) {
  EngineRig rig;
  rig.cold = true;
  rig.options.cold_reads_max = 3;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 20);
  ASSERT_TRUE(rig.restart());
  const auto ask = [&](std::int64_t from, std::uint64_t token) {
    return rig.engine->read({orders, Offset{from}, Offset{INT64_MAX}, 1}, ReadToken{token}).state;
  };
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(static_cast<std::int64_t>(i), 100 + i), State::pending);
  }
  EXPECT_EQ(ask(7, 103), State::busy);
  // What needs no disk is still served.
  rig.engine->stage(data_set(events, Offset{0}, "hot"), Haste::durable);
  EXPECT_EQ(rig.read(events, Offset{0})->at(0).batch.bytes(), "hot");
  EXPECT_EQ(rig.wait_for(ReadToken{102})->at(0).base_offset, Offset{2});
  EXPECT_EQ(ask(7, 104), State::pending);
}

TEST(EmbeddedEngine, WarmingTellsTheDiskOfAllThatIsOnItAndBringsNothing) {
  EngineRig rig;
  rig.cold = true;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 80);  // the first slot is sealed
  ASSERT_TRUE(rig.restart());
  const std::vector<Offset> wanted{Offset{70}, Offset{3}, Offset{40}, Offset{79}, Offset{200}};
  EXPECT_FALSE(rig.engine->warm(events, wanted, ReadToken{101})) << "it holds nothing";
  ASSERT_TRUE(rig.engine->warm(orders, wanted, ReadToken{102}));
  EXPECT_TRUE(rig.wait_for(ReadToken{102})->empty());
  EXPECT_EQ(rig.cold_dir->hints(), 4);
  EXPECT_FALSE(rig.engine->warm(orders, wanted, ReadToken{104})) << "that has just been done";
  EXPECT_EQ(rig.read(orders, Offset{3}, 1)->size(), 1U) << "what is missed all the same is read";
  ASSERT_TRUE(rig.engine->warm(orders, {Offset{20}, Offset{70}}, ReadToken{105}));
  EXPECT_TRUE(rig.wait_for(ReadToken{105})->empty());
  EXPECT_EQ(rig.cold_dir->hints(), 6);
  rig.put(orders, "hot");
  EXPECT_FALSE(rig.engine->warm(orders, {Offset{80}}, ReadToken{103})) << "it is in the tail cache";
}

TEST(EmbeddedEngine, WarmingReadsABatchOnceHoweverManyOfItsOffsetsAreAskedFor) {
  EngineRig rig;
  rig.cold = true;
  ASSERT_TRUE(rig.start());
  for (int n = 0; n < 40; ++n)
    rig.put(orders, std::string(2000, 'x'), 100);
  rig.fill(events, 80);
  ASSERT_TRUE(rig.restart());
  std::vector<Offset> wanted;
  for (std::int64_t offset = 0; offset < 250; ++offset)
    wanted.emplace_back(offset);
  ASSERT_TRUE(rig.engine->warm(orders, wanted, ReadToken{101}));
  EXPECT_TRUE(rig.wait_for(ReadToken{101})->empty());
  EXPECT_EQ(rig.cold_dir->hints(), 3);
}

TEST(EmbeddedEngine, RotQuarantinesExactlyOneBatch) {
  for (const bool cold : {false, true}) {
    SCOPED_TRACE(cold);
    EngineRig rig;
    rig.cold = cold;
    ASSERT_TRUE(rig.start());
    rig.fill(orders, 30);
    rig.take_checkpoint();
    rig.stop();
    rig.disk.process_crash();
    const auto names = rig.disk.names();
    for (const std::string& name : names) {
      const auto at = rig.disk.content(name).find("body 17 ");
      if (at != std::string::npos) rig.disk.flip(name, at + 500, 0x10);
    }
    ASSERT_TRUE(rig.start());
    const auto found = rig.all(orders);
    EXPECT_EQ(found.size(), 29U);
    EXPECT_FALSE(found.contains(17));
    EXPECT_THAT(rig.damaged, testing::ElementsAre(OffsetRun{Offset{17}, Offset{17}}));
    const auto refused = rig.read(orders, Offset{17});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::corrupt);
    EXPECT_THAT(refused.error().text, testing::HasSubstr("partition 1, offsets 17 to 17"));
  }
}

TEST(EmbeddedEngine, TicketsStayInOrderAcrossARestart) {
  EngineRig rig;
  ASSERT_TRUE(rig.start());
  const Ticket before = rig.put(orders, "a");
  const Epoch epoch = rig.engine->epoch();
  ASSERT_TRUE(rig.restart());
  EXPECT_GE(rig.engine->last_staged(), before);
  EXPECT_GT(rig.put(orders, "b"), before);
  EXPECT_GT(rig.engine->epoch(), epoch);
  EXPECT_EQ(rig.read(orders, Offset{0}, 1)->at(0).epoch, epoch);
}

TEST(EmbeddedEngine, ThreadsGiveTheSameAnswersAsInlineWork) {
  EngineRig rig;
  rig.cold = true;
  rig.options.read_threads = 2;
  ASSERT_TRUE(rig.start());
  rig.fill(orders, 150);
  rig.take_checkpoint();
  ASSERT_TRUE(rig.restart());
  for (std::uint64_t i = 0; i < 50; ++i) {
    const ReadOutcome outcome = rig.engine->read(
        {orders, Offset{static_cast<std::int64_t>(i * 3)}, Offset{INT64_MAX}, 2000},
        ReadToken{1000 + i});
    ASSERT_EQ(outcome.state, State::pending);
  }
  while (rig.completed.size() < 50)
    rig.tick();
  for (std::uint64_t i = 0; i < 50; ++i) {
    const auto batches = rig.wait_for(ReadToken{1000 + i});
    ASSERT_TRUE(batches);
    EXPECT_EQ(batches->at(0).base_offset, Offset{static_cast<std::int64_t>(i * 3)});
  }
  EXPECT_TRUE(rig.engine->close());
}

TEST(EmbeddedEngine, WithEveryThreadThereIsItFindsWhatItStored) {
  EngineRig rig;
  rig.cold = true;
  rig.options.journal.inline_work = false;
  rig.options.read_threads = 2;
  rig.options.tail_cache_bytes = 20'000;
  ASSERT_TRUE(rig.start());
  const auto pass_time = [&] {
    rig.tick();
    rig.engine->wait();
  };
  for (std::int64_t i = 0; i < 400; ++i) {
    while (!rig.engine->admits(1100, Haste::durable))
      pass_time();
    const Ticket ticket = rig.engine->stage(
        data_set(orders, Offset{i}, std::to_string(i) + std::string(1000, '.')), Haste::durable);
    if (i % 50 == 0) {
      while (rig.engine->poll(rig.clock.now()).durable < ticket)
        pass_time();
    }
    if (i % 100 == 99) rig.engine->checkpoint({"image"});
    if (i % 10 == 0) {
      rig.engine->read({orders, Offset{i / 2}, Offset{i + 1}, 3000}, ReadToken{5000});
    }
  }
  while (rig.engine->poll(rig.clock.now()).durable < rig.engine->last_staged())
    pass_time();
  ASSERT_TRUE(rig.engine->close());
  ASSERT_TRUE(rig.restart());
  std::int64_t next = 0;
  while (next < 400) {
    const ReadToken token{static_cast<std::uint64_t>(10'000 + next)};
    ReadOutcome outcome =
        rig.engine->read({orders, Offset{next}, Offset{INT64_MAX}, 20'000}, token);
    if (outcome.state == State::pending) {
      while (!rig.completed.contains(token))
        pass_time();
      outcome.batches = *rig.wait_for(token);
    }
    ASSERT_FALSE(outcome.batches.empty());
    for (const StoredBatch& batch : outcome.batches) {
      EXPECT_EQ(batch.batch.bytes(), std::to_string(next++) + std::string(1000, '.'));
    }
  }
}

}  // namespace
}  // namespace rialto::test
