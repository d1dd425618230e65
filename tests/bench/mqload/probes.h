#pragma once

#include <string>

namespace mqload {

/// What the machine can do, measured in the same run: the denominators of every figure.
struct Probes {
  double fdatasync_p50_us = 0;  ///< 4 KiB into a prewritten file
  double fdatasync_p99_us = 0;
  double memcpy_gb_s = 0;
  double loopback_gb_s = 0;  ///< 64 KiB writes through one TCP connection
};

Probes probe(const std::string& directory);

}  // namespace mqload
