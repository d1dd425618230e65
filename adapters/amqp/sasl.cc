#include "adapters/amqp/sasl.h"

#include "core/model/field_table.h"

namespace rialto::amqp {
namespace {

// [authorisation identity] NUL user NUL password
std::optional<Credentials> read_plain(Bytes response) {
  const auto first = response.find('\0');
  if (first == Bytes::npos) return std::nullopt;
  const auto second = response.find('\0', first + 1);
  if (second == Bytes::npos) return std::nullopt;
  return Credentials{std::string(response.substr(first + 1, second - first - 1)),
                     std::string(response.substr(second + 1))};
}

// A table without its length, holding LOGIN and PASSWORD.
std::optional<Credentials> read_amqplain(Bytes response) {
  const Result<FieldTable> table = decode_field_table(response);
  if (table.has_error()) return std::nullopt;
  const FieldValue* user = table->find("LOGIN");
  const FieldValue* password = table->find("PASSWORD");
  if (user == nullptr || password == nullptr) return std::nullopt;
  if (user->as_text() == nullptr || password->as_text() == nullptr) return std::nullopt;
  return Credentials{*user->as_text(), *password->as_text()};
}

}  // namespace

bool is_sasl_mechanism(Bytes name) {
  return name == "PLAIN" || name == "AMQPLAIN" || name == "ANONYMOUS";
}

std::optional<Credentials> read_sasl_response(Bytes mechanism, Bytes response) {
  // As for RabbitMQ 4: the login that is there by default, while it is.
  if (mechanism == "ANONYMOUS") return Credentials{"guest", "guest"};
  return mechanism == "PLAIN" ? read_plain(response) : read_amqplain(response);
}

bool same_secret(Bytes a, Bytes b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char other = b.empty() ? '\0' : b[i % b.size()];
    difference |= static_cast<unsigned char>(a[i] ^ other);
  }
  return difference == 0;
}

}  // namespace rialto::amqp
