// The meta of every kind of frame: the first byte chooses the kind.
#include "core/base/check.h"
#include "core/model/frames/catalog_frame.h"
#include "core/model/frames/codec.h"
#include "core/model/frames/data_frame.h"
#include "core/model/frames/view_frames.h"

namespace {

using namespace rialto;

template <class T>
void check(Bytes bytes) {
  T frame;
  if (!decode_fields(bytes, frame)) return;
  const std::string encoded = encode_fields(frame);
  // Only a bool can be spelled in more than one way, and never in another number of bytes.
  RIALTO_CHECK(encoded.size() == bytes.size(), "a frame leaves in as many bytes as it arrived");
  T again;
  RIALTO_CHECK(decode_fields(encoded, again), "a frame reads back");
  RIALTO_CHECK(encode_fields(again) == encoded, "and says the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes meta(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (static_cast<FrameKind>(data[0])) {
    case FrameKind::data: check<DataMeta>(meta); break;
    case FrameKind::settle: check<SettleFrame>(meta); break;
    case FrameKind::catalog: check<CatalogFrame>(meta); break;
    case FrameKind::trim: check<TrimFrame>(meta); break;
    case FrameKind::lease: check<LeaseFrame>(meta); break;
    case FrameKind::offsets: check<OffsetsFrame>(meta); break;
    case FrameKind::producers: check<ProducersFrame>(meta); break;
    case FrameKind::counts: check<CountsFrame>(meta); break;
    case FrameKind::secret: check<SecretFrame>(meta); break;
    case FrameKind::end:
    case FrameKind::mark: break;
  }
  return 0;
}
