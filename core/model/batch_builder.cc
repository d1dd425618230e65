#include "core/base/check.h"
#include "core/base/crc32c.h"
#include "core/model/batch_layout.h"
#include "core/model/record_batch.h"

#include <climits>
#include <cstring>

namespace rialto {

namespace {

// One message may be as large as a frame. A builder that met one must not hold on to that much:
// there is a builder for every open destination set.
constexpr std::size_t kept_bytes_max = 2U << 20;

constexpr std::size_t zigzag_size(std::int64_t v) {
  return varint_size(zigzag_encode(v));
}

std::size_t field_size(std::size_t bytes) {
  return zigzag_size(static_cast<std::int64_t>(bytes)) + bytes;
}

/// What follows the offset delta, which is the only part that depends on the place in the batch.
std::size_t tail_size(const RecordParts& parts) {
  std::size_t n = parts.key ? field_size(parts.key->size()) : 1;
  n += parts.null_value ? 1 : field_size(body_bytes_of(parts));
  n += zigzag_size(static_cast<std::int64_t>(parts.headers.size()));
  for (const HeaderView& h : parts.headers) {
    n += field_size(h.key.size());
    n += h.value ? field_size(h.value->size()) : 1;
  }
  return n;
}

constexpr std::size_t attributes_and_timestamp_delta = 2;

void append_size(std::string& out, std::size_t bytes) {
  append_zigzag(out, static_cast<std::int64_t>(bytes));
}

void append_nullable(std::string& out, const std::optional<Bytes>& field) {
  if (!field) {
    append_zigzag(out, -1);
    return;
  }
  append_size(out, field->size());
  out.append(*field);
}

}  // namespace

std::size_t body_bytes_of(const RecordParts& parts) {
  std::size_t n = 0;
  for (const Bytes piece : parts.body)
    n += piece.size();
  return n;
}

void BatchBuilder::begin(std::int64_t timestamp_ms) {
  buffer_.clear();
  buffer_.resize(batch_header_bytes);
  count_ = 0;
  body_bytes_ = 0;
  timestamp_ms_ = timestamp_ms;
}

std::size_t BatchBuilder::size_of(const RecordParts& parts) {
  const std::size_t body = attributes_and_timestamp_delta + zigzag_size(INT_MAX) + tail_size(parts);
  return field_size(body);
}

void BatchBuilder::add(const RecordParts& parts) {
  RIALTO_CHECK(buffer_.size() >= batch_header_bytes, "a record is added after begin()");
  RIALTO_CHECK(!parts.null_value || body_bytes_of(parts) == 0, "a tombstone has no body");
  append_size(buffer_, attributes_and_timestamp_delta + zigzag_size(count_) + tail_size(parts));
  buffer_.append(attributes_and_timestamp_delta, '\0');
  append_zigzag(buffer_, count_);
  append_nullable(buffer_, parts.key);
  if (parts.null_value) {
    append_zigzag(buffer_, -1);
  } else {
    append_size(buffer_, body_bytes_of(parts));
    for (const Bytes piece : parts.body)
      buffer_.append(piece);
    body_bytes_ += body_bytes_of(parts);
  }
  append_size(buffer_, parts.headers.size());
  for (const HeaderView& h : parts.headers) {
    append_size(buffer_, h.key.size());
    buffer_.append(h.key);
    append_nullable(buffer_, h.value);
  }
  ++count_;
}

Slice BatchBuilder::seal() {
  RIALTO_CHECK(count_ > 0, "a batch holds at least one record");
  RIALTO_CHECK(buffer_.size() <= INT_MAX, "a batch fits its length field");
  char* p = buffer_.data();
  const auto length = static_cast<std::int32_t>(buffer_.size() - layout::uncounted_bytes);
  store_be<std::int64_t>(p + layout::base_offset, 0);
  store_be(p + layout::length, length);
  store_be<std::int32_t>(p + layout::leader_epoch, 0);
  store_be<std::int8_t>(p + layout::magic, 2);
  store_be<std::int16_t>(p + layout::attributes, 0);
  store_be(p + layout::last_offset_delta, count_ - 1);
  store_be(p + layout::base_timestamp, timestamp_ms_);
  store_be(p + layout::max_timestamp, timestamp_ms_);
  store_be<std::int64_t>(p + layout::producer_id, -1);
  store_be<std::int16_t>(p + layout::producer_epoch, -1);
  store_be<std::int32_t>(p + layout::base_sequence, -1);
  store_be(p + layout::record_count, count_);
  store_be(p + layout::crc, crc32c(Bytes(buffer_).substr(batch_crc_from)));

  Slice sealed = Slice::copy_of(buffer_);
  buffer_.clear();
  if (buffer_.capacity() > kept_bytes_max) buffer_.shrink_to_fit();
  count_ = 0;
  body_bytes_ = 0;
  return sealed;
}

}  // namespace rialto
