#include "adapters/log/wire/field_reader.h"

namespace rialto::kafka {

void FieldReader::field(Uuid& v) {
  const Bytes raw = in_.bytes(v.size());
  std::copy(raw.begin(), raw.end(), v.begin());
}

void FieldReader::field(RecordsOut& v) {
  const std::optional<Bytes> bytes = nullable(long_length());
  v.batches.clear();
  v.null = !bytes;
  if (!bytes || bytes->empty()) return;
  StampedBatch& batch = v.batches.emplace_back();
  batch.stored = Slice::copy_of(*bytes);
  if (bytes->size() < 16) return;
  batch.base_offset = Offset(load_be<std::int64_t>(bytes->data()));
  batch.leader_epoch = load_be<std::int32_t>(bytes->data() + 12);
}

void FieldReader::tags() {
  if (!flexible()) return;
  for (std::uint64_t left = in_.varint(); left > 0 && !failed(); --left) {
    in_.varint();
    in_.skip(in_.varint());
  }
}

std::int64_t FieldReader::short_length() {
  return flexible() ? compact_length() : checked(in_.be<std::int16_t>());
}

std::int64_t FieldReader::long_length() {
  return flexible() ? compact_length() : checked(in_.be<std::int32_t>());
}

std::int64_t FieldReader::compact_length() {
  const std::uint64_t plus_one = in_.varint();
  if (plus_one > in_.remaining() + 1) in_.fail();
  return failed() ? 0 : static_cast<std::int64_t>(plus_one) - 1;
}

// Each element of an array takes a byte at least, so this bounds counts as well as lengths.
std::int64_t FieldReader::checked(std::int64_t length) {
  if (length < -1 || length > static_cast<std::int64_t>(in_.remaining())) in_.fail();
  return failed() ? 0 : length;
}

Bytes FieldReader::required(std::int64_t length) {
  if (length < 0) in_.fail();
  return failed() ? Bytes() : in_.bytes(static_cast<std::size_t>(length));
}

std::optional<Bytes> FieldReader::nullable(std::int64_t length) {
  if (length < 0) return std::nullopt;
  return in_.bytes(static_cast<std::size_t>(length));
}

}  // namespace rialto::kafka
