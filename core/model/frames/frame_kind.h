#pragma once

#include <cstdint>

namespace rialto {

/// What a journal frame is about. Values are on disk (FORMAT.md) and never change meaning.
enum class FrameKind : std::uint8_t {
  end = 1,        ///< the rest of a slot
  mark = 2,       ///< nothing but the durable LSN known at the time
  data = 3,       ///< a record batch and its targets
  settle = 4,     ///< offsets that left queue views
  catalog = 5,    ///< the effect of one catalogue change
  trim = 6,       ///< new log starts
  lease = 7,      ///< deliveries with a deadline
  offsets = 8,    ///< committed offsets of a group
  producers = 9,  ///< the next block of producer ids
  counts = 10,    ///< delivery counts of returned messages
  secret = 11,    ///< the key that lease ids are signed with
  unsettle = 12,  ///< settled messages that are back in their queue view
};

/// Frame flags.
constexpr std::uint16_t frame_last_of_set = 1;
constexpr std::uint16_t frame_amqp_written = 2;

}  // namespace rialto
