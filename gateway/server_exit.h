#pragma once

#include <string>

namespace rialto {

/// How the process ends; the numbers of sysexits.h where it has a word for it.
enum class ExitCode : int {
  ok = 0,
  failed = 1,
  usage = 2,
  unreachable = 69,    ///< a port in use; no server where one was expected
  disk_failed = 70,    ///< the disk, or what is on it
  cannot_create = 73,  ///< the data directory is not writable or in use
  bad_config = 78,
};

/// Why a server did not start: one line for a person.
struct StartFailure {
  ExitCode code = ExitCode::failed;
  std::string text;
};

}  // namespace rialto
