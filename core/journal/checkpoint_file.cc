#include "core/journal/checkpoint_file.h"

#include "core/base/crc32c.h"
#include "core/journal/pace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace rialto {
namespace {

constexpr std::uint32_t checkpoint_magic = 0x434c5452;  // "RTLC" on disk
constexpr std::uint32_t checkpoint_format = 1;
constexpr std::string_view checkpoint_name_start = "checkpoint-";
constexpr std::size_t head_bytes = 24;
constexpr std::size_t table_entry_bytes = 16;
constexpr std::size_t piece_bytes = 256U << 10;

std::string head_of(Lsn lsn, const std::vector<std::string>& parts) {
  std::string table;
  for (const auto& part : parts) {
    append_le(table, static_cast<std::uint64_t>(part.size()));
    append_le(table, crc32c(part));
    append_le(table, std::uint32_t{0});
  }
  std::string head;
  append_le(head, checkpoint_magic);
  append_le(head, checkpoint_format);
  append_le(head, lsn.get());
  append_le(head, static_cast<std::uint32_t>(parts.size()));
  append_le(head, crc32c(crc32c(head), table));
  return head + table;
}

Result<void> write_paced(File& file, const std::string& head,
                         const std::vector<std::string>& parts) {
  std::uint64_t position = 0;
  std::size_t unsynced = 0;
  const auto put = [&](Bytes bytes) -> Result<void> {
    while (!bytes.empty()) {
      const std::array<Bytes, 1> piece{bytes.substr(0, paced_bytes - unsynced)};
      if (auto r = file.write(position, piece); !r) return r;
      position += piece[0].size();
      unsynced += piece[0].size();
      bytes.remove_prefix(piece[0].size());
      if (unsynced < paced_bytes) continue;
      if (auto r = file.sync(); !r) return r;
      unsynced = 0;
    }
    return {};
  };
  if (auto r = put(head); !r) return r;
  for (const auto& part : parts) {
    if (auto r = put(part); !r) return r;
  }
  return file.sync();
}

struct PartEntry {
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;
};

Error damaged_file(std::string what) {
  return {Errc::corrupt, std::move(what)};
}

/// A file that is too short is damaged, not unreadable.
Result<void> read_bytes(const File& file, std::uint64_t at, std::span<char> out) {
  auto r = file.read(at, out.data(), out.size(), false);
  if (!r && r.error().code == Errc::out_of_range) return damaged_file("is cut short");
  return r;
}

/// The table says what follows it; nothing is believed before its checksum held.
Result<std::vector<PartEntry>> read_table(const File& file, std::uint64_t file_bytes, Lsn lsn) {
  std::array<char, head_bytes> raw;
  if (auto r = read_bytes(file, 0, raw); !r) return r.error();
  const Bytes head(raw.data(), raw.size());
  ByteReader in(head);
  const auto magic = in.le<std::uint32_t>();
  const auto format = in.le<std::uint32_t>();
  const auto at = in.le<std::uint64_t>();
  const auto count = in.le<std::uint32_t>();
  const auto crc = in.le<std::uint32_t>();
  if (magic != checkpoint_magic || format != checkpoint_format) {
    return damaged_file("does not start as a checkpoint");
  }
  if (count > (file_bytes - head_bytes) / table_entry_bytes) return damaged_file("is cut short");
  std::string table(count * table_entry_bytes, '\0');
  if (auto r = read_bytes(file, head_bytes, table); !r) return r.error();
  if (crc != crc32c(crc32c(head.substr(0, head_bytes - sizeof crc)), table)) {
    return damaged_file("fails the checksum of its table");
  }
  if (at != lsn.get()) return damaged_file("belongs to another LSN");
  ByteReader entries(table);
  std::vector<PartEntry> parts(count);
  std::uint64_t left = file_bytes - head_bytes - table.size();
  for (PartEntry& part : parts) {
    part.bytes = entries.le<std::uint64_t>();
    part.crc = entries.le<std::uint32_t>();
    entries.skip(sizeof(std::uint32_t));
    if (part.bytes > left) return damaged_file("is cut short");
    left -= part.bytes;
  }
  return parts;
}

/// Calls `part(bytes)` before each part and `piece(bytes)` with what it holds, piece by piece. All
/// of it held when this returns well.
template <class Part, class Piece>
Result<void> scan(const File& file, Lsn lsn, Part&& part, Piece&& piece) {
  const auto file_bytes = file.size_bytes();
  if (!file_bytes) return file_bytes.error();
  const auto table = read_table(file, *file_bytes, lsn);
  if (!table) return table.error();
  std::uint64_t at = head_bytes + table->size() * table_entry_bytes;
  std::string buffer(std::min<std::uint64_t>(*file_bytes, piece_bytes), '\0');
  for (std::size_t i = 0; i < table->size(); ++i) {
    const PartEntry& entry = (*table)[i];
    part(entry.bytes);
    std::uint32_t crc = crc32c({});
    for (std::uint64_t left = entry.bytes; left > 0;) {
      const std::span<char> bytes(buffer.data(), std::min<std::uint64_t>(left, buffer.size()));
      if (auto r = read_bytes(file, at, bytes); !r) return r.error();
      const Bytes read(bytes.data(), bytes.size());
      crc = crc32c(crc, read);
      piece(read);
      at += bytes.size();
      left -= bytes.size();
    }
    if (crc != entry.crc) return damaged_file(fmt::format("fails the checksum of part {}", i));
  }
  return {};
}

/// What `read` makes of the file of this name; a refusal says which one it was.
template <class Read>
auto read_named(Directory& dir, const std::string& name, Read&& read)
    -> decltype(read(std::declval<const File&>())) {
  const auto file = dir.open(name);
  if (!file) return file.error();
  auto out = read(**file);
  if (out || out.error().code != Errc::corrupt) return out;
  return damaged_file(dir.path_of(name) + " " + out.error().text);
}

}  // namespace

std::string checkpoint_name(std::uint64_t file_id) {
  return fmt::format("{}{:08}", checkpoint_name_start, file_id);
}

Result<void> write_checkpoint_file(Directory& dir, std::uint64_t file_id, Lsn lsn,
                                   const std::vector<std::string>& parts) {
  const std::string name = checkpoint_name(file_id);
  const std::string tmp = name + ".tmp";
  auto file = dir.create(tmp);
  if (!file) return file.error();
  if (auto r = write_paced(**file, head_of(lsn, parts), parts); !r) {
    if (r.error().code == Errc::no_space) static_cast<void>(dir.remove(tmp));
    return r;
  }
  if (auto r = dir.rename(tmp, name); !r) return r;
  if (auto r = dir.sync(); !r) return r;
  return read_named(dir, name, [lsn](const File& written) {
    return scan(
        written, lsn, [](std::uint64_t) {}, [](Bytes) {});
  });
}

Result<std::vector<std::string>> read_checkpoint_file(Directory& dir, std::uint64_t file_id,
                                                      Lsn lsn) {
  return read_named(dir, checkpoint_name(file_id),
                    [lsn](const File& file) { return read_checkpoint(file, lsn); });
}

Result<std::vector<std::string>> read_checkpoint(const File& file, Lsn lsn) {
  std::vector<std::string> parts;
  const auto held = scan(
      file, lsn, [&](std::uint64_t bytes) { parts.emplace_back().reserve(bytes); },
      [&](Bytes piece) { parts.back().append(piece); });
  if (!held) return held.error();
  return parts;
}

void remove_other_checkpoints(Directory& dir, const std::vector<std::uint64_t>& keep) {
  auto names = dir.list();
  if (!names) return;
  for (const auto& name : *names) {
    if (name.rfind(checkpoint_name_start, 0) != 0) continue;
    const bool kept = std::any_of(keep.begin(), keep.end(),
                                  [&](std::uint64_t id) { return name == checkpoint_name(id); });
    if (!kept) static_cast<void>(dir.remove(name));
  }
}

}  // namespace rialto
