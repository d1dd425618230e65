#include "core/model/codecs.h"

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <new>
#include <zstd_errors.h>

namespace rialto {

namespace {

/// Grows with what was really produced, from a first guess by the size of the input. What a
/// length field inside the data claims is never allocated.
class BoundedOutput {
 public:
  BoundedOutput(std::size_t bytes_in, std::size_t bytes_max) : max_(bytes_max) {
    // One byte beyond the bound tells output that just fits from output that goes on.
    out_.resize(std::min(max_ + 1, std::max<std::size_t>(4096, 4 * bytes_in)));
  }

  /// Makes room when there is none. False when the bound is used up.
  bool has_room() {
    if (used_ < out_.size()) return true;
    if (out_.size() > max_) return false;
    out_.resize(std::min(max_ + 1, 2 * out_.size()));
    return true;
  }
  char* room() { return out_.data() + used_; }
  std::size_t room_bytes() const { return out_.size() - used_; }
  void produced(std::size_t n) { used_ += n; }

  Result<std::string> finish() {
    if (used_ > max_) return Errc::too_large;
    out_.resize(used_);
    return std::move(out_);
  }

 private:
  std::string out_;
  std::size_t used_ = 0;
  std::size_t max_;
};

constexpr int gzip_window_bits = 15 + 16;

Result<std::string> gunzip(Bytes in, std::size_t bytes_max) {
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window_bits) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  BoundedOutput out(in.size(), bytes_max);
  for (;;) {
    if (!out.has_room()) return Errc::too_large;
    const auto room = static_cast<uInt>(std::min<std::size_t>(out.room_bytes(), UINT_MAX));
    stream.next_out = reinterpret_cast<Bytef*>(out.room());
    stream.avail_out = room;
    const int rc = inflate(&stream, Z_NO_FLUSH);
    out.produced(room - stream.avail_out);
    if (rc == Z_STREAM_END) {
      if (stream.avail_in == 0) return out.finish();
      inflateReset(&stream);
    } else if (rc != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0)) {
      return Errc::corrupt;
    }
  }
}

Result<std::string> gzip(Bytes in) {
  z_stream stream{};
  constexpr int memory_level = 8;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, deflateEnd);
  std::string out(deflateBound(&stream, in.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return Errc::too_large;
  out.resize(stream.total_out);
  return out;
}

// The Java client wraps snappy blocks in a stream of its own: magic, two version numbers that
// writers disagree about (even in byte order) and that no reader needs, then sized blocks.
constexpr Bytes xerial_magic("\x82SNAPPY\0", 8);
constexpr std::size_t xerial_header_bytes = 16;
constexpr std::size_t xerial_block_bytes = std::size_t{32} * 1024;

/// Appends one raw block.
Errc append_snappy_block(std::string& out, Bytes block, std::size_t bytes_max) {
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &size)) return Errc::corrupt;
  // Three bytes make 64 at best: a block that claims more lies, and is not given the memory.
  if (size > block.size() * 22) return Errc::corrupt;
  if (size > bytes_max - out.size()) return Errc::too_large;
  const std::size_t from = out.size();
  out.resize(from + size);
  if (!snappy::RawUncompress(block.data(), block.size(), out.data() + from)) return Errc::corrupt;
  return Errc::ok;
}

Result<std::string> unsnappy(Bytes in, std::size_t bytes_max) {
  std::string out;
  if (!in.starts_with(xerial_magic)) {
    const Errc rc = append_snappy_block(out, in, bytes_max);
    if (rc != Errc::ok) return rc;
    return out;
  }
  ByteReader blocks(in);
  blocks.skip(xerial_header_bytes);
  while (!blocks.at_end()) {
    const auto size = blocks.be<std::uint32_t>();
    const Bytes block = blocks.bytes(size);
    if (blocks.failed()) return Errc::corrupt;
    const Errc rc = append_snappy_block(out, block, bytes_max);
    if (rc != Errc::ok) return rc;
  }
  if (blocks.failed()) return Errc::corrupt;
  return out;
}

Result<std::string> snappy_xerial(Bytes in) {
  std::string out(xerial_magic);
  append_be<std::uint32_t>(out, 1);
  append_be<std::uint32_t>(out, 1);
  std::string block;
  while (!in.empty()) {
    const Bytes part = in.substr(0, xerial_block_bytes);
    snappy::Compress(part.data(), part.size(), &block);
    append_be(out, static_cast<std::uint32_t>(block.size()));
    out.append(block);
    in.remove_prefix(part.size());
  }
  return out;
}

Result<std::string> unlz4(Bytes in, std::size_t bytes_max) {
  LZ4F_dctx* raw = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)) != 0)
    throw std::bad_alloc();
  const std::unique_ptr<LZ4F_dctx, std::size_t (*)(LZ4F_dctx*)> context(
      raw, LZ4F_freeDecompressionContext);
  BoundedOutput out(in.size(), bytes_max);
  for (;;) {
    if (!out.has_room()) return Errc::too_large;
    std::size_t produced = out.room_bytes();
    std::size_t consumed = in.size();
    const std::size_t rc =
        LZ4F_decompress(raw, out.room(), &produced, in.data(), &consumed, nullptr);
    if (LZ4F_isError(rc) != 0) return Errc::corrupt;
    out.produced(produced);
    in.remove_prefix(consumed);
    if (rc == 0 && in.empty()) return out.finish();
    if (produced == 0 && consumed == 0) return Errc::corrupt;
  }
}

Result<std::string> lz4(Bytes in) {
  std::string out(LZ4F_compressFrameBound(in.size(), nullptr), '\0');
  const std::size_t n = LZ4F_compressFrame(out.data(), out.size(), in.data(), in.size(), nullptr);
  if (LZ4F_isError(n) != 0) return Errc::too_large;
  out.resize(n);
  return out;
}

// A frame header may ask for gigabytes of window before the first byte of output.
constexpr int zstd_window_log_max = 23;

Result<std::string> unzstd(Bytes in, std::size_t bytes_max) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                        ZSTD_freeDCtx);
  if (!context) throw std::bad_alloc();
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, zstd_window_log_max);
  BoundedOutput out(in.size(), bytes_max);
  ZSTD_inBuffer source{in.data(), in.size(), 0};
  for (;;) {
    if (!out.has_room()) return Errc::too_large;
    ZSTD_outBuffer sink{out.room(), out.room_bytes(), 0};
    const std::size_t consumed_before = source.pos;
    const std::size_t rc = ZSTD_decompressStream(context.get(), &sink, &source);
    if (ZSTD_isError(rc) != 0) {
      const bool window = ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge;
      return window ? Errc::too_large : Errc::corrupt;
    }
    out.produced(sink.pos);
    if (rc == 0 && source.pos == source.size) return out.finish();
    if (sink.pos == 0 && source.pos == consumed_before) return Errc::corrupt;
  }
}

Result<std::string> zstd(Bytes in) {
  std::string out(ZSTD_compressBound(in.size()), '\0');
  const std::size_t n =
      ZSTD_compress(out.data(), out.size(), in.data(), in.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(n) != 0) return Errc::too_large;
  out.resize(n);
  return out;
}

}  // namespace

Result<std::string> decompress(Codec codec, Bytes in, std::size_t bytes_max) {
  // zlib counts in 32 bit, and one more than the bound is asked for.
  if (in.size() > INT_MAX) return Errc::too_large;
  bytes_max = std::min<std::size_t>(bytes_max, INT_MAX);
  switch (codec) {
    case Codec::none:
      if (in.size() > bytes_max) return Errc::too_large;
      return std::string(in);
    case Codec::gzip: return gunzip(in, bytes_max);
    case Codec::snappy: return unsnappy(in, bytes_max);
    case Codec::lz4: return unlz4(in, bytes_max);
    case Codec::zstd: return unzstd(in, bytes_max);
  }
  return Errc::unknown_codec;
}

Result<std::string> compress(Codec codec, Bytes in) {
  if (in.size() > INT_MAX) return Errc::too_large;
  switch (codec) {
    case Codec::none: return std::string(in);
    case Codec::gzip: return gzip(in);
    case Codec::snappy: return snappy_xerial(in);
    case Codec::lz4: return lz4(in);
    case Codec::zstd: return zstd(in);
  }
  return Errc::unknown_codec;
}

}  // namespace rialto
