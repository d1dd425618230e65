#include "core/journal/checkpoint_file.h"

#include "core/base/crc32c.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace rialto {
namespace {

constexpr std::uint32_t checkpoint_magic = 0x434c5452;  // "RTLC" on disk
constexpr std::uint32_t checkpoint_format = 1;
constexpr std::string_view checkpoint_name_start = "checkpoint-";
constexpr std::size_t head_bytes = 24;
constexpr std::size_t table_entry_bytes = 16;
// Unpaced buffered writing makes the log thread's syncs wait behind it.
constexpr std::size_t unsynced_bytes_max = 4U << 20;

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
      const std::array<Bytes, 1> piece{bytes.substr(0, unsynced_bytes_max - unsynced)};
      if (auto r = file.write(position, piece); !r) return r;
      position += piece[0].size();
      unsynced += piece[0].size();
      bytes.remove_prefix(piece[0].size());
      if (unsynced < unsynced_bytes_max) continue;
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
  auto proof = read_checkpoint_file(dir, file_id, lsn);
  if (!proof) return proof.error();
  return {};
}

Result<std::vector<std::string>> read_checkpoint_file(Directory& dir, std::uint64_t file_id,
                                                      Lsn lsn) {
  const std::string name = checkpoint_name(file_id);
  auto content = read_file(dir, name);
  if (!content) return content.error();
  auto parts = decode_checkpoint(*content, lsn);
  if (!parts) return Error(Errc::corrupt, dir.path_of(name) + " " + parts.error().text);
  return parts;
}

Result<std::vector<std::string>> decode_checkpoint(Bytes bytes, Lsn lsn) {
  const auto damaged = [](std::string what) { return Error(Errc::corrupt, std::move(what)); };
  ByteReader in(bytes);
  const auto magic = in.le<std::uint32_t>();
  const auto format = in.le<std::uint32_t>();
  const auto at = in.le<std::uint64_t>();
  const auto count = in.le<std::uint32_t>();
  const auto crc = in.le<std::uint32_t>();
  if (in.failed() || magic != checkpoint_magic || format != checkpoint_format) {
    return damaged("does not start as a checkpoint");
  }
  if (count > in.remaining() / table_entry_bytes) return damaged("is cut short");
  const Bytes table = in.bytes(count * table_entry_bytes);
  if (crc != crc32c(crc32c(bytes.substr(0, head_bytes - sizeof crc)), table)) {
    return damaged("fails the checksum of its table");
  }
  if (at != lsn.get()) return damaged("belongs to another LSN");
  ByteReader entries(table);
  std::vector<std::string> parts;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto size = entries.le<std::uint64_t>();
    const auto part_crc = entries.le<std::uint32_t>();
    entries.skip(sizeof(std::uint32_t));
    const Bytes part = in.bytes(static_cast<std::size_t>(size));
    if (in.failed()) return damaged("is cut short");
    if (crc32c(part) != part_crc) return damaged(fmt::format("fails the checksum of part {}", i));
    parts.emplace_back(part);
  }
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
