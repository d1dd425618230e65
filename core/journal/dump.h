#pragma once

#include "core/journal/file.h"
#include "core/model/ids.h"

#include <iosfwd>

namespace rialto {

struct DumpOptions {
  Lsn from;                    ///< frames that start below are left out
  Lsn to{UINT64_MAX};          ///< frames that start at or above it too
  bool check_payloads = true;  ///< read every payload and compare its checksum
};

/// Writes what a data directory holds, one line a frame: LSN, kind, set, epoch, sizes and what is
/// inside in a few words; damage and the tail are named. Reads only and takes no lock, so it may
/// run beside a server; what such a server is writing meanwhile can then look like a torn tail.
/// What stops it is its last line.
void dump_journal(Directory& dir, const DumpOptions& options, std::ostream& out);

}  // namespace rialto
