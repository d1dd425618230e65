#include "adapters/log/wire/frame.h"

namespace rialto::kafka {

Slice RequestFrame::keep(Bytes view) const {
  if (backing.empty()) return Slice::copy_of(view);
  return backing.sub(static_cast<std::size_t>(view.data() - backing.data()), view.size());
}

bool read_header_start(Bytes frame, RequestHeader& header) {
  ByteReader in(frame);
  header.key = static_cast<ApiKey>(in.be<std::int16_t>());
  header.version = in.be<std::int16_t>();
  header.correlation = in.be<std::int32_t>();
  return !in.failed();
}

bool read_header_rest(Bytes frame, bool flexible, RequestHeader& header, Bytes& body) {
  FieldReader client(frame.substr(header_bytes_min), header.version, false);
  client.field(header.client_id);
  if (client.failed()) return false;
  FieldReader tags(client.rest(), header.version, flexible);
  tags.tags();
  body = tags.rest();
  return !tags.failed();
}

}  // namespace rialto::kafka
