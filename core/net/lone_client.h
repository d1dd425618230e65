#pragma once

#include "core/base/clock.h"

#include <cstdint>
#include <utility>

namespace rialto {

/// Whether there is only one who is heard: nobody would have to wait if its thread waited for the
/// disk. Pure; the connections of one shard, on its thread.
class LoneClient {
 public:
  static constexpr std::int64_t after_quiet_ms = 10;

  /// Bytes came from this connection; its address is only compared.
  void heard(const void* connection) {
    heard_another_ = heard_another_ || last_heard_ != connection;
    last_heard_ = connection;
  }
  void end_of_tick(Instant now) {
    if (std::exchange(heard_another_, false)) since_ = now;
  }
  /// Nobody but one has been heard in this tick, nor for after_quiet_ms before it.
  bool is_alone(Instant now) const {
    return !heard_another_ && now >= after_ms(since_, after_quiet_ms);
  }

 private:
  const void* last_heard_ = nullptr;
  bool heard_another_ = false;  // in this tick
  Instant since_{0};
};

}  // namespace rialto
