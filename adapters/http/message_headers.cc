#include "adapters/http/message_headers.h"

#include "adapters/http/idempotency.h"
#include "adapters/http/json.h"
#include "core/model/record_batch.h"

#include <string_view>
#include <utility>

namespace rialto::http {

namespace {

constexpr std::string_view our_prefix = "X-Rialto-";
constexpr std::string_view header_prefix = "X-Rialto-Header-";

bool has_prefix(std::string_view name) {
  return name.size() > header_prefix.size() &&
         equal_ignoring_case(name.substr(0, header_prefix.size()), header_prefix);
}

Error unknown_header(const std::string& name, std::string_view also) {
  std::string known =
      "X-Rialto-Key, X-Rialto-Key-Base64, X-Rialto-Header-<Name>, X-Rialto-Producer, "
      "X-Rialto-Sequence";
  if (!also.empty()) known += ", " + std::string(also);
  return {Errc::invalid_argument, "unknown header " + name + "; there are: " + known};
}

Error second_value(const std::string& name) {
  return {Errc::invalid_argument, "more than one value for " + name};
}

bool is_of_identity(const std::string& name) {
  return equal_ignoring_case(name, producer_header) || equal_ignoring_case(name, sequence_header);
}

/// Lines for what a record brings, as long as clients take that many.
struct HeaderLines {
  HeaderList& out;
  std::size_t count = 0;
  std::size_t bytes = 0;

  bool add(std::string name, Bytes value) {
    constexpr std::size_t punctuation_bytes = 4;
    const std::size_t size = name.size() + value.size() + punctuation_bytes;
    if (count == header_lines_max || size > header_lines_bytes_max - bytes) return false;
    ++count;
    bytes += size;
    out.emplace_back(std::move(name), value);
    return true;
  }
};

}  // namespace

std::vector<std::string_view> message_header_names() {
  return {"X-Rialto-Key", "X-Rialto-Key-Base64", idempotency_key_header, producer_header,
          sequence_header};
}

Result<MessageHeaders> MessageHeaders::of(const Request& request, std::string_view also) {
  MessageHeaders out;
  const auto identity = identity_of(request);
  if (!identity) return identity.error();
  out.identity = *identity;
  if (const std::string* type = request.header("Content-Type")) {
    out.headers.emplace_back(content_type_header, *type);
  }
  bool has_also = false;
  for (const auto& [name, value] : request.headers) {
    if (has_prefix(name)) {
      out.headers.emplace_back(name.substr(header_prefix.size()), value);
      continue;
    }
    if (!equal_ignoring_case(Bytes(name).substr(0, our_prefix.size()), our_prefix)) continue;
    const bool as_text = equal_ignoring_case(name, "X-Rialto-Key");
    const bool as_base64 = equal_ignoring_case(name, "X-Rialto-Key-Base64");
    if (as_text || as_base64) {
      if (out.key) return second_value(name);
      out.key = as_text ? std::optional(value) : from_base64(value);
      if (!out.key) {
        return Error(Errc::invalid_argument, "X-Rialto-Key-Base64 does not hold base64");
      }
    } else if (!also.empty() && equal_ignoring_case(name, also)) {
      if (std::exchange(has_also, true)) return second_value(name);
    } else if (!is_of_identity(name)) {
      return unknown_header(name, also);
    }
  }
  return out;
}

void append_record_headers(HeaderList& out, const RecordView& record) {
  HeaderLines lines{out};
  std::size_t omitted = 0;
  if (record.key) {
    const bool plain = fits_header(*record.key);
    const bool added = record.key->size() <= header_lines_bytes_max &&
                       lines.add(plain ? "X-Rialto-Key" : "X-Rialto-Key-Base64",
                                 plain ? std::string(*record.key) : base64(*record.key));
    omitted += added ? 0 : 1;
  }
  for_each_header(record, [&](const HeaderView& h) {
    const bool small = h.value && h.key.size() + h.value->size() <= header_lines_bytes_max;
    const bool added = small && is_token(h.key) && fits_header(*h.value) &&
                       lines.add(std::string(header_prefix) + std::string(h.key), *h.value);
    omitted += added ? 0 : 1;
    return true;
  });
  if (omitted > 0) out.emplace_back("X-Rialto-Omitted-Headers", std::to_string(omitted));
}

}  // namespace rialto::http
