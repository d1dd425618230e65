// One request without its size, and the same bytes as a response: whatever can be read can be
// written, and what was written reads back the same.
#include "adapters/log/wire/frame.h"
#include "adapters/log/wire/messages.h"
#include "core/base/check.h"

#include <cstdint>
#include <string>

namespace {

using namespace rialto;         // NOLINT(google-build-using-namespace)
using namespace rialto::kafka;  // NOLINT(google-build-using-namespace)

template <class Message>
void read_and_write(Bytes body, const ApiSpec& spec, std::int16_t version) {
  Message first;
  if (!decode(body, spec, version, first)) return;
  const std::string written = encode(spec, version, first);
  Message second;
  RIALTO_CHECK(decode(written, spec, version, second), "what was written can be read");
  RIALTO_CHECK(encode(spec, version, second) == written, "and is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes frame(reinterpret_cast<const char*>(data), size);
  RequestHeader header;
  if (!read_header_start(frame, header)) return 0;
  for_each_api([&](auto api) {
    using Which = decltype(api);
    constexpr ApiSpec spec = Which::spec;
    if (header.key != spec.key || !spec.covers(header.version)) return;
    Bytes body;
    if (!read_header_rest(frame, spec.flexible(header.version), header, body)) return;
    read_and_write<typename Which::Request>(body, spec, header.version);
    read_and_write<typename Which::Response>(body, spec, header.version);
  });
  return 0;
}
