#include "core/model/record_batch.h"

#include "core/base/crc32c.h"
#include "core/base/number.h"
#include "core/model/batch_layout.h"
#include "core/model/codecs.h"
#include "core/model/delay_fields.h"

#include <algorithm>
#include <climits>
#include <cstring>

namespace rialto {

namespace {

// Timestamps come from a client: any sum is legal, none may be undefined.
std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

/// A length below -1 becomes a size that no batch has, so the reader fails by itself.
std::optional<Bytes> read_nullable(ByteReader& in) {
  const std::int64_t size = in.zigzag();
  if (size == -1) return std::nullopt;
  return in.bytes(static_cast<std::size_t>(size));
}

struct RecordFields {
  std::int64_t timestamp_delta = 0;
  std::int64_t offset_delta = 0;
  std::optional<Bytes> key;
  std::optional<Bytes> value;
  std::uint32_t header_count = 0;
  Bytes headers;
};

/// Decodes what follows a record's length; the headers stay encoded. False when damaged.
bool read_fields(Bytes body, RecordFields& out) {
  ByteReader in(body);
  in.skip(1);
  out.timestamp_delta = in.zigzag();
  out.offset_delta = in.zigzag();
  out.key = read_nullable(in);
  out.value = read_nullable(in);
  const std::int64_t count = in.zigzag();
  if (in.failed() || count < 0) return false;
  out.headers = in.rest();
  // A header takes two bytes at least; a larger count is a lie that a caller might reserve for.
  if (static_cast<std::uint64_t>(count) > out.headers.size() / 2) return false;
  out.header_count = static_cast<std::uint32_t>(count);
  return true;
}

Error invalid(std::string text) {
  return Error(Errc::invalid_record, std::move(text));
}

Error invalid_at(std::int32_t index, const char* what) {
  return invalid("record " + std::to_string(index) + " of the batch " + what);
}

/// Consumers read these as 32 bit and refuse more than five bytes, so a longer spelling of a
/// small number must not get into a log.
std::int64_t strict_zigzag(ByteReader& in) {
  const std::size_t before = in.remaining();
  const std::int64_t v = in.zigzag();
  if (before - in.remaining() > 5 || v < INT32_MIN || v > INT32_MAX) in.fail();
  return v;
}

/// Empty when it is null.
Bytes strict_field(ByteReader& in, bool may_be_null) {
  const std::int64_t size = strict_zigzag(in);
  if (size == -1 && may_be_null) return {};
  return in.bytes(static_cast<std::size_t>(size));
}

struct StrictFields {
  std::int64_t timestamp_delta = 0;
  std::size_t value_bytes = 0;
  delay_field::Asked asked;
};

bool strictly_well_formed(Bytes body, std::int32_t expected_delta, StrictFields& out) {
  ByteReader in(body);
  in.skip(1);
  out.timestamp_delta = in.zigzag();
  if (strict_zigzag(in) != expected_delta) return false;
  strict_field(in, true);
  out.value_bytes = strict_field(in, true).size();
  const std::int64_t headers = strict_zigzag(in);
  if (headers < 0) return false;
  for (std::int64_t i = 0; i < headers && !in.failed(); ++i) {
    const Bytes key = strict_field(in, false);
    out.asked.read(key, strict_field(in, true));
  }
  return !in.failed() && in.at_end();
}

/// Answers the greatest timestamp.
Result<std::int64_t> check_records(Bytes records, const BatchHeader& header,
                                   std::vector<RecordDelay>* delays) {
  constexpr std::int64_t no_timestamp = -1;
  std::int64_t greatest = no_timestamp;
  ByteReader in(records);
  for (std::int32_t i = 0; i < header.record_count; ++i) {
    if (in.at_end()) return invalid_at(i, "is missing: the header counts more than there are");
    const std::int64_t size = strict_zigzag(in);
    const Bytes body = in.bytes(static_cast<std::size_t>(size));
    if (in.failed()) return invalid_at(i, "reaches beyond the end of the batch");
    StrictFields fields;
    if (!strictly_well_formed(body, i, fields)) {
      return invalid_at(i, "is malformed or out of order");
    }
    if (fields.value_bytes > value_bytes_max) {
      return Error(Errc::too_large, "record " + std::to_string(i) +
                                        " of the batch has a value of " +
                                        std::to_string(fields.value_bytes) + " bytes and " +
                                        std::to_string(value_bytes_max) + " are taken");
    }
    greatest = std::max(greatest, wrapping_sum(header.base_timestamp, fields.timestamp_delta));
    if (delays && fields.asked.any()) {
      if (fields.asked.names_key) {
        return invalid_at(i, "has an x-delay-key, and what is in a topic cannot be cancelled");
      }
      delays->push_back({static_cast<std::uint32_t>(i), fields.asked.delay_ms,
                         fields.asked.deliver_at_ms,
                         static_cast<std::uint32_t>(fields.value_bytes)});
    }
  }
  if (!in.at_end()) return invalid("the batch holds more than its header counts");
  return greatest;
}

Result<void> check_frame(const BatchHeader& h, Bytes batch) {
  if (h.length < static_cast<std::int32_t>(batch_header_bytes - layout::uncounted_bytes) ||
      h.size_bytes() > batch.size()) {
    return Error(Errc::corrupt, "the batch length does not fit the bytes sent");
  }
  if (h.size_bytes() < batch.size()) return invalid("more than one batch for one partition");
  if (h.magic != 2) return invalid("only record batches of magic 2 are accepted");
  if (h.crc != crc32c(batch.substr(batch_crc_from))) {
    return Error(Errc::corrupt, "the checksum of the batch does not hold");
  }
  return {};
}

Result<void> check_header(const BatchHeader& h) {
  if (h.codec_bits() > static_cast<std::uint8_t>(Codec::zstd)) {
    return Error(Errc::unknown_codec, "compression codec " + std::to_string(h.codec_bits()));
  }
  if (h.control()) return invalid("a client may not produce control batches");
  if (h.log_append_time()) {
    return Error(Errc::invalid_timestamp, "a client may not set the timestamp type LogAppendTime");
  }
  if (h.record_count <= 0) return invalid("a batch holds at least one record");
  if (h.last_offset_delta != h.record_count - 1) {
    return invalid("the last offset delta is not the record count minus one");
  }
  if (h.producer_id >= 0 && (h.base_sequence < 0 || h.producer_epoch < 0)) {
    return invalid("a batch with a producer id needs an epoch and a base sequence");
  }
  return {};
}

}  // namespace

Result<BatchHeader> decode_batch_header(Bytes batch) {
  if (batch.size() < batch_header_bytes) return Error(Errc::corrupt, "a batch has 61 header bytes");
  const char* p = batch.data();
  BatchHeader h;
  h.base_offset = Offset(load_be<std::int64_t>(p + layout::base_offset));
  h.length = load_be<std::int32_t>(p + layout::length);
  h.leader_epoch = load_be<std::int32_t>(p + layout::leader_epoch);
  h.magic = load_be<std::int8_t>(p + layout::magic);
  h.crc = load_be<std::uint32_t>(p + layout::crc);
  h.attributes = load_be<std::int16_t>(p + layout::attributes);
  h.last_offset_delta = load_be<std::int32_t>(p + layout::last_offset_delta);
  h.base_timestamp = load_be<std::int64_t>(p + layout::base_timestamp);
  h.max_timestamp = load_be<std::int64_t>(p + layout::max_timestamp);
  h.producer_id = load_be<std::int64_t>(p + layout::producer_id);
  h.producer_epoch = load_be<std::int16_t>(p + layout::producer_epoch);
  h.base_sequence = load_be<std::int32_t>(p + layout::base_sequence);
  h.record_count = load_be<std::int32_t>(p + layout::record_count);
  return h;
}

Result<BatchHeader> validate_produced_batch(Bytes batch, std::vector<RecordDelay>* delays) {
  auto header = decode_batch_header(batch);
  if (!header) return header.error();
  if (auto ok = check_frame(*header, batch); !ok) return ok.error();
  if (auto ok = check_header(*header); !ok) return ok.error();

  Bytes records = batch.substr(batch_header_bytes);
  std::string plain;
  if (header->codec() != Codec::none) {
    auto opened = decompress(header->codec(), records, uncompressed_bytes_max(records.size()));
    if (!opened) return opened.error();
    plain = std::move(*opened);
    records = plain;
  }
  const auto greatest = check_records(records, *header, delays);
  if (!greatest) return greatest.error();
  header->max_timestamp = *greatest;
  return header;
}

Slice with_max_timestamp(const Slice& batch, std::int64_t max_timestamp) {
  if (load_be<std::int64_t>(batch.data() + layout::max_timestamp) == max_timestamp) return batch;
  Slab* slab = Slab::create(batch.size());
  char* p = slab->data();
  std::memcpy(p, batch.data(), batch.size());
  store_be(p + layout::max_timestamp, max_timestamp);
  store_be(p + layout::crc, crc32c(Bytes(p, batch.size()).substr(batch_crc_from)));
  return Slice::adopt(slab, batch.size());
}

void stamp_batch(char* batch, Offset base_offset, std::int32_t leader_epoch) {
  store_be(batch + layout::base_offset, base_offset.get());
  store_be(batch + layout::leader_epoch, leader_epoch);
}

Result<Slice> uncompressed_batch(const Slice& batch) {
  const auto header = decode_batch_header(batch.bytes());
  if (!header) return header.error();
  if (header->length < 0 || header->size_bytes() != batch.size()) {
    return Error(Errc::corrupt, "the batch length does not fit its bytes");
  }
  if (header->codec_bits() == 0) return batch;
  const Bytes stored = batch.bytes().substr(batch_header_bytes);
  const auto records = decompress(header->codec(), stored, uncompressed_bytes_max(stored.size()));
  if (!records) return records.error();

  const std::size_t size = batch_header_bytes + records->size();
  Slab* slab = Slab::create(size);
  char* p = slab->data();
  std::memcpy(p, batch.data(), batch_header_bytes);
  std::copy(records->begin(), records->end(), p + batch_header_bytes);
  store_be(p + layout::length, static_cast<std::int32_t>(size - layout::uncounted_bytes));
  store_be(p + layout::attributes, static_cast<std::int16_t>(header->attributes & ~7));
  store_be(p + layout::crc, crc32c(Bytes(p, size).substr(batch_crc_from)));
  return Slice::adopt(slab, size);
}

Result<RecordAt> record_at(Bytes batch, std::uint32_t position, Offset base_offset) {
  if (position < batch_header_bytes || position >= batch.size()) return Errc::corrupt;
  const char* p = batch.data();
  const auto attributes = load_be<std::int16_t>(p + layout::attributes);
  ByteReader in(batch.substr(position));
  const std::int64_t size = in.zigzag();
  const Bytes body = in.bytes(static_cast<std::size_t>(size));
  RecordFields fields;
  if (in.failed() || (attributes & 7) != 0 || !read_fields(body, fields)) return Errc::corrupt;

  constexpr std::int16_t log_append_time = 8;
  RecordAt at;
  at.record.offset = Offset(wrapping_sum(base_offset.get(), fields.offset_delta));
  at.record.timestamp_ms =
      (attributes & log_append_time) != 0
          ? load_be<std::int64_t>(p + layout::max_timestamp)
          : wrapping_sum(load_be<std::int64_t>(p + layout::base_timestamp), fields.timestamp_delta);
  at.record.key = fields.key;
  at.record.value = fields.value;
  at.record.header_count = fields.header_count;
  at.record.headers = fields.headers;
  at.next = static_cast<std::uint32_t>(batch.size() - in.remaining());
  return at;
}

std::optional<RecordStart> record_start_at(Bytes batch, std::uint32_t position,
                                           Offset base_offset) {
  if (position < batch_header_bytes || position >= batch.size()) return std::nullopt;
  ByteReader in(batch.substr(position));
  const std::int64_t size = in.zigzag();
  ByteReader body(in.bytes(static_cast<std::size_t>(size)));
  body.skip(1);
  body.zigzag();  // timestamp delta
  const std::int64_t offset_delta = body.zigzag();
  if (in.failed() || body.failed()) return std::nullopt;
  return RecordStart{Offset(wrapping_sum(base_offset.get(), offset_delta)),
                     static_cast<std::uint32_t>(batch.size() - in.remaining())};
}

Result<std::uint64_t> body_bytes_of(const Slice& batch) {
  const Result<Slice> plain = uncompressed_batch(batch);
  if (!plain) return plain.error();
  std::uint64_t bytes = 0;
  std::uint32_t position = batch_header_bytes;
  while (position < plain->size()) {
    const Result<RecordAt> at = record_at(plain->bytes(), position, Offset(0));
    if (!at) return at.error();
    bytes += at->record.value.value_or(Bytes()).size();
    position = at->next;
  }
  return bytes;
}

Result<RecordView> view_of(const RecordRef& ref) {
  auto at = record_at(ref.batch.bytes(), ref.position, Offset(0));
  if (!at) return at.error();
  at->record.offset = ref.offset;
  return at->record;
}

std::optional<Bytes> find_header(const RecordView& record, Bytes key) {
  std::optional<Bytes> found;
  for_each_header(record, [&](const HeaderView& h) {
    if (h.key != key) return true;
    found = h.value;
    return false;
  });
  return found;
}

}  // namespace rialto
