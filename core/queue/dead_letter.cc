#include "core/queue/dead_letter.h"

#include "core/model/message_properties.h"
#include "core/model/record_batch.h"

#include <algorithm>
#include <utility>

namespace rialto {
namespace {

constexpr std::string_view history_header = "x-death";
constexpr std::array<std::string_view, 6> told_names = {
    "x-first-death-reason", "x-first-death-queue", "x-first-death-exchange",
    "x-last-death-reason",  "x-last-death-queue",  "x-last-death-exchange"};
constexpr std::size_t last_death = 3;  // from here on

bool is_told(std::string_view name) {
  return std::find(told_names.begin(), told_names.end(), name) != told_names.end();
}

const FieldTable* table_in(const FieldValue& value) {
  const auto* table = std::get_if<std::shared_ptr<const FieldTable>>(&value.value);
  return table ? table->get() : nullptr;
}

std::string_view text_in(const FieldTable& table, std::string_view name) {
  const FieldValue* value = table.find(name);
  const std::string* text = value ? value->as_text() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

std::vector<std::string> texts_in(const FieldTable& table, std::string_view name) {
  std::vector<std::string> out;
  const FieldValue* value = table.find(name);
  if (!value) return out;
  const auto* array = std::get_if<std::shared_ptr<const FieldArray>>(&value->value);
  if (!array) return out;
  for (const FieldValue& item : (*array)->items) {
    if (const std::string* text = item.as_text()) out.push_back(*text);
  }
  return out;
}

}  // namespace

std::string_view word_of(SettleReason reason) {
  switch (reason) {
    case SettleReason::expired: return "expired";
    case SettleReason::maxlen: return "maxlen";
    case SettleReason::delivery_limit: return "delivery_limit";
    case SettleReason::acked:
    case SettleReason::purged:
    case SettleReason::fired:
    case SettleReason::cancelled:
    case SettleReason::redriven:
    case SettleReason::rejected: break;
  }
  return "rejected";
}

DeadLetter::DeadLetter(const RecordView& record, bool amqp_written, const Death& death)
    : routing_key_(death.queue) {
  read(record, amqp_written);
  const bool first = !has_history_;
  enter(death);
  set_headers(death, first);
}

void DeadLetter::read(const RecordView& record, bool amqp_written) {
  key_ = record.key;
  null_value_ = !record.value;
  body_ = record.value.value_or(Bytes());
  bool ours = amqp_written;  // the door's headers come first
  bool first = true;
  Properties properties;
  for_each_header(record, [&](const HeaderView& h) {
    const Bytes value = h.value.value_or(Bytes());
    if (ours && first && h.key == amqp_header::deaths) {
      has_history_ = true;
    } else if (ours && h.key == amqp_header::properties) {
      if (!split_properties(value, properties)) properties.flags = 0;
    } else if (ours && h.key == amqp_header::exchange) {
      exchange_ = value;
    } else if (ours && h.key == amqp_header::routing_key) {
      routing_key_ = value;
      ours = false;
    } else if (!is_told(h.key)) {
      others_.push_back(h);
    }
    first = false;
    return true;
  });
  if (properties.has(Property::headers)) {
    table_ = open_field_table(properties.value(Property::headers));
  }
  if (!amqp_written) take_foreign_headers();
  if (properties.has(Property::expiration)) expiration_ = properties.value(Property::expiration);
  if (properties.has(Property::priority)) {
    priority_ = static_cast<std::uint8_t>(properties.value(Property::priority)[0]);
  }
  properties.clear(Property::expiration);
  properties.clear(Property::headers);
  append_properties(properties_, properties);
}

/// A reader of the queue sees what a record of another door says, as it did before.
void DeadLetter::take_foreign_headers() {
  constexpr std::size_t headers_max = 256;
  constexpr std::size_t name_bytes_max = 255;
  constexpr std::size_t bytes_max = field_table_bytes_max / 2;
  std::size_t bytes = 0;
  for (const HeaderView& h : others_) {
    const std::size_t more = h.key.size() + h.value.value_or(Bytes()).size() + 6;
    if (h.key.empty() || h.key.size() > name_bytes_max) continue;
    if (bytes + more > bytes_max || table_.fields.entries.size() >= headers_max) break;
    bytes += more;
    FieldValue value;
    if (h.value) value = FieldValue{'S', std::string(*h.value)};
    table_.fields.entries.push_back({std::string(h.key), std::move(value)});
  }
}

void DeadLetter::enter(const Death& death) {
  if (has_history_) {
    const FieldValue* history = table_.fields.find(history_header);
    const auto* array =
        history ? std::get_if<std::shared_ptr<const FieldArray>>(&history->value) : nullptr;
    if (array) deaths_ = (*array)->items;
  }
  std::vector<std::string> keys = {std::string(routing_key_)};
  for (std::string& copy : texts_in(table_.fields, "CC"))
    keys.push_back(std::move(copy));
  const auto same = [&](const FieldValue& entry) {
    const FieldTable* table = table_in(entry);
    return table && text_in(*table, "queue") == death.queue &&
           text_in(*table, "reason") == word_of(death.reason);
  };
  const auto known = std::find_if(deaths_.begin(), deaths_.end(), same);
  if (known != deaths_.end()) {
    FieldTable again = *table_in(*known);
    const FieldValue* count = again.find("count");
    const std::int64_t* before = count ? count->as_integer() : nullptr;
    again.set("count", FieldValue::integer((before ? *before : 0) + 1));
    deaths_.erase(known);
    deaths_.insert(deaths_.begin(), FieldValue::table(std::move(again)));
  } else {
    constexpr std::int64_t ms_a_second = 1000;
    FieldTable entry;
    if (!expiration_.empty()) entry.set("original-expiration", FieldValue::text(expiration_));
    entry.set("count", FieldValue::integer(1));
    entry.set("reason", FieldValue::text(std::string(word_of(death.reason))));
    entry.set("queue", FieldValue::text(std::string(death.queue)));
    entry.set("time", FieldValue{'T', death.wall_ms / ms_a_second});
    entry.set("exchange", FieldValue::text(std::string(exchange_)));
    FieldArray routing_keys;
    for (const std::string& key : keys)
      routing_keys.items.push_back(FieldValue::text(key));
    entry.set("routing-keys", FieldValue::array(std::move(routing_keys)));
    deaths_.insert(deaths_.begin(), FieldValue::table(std::move(entry)));
  }
  routing_keys_ = std::move(keys);
  if (!death.routing_key) return;
  // Its copies are over with its key.
  routing_keys_.assign(1, std::string(*death.routing_key));
  std::erase_if(table_.fields.entries, [](const FieldEntry& entry) { return entry.name == "CC"; });
}

void DeadLetter::set_headers(const Death& death, bool first) {
  const std::array<std::string, 3> now = {std::string(word_of(death.reason)),
                                          std::string(death.queue), std::string(exchange_)};
  for (std::size_t i = 0; i < told_.size(); ++i) {
    const bool kept = !first && i < last_death;
    told_[i] = kept ? std::string(text_in(table_.fields, told_names[i])) : now[i % last_death];
    table_.fields.set(std::string(told_names[i]), FieldValue::text(told_[i]));
  }
  FieldArray history;
  history.items = deaths_;
  table_.fields.set(std::string(history_header), FieldValue::array(std::move(history)));
  // RabbitMQ sorts the headers of what it has changed.
  std::stable_sort(table_.fields.entries.begin(), table_.fields.entries.end(),
                   [](const FieldEntry& a, const FieldEntry& b) { return a.name < b.name; });
  const std::string before = std::exchange(properties_, {});
  std::string table;
  append_field_table(table, table_);
  constexpr std::size_t length_bytes = 4;
  Properties properties;
  split_properties(before, properties);
  properties.set(Property::headers, Bytes(table).substr(length_bytes));
  append_properties(properties_, properties);

  headers_ = {{amqp_header::deaths, Bytes("1")},
              {amqp_header::properties, Bytes(properties_)},
              {amqp_header::exchange, death.exchange},
              {amqp_header::routing_key, Bytes(routing_keys_.front())}};
  headers_.insert(headers_.end(), others_.begin(), others_.end());
  for (std::size_t i = 0; i < told_.size(); ++i)
    headers_.push_back({told_names[i], Bytes(told_[i])});
}

bool DeadLetter::cycles_to(std::string_view queue) const {
  for (const FieldValue& entry : deaths_) {
    const FieldTable* table = table_in(entry);
    if (!table) continue;
    if (text_in(*table, "reason") == word_of(SettleReason::rejected)) return false;
    if (text_in(*table, "queue") == queue) return true;
  }
  return false;
}

RecordParts DeadLetter::parts() const {
  RecordParts out;
  out.key = key_;
  out.null_value = null_value_;
  if (!null_value_) out.body = {&body_, 1};
  out.headers = headers_;
  out.priority = priority_;
  return out;
}

}  // namespace rialto
