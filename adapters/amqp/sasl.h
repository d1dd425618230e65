#pragma once

#include "core/base/bytes.h"

#include <optional>
#include <string>

namespace rialto::amqp {

struct Credentials {
  std::string user;
  std::string password;
};

constexpr const char* sasl_mechanisms = "PLAIN AMQPLAIN ANONYMOUS";

bool is_sasl_mechanism(Bytes name);

/// Reads the response of `mechanism`; nothing when it is malformed.
std::optional<Credentials> read_sasl_response(Bytes mechanism, Bytes response);

/// Equal, in a time that does not tell where two secrets differ.
bool same_secret(Bytes a, Bytes b);

}  // namespace rialto::amqp
