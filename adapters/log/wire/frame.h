#pragma once

#include "adapters/log/wire/field_reader.h"
#include "adapters/log/wire/field_writer.h"
#include "adapters/log/wire/types.h"
#include "core/base/bytes.h"
#include "core/base/slab.h"

#include <cstdint>
#include <optional>
#include <string>

namespace rialto::kafka {

/// The front of every request. Key and version come first, so that a peer can be told apart from
/// noise before anything else is read.
struct RequestHeader {
  ApiKey key{};
  std::int16_t version = 0;
  std::int32_t correlation = 0;
  std::optional<std::string> client_id;
};

/// Key, version and correlation id alone: all that may be read of an unknown version.
constexpr std::size_t header_bytes_min = 8;

/// One request as it arrived, without its size. `backing` is set when the bytes lie in a slab of
/// their own: what has to outlive the call is then a part of it instead of a copy.
struct RequestFrame {
  RequestHeader header;
  Bytes body;
  Slice backing;

  /// `view` is part of `body`.
  Slice keep(Bytes view) const;
};

/// Reads the fixed part of the header. False when there are not even that many bytes.
bool read_header_start(Bytes frame, RequestHeader& header);

/// Reads what follows: the client id (with an int16 length in every version) and, in flexible
/// versions, tags. On success `body` is what comes behind.
bool read_header_rest(Bytes frame, bool flexible, RequestHeader& header, Bytes& body);

/// A whole response frame. The answer to ApiVersions never has tags in its header, so that a
/// client of any age can read which version it got.
template <class Response>
Encoded encode_response(const ApiSpec& spec, std::int16_t version, std::int32_t correlation,
                        const Response& response) {
  Encoded out;
  append_be(out.tail(), std::int32_t{0});
  append_be(out.tail(), correlation);
  const bool flexible = spec.flexible(version);
  if (flexible && spec.key != ApiKey::api_versions) out.tail().push_back(0);
  FieldWriter(out, version, flexible).field(response);
  out.close_frame();
  return out;
}

/// The body of a message alone.
template <class Message>
std::string encode(const ApiSpec& spec, std::int16_t version, const Message& message) {
  Encoded out;
  FieldWriter(out, version, spec.flexible(version)).field(message);
  return out.joined();
}

/// A whole request frame; for tests, fuzz seeds and the demo client.
template <class Request>
std::string encode_request(const RequestHeader& header, const Request& request) {
  Encoded out;
  append_be(out.tail(), std::int32_t{0});
  append_be(out.tail(), static_cast<std::int16_t>(Request::spec.key));
  append_be(out.tail(), header.version);
  append_be(out.tail(), header.correlation);
  FieldWriter(out, header.version, false).field(header.client_id);
  const bool flexible = Request::spec.flexible(header.version);
  if (flexible) out.tail().push_back(0);
  FieldWriter(out, header.version, flexible).field(request);
  out.close_frame();
  return out.joined();
}

}  // namespace rialto::kafka
