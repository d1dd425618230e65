#pragma once

#include "core/base/clock.h"

#include <functional>
#include <map>
#include <vector>

namespace rialto {

/// Deadlines of requests that wait (fetches, pulls): one a request, never one a message.
class Timers {
 public:
  using Id = std::pair<Instant, std::uint64_t>;

  Id at(Instant when, std::function<void()> then) {
    const Id id(when, ++last_);
    pending_.emplace(id, std::move(then));
    return id;
  }
  void cancel(const Id& id) { pending_.erase(id); }

  Instant next() const { return pending_.empty() ? no_deadline : pending_.begin()->first.first; }

  void run(Instant now) {
    while (!pending_.empty() && pending_.begin()->first.first <= now) {
      auto then = std::move(pending_.begin()->second);
      pending_.erase(pending_.begin());
      then();
    }
  }

 private:
  std::map<Id, std::function<void()>> pending_;
  std::uint64_t last_ = 0;
};

}  // namespace rialto
