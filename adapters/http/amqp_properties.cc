#include "adapters/http/amqp_properties.h"

#include "adapters/http/json.h"

#include <boost/json/value.hpp>

#include <array>
#include <cstdint>
#include <utility>

namespace rialto::http {

namespace {

namespace json = boost::json;

enum class Form : std::uint8_t { shortstr, table, octet, timestamp };

struct Property {
  const char* name;
  Form form;
};

// In the order of the flags, highest bit first.
constexpr std::array<Property, 14> properties = {{{"content_type", Form::shortstr},
                                                  {"content_encoding", Form::shortstr},
                                                  {"headers", Form::table},
                                                  {"delivery_mode", Form::octet},
                                                  {"priority", Form::octet},
                                                  {"correlation_id", Form::shortstr},
                                                  {"reply_to", Form::shortstr},
                                                  {"expiration", Form::shortstr},
                                                  {"message_id", Form::shortstr},
                                                  {"timestamp", Form::timestamp},
                                                  {"type", Form::shortstr},
                                                  {"user_id", Form::shortstr},
                                                  {"app_id", Form::shortstr},
                                                  {"cluster_id", Form::shortstr}}};

constexpr std::uint16_t highest_flag = 0x8000;
constexpr std::uint16_t unused_flags = 0x0003;

json::value value_of(ByteReader& in, Form form) {
  switch (form) {
    case Form::shortstr: return json_bytes(in.bytes(in.be<std::uint8_t>()));
    case Form::octet: return in.be<std::uint8_t>();
    case Form::timestamp: return in.be<std::uint64_t>();
    case Form::table: break;
  }
  return nullptr;
}

}  // namespace

std::optional<AmqpProperties> decode_amqp_properties(Bytes blob) {
  AmqpProperties out;
  ByteReader in(blob);
  const auto flags = in.be<std::uint16_t>();
  if ((flags & unused_flags) != 0) return std::nullopt;
  for (std::size_t i = 0; i < properties.size(); ++i) {
    if ((flags & (highest_flag >> i)) == 0) continue;
    if (properties[i].form == Form::table) {
      auto table = decode_field_table(in.bytes(in.be<std::uint32_t>()));
      if (!table) return std::nullopt;
      out.headers = std::move(*table);
    } else {
      out.properties[properties[i].name] = value_of(in, properties[i].form);
    }
  }
  if (in.failed() || !in.at_end()) return std::nullopt;
  return out;
}

}  // namespace rialto::http
