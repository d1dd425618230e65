#include "core/journal/manifest.h"

#include "core/base/crc32c.h"
#include "core/model/frames/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace rialto {
namespace {

constexpr std::uint32_t manifest_magic = 0x4d4c5452;  // "RTLM" on disk
constexpr std::uint32_t manifest_format = 1;
constexpr std::size_t directory_id_bytes = 16;
constexpr std::uint64_t slot_bytes_min = 4096;
constexpr std::uint64_t slot_bytes_max = 1ULL << 32;
constexpr std::string_view copy_names[] = {"manifest-a", "manifest-b"};

Error damaged(std::string_view what) {
  return Error(Errc::corrupt, fmt::format("the manifest {}", what));
}

Result<void> check_tables(const Manifest& m) {
  if (m.directory_id.size() != directory_id_bytes) return damaged("has no directory id");
  if (m.slot_bytes < slot_bytes_min || m.slot_bytes > slot_bytes_max || m.slot_bytes % 8 != 0) {
    return damaged("names an impossible slot size");
  }
  for (std::size_t i = 1; i < m.epochs.size(); ++i) {
    if (m.epochs[i].epoch <= m.epochs[i - 1].epoch || m.epochs[i].first <= m.epochs[i - 1].first) {
      return damaged("has epochs out of order");
    }
  }
  std::set<std::uint64_t> files;
  for (std::size_t i = 0; i < m.slots.size(); ++i) {
    if (i > 0 && m.slots[i].number <= m.slots[i - 1].number) {
      return damaged("has slots out of order");
    }
    if (m.slots[i].number >= UINT64_MAX / m.slot_bytes) return damaged("has an impossible slot");
    if (!files.insert(m.slots[i].file_id).second) return damaged("uses one file for two slots");
  }
  for (std::size_t i = 1; i < m.checkpoints.size(); ++i) {
    if (m.checkpoints[i].lsn < m.checkpoints[i - 1].lsn) return damaged("mixes its checkpoints");
  }
  const bool gaps = !m.slots.empty() && first_without_gap(m.slots) != m.slots.front().number;
  const std::uint64_t replayed_from =
      m.checkpoints.empty() ? 0 : m.checkpoints.back().lsn.get() / m.slot_bytes;
  if (gaps && first_without_gap(m.slots) > replayed_from) {
    return damaged("has a gap between its slots");
  }
  return {};
}

}  // namespace

std::uint64_t first_without_gap(const std::vector<SlotEntry>& slots) {
  std::size_t first = slots.size();
  while (first > 1 && slots[first - 2].number + 1 == slots[first - 1].number)
    --first;
  return slots.empty() ? 0 : slots[first - 1].number;
}

std::string encode_manifest(const Manifest& manifest) {
  const std::string body = encode_fields(manifest);
  std::string out;
  append_le(out, manifest_magic);
  append_le(out, manifest_format);
  append_le(out, static_cast<std::uint32_t>(body.size()));
  append_le(out, crc32c(body));
  return out + body;
}

Result<Manifest> decode_manifest(Bytes content) {
  ByteReader in(content);
  const auto magic = in.le<std::uint32_t>();
  const auto format = in.le<std::uint32_t>();
  const auto bytes = in.le<std::uint32_t>();
  const auto crc = in.le<std::uint32_t>();
  if (in.failed() || magic != manifest_magic) return damaged("does not start as one");
  if (bytes != in.remaining()) return damaged("has the wrong length");
  if (crc != crc32c(in.rest())) return damaged("fails its checksum");
  if (format != manifest_format) {
    return Error(Errc::not_supported,
                 fmt::format("the manifest has format {}, this version reads format {}: start the "
                             "version that wrote it",
                             format, manifest_format));
  }
  Manifest m;
  if (!decode_fields(in.rest(), m)) return damaged("has fields that do not fit");
  if (auto r = check_tables(m); !r) return r.error();
  return m;
}

std::optional<Epoch> epoch_at(const std::vector<EpochStart>& epochs, Lsn lsn) {
  const auto after = std::upper_bound(epochs.begin(), epochs.end(), lsn,
                                      [](Lsn at, const EpochStart& e) { return at < e.first; });
  if (after == epochs.begin()) return std::nullopt;
  return std::prev(after)->epoch;
}

Result<std::optional<Manifest>> ManifestStore::load(std::vector<std::string>& findings) {
  std::optional<Manifest> best;
  std::optional<Error> trouble;
  for (const auto name : copy_names) {
    if (!dir_.exists(name)) continue;
    auto content = read_file(dir_, name);
    if (!content) return content.error();
    auto copy = decode_manifest(*content);
    if (!copy) {
      if (copy.error().code == Errc::not_supported) return copy.error();
      const auto text = fmt::format("{}: {}", dir_.path_of(name), copy.error().text);
      findings.push_back(text);
      trouble = Error(Errc::corrupt, text);
    } else if (!best || copy->generation > best->generation) {
      best = std::move(*copy);
    }
  }
  if (!best && trouble) {
    return Error(Errc::corrupt, trouble->text +
                                    "; there is no readable copy, nothing was changed: "
                                    "restore the manifest from a backup");
  }
  if (best) current_ = *best;
  return best;
}

Result<void> ManifestStore::commit(Manifest next) {
  next.generation = current_.generation + 1;
  const std::string content = encode_manifest(next);
  if (auto r = replace_file(dir_, copy_names[0], content); !r) return r;
  current_ = std::move(next);
  // The first copy is the commit; a full disk must not undo it.
  auto second = replace_file(dir_, copy_names[1], content);
  if (!second && second.error().code == Errc::no_space) return {};
  return second;
}

}  // namespace rialto
