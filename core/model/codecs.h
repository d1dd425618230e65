#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/model/record_batch.h"

namespace rialto {

/// Decompresses the record section of a batch. Snappy is accepted raw and in the Java client's
/// xerial framing, LZ4 as frames. Output beyond `bytes_max` is Errc::too_large (length bombs),
/// damage is Errc::corrupt.
Result<std::string> decompress(Codec codec, Bytes in, std::size_t bytes_max);

/// Compresses; for tests and for topics that ask for another codec than the producer's.
Result<std::string> compress(Codec codec, Bytes in);

}  // namespace rialto
