#include "core/base/slab.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace rialto {
namespace {

TEST(Slice, KeepsItsBytesAfterTheSourceIsGone) {
  std::string source = "some bytes";
  const Slice slice = Slice::copy_of(source);
  source.assign(source.size(), 'x');
  EXPECT_EQ(slice.bytes(), "some bytes");
  EXPECT_EQ(slice.pinned_bytes(), 10U);
}

TEST(Slice, OfAPartKeepsTheWholeSlabAlive) {
  Slice part;
  {
    const Slice whole = Slice::copy_of("0123456789");
    part = whole.sub(3, 4);
  }
  EXPECT_EQ(part.bytes(), "3456");
  EXPECT_EQ(part.pinned_bytes(), 10U);
}

TEST(Slice, MovedFromIsEmptyAndSelfAssignmentKeepsTheBytes) {
  Slice a = Slice::copy_of("abc");
  Slice b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move)
  const Slice& same = b;
  b = same;
  EXPECT_EQ(b.bytes(), "abc");
}

TEST(Slice, OfNothingPinsNothing) {
  EXPECT_EQ(Slice().pinned_bytes(), 0U);
  EXPECT_EQ(Slice::copy_of({}).size(), 0U);
}

TEST(Slice, OutsideOfItsSlabIsABug) {
  const Slice slice = Slice::copy_of("abc");
  EXPECT_DEATH(slice.sub(2, 2), "slice within its slab");
  EXPECT_DEATH(slice.sub(4, 0), "slice within its slab");
}

TEST(Slice, MayBeDroppedByAnotherThreadThanItsMaker) {
  for (int round = 0; round < 100; ++round) {
    const Slice slice = Slice::copy_of("shared");
    std::jthread other([copy = slice] { EXPECT_EQ(copy.bytes(), "shared"); });
  }
}

}  // namespace
}  // namespace rialto
