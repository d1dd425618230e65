#pragma once

#include "adapters/http/message.h"
#include "core/base/result.h"
#include "core/broker/message_identity.h"
#include "core/model/record.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::http {

/// What travels beside a body, as X-Rialto-* headers of the request or response that carries it.
struct MessageHeaders {
  std::optional<std::string> key;
  HeaderList headers;  ///< X-Rialto-Header-<Name>, and content-type when it was told
  MessageIdentity identity;

  /// X-Rialto-Key (or X-Rialto-Key-Base64 for bytes), X-Rialto-Header-*, Content-Type, and what
  /// identity_of reads. Another X-Rialto-* header but `also`, or one of them twice, is refused by
  /// name.
  static Result<MessageHeaders> of(const Request& request, std::string_view also = "");
};

/// The headers that MessageHeaders::of reads and that have a whole name.
std::vector<std::string_view> message_header_names();

/// The name under which a content type is kept with a record.
inline constexpr const char* content_type_header = "content-type";

/// What a record may add to the head of a response: clients give up beyond 100 lines or 8 to 64 KiB
/// of all lines, or of one.
inline constexpr std::size_t header_lines_max = 64;
inline constexpr std::size_t header_lines_bytes_max = 8U << 10;

/// Key and headers of a record for a response whose body is the raw value. What no header line
/// can carry and what goes beyond the bounds above is left out and counted in
/// X-Rialto-Omitted-Headers, the key too.
void append_record_headers(HeaderList& out, const RecordView& record);

}  // namespace rialto::http
