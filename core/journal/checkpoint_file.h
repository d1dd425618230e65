#pragma once

#include "core/base/result.h"
#include "core/journal/file.h"
#include "core/model/ids.h"

#include <cstdint>
#include <string>
#include <vector>

namespace rialto {

/// The name of checkpoint file `file_id`.
std::string checkpoint_name(std::uint64_t file_id);

/// Writes a checkpoint file and reads it back before it answers, so that only a proven one gets
/// named in the manifest. FORMAT.md "Checkpoint". Paced, and no second copy of the parts is made;
/// for the background thread.
Result<void> write_checkpoint_file(Directory& dir, std::uint64_t file_id, Lsn lsn,
                                   const std::vector<std::string>& parts);

/// Its parts. Errc::corrupt when a checksum, a length or the LSN does not hold.
Result<std::vector<std::string>> read_checkpoint_file(Directory& dir, std::uint64_t file_id,
                                                      Lsn lsn);

/// The parts that a file holds as a checkpoint. Errc::corrupt as above.
Result<std::vector<std::string>> read_checkpoint(const File& file, Lsn lsn);

/// Removes checkpoint files that `keep` does not name. Best effort: they are found again later.
void remove_other_checkpoints(Directory& dir, const std::vector<std::uint64_t>& keep);

}  // namespace rialto
