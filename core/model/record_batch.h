#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/slab.h"
#include "core/model/ids.h"
#include "core/model/record.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rialto {

/// Kafka RecordBatch v2 (magic 2): 61 bytes of header, then records, see FORMAT.md.
constexpr std::size_t batch_header_bytes = 61;
/// The CRC covers everything from here on: base offset and leader epoch may be stamped.
constexpr std::size_t batch_crc_from = 21;

enum class Codec : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };

/// The header fields, decoded.
struct BatchHeader {
  Offset base_offset;
  std::int32_t length = 0;  ///< bytes after the length field: whole batch is 12 + length
  std::int32_t leader_epoch = 0;
  std::int8_t magic = 2;
  std::uint32_t crc = 0;
  std::int16_t attributes = 0;
  std::int32_t last_offset_delta = 0;
  std::int64_t base_timestamp = 0;
  std::int64_t max_timestamp = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  std::int32_t record_count = 0;

  std::size_t size_bytes() const { return 12 + static_cast<std::size_t>(length); }
  std::uint8_t codec_bits() const { return static_cast<std::uint8_t>(attributes & 7); }
  Codec codec() const { return static_cast<Codec>(codec_bits()); }
  bool log_append_time() const { return (attributes & 8) != 0; }
  bool transactional() const { return (attributes & 16) != 0; }
  bool control() const { return (attributes & 32) != 0; }
};

/// Decodes the 61 header bytes. Only the size is checked here (Errc::corrupt when short).
Result<BatchHeader> decode_batch_header(Bytes batch);

/// The largest value of a record: what every door can carry as the body of one message.
constexpr std::size_t value_bytes_max = 16U << 20;

/// A produced record that asks to be held back from queues (its headers x-delay and x-deliver-at,
/// as decimal milliseconds; what is none, or not above zero, asks for nothing).
struct RecordDelay {
  std::uint32_t index = 0;                 ///< in the batch
  std::int64_t ms = 0;                     ///< from its arrival on
  std::optional<std::int64_t> at_wall_ms;  ///< instead
  std::uint32_t body_bytes = 0;
};

/// The rules of a produced batch (LogValidator): exactly one batch in `batch`, magic 2, CRC,
/// counts > 0 and last delta = count - 1, not a control batch, a known codec, times of its
/// creation, a base sequence with a producer id, and records that parse and count as the header
/// says (bounded decompression), none with a value beyond value_bytes_max.
/// The answer's max_timestamp is the greatest of the records, -1 at least, whatever the bytes say.
/// Records that ask to be held back are added to `delays`.
/// Errc::corrupt, invalid_record, invalid_timestamp, unknown_codec or too_large.
Result<BatchHeader> validate_produced_batch(Bytes batch,
                                            std::vector<RecordDelay>* delays = nullptr);

/// The same batch with this time as its greatest, CRC included; itself when it says so already.
Slice with_max_timestamp(const Slice& batch, std::int64_t max_timestamp);

/// How large a record section may become whose stored form has `stored` bytes. The one bound of
/// validation and of uncompressed_batch(): what was accepted can be read.
constexpr std::size_t uncompressed_bytes_max(std::size_t stored) {
  constexpr std::size_t mib = 1U << 20;
  return std::min(64 * mib, std::max(mib, 100 * std::min(stored, mib)));
}

/// Writes base offset and leader epoch into the first 16 bytes; the CRC does not cover them.
void stamp_batch(char* batch, Offset base_offset, std::int32_t leader_epoch);

/// The same batch with its records uncompressed; the input itself when it has no codec. The
/// header keeps its fields but codec bits, length and CRC are made to fit.
/// Errc::too_large beyond uncompressed_bytes_max(), Errc::corrupt when the codec's data is damaged.
Result<Slice> uncompressed_batch(const Slice& batch);

/// Decodes the record at `position` of an uncompressed batch. `next` is where the following one
/// starts. Offsets and timestamps are absolute, computed from `base_offset`.
struct RecordAt {
  RecordView record;
  std::uint32_t next = 0;
};
Result<RecordAt> record_at(Bytes batch, std::uint32_t position, Offset base_offset);

/// The part of it that says which record it is: enough to pass over those in front of another.
struct RecordStart {
  Offset offset;
  std::uint32_t next = 0;
};
std::optional<RecordStart> record_start_at(Bytes batch, std::uint32_t position, Offset base_offset);

/// Decodes what a reference points at; the base offset is derived from `ref.offset`.
Result<RecordView> view_of(const RecordRef& ref);

/// Bytes of the values of all records of a batch, and of one to be added. Errors as above.
Result<std::uint64_t> body_bytes_of(const Slice& batch);
std::size_t body_bytes_of(const RecordParts& parts);

/// Calls fn(HeaderView) for each header of a record; stops early when it returns false.
/// False when the encoding is damaged.
template <class F>
bool for_each_header(const RecordView& record, F&& fn) {
  ByteReader in(record.headers);
  for (std::uint32_t i = 0; i < record.header_count && !in.failed(); ++i) {
    HeaderView h;
    h.key = in.bytes(static_cast<std::size_t>(in.zigzag()));
    const std::int64_t size = in.zigzag();
    if (size >= 0) h.value = in.bytes(static_cast<std::size_t>(size));
    if (in.failed()) return false;
    if (!fn(h)) return true;
  }
  return !in.failed();
}

/// The value of the first header with this key, or nullopt when there is none or it is null.
std::optional<Bytes> find_header(const RecordView& record, Bytes key);

/// Grows one uncompressed batch record by record and seals it into a slice. Reusable.
class BatchBuilder {
 public:
  /// Starts a batch; `timestamp_ms` becomes its base and every record's timestamp.
  void begin(std::int64_t timestamp_ms);
  /// Bytes that `parts` will add at most.
  static std::size_t size_of(const RecordParts& parts);
  void add(const RecordParts& parts);

  bool empty() const { return count_ == 0; }
  std::int32_t count() const { return count_; }
  std::size_t size_bytes() const { return buffer_.size(); }
  /// Of the values alone.
  std::uint64_t body_bytes() const { return body_bytes_; }
  std::int64_t timestamp_ms() const { return timestamp_ms_; }
  /// Another time for all records of the batch.
  void set_timestamp(std::int64_t timestamp_ms) { timestamp_ms_ = timestamp_ms; }

  /// Header and CRC are filled in (base offset 0, leader epoch 0, no producer); the builder is
  /// empty afterwards and keeps its memory, up to 2 MiB.
  Slice seal();

 private:
  std::string buffer_;
  std::int32_t count_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::int64_t timestamp_ms_ = 0;
};

}  // namespace rialto
