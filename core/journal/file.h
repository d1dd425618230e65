#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rialto {

/// One open file. The seam to the operating system: posix_file implements it for real, the fault
/// file of the tests fails, tears or forgets at the n-th operation.
class File {
 public:
  virtual ~File() = default;

  /// Writes all pieces contiguously at `position_bytes`; short writes are continued inside. Not
  /// durable before sync(). One writer at a time; readers may run beside it.
  virtual Result<void> write(std::uint64_t position_bytes, std::span<const Bytes> pieces) = 0;

  /// Reads exactly `bytes` at `position_bytes`; Errc::out_of_range past the end. Any thread.
  /// `nowait` answers Errc::full when the bytes are not in memory.
  virtual Result<void> read(std::uint64_t position_bytes, char* out, std::size_t bytes,
                            bool nowait) const = 0;

  /// A hint, from any thread: these bytes will be read soon. Does not wait for them.
  virtual void will_need(std::uint64_t /*position_bytes*/, std::uint64_t /*bytes*/) const {}

  /// fdatasync: what was written is durable when this returns well. After an error the file's
  /// content since the last good sync is unknown for ever; never call again.
  virtual Result<void> sync() = 0;

  virtual Result<std::uint64_t> size_bytes() const = 0;
};

/// One directory. Entries are durable only after sync().
class Directory {
 public:
  virtual ~Directory() = default;

  /// Takes the lock that makes this process the only writer; Errc::in_use otherwise. Held until
  /// the Directory is destroyed.
  virtual Result<void> lock() = 0;

  virtual Result<std::vector<std::string>> list() const = 0;
  virtual bool exists(std::string_view name) const = 0;
  /// Creates an empty file (truncates an old one) or opens an existing one.
  virtual Result<std::unique_ptr<File>> create(std::string_view name) = 0;
  virtual Result<std::unique_ptr<File>> open(std::string_view name) = 0;
  virtual Result<void> rename(std::string_view from, std::string_view to) = 0;
  virtual Result<void> remove(std::string_view name) = 0;
  /// fsync of the directory itself.
  virtual Result<void> sync() = 0;
  /// Free bytes on the file system.
  virtual Result<std::uint64_t> free_bytes() const = 0;
  /// For messages to a person.
  virtual std::string path_of(std::string_view name) const = 0;
};

/// tmp + write + sync + rename + directory sync: after it returns, `name` holds `content` whatever
/// happens; before, it holds what it held.
Result<void> replace_file(Directory& dir, std::string_view name, Bytes content);
Result<std::string> read_file(Directory& dir, std::string_view name);

}  // namespace rialto
