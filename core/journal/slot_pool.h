#pragma once

#include "core/base/result.h"
#include "core/journal/file.h"
#include "core/journal/manifest.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rialto {

std::string slot_name(std::uint64_t file_id);
/// The id in the name of a slot file; none for any other name.
std::optional<std::uint64_t> slot_file_id(std::string_view name);

/// A slot file of full size whose entry in the directory is durable. Its content is whatever an
/// earlier life left: frames carry their address and epoch, so it cannot be mistaken.
struct PooledSlot {
  std::uint64_t file_id = 0;
  std::shared_ptr<File> file;
};

/// The slot files no manifest names. Files are written once from end to end when they are made
/// (a prewritten file syncs several times faster than a growing one) and reused afterwards.
/// Blocks; for the background thread and for opening.
class SlotPool {
 public:
  SlotPool(Directory& dir, std::uint64_t slot_bytes) : dir_(dir), slot_bytes_(slot_bytes) {}

  /// Finds the slot files that `named` does not use.
  Result<void> adopt(const std::vector<SlotEntry>& named);

  /// Writes up to so many bytes of the file that the next take() will answer, and says how many it
  /// has then; the size of a slot at once when a returned file is there. Errc::no_space when the
  /// disk has no room for a whole one, which is then no longer begun.
  Result<std::uint64_t> prewrite(std::uint64_t bytes);
  /// A returned file, else a new one; writes what is missing of it. Errors as above.
  Result<PooledSlot> take();
  void give_back(std::uint64_t file_id) { free_.push_back(file_id); }

 private:
  Result<void> begin_next();
  Result<void> has_room() const;
  Result<void> write_zeros(std::uint64_t end);
  void forget_next(const Error& why);

  Directory& dir_;
  std::uint64_t slot_bytes_;
  std::vector<std::uint64_t> free_;
  std::uint64_t next_file_id_ = 0;

  // What the next take() will answer.
  std::unique_ptr<File> next_;
  std::uint64_t next_id_ = 0;
  std::uint64_t next_bytes_ = 0;  ///< on the disk
};

}  // namespace rialto
