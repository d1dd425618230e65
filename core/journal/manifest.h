#pragma once

#include "core/base/result.h"
#include "core/journal/file.h"
#include "core/model/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rialto {

/// From `first` on, frames carry this epoch, up to the next entry.
struct EpochStart {
  Epoch epoch;
  Lsn first;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.epoch, s.first);
  }
};

struct CheckpointEntry {
  std::uint64_t file_id = 0;
  Lsn lsn;  ///< replay goes on from here

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.file_id, s.lsn);
  }
};

/// Which file holds the slot at this position of the journal. Entered when the file has been
/// prepared, before anything is written to it, so that a roll writes no manifest.
struct SlotEntry {
  std::uint64_t number = 0;
  std::uint64_t file_id = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.number, s.file_id);
  }
};

/// The one commit point of a data directory; FORMAT.md "Manifest". A slot file it does not name
/// is free.
struct Manifest {
  std::uint64_t generation = 0;
  std::string directory_id;  ///< 16 random bytes, for ever
  std::uint64_t slot_bytes = 0;
  Lsn durable;                               ///< known to be on disk when this was written
  Lsn sorted_up_to;                          ///< everything below lives in sorted data
  std::vector<EpochStart> epochs;            ///< ascending
  std::vector<CheckpointEntry> checkpoints;  ///< oldest first, at most two
  std::vector<SlotEntry> slots;  ///< ascending; without gaps from the newest checkpoint on

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.generation, s.directory_id, s.slot_bytes, s.durable, s.sorted_up_to, s.epochs,
      s.checkpoints, s.slots);
  }
};

/// From this slot on there is every slot: replay cannot begin below it.
std::uint64_t first_without_gap(const std::vector<SlotEntry>& slots);

std::string encode_manifest(const Manifest& manifest);
/// Errc::corrupt says what does not hold; Errc::not_supported names a newer format.
Result<Manifest> decode_manifest(Bytes content);

/// The epoch frames at `lsn` have to carry; none when the table does not reach that far down.
std::optional<Epoch> epoch_at(const std::vector<EpochStart>& epochs, Lsn lsn);

/// Keeps the manifest of one directory: two equal copies, each replaced whole, so that one rotten
/// file does not stop a start. One thread at a time.
class ManifestStore {
 public:
  explicit ManifestStore(Directory& dir) : dir_(dir) {}

  /// Reads the newest copy. None: there is no manifest at all. An error: there are only
  /// unreadable ones. A damaged copy beside a good one becomes a line in `findings`.
  Result<std::optional<Manifest>> load(std::vector<std::string>& findings);

  /// Gives `next` the following generation and makes it durable. After an error either of the
  /// two may be found at the next start, both being complete; Errc::no_space changed nothing.
  Result<void> commit(Manifest next);

  const Manifest& current() const { return current_; }

 private:
  Directory& dir_;
  Manifest current_;
};

}  // namespace rialto
