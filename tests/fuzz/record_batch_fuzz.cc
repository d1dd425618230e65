// A produced batch: whatever passes validation can be unpacked and read in full.
#include "core/model/record_batch.h"

#include "core/base/check.h"
#include "core/base/crc32c.h"

namespace {

using namespace rialto;

void read_all(const Slice& batch, std::int32_t expected) {
  std::uint32_t position = batch_header_bytes;
  std::int32_t count = 0;
  while (position < batch.size()) {
    const auto at = record_at(batch.bytes(), position, Offset(10));
    RIALTO_CHECK(at, "a validated record is readable");
    RIALTO_CHECK(at->next > position, "reading moves on");
    RIALTO_CHECK(at->record.offset == Offset(10 + count), "offsets are in order");
    const bool intact = for_each_header(at->record, [](const HeaderView&) { return true; });
    RIALTO_CHECK(intact, "validated headers are readable");
    find_header(at->record, "amqp.properties");
    position = at->next;
    ++count;
  }
  RIALTO_CHECK(count == expected, "a validated batch holds what it counts");
}

void check(Bytes bytes) {
  const auto header = validate_produced_batch(bytes);
  const auto plain = uncompressed_batch(Slice::copy_of(bytes));
  if (!header) {
    if (plain) record_at(plain->bytes(), batch_header_bytes, Offset(0));
    return;
  }
  RIALTO_CHECK(plain, "a validated batch can be unpacked");
  RIALTO_CHECK(validate_produced_batch(plain->bytes()), "and is valid as well");
  read_all(*plain, header->record_count);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  if (size < batch_header_bytes) return 0;
  // With a length and a checksum that fit, the mutations reach what lies behind them.
  store_be(bytes.data() + 8, static_cast<std::int32_t>(size - 12));
  store_be(bytes.data() + 17, crc32c(Bytes(bytes).substr(batch_crc_from)));
  check(bytes);
  return 0;
}
