#pragma once

#include "adapters/http/message.h"
#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/model/field_table.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::http {

constexpr std::size_t json_bytes_max = 1U << 20;

bool is_utf8(Bytes text);
/// UTF-8 without control characters but tab and line ends: shown as it is. Anything else would
/// grow sixfold as JSON text and move the cursor of a terminal.
bool is_text(Bytes bytes);
std::string base64(Bytes bytes);
/// Nothing when it is not base64 (padding included).
std::optional<std::string> from_base64(std::string_view text);

/// Always valid JSON text: bytes that are no UTF-8 become question marks.
boost::json::string json_text(std::string_view text);
/// A string, or {"base64": "..."} for bytes that are no text.
boost::json::value json_bytes(Bytes bytes);
/// The other way round; nothing when it is neither.
std::optional<std::string> bytes_of(const boost::json::value& value);

/// AMQP values keep their type where JSON has it; bytes become {"base64": ...}.
boost::json::value to_json(const FieldValue& value);
boost::json::object to_json(const FieldTable& table);
/// Numbers become 64-bit integers or doubles, text longstr, {"base64": ...} bytes, null void.
Result<FieldTable> to_field_table(const boost::json::object& object);
/// Of a member that may be left out: null is an empty table.
Result<FieldTable> to_field_table(const boost::json::object* object);

Response json_response(unsigned status, const boost::json::object& body);
Response json_response(unsigned status, const boost::json::array& body);

/// The JSON value that a text is; `what` names the text in a refusal.
Result<boost::json::value> parse_json(std::string_view text, std::string_view what);
/// The JSON object of a body; an empty body is an empty object.
Result<boost::json::object> read_object(const Request& request);

/// What a path with dots names, "queue.name"; null: nothing.
const boost::json::value* member_at(const boost::json::value& whole, std::string_view path);

/// Refuses an object without one of these members, by name.
Result<void> has_members(const boost::json::object& object,
                         std::initializer_list<std::string_view> needed);

/// Reads the members of an object by name and type. Noted is the first thing that is wrong, and
/// that a member was never asked for: a typing error must not be silently ignored.
class Members {
 public:
  explicit Members(const boost::json::object& object) : object_(object) {}

  std::int64_t integer(std::string_view name, std::int64_t otherwise, std::int64_t min,
                       std::int64_t max);
  bool truth(std::string_view name, bool otherwise);
  std::string text(std::string_view name, std::string_view otherwise);
  std::vector<std::string> texts(std::string_view name, std::size_t count_max);
  /// Null when absent.
  const boost::json::object* object(std::string_view name);
  const boost::json::array* array(std::string_view name);
  const boost::json::value* any(std::string_view name) { return find(name); }
  /// Notes it of a member that was read with any().
  void wrong(std::string_view name, std::string_view expected);

  Result<void> finish() const;

 private:
  const boost::json::value* find(std::string_view name);

  const boost::json::object& object_;
  std::vector<std::string_view> known_;
  std::optional<Error> error_;
};

}  // namespace rialto::http
