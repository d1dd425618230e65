// The meta of every kind of frame: the first byte chooses the kind.
#include "core/model/frames/catalog_frame.h"
#include "core/model/frames/data_frame.h"
#include "core/model/frames/view_frames.h"
#include "tests/fuzz/fields_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rialto;
  if (size == 0) return 0;
  const Bytes meta(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (static_cast<FrameKind>(data[0])) {
    case FrameKind::data: check_fields<DataMeta>(meta); break;
    case FrameKind::settle: check_fields<SettleFrame>(meta); break;
    case FrameKind::catalog: check_fields<CatalogFrame>(meta); break;
    case FrameKind::trim: check_fields<TrimFrame>(meta); break;
    case FrameKind::lease: check_fields<LeaseFrame>(meta); break;
    case FrameKind::offsets: check_fields<OffsetsFrame>(meta); break;
    case FrameKind::producers: check_fields<ProducersFrame>(meta); break;
    case FrameKind::counts: check_fields<CountsFrame>(meta); break;
    case FrameKind::secret: check_fields<SecretFrame>(meta); break;
    case FrameKind::unsettle: check_fields<UnsettleFrame>(meta); break;
    case FrameKind::end:
    case FrameKind::mark: break;
  }
  return 0;
}
