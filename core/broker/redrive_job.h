#pragma once

#include "core/base/clock.h"
#include "core/broker/blocked_letters.h"
#include "core/broker/requests.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>

namespace rialto {

/// The ready messages of one queue, a page of offsets at a time.
struct ReadyCursor {
  QueueId queue;
  std::size_t source = 0;  ///< partition of the queue
  Offset next{0};
  std::deque<Offset> page;
};

/// A look into a queue; some reads take their time.
struct BrowseJob {
  BrowseQueue what;
  ReadyCursor at;
  std::size_t bytes = 0;
  BrowseQueue::Answer found;
  Reply<BrowseQueue::Answer> reply;
};

/// Messages on their way back, as long as the session that asked is there.
struct RedriveJob {
  SessionId session;
  RedriveMessages what;
  ReadyCursor at;
  std::size_t chosen_done = 0;
  RedriveMessages::Answer result;
  std::map<QueueId, Amount> coming;  ///< what these will have got and do not count yet
  Instant began;
  Reply<RedriveMessages::Answer> reply;

  /// When the next message may go, at the rate that was asked for.
  Instant next_due() const {
    constexpr std::int64_t ms_a_second = 1000;
    if (what.rate == 0 || what.dry_run) return began;
    return after_ms(began, static_cast<std::int64_t>(result.moved) * ms_a_second / what.rate);
  }
};

}  // namespace rialto
