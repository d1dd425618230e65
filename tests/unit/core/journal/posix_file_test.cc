#include "core/journal/posix_file.h"

#include "core/base/clock.h"
#include "core/journal/journal.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/core/journal/journal_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace rialto {
namespace {

using test::TempDir;
using ::testing::HasSubstr;

unsigned mode_of(const std::string& path) {
  struct stat st {};
  EXPECT_EQ(::stat(path.c_str(), &st), 0);
  return st.st_mode & 0777U;
}

TEST(PosixFile, WritesManyPiecesAndReadsThemBack) {
  const TempDir temp;
  auto dir = open_directory(temp.path()).value();
  auto file = dir->create("f").value();
  std::vector<std::string> owned;
  std::string all;
  for (std::size_t i = 0; i < 3000; ++i)
    owned.push_back(test::filler(i % 7, i));
  std::vector<Bytes> pieces(owned.begin(), owned.end());
  for (const auto& s : owned)
    all += s;
  ASSERT_TRUE(file->write(10, pieces));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(*file->size_bytes(), 10 + all.size());
  std::string back(all.size(), '\0');
  ASSERT_TRUE(file->read(10, back.data(), back.size(), false));
  EXPECT_EQ(back, all);
  EXPECT_EQ(file->read(10, back.data(), back.size() + 1, false).error().code, Errc::out_of_range);
}

TEST(PosixFile, NamesPathAndReasonInErrors) {
  const TempDir temp;
  auto dir = open_directory(temp.path()).value();
  const auto missing = dir->open("nothing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_THAT(missing.error().text, HasSubstr(temp.path() + "/nothing: No such file"));
}

TEST(PosixFile, MakesDirectoryAndFilesPrivate) {
  const TempDir temp;
  const std::string path = temp.file("a/b/data");
  auto dir = open_directory(path + "/").value();
  ASSERT_TRUE(dir->create("f"));
  EXPECT_EQ(mode_of(path), 0700U);
  EXPECT_EQ(mode_of(temp.file("a")), 0700U);
  EXPECT_EQ(mode_of(path + "/f"), 0600U);
}

TEST(PosixFile, SaysWhatIsWrongWithADirectory) {
  const TempDir temp;
  std::ofstream(temp.file("plain")) << "x";
  EXPECT_THAT(open_directory(temp.file("plain")).error().text, HasSubstr("is not a directory"));
  EXPECT_FALSE(open_directory_for_reading(temp.file("absent")));
  EXPECT_FALSE(std::filesystem::exists(temp.file("absent")));
}

TEST(PosixFile, LocksOutASecondOpenerAndNamesTheFirst) {
  const TempDir temp;
  auto first = open_directory(temp.path()).value();
  auto second = open_directory(temp.path()).value();
  ASSERT_TRUE(first->lock());
  const auto refused = second->lock();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::in_use);
  EXPECT_THAT(refused.error().text, HasSubstr("process " + std::to_string(::getpid())));
  first.reset();
  EXPECT_TRUE(second->lock());
}

TEST(PosixFile, ReplacesAFileWhole) {
  const TempDir temp;
  auto dir = open_directory(temp.path()).value();
  ASSERT_TRUE(replace_file(*dir, "f", "one"));
  ASSERT_TRUE(replace_file(*dir, "f", "two"));
  EXPECT_EQ(*read_file(*dir, "f"), "two");
  EXPECT_EQ(*dir->list(), std::vector<std::string>{"f"});
  EXPECT_GT(*dir->free_bytes(), 0U);
}

TEST(PosixFile, AnswersWithoutWaitingOrSaysThatItWouldHaveTo) {
  const TempDir temp;
  auto dir = open_directory(temp.path()).value();
  auto file = dir->create("f").value();
  const Bytes pieces[] = {"abc"};
  ASSERT_TRUE(file->write(0, pieces));
  char out[3];
  const auto r = file->read(0, out, 3, true);
  if (r) {
    EXPECT_EQ(Bytes(out, 3), "abc");
  } else {
    EXPECT_EQ(r.error().code, Errc::full);
  }
}

TEST(JournalOnDisk, WorksWithRealThreadsAndFiles) {
  const TempDir temp;
  JournalOptions options;
  options.slot_bytes = 64 << 10;
  const SystemClock clock;
  std::vector<Lsn> places;
  std::atomic<int> wakes = 0;  // outlives the journal, whose thread may wake us until it is gone
  {
    auto dir = open_directory(temp.path()).value();
    test::Recorder replay;
    auto journal = Journal::open(options, *dir, clock, replay).value();
    journal->on_progress([&] {
      ++wakes;
      wakes.notify_all();
    });
    for (std::uint64_t i = 0; i < 300; ++i) {
      while (!journal->admits(2000, Urgency::durable)) {
        const int before = wakes;
        journal->hand_over(clock.now());
        journal->poll(clock.now());
        if (!journal->admits(2000, Urgency::durable)) wakes.wait(before);
      }
      std::vector<NewFrame> set(1);
      set[0].kind = FrameKind::data;
      set[0].meta = std::to_string(i);
      set[0].payload = Slice::copy_of(test::filler(2000, i));
      places.push_back(journal->stage(std::move(set), Urgency::durable).lsns[0]);
      journal->hand_over(clock.now());
      journal->poll(clock.now());
    }
    ASSERT_TRUE(journal->close());
    EXPECT_GT(wakes, 0);
  }
  auto dir = open_directory(temp.path()).value();
  test::Recorder replay;
  auto journal = Journal::open(options, *dir, clock, replay).value();
  ASSERT_EQ(replay.frames.size(), 300U);
  for (std::uint64_t i = 0; i < 300; ++i) {
    EXPECT_EQ(replay.frames[i].lsn, places[i]);
    EXPECT_EQ(replay.frames[i].meta, std::to_string(i));
  }
}

}  // namespace
}  // namespace rialto
