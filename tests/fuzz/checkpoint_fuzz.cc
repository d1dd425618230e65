#include "core/base/check.h"
#include "core/base/crc32c.h"
#include "core/broker/checkpoint_parts.h"
#include "core/journal/checkpoint_file.h"
#include "tests/fuzz/fields_check.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace rialto;

class BytesFile final : public File {
 public:
  explicit BytesFile(Bytes content) : content_(content) {}

  Result<void> read(std::uint64_t at, char* out, std::size_t bytes, bool) const override {
    if (at > content_.size() || bytes > content_.size() - at) return Errc::out_of_range;
    content_.copy(out, bytes, at);
    return {};
  }
  Result<std::uint64_t> size_bytes() const override { return content_.size(); }
  Result<void> write(std::uint64_t, std::span<const Bytes>) override { return Errc::io_failed; }
  Result<void> sync() override { return Errc::io_failed; }

 private:
  Bytes content_;
};

Result<std::vector<std::string>> decode(Bytes bytes, Lsn lsn) {
  return read_checkpoint(BytesFile(bytes), lsn);
}

constexpr std::size_t head_bytes = 24;
constexpr std::size_t entry_bytes = 16;

void check_part(Bytes part) {
  if (part.empty()) return;
  const Bytes fields = part.substr(1);
  switch (static_cast<PartKind>(part[0])) {
    case PartKind::catalog: check_fields<CatalogPart>(fields); break;
    case PartKind::partitions: check_fields<PartitionsPart>(fields); break;
    case PartKind::queues: check_fields<QueuesPart>(fields); break;
    case PartKind::offsets: check_fields<OffsetsPart>(fields); break;
    case PartKind::broker: check_fields<BrokerPart>(fields); break;
    case PartKind::delayed: check_fields<DelayedPart>(fields); break;
  }
}

/// A file of one part, with checksums that hold.
std::string file_of(Bytes part) {
  std::string file("RTLC\1\0\0\0", 8);
  append_le(file, std::uint64_t{7});
  append_le(file, std::uint32_t{1});
  std::string table;
  append_le(table, static_cast<std::uint64_t>(part.size()));
  append_le(table, crc32c(part));
  append_le(table, std::uint32_t{0});
  append_le(file, crc32c(crc32c(file), table));
  return file + table + std::string(part);
}

}  // namespace

// Any bytes as a checkpoint file, and as a part of one: what decodes is encoded to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(reinterpret_cast<const char*>(data), size);
  static_cast<void>(decode(in, Lsn(7)));
  const std::string file = file_of(in);
  const auto parts = decode(file, Lsn(7));
  RIALTO_CHECK(parts && parts->size() == 1 && parts->front() == in, "a part comes back");
  RIALTO_CHECK(!decode(file, Lsn(8)), "only for its own address");
  RIALTO_CHECK(!decode(Bytes(file).substr(0, head_bytes + entry_bytes - 1), Lsn(7)),
               "a file that is cut short is refused");
  check_part(in);
  return 0;
}
