#include "adapters/amqp/convert.h"
#include "adapters/amqp/wire/utf8.h"
#include "core/model/field_table.h"
#include "core/model/message_id.h"
#include "core/model/record_batch.h"
#include "core/model/table_view.h"

#include <algorithm>
#include <array>
#include <tuple>

/// Records as messages. Those of other doors get their properties made up here.
namespace rialto::amqp {
namespace {

constexpr std::size_t short_text_max = 255;
constexpr Bytes no_properties("\0\0", 2);

constexpr Bytes left_out_note = "x-rialto-headers-left-out";
// Of every table, so that the note and x-delivery-count have a place.
constexpr std::size_t bytes_for_notes = 64;
constexpr std::size_t entries_for_notes = 2;
// What this door sends it would take as well, so a message can be published again.
constexpr std::size_t entries_max = field_table_entries_max - entries_for_notes;
constexpr std::size_t table_bytes_max = field_table_bytes_max - bytes_for_notes;

// Names that this door gives. A header of a record cannot stand in for one of them.
constexpr std::array<Bytes, 8> own_names = {
    "x-kafka-topic",     "x-kafka-partition", "x-kafka-offset", "x-kafka-timestamp",
    "x-kafka-tombstone", key_header,          id_header,        left_out_note};

// A header of a record, in the run of those that have its name.
struct Named : HeaderView {
  std::size_t position = 0;
  std::size_t first = 0;  // position of the first of the run
};

void append_name(std::string& out, Bytes name) {
  out.push_back(static_cast<char>(name.size()));
  out.append(name);
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

// Entries of a field table as long as there is room. The others are counted, and that is said.
class HeaderTable {
 public:
  HeaderTable(std::string& out, std::size_t bytes_max)
      : out_(out),
        room_(std::min(table_bytes_max, bytes_max - std::min(bytes_max, bytes_for_notes))) {}

  void add_integer(Bytes name, std::int64_t value) {
    ++entries_;
    append_name(out_, name);
    out_.push_back('l');
    append_be(out_, value);
  }
  void add_true(Bytes name) {
    ++entries_;
    append_name(out_, name);
    out_.append("t\1", 2);
  }
  void add_text(Bytes name, const std::optional<Bytes>& value) {
    const std::size_t before = out_.size();
    append_name(out_, name);
    append_text_value(out_, value);
    keep_if_it_fits(before, 1, 1);
  }
  // Several values of one name are an array.
  void add_run(std::span<const Named> run) {
    if (run.size() == 1) return add_text(run[0].key, run[0].value);
    const std::size_t before = out_.size();
    append_name(out_, run[0].key);
    out_.push_back('A');
    const std::size_t length_at = out_.size();
    append_be(out_, std::uint32_t{0});
    for (const Named& h : run)
      append_text_value(out_, h.value);
    store_be(out_.data() + length_at, static_cast<std::uint32_t>(out_.size() - length_at - 4));
    keep_if_it_fits(before, run.size(), run.size() + 1);
  }
  // As it is, with what is nested in it.
  void add_entry(Bytes encoded) {
    const std::size_t before = out_.size();
    out_.append(encoded);
    keep_if_it_fits(before, 1, 0);  // the table was taken with all its entries
  }
  void leave_out(std::size_t headers) { left_out_ += headers; }
  void finish() {
    if (left_out_ != 0) add_integer(left_out_note, static_cast<std::int64_t>(left_out_));
  }

 private:
  void keep_if_it_fits(std::size_t before, std::size_t headers, std::size_t entries) {
    if (out_.size() <= room_ && entries <= entries_max - entries_) {
      entries_ += entries;
      return;
    }
    out_.resize(before);
    leave_out(headers);
  }

  std::string& out_;
  std::size_t room_;
  std::size_t entries_ = 0;
  std::size_t left_out_ = 0;
};

bool may_be_a_name(Bytes name) {
  return !name.empty() && name.size() <= short_text_max && is_utf8(name) &&
         std::find(own_names.begin(), own_names.end(), name) == own_names.end();
}

void add_place(HeaderTable& table, const RecordView& record, const RecordPlace& place) {
  table.add_text(id_header, message_id(place.queue, place.index, record.offset));
  table.add_text("x-kafka-topic", place.queue);
  table.add_integer("x-kafka-partition", place.index.get());
  table.add_integer("x-kafka-offset", record.offset.get());
  table.add_integer("x-kafka-timestamp", record.timestamp_ms);
  if (!record.value) table.add_true("x-kafka-tombstone");
  if (record.key) table.add_text(key_header, record.key);
}

// In their order; those of one name where the first of them is.
void add_own_headers(HeaderTable& table, const RecordView& record) {
  if (record.header_count == 0) return;
  std::vector<Named> all;
  std::size_t seen = 0;
  for_each_header(record, [&](const HeaderView& h) {
    if (may_be_a_name(h.key)) all.push_back(Named{h, seen});
    return ++seen < entries_max;
  });
  table.leave_out(record.header_count - all.size());
  std::sort(all.begin(), all.end(), [](const Named& a, const Named& b) {
    return std::tie(a.key, a.position) < std::tie(b.key, b.position);
  });
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool goes_on = i > 0 && all[i].key == all[i - 1].key;
    all[i].first = goes_on ? all[i - 1].first : all[i].position;
  }
  std::sort(all.begin(), all.end(), [](const Named& a, const Named& b) {
    return std::tie(a.first, a.position) < std::tie(b.first, b.position);
  });
  for (std::size_t from = 0, to = 0; from < all.size(); from = to) {
    while (to < all.size() && all[to].first == all[from].first)
      ++to;
    table.add_run(std::span(all).subspan(from, to - from));
  }
}

Bytes made_properties(const RecordView& record, const RecordPlace& place, std::string& scratch) {
  scratch.clear();
  append_be(scratch, flag_of(Property::headers));
  append_be(scratch, std::uint32_t{0});
  const std::size_t table_at = scratch.size();
  HeaderTable table(scratch, place.properties_bytes_max);
  add_place(table, record, place);
  add_own_headers(table, record);
  table.finish();
  store_be(scratch.data() + 2, static_cast<std::uint32_t>(scratch.size() - table_at));
  return scratch;
}

// Properties that a larger frame brought: all of them, and the headers that fit as they are.
Bytes fitted_properties(Bytes stored, const RecordPlace& place, std::string& scratch) {
  Properties properties;
  if (!split_properties(stored, properties)) return no_properties;
  Bytes rest = properties.has(Property::headers) ? properties.value(Property::headers) : Bytes();
  const std::size_t others_bytes = stored.size() - rest.size();
  std::string kept;
  HeaderTable table(
      kept, place.properties_bytes_max - std::min(place.properties_bytes_max, others_bytes));
  FieldView field;
  while (!rest.empty()) {
    const Bytes from = rest;
    if (!next_field(rest, field)) {  // an unknown tag hides what follows it
      table.leave_out(1);
      break;
    }
    if (field.name != left_out_note) table.add_entry(from.substr(0, from.size() - rest.size()));
  }
  table.finish();
  properties.set(Property::headers, kept);
  scratch.clear();
  append_properties(scratch, properties);
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
    if (h.key == amqp_header::properties) {
      message.properties = h.value.value_or(no_properties);
    } else if (h.key == amqp_header::exchange) {
      message.exchange = h.value.value_or(Bytes());
    } else if (h.key == amqp_header::routing_key) {
      message.routing_key = h.value.value_or(Bytes());
      return false;
    }
    return true;
  });
  if (message.properties.size() > place.properties_bytes_max) {
    message.properties = fitted_properties(message.properties, place, scratch);
  }
  return message;
}

}  // namespace rialto::amqp
