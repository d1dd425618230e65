#pragma once

#include "core/base/crc32c.h"
#include "core/model/record_batch.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rialto::test {

/// Batches as real producers sent them, taken off the wire. All hold the records of
/// `golden_records`.
inline const std::vector<std::string> golden_batches = {
    "kafka_python_none", "kafka_python_gzip",     "kafka_python_snappy",       "kafka_python_lz4",
    "librdkafka_none",   "librdkafka_gzip",       "librdkafka_snappy",         "librdkafka_lz4",
    "librdkafka_zstd",   "librdkafka_idempotent", "kafka_python_transactional"};

inline std::string golden(const std::string& name) {
  std::ifstream file(RIALTO_SOURCE_DIR "/tests/unit/core/model/golden/" + name + ".bin",
                     std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A record with its own memory, to compare whole lists.
struct OwnedRecord {
  using Header = std::pair<std::string, std::optional<std::string>>;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<Header> headers;
  friend bool operator==(const OwnedRecord&, const OwnedRecord&) = default;
};

inline std::optional<std::string> owned(const std::optional<Bytes>& b) {
  return b ? std::optional<std::string>(*b) : std::nullopt;
}

inline OwnedRecord owned(const RecordView& view) {
  OwnedRecord out{owned(view.key), owned(view.value), {}};
  const bool intact = for_each_header(view, [&](const HeaderView& h) {
    out.headers.emplace_back(std::string(h.key), owned(h.value));
    return true;
  });
  EXPECT_TRUE(intact);
  return out;
}

/// Every record of an uncompressed batch; nothing when it is damaged.
inline std::optional<std::vector<OwnedRecord>> records_of(Bytes batch) {
  const auto header = decode_batch_header(batch);
  if (!header) return std::nullopt;
  std::vector<OwnedRecord> out;
  std::uint32_t position = batch_header_bytes;
  while (position < batch.size()) {
    const auto at = record_at(batch, position, Offset(0));
    if (!at) return std::nullopt;
    out.push_back(owned(at->record));
    position = at->next;
  }
  return out;
}

inline std::vector<OwnedRecord> golden_records() {
  const std::vector<OwnedRecord::Header> headers = {
      {"a", "1"}, {"a", "2"}, {"n", std::nullopt}, {"e", ""}};
  return {{"k0", "hello", headers},
          {std::nullopt, "nokey", headers},
          {"gone", std::nullopt, headers},
          {"k3", std::string(2000, 'x'), headers}};
}

/// Makes the checksum fit again, for damage that it would otherwise hide.
inline void fix_crc(std::string& batch) {
  store_be(batch.data() + 17, crc32c(Bytes(batch).substr(batch_crc_from)));
}

}  // namespace rialto::test
