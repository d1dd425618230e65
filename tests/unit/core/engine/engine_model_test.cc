#include "core/engine/slot_index.h"
#include "tests/unit/core/engine/engine_rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace rialto::test {
namespace {

struct ModelBatch {
  std::int64_t last = 0;
  std::int64_t timestamp_ms = 0;
  std::string body;
};

/// Random work against the engine and a map that knows what it has to find.
class ModelRun {
 public:
  explicit ModelRun(std::uint32_t seed) : random_(seed) {
    rig_.cold = below(2) == 0;
    rig_.options.tail_cache_bytes = below(2) == 0 ? 0 : 1 << 20;
    rig_.options.cold_cache_bytes_max = below(2) == 0 ? 20'000 : 1 << 20;
  }

  void run(int steps) {
    ASSERT_TRUE(rig_.start());
    for (int step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) {
      const std::uint32_t dice = below(100);
      if (dice < 60) {
        publish();
      } else if (dice < 85) {
        read();
      } else if (dice < 92) {
        read_at_time();
      } else if (dice < 95) {
        trim(partition(), below(100));
      } else if (dice < 97) {
        rig_.take_checkpoint();
      } else if (dice < 98) {
        release();
      } else {
        restart();
      }
    }
    for (const auto& [id, log] : model_) {
      EXPECT_EQ(rig_.all(id).size(), log.size()) << "partition " << id.get();
    }
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  PartitionId partition() { return PartitionId{1 + below(4)}; }

  void publish() {
    const auto records = static_cast<std::int32_t>(1 + below(5));
    const std::int64_t timestamp = 1000 + below(1000);
    std::string body = std::to_string(random_());
    body.resize(body.size() + below(4000), 'b');
    std::vector<DataTarget> targets;
    for (std::uint64_t id = 1; id <= 4; ++id) {
      if (below(3) != 0) continue;
      std::int64_t& end = log_end_[PartitionId{id}];
      targets.push_back({PartitionId{id}, Offset{end}, 0});
      model_[PartitionId{id}][end] = {end + records - 1, timestamp, body};
      end += records + (below(20) == 0 ? 3 : 0);
    }
    if (targets.empty()) return;
    WriteSet set;
    set.push_back(data_frame(std::move(targets), body, records, timestamp));
    rig_.engine->stage(std::move(set), Haste::durable);
    rig_.tick();
  }

  void read() {
    const PartitionId id = partition();
    const std::int64_t from =
        log_end_[id] == 0 ? 0 : below(static_cast<std::uint32_t>(log_end_[id] + 2));
    const std::size_t bytes_max = below(3) == 0 ? 1 : below(20'000);
    const auto batches = rig_.read(id, Offset{from}, bytes_max);
    ASSERT_TRUE(batches) << batches.error().text;
    auto expected = model_[id].begin();
    while (expected != model_[id].end() && expected->second.last < from)
      ++expected;
    if (expected != model_[id].end()) {
      ASSERT_FALSE(batches->empty()) << "partition " << id.get() << " from " << from;
    }
    std::size_t bytes = 0;
    for (const StoredBatch& batch : *batches) {
      ASSERT_NE(expected, model_[id].end());
      ASSERT_EQ(batch.base_offset.get(), expected->first);
      ASSERT_EQ(batch.last_offset.get(), expected->second.last);
      ASSERT_EQ(batch.max_timestamp_ms, expected->second.timestamp_ms);
      ASSERT_EQ(batch.batch.bytes(), expected->second.body);
      bytes += batch.batch.size();
      ++expected;
    }
    if (batches->size() > 1) {
      ASSERT_LE(bytes, bytes_max);
    }
  }

  void read_at_time() {
    const PartitionId id = partition();
    const std::int64_t time = 990 + below(1020);
    const auto batches = rig_.at_time(id, time);
    ASSERT_TRUE(batches) << batches.error().text;
    auto expected = model_[id].begin();
    while (expected != model_[id].end() && expected->second.timestamp_ms < time)
      ++expected;
    ASSERT_EQ(batches->empty(), expected == model_[id].end());
    if (!batches->empty()) {
      ASSERT_EQ(batches->at(0).base_offset.get(), expected->first);
    }
  }

  void trim(PartitionId id, std::int64_t forward) {
    std::int64_t& start = log_start_[id];
    start = std::min(start + forward / 10, log_end_[id]);
    std::erase_if(model_[id], [&](const auto& item) { return item.second.last < start; });
    keep(id, start);
  }

  /// Of what lies below the log start only what the model has.
  void keep(PartitionId id, std::int64_t log_start) {
    const auto& log = model_[id];
    const Offset first{log.empty() ? log_end_[id] : log.begin()->first};
    const auto waits = [&log](Offset from, Offset to) {
      return std::any_of(log.begin(), log.end(), [&](const auto& item) {
        return item.first <= to.get() && item.second.last >= from.get();
      });
    };
    rig_.engine->trim(
        {id, std::min(first, Offset{log_start}), Offset{log_start}, Offset{log_end_[id]}, waits});
  }

  /// Everything in some unit goes, whatever older ones hold.
  void release() {
    for (int i = 0; i < 4; ++i) {
      static_cast<void>(rig_.engine->closed_units(0));
      rig_.tick();
    }
    const auto units = rig_.engine->closed_units(below(3));
    if (units.empty()) return;
    const StorageUnit& unit = units[below(static_cast<std::uint32_t>(units.size()))];
    for (const StorageUnit::Held& held : unit.held) {
      std::erase_if(model_[held.partition], [&](const auto& item) {
        return item.first >= held.first.get() && item.first <= held.last.get();
      });
      holed_.insert(held.partition);
      keep(held.partition, log_end_[held.partition]);
    }
    const auto empty = rig_.engine->empty_units(UINT64_MAX);
    ASSERT_NE(std::find(empty.begin(), empty.end(), unit.number), empty.end());
    rig_.engine->release_units(empty);
    rig_.tick();
  }

  void restart() {
    if (below(2) == 0) {
      ASSERT_TRUE(rig_.engine->close());
    }
    rig_.stop();
    rig_.disk.power_loss(below(2) == 0 ? PowerLoss::sectors : PowerLoss::keep_all, random_());
    for (const std::string& name : rig_.disk.names()) {
      if (slot_of_index_name(name) && below(4) == 0) rig_.disk.remove(name);
    }
    ASSERT_TRUE(rig_.start());
    for (const auto& [id, log] : model_)
      keep(id, holed_.contains(id) ? log_end_[id] : log_start_[id]);
  }

  std::mt19937 random_;
  EngineRig rig_;
  std::map<PartitionId, std::map<std::int64_t, ModelBatch>> model_;
  std::map<PartitionId, std::int64_t> log_end_;
  std::map<PartitionId, std::int64_t> log_start_;
  std::set<PartitionId> holed_;  ///< what they have left may lie anywhere
};

TEST(EngineModel, RandomWorkFindsExactlyWhatASimpleMapHolds) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ModelRun run(seed);
    run.run(600);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace rialto::test
