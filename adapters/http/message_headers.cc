#include "adapters/http/message_headers.h"

#include "adapters/http/json.h"
#include "core/model/record_batch.h"

#include <string_view>

namespace rialto::http {

namespace {

constexpr std::string_view header_prefix = "X-Rialto-Header-";

bool has_prefix(std::string_view name) {
  return name.size() > header_prefix.size() &&
         equal_ignoring_case(name.substr(0, header_prefix.size()), header_prefix);
}

}  // namespace

Result<MessageHeaders> MessageHeaders::of(const Request& request) {
  MessageHeaders out;
  if (const std::string* type = request.header("Content-Type")) {
    out.headers.emplace_back(content_type_header, *type);
  }
  for (const auto& [name, value] : request.headers) {
    if (has_prefix(name)) {
      out.headers.emplace_back(name.substr(header_prefix.size()), value);
    } else if (equal_ignoring_case(name, "X-Rialto-Key")) {
      out.key = value;
    } else if (equal_ignoring_case(name, "X-Rialto-Key-Base64")) {
      out.key = from_base64(value);
      if (!out.key) {
        return Error(Errc::invalid_argument, "X-Rialto-Key-Base64 does not hold base64");
      }
    }
  }
  return out;
}

void append_record_headers(HeaderList& out, const RecordView& record) {
  if (record.key && fits_header(*record.key)) {
    out.emplace_back("X-Rialto-Key", *record.key);
  } else if (record.key) {
    out.emplace_back("X-Rialto-Key-Base64", base64(*record.key));
  }
  std::size_t omitted = 0;
  for_each_header(record, [&](const HeaderView& h) {
    if (h.value && is_token(h.key) && fits_header(*h.value)) {
      out.emplace_back(std::string(header_prefix) + std::string(h.key), *h.value);
    } else {
      ++omitted;
    }
    return true;
  });
  if (omitted > 0) out.emplace_back("X-Rialto-Omitted-Headers", std::to_string(omitted));
}

}  // namespace rialto::http
