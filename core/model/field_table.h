#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rialto {

struct FieldValue;
struct FieldEntry;

/// Names and typed values in the order they were sent; names may repeat.
struct FieldTable {
  std::vector<FieldEntry> entries;

  /// The first value under this name, or null.
  const FieldValue* find(std::string_view name) const;
  void set(std::string name, FieldValue value);
  bool empty() const { return entries.empty(); }
  friend bool operator==(const FieldTable&, const FieldTable&);
};

struct FieldArray {
  std::vector<FieldValue> items;
  friend bool operator==(const FieldArray&, const FieldArray&);
};

struct Decimal {
  std::uint8_t scale = 0;
  std::uint32_t value = 0;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

/// One value with the AMQP 0-9-1 type tag it came with, so that it leaves as it arrived:
/// t bool, b B s u I i l L integers, f d floating, D decimal, S longstr, x bytes, A array,
/// T seconds since 1970, F table, V void.
struct FieldValue {
  char tag = 'V';
  std::variant<std::monostate, bool, std::int64_t, double, Decimal, std::string,
               std::shared_ptr<const FieldArray>, std::shared_ptr<const FieldTable>>
      value;

  static FieldValue boolean(bool v);
  static FieldValue integer(std::int64_t v);  ///< tag l
  static FieldValue text(std::string v);      ///< tag S
  static FieldValue array(FieldArray v);
  static FieldValue table(FieldTable v);

  bool is_integer() const;
  const std::int64_t* as_integer() const { return std::get_if<std::int64_t>(&value); }
  const std::string* as_text() const { return std::get_if<std::string>(&value); }
  const bool* as_bool() const { return std::get_if<bool>(&value); }

  /// Exactly the same type and value. The looser rule of argument equivalence (every integer tag
  /// alike, 10.0 never 10) is `equivalent`.
  friend bool operator==(const FieldValue&, const FieldValue&);
};

struct FieldEntry {
  std::string name;
  FieldValue value;
  friend bool operator==(const FieldEntry&, const FieldEntry&) = default;
};

/// RabbitMQ's rule for redeclaration: integers compare by value whatever their width, everything
/// else by type and value.
bool equivalent(const FieldValue& a, const FieldValue& b);

/// Bounds of a decoded table (reliability: length bombs, deep nesting).
constexpr std::size_t field_table_depth_max = 32;
constexpr std::size_t field_table_entries_max = 1024;
constexpr std::size_t field_table_bytes_max = std::size_t{128} * 1024;

/// How RabbitMQ names the type of a tag in its refusals: signedint, longstr and so on.
std::string_view field_type_name(char tag);

/// Decodes a table in AMQP's encoding, without the leading length. Errc::corrupt when malformed,
/// Errc::too_large over a bound above.
Result<FieldTable> decode_field_table(Bytes body);

/// Appends the table with its leading u32 length, in AMQP's encoding.
void append_field_table(std::string& out, const FieldTable& table);

/// A table that was accepted before and may have grown since: it has no bound but its depth, and
/// what cannot be decoded (an unknown type, and all that it hides) stays as it is.
struct OpenTable {
  FieldTable fields;
  std::string rest;  ///< encoded entries
};
OpenTable open_field_table(Bytes body);
/// As above: the fields, then the rest.
void append_field_table(std::string& out, const OpenTable& table);

/// Arguments as a record keeps them (encoded, with their length), and back. What was stored
/// decodes; anything else is an empty table.
std::string stored_arguments(const FieldTable& arguments);
FieldTable arguments_of(Bytes stored);

}  // namespace rialto
