#pragma once

#include "core/journal/file.h"

#include <memory>
#include <string>

namespace rialto {

/// Opens the data directory `path`, creating it (mode 0700, every missing level durable) when it
/// is not there. Files made through it have mode 0600. The error says what to do: not a
/// directory, not writable by this user.
Result<std::unique_ptr<Directory>> open_directory(const std::string& path);

/// The same for looking only: nothing is created, and files this user may not write are opened
/// for reading.
Result<std::unique_ptr<Directory>> open_directory_for_reading(const std::string& path);

}  // namespace rialto
