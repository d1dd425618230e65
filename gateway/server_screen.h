#pragma once

#include "gateway/config.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace rialto {

constexpr std::string_view rialto_version = "0.1.0";

/// What a person wants to know when the server is up.
struct StartFacts {
  ListenAddress amqp;
  ListenAddress kafka;
  ListenAddress http;
  ListenAddress metrics;
  std::string data_dir;
  std::uint64_t stored_bytes = 0;
  std::int64_t replay_ms = 0;
  std::int64_t start_ms = 0;
  Fsync fsync = Fsync::always;
};

/// The screen of `rialto serve`, ASCII. Scripts read the addresses from it and wait for its last
/// line, which begins with " Ready".
std::string start_screen(const StartFacts& facts);

}  // namespace rialto
