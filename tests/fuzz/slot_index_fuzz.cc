// A side file of the index with any content: answered or refused, never believed beyond the slot
// it speaks for. An odd first byte of the input has the checksums made right, so that what lies
// behind them is reached.
#include "core/engine/slot_index.h"

#include "core/base/check.h"
#include "core/engine/slot_index_format.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace {

using namespace rialto;
using namespace rialto::slot_index_format;

class ContentFile final : public File {
 public:
  explicit ContentFile(const std::string& content) : content_(content) {}
  Result<void> write(std::uint64_t, std::span<const Bytes>) override { return Errc::io_failed; }
  Result<void> read(std::uint64_t at, char* out, std::size_t bytes, bool) const override {
    if (at > content_.size() || bytes > content_.size() - at) return Errc::out_of_range;
    std::memcpy(out, content_.data() + at, bytes);
    return {};
  }
  Result<void> sync() override { return {}; }
  Result<std::uint64_t> size_bytes() const override { return content_.size(); }

 private:
  const std::string& content_;
};

/// Every file has the same content.
class ContentDirectory final : public Directory {
 public:
  explicit ContentDirectory(std::string content) : content_(std::move(content)) {}
  Result<void> lock() override { return {}; }
  Result<std::vector<std::string>> list() const override { return std::vector<std::string>(); }
  bool exists(std::string_view) const override { return true; }
  Result<std::unique_ptr<File>> create(std::string_view) override { return Errc::io_failed; }
  Result<std::unique_ptr<File>> open(std::string_view) override {
    return std::unique_ptr<File>(std::make_unique<ContentFile>(content_));
  }
  Result<void> rename(std::string_view, std::string_view) override { return Errc::io_failed; }
  Result<void> remove(std::string_view) override { return Errc::io_failed; }
  Result<void> sync() override { return {}; }
  Result<std::uint64_t> free_bytes() const override { return std::uint64_t{0}; }
  std::string path_of(std::string_view name) const override { return std::string(name); }

 private:
  std::string content_;
};

void make_checksums_right(std::string& content) {
  if (content.size() < block_bytes) return;
  SlotSpan span;
  span.number = load_le<std::uint64_t>(content.data() + 8);
  span.end = Lsn(load_le<std::uint64_t>(content.data() + 24));
  for (std::size_t at = 0; at + block_bytes <= content.size(); at += block_bytes) {
    finish_block(content.data() + at, span);
  }
}

void look_around(const SlotIndex& index, const HeldRows& held) {
  const SlotSpan& span = index.span();
  const auto all = index.all(held);
  if (all) {
    RIALTO_CHECK(all->size() == held.rows, "every row is there");
    for (const Placement& p : *all) {
      RIALTO_CHECK(p.frame.lsn >= span.first && p.frame.lsn < span.end, "rows stay in the slot");
      RIALTO_CHECK(p.last() >= p.base, "offsets go up");
    }
  }
  for (const Offset from : {Offset{0}, held.first, held.last, held.last + 1}) {
    const auto found = index.find(held, from, 7, false);
    RIALTO_CHECK(!found || found->size() <= 7, "no more than asked for");
    static_cast<void>(index.at_time(held, from, held.max_timestamp_ms, true));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 17) return 0;
  std::string content(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) != 0) make_checksums_right(content);
  const auto number = load_le<std::uint64_t>(content.data() + 8);
  ContentDirectory dir(std::move(content));
  const auto index = SlotIndex::open(dir, number);
  if (!index) return 0;
  const auto directory = (*index)->held(false);
  for (std::uint32_t row = 0; row < std::min((*index)->partitions(), 50U); ++row) {
    const auto held = (*index)->held_at(row, true);
    RIALTO_CHECK(!directory || held, "a directory that holds has rows that hold");
    if (held) look_around(**index, *held);
  }
  return 0;
}
