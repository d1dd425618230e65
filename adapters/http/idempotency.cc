#include "adapters/http/idempotency.h"

#include "core/base/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace rialto::http {

namespace {

Error invalid(std::string text) {
  return {Errc::invalid_argument, std::move(text)};
}

/// Null: it is not there.
Result<const std::string*> only(const Request& request, std::string_view name) {
  const auto count =
      std::count_if(request.headers.begin(), request.headers.end(),
                    [&](const auto& h) { return equal_ignoring_case(h.first, name); });
  if (count > 1) return invalid(fmt::format("more than one value for {}", name));
  return request.header(name);
}

Result<WideHash> hash_of(const Request& request, std::string_view name) {
  const auto value = only(request, name);
  if (!value) return value.error();
  if (!*value) return WideHash();
  std::string_view text = **value;
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.empty() || text.size() > identity_bytes_max) {
    return invalid(fmt::format("{} has 1 to {} bytes", name, identity_bytes_max));
  }
  return wide_hash(text);
}

}  // namespace

Result<MessageIdentity> identity_of(const Request& request) {
  const auto key = hash_of(request, idempotency_key_header);
  if (!key) return key.error();
  const auto producer = hash_of(request, producer_header);
  if (!producer) return producer.error();
  const auto sequence = only(request, sequence_header);
  if (!sequence) return sequence.error();
  if (!*producer && !*sequence) return MessageIdentity{*key, {}, 0};
  if (!*producer || !*sequence) {
    return invalid(fmt::format("{} and {} belong together", producer_header, sequence_header));
  }
  const auto number = number_in(**sequence);
  if (!number || *number < 0) {
    return invalid(fmt::format("{} has to be a number, 0 or above", sequence_header));
  }
  return MessageIdentity{*key, *producer, *number};
}

Result<MessageIdentity> identity_of_batch(const Request& request) {
  const auto identity = identity_of(request);
  if (!identity || !identity->producer) return identity;
  return Error(Errc::not_supported,
               fmt::format("{} is not supported on a batch; give it an {}, or send its messages "
                           "one by one",
                           producer_header, idempotency_key_header));
}

}  // namespace rialto::http
