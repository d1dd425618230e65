#include "core/journal/manifest.h"

#include "core/base/check.h"
#include "core/base/crc32c.h"

#include <cstdint>
#include <string>

// Any bytes as a manifest. The checksum is made to fit, so that the fields behind it are reached;
// what decodes is encoded to the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rialto;
  constexpr std::size_t head_bytes = 16;
  std::string in(reinterpret_cast<const char*>(data), size);
  static_cast<void>(decode_manifest(in));
  if (in.size() < head_bytes) return 0;
  const Bytes body = Bytes(in).substr(head_bytes);
  const auto body_bytes = static_cast<std::uint32_t>(body.size());
  const std::uint32_t crc = crc32c(body);
  store_le(in.data() + 8, body_bytes);
  store_le(in.data() + 12, crc);
  const auto manifest = decode_manifest(in);
  if (!manifest) return 0;
  RIALTO_CHECK(encode_manifest(*manifest) == in, "one encoding for each manifest");
  static_cast<void>(epoch_at(manifest->epochs, manifest->durable));
  return 0;
}
