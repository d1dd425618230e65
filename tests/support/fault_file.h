#pragma once

#include "core/journal/file.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::test {

/// What of the writes nobody synced is found after the power came back. Each file and the
/// directory itself are treated on their own, as a real disk does.
enum class PowerLoss : std::uint8_t {
  keep_all,  ///< everything had reached the disk by chance
  drop_all,  ///< nothing that was not synced
  prefix,    ///< a seeded number of the oldest writes, the last of them torn at a 512 B sector
  sectors,   ///< each 512 B sector of each write on its own, by a seeded coin
};

enum class FaultOn : std::uint8_t {
  any,  ///< each operation that changes something, syncs included
  write,
  sync,  ///< of a file or of the directory
  rename,
};

enum class FaultEffect : std::uint8_t {
  error,     ///< the operation fails once with an I/O error; a failed sync loses what it was for
  no_space,  ///< it fails once with Errc::no_space, nothing is changed
  death,     ///< the process ends in the middle of it: it and everything after it fail, until
             ///< power_loss() or process_crash() starts the next life
};

/// A directory in memory that knows exactly what is durable: file content after File::sync(),
/// entries after Directory::sync(). It can fail the n-th operation, forget at any moment what was
/// not synced, tear what was being written, and rot. Safe to use from several threads.
///
///     FaultDisk disk;
///     disk.fail(7, FaultOn::any, FaultEffect::death);
///     { auto dir = disk.open(); ... use it until calls fail ... }
///     disk.power_loss(PowerLoss::sectors, seed);
///     auto dir = disk.open();   // what a restart finds
class FaultDisk {
 public:
  FaultDisk();
  FaultDisk(const FaultDisk&) = delete;
  FaultDisk& operator=(const FaultDisk&) = delete;
  ~FaultDisk();

  /// A view for one process. Its lock is free again when it is destroyed, or in the next life.
  std::unique_ptr<Directory> open();

  /// The `nth` (from 1) operation of this sort from now on fails. 0: none.
  void fail(std::uint64_t nth, FaultOn on, FaultEffect effect);
  /// True once the planned fault has happened.
  bool fault_happened() const;
  /// Operations of this sort since the disk was made.
  std::uint64_t operations(FaultOn on) const;

  /// Ends the life of everything opened so far; unsynced bytes meet `mode`.
  void power_loss(PowerLoss mode, std::uint64_t seed);
  /// kill -9: handles die, the page cache survives: the next life sees every write, and what was
  /// not synced can still be lost by a later power_loss().
  void process_crash();

  /// An independent disk in the same state, unsynced writes included; without planned faults.
  std::unique_ptr<FaultDisk> clone() const;

  /// Bytes all files may hold together; more is Errc::no_space.
  void set_capacity_bytes(std::uint64_t bytes);

  /// Looking at and damaging what lies there, unseen by the users of the disk. The file must
  /// exist.
  std::vector<std::string> names() const;
  /// Files of slots, used or free.
  std::size_t slot_files() const;
  std::string content(std::string_view name) const;
  void overwrite(std::string_view name, std::uint64_t position_bytes, Bytes bytes);
  void flip(std::string_view name, std::uint64_t position_bytes, std::uint8_t mask);
  void remove(std::string_view name);

  struct State;

 private:
  explicit FaultDisk(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace rialto::test
