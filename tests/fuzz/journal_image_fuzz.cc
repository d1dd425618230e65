#include "core/base/check.h"
#include "core/base/clock.h"
#include "core/journal/dump.h"
#include "core/journal/frame.h"
#include "core/journal/journal.h"
#include "core/journal/manifest.h"
#include "core/journal/slot_pool.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <sstream>
#include <string>

// Recovery of any slot content: it opens or refuses, never shows half a set, and what it showed
// once it shows again. The first byte of the input says how headers are made to fit.
namespace rialto {
namespace {

constexpr std::uint64_t slot_bytes = 4096;
constexpr std::uint64_t slot_count = 2;

using Content = std::shared_ptr<std::string>;

class MemoryFile final : public File {
 public:
  explicit MemoryFile(Content content) : content_(std::move(content)) {}

  Result<void> write(std::uint64_t position_bytes, std::span<const Bytes> pieces) override {
    auto at = static_cast<std::size_t>(position_bytes);
    for (const Bytes piece : pieces) {
      if (content_->size() < at + piece.size()) content_->resize(at + piece.size());
      content_->replace(at, piece.size(), piece);
      at += piece.size();
    }
    return {};
  }
  Result<void> read(std::uint64_t position_bytes, char* out, std::size_t bytes,
                    bool /*nowait*/) const override {
    if (position_bytes + bytes > content_->size()) return Errc::out_of_range;
    content_->copy(out, bytes, static_cast<std::size_t>(position_bytes));
    return {};
  }
  Result<void> sync() override { return {}; }
  Result<std::uint64_t> size_bytes() const override {
    return static_cast<std::uint64_t>(content_->size());
  }

 private:
  Content content_;
};

class MemoryDirectory final : public Directory {
 public:
  std::map<std::string, Content, std::less<>> files;

  Result<void> lock() override { return {}; }
  Result<std::vector<std::string>> list() const override {
    std::vector<std::string> names;
    for (const auto& [name, content] : files)
      names.push_back(name);
    return names;
  }
  bool exists(std::string_view name) const override { return files.find(name) != files.end(); }
  Result<std::unique_ptr<File>> create(std::string_view name) override {
    files[std::string(name)] = std::make_shared<std::string>();
    return open(name);
  }
  Result<std::unique_ptr<File>> open(std::string_view name) override {
    const auto it = files.find(name);
    if (it == files.end()) return Errc::not_found;
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(it->second));
  }
  Result<void> rename(std::string_view from, std::string_view to) override {
    files[std::string(to)] = files.at(std::string(from));
    return remove(from);
  }
  Result<void> remove(std::string_view name) override {
    files.erase(std::string(name));
    return {};
  }
  Result<void> sync() override { return {}; }
  Result<std::uint64_t> free_bytes() const override { return std::uint64_t{1} << 30; }
  std::string path_of(std::string_view name) const override { return std::string(name); }
};

class WholeSets final : public JournalReplay {
 public:
  Result<void> on_checkpoint(Lsn, const std::vector<std::string>&) override { return {}; }
  Result<void> on_frame(const ReplayedFrame& frame) override {
    RIALTO_CHECK(frame.lsn >= last_ && frame.set_first <= frame.lsn, "frames in LSN order");
    last_ = frame.end;
    shown += std::to_string(frame.lsn.get()) + ' ' + std::string(frame.meta) + '\n';
    return {};
  }
  std::string shown;

 private:
  Lsn last_{0};
};

/// Gives whatever looks like a header a checksum that holds; `how` & 2 also its address.
void repair(std::string& image, unsigned how, std::uint32_t seed) {
  for (std::size_t at = 0; at + frame_header_bytes <= image.size(); at += 8) {
    auto header = parse_frame_header(Bytes(image).substr(at));
    if (!header) continue;
    if ((how & 2) != 0) {
      header->lsn = Lsn(at);
      header->epoch = Epoch(1);
      header->set_first = std::min(header->set_first, header->lsn);
    }
    if (!frame_plausible(*header, Lsn(at), slot_bytes)) continue;
    put_frame_header(*header, image.data() + at);
    seal_frame(image.data() + at, std::min(header->durable, header->lsn), WallMs(0), seed);
  }
}

void recover(const std::string& input) {
  Manifest manifest;
  manifest.directory_id = std::string(16, 'd');
  manifest.slot_bytes = slot_bytes;
  manifest.epochs = {{Epoch(1), Lsn(0)}};
  std::string image = input.substr(1);
  image.resize(slot_bytes * slot_count);
  const auto how = static_cast<unsigned char>(input[0]);
  if ((how & 1) != 0) repair(image, how, frame_seed(manifest.directory_id));
  MemoryDirectory dir;
  for (std::uint64_t i = 0; i < slot_count; ++i) {
    manifest.slots.push_back({i, i});
    dir.files[slot_name(i)] =
        std::make_shared<std::string>(image.substr(i * slot_bytes, slot_bytes));
  }
  dir.files["manifest-a"] = std::make_shared<std::string>(encode_manifest(manifest));
  std::ostringstream out;
  dump_journal(dir, DumpOptions{}, out);

  JournalOptions options;
  options.inline_work = true;
  options.skip_damage = (how & 4) != 0;
  const ManualClock clock;
  WholeSets first;
  {
    const auto journal = Journal::open(options, dir, clock, first);
    if (!journal) return;
  }
  WholeSets second;
  const auto again = Journal::open(options, dir, clock, second);
  RIALTO_CHECK(again, "what opened once opens again");
  RIALTO_CHECK(first.shown == second.shown, "recovering twice shows the same");
}

}  // namespace
}  // namespace rialto

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) rialto::recover(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
