#include "adapters/amqp/convert.h"
#include "adapters/amqp/wire/utf8.h"
#include "core/model/record_batch.h"

#include <algorithm>

/// Records as messages. Those of other doors get their properties made up here.
namespace rialto::amqp {
namespace {

constexpr std::size_t short_text_max = 255;
constexpr Bytes no_properties("\0\0", 2);

// Name and value of one entry, without any claim on the table it goes into.
void append_name(std::string& out, Bytes name) {
  const Bytes clipped = clip_utf8(name, short_text_max);
  out.push_back(static_cast<char>(clipped.size()));
  out.append(clipped);
}

void append_text_value(std::string& out, const std::optional<Bytes>& value) {
  if (!value) {
    out.push_back('V');
    return;
  }
  out.push_back(is_utf8(*value) ? 'S' : 'x');
  append_be(out, static_cast<std::uint32_t>(value->size()));
  out.append(*value);
}

void append_integer(std::string& out, Bytes name, std::int64_t value) {
  append_name(out, name);
  out.push_back('l');
  append_be(out, value);
}

void append_true(std::string& out, Bytes name) {
  append_name(out, name);
  out.append("t\1", 2);
}

// The values of one name: one as it is, several as an array. `first` is where the name is first.
void append_header(std::string& out, std::span<const HeaderView> all, std::size_t first) {
  const auto same = [&](const HeaderView& h) { return h.key == all[first].key; };
  append_name(out, all[first].key);
  if (std::none_of(all.begin() + static_cast<std::ptrdiff_t>(first) + 1, all.end(), same)) {
    append_text_value(out, all[first].value);
    return;
  }
  out.push_back('A');
  const std::size_t length_at = out.size();
  append_be(out, std::uint32_t{0});
  for (std::size_t i = first; i < all.size(); ++i) {
    if (same(all[i])) append_text_value(out, all[i].value);
  }
  store_be(out.data() + length_at, static_cast<std::uint32_t>(out.size() - length_at - 4));
}

void append_place(std::string& out, const RecordView& record, const RecordPlace& place) {
  append_integer(out, "x-kafka-partition", place.index.get());
  append_integer(out, "x-kafka-offset", record.offset.get());
  append_integer(out, "x-kafka-timestamp", record.timestamp_ms);
  if (record.key) {
    append_name(out, key_header);
    append_text_value(out, record.key);
  }
  if (!record.value) append_true(out, "x-kafka-tombstone");
}

// A header that would make the content header larger than a frame is left out, and that is said.
void append_own_headers(std::string& out, const RecordView& record, std::size_t end_max) {
  constexpr std::size_t headers_max = 256;
  std::vector<HeaderView> all;
  for_each_header(record, [&](const HeaderView& h) {
    if (!h.key.empty()) all.push_back(h);
    return all.size() < headers_max;
  });
  bool complete = record.header_count <= headers_max;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto seen = std::find_if(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i),
                                   [&](const HeaderView& h) { return h.key == all[i].key; });
    if (seen != all.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    const std::size_t before = out.size();
    append_header(out, all, i);
    if (out.size() <= end_max) continue;
    out.resize(before);
    complete = false;
  }
  if (!complete) append_true(out, "x-rialto-headers-left-out");
}

Bytes made_properties(const RecordView& record, const RecordPlace& place, std::string& scratch) {
  scratch.clear();
  append_be(scratch, flag_of(Property::headers));
  append_be(scratch, std::uint32_t{0});
  append_place(scratch, record, place);
  constexpr std::size_t kept_for_the_note = 64;
  const std::size_t end_max =
      place.properties_bytes_max - std::min(place.properties_bytes_max, kept_for_the_note);
  append_own_headers(scratch, record, end_max);
  store_be(scratch.data() + 2, static_cast<std::uint32_t>(scratch.size() - 6));
  return scratch;
}

}  // namespace

MessageView message_of(const RecordView& record, const RecordPlace& place, std::string& scratch) {
  MessageView message;
  message.body = record.value.value_or(Bytes());
  message.routing_key = place.queue;
  if (!place.amqp_written) {
    message.properties = made_properties(record, place, scratch);
    return message;
  }
  message.properties = no_properties;
  for_each_header(record, [&](const HeaderView& h) {
    if (h.key == header_name::properties) {
      message.properties = h.value.value_or(no_properties);
    } else if (h.key == header_name::exchange) {
      message.exchange = h.value.value_or(Bytes());
    } else if (h.key == header_name::routing_key) {
      message.routing_key = h.value.value_or(Bytes());
      return false;
    }
    return true;
  });
  if (message.properties.size() > place.properties_bytes_max) {
    message.properties = made_properties(record, place, scratch);
  }
  return message;
}

}  // namespace rialto::amqp
