#pragma once

#include "tests/bench/mqload/workloads.h"

#include <string>

namespace mqload {

/// What the machine can do, measured in the same run, the denominators of every figure: fdatasync
/// of 4 KiB in a prewritten file, memcpy, 64 KiB writes through one TCP connection.
Figures probe(const std::string& directory);

}  // namespace mqload
