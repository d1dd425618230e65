#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace rialto {

/// Tells on stderr, while it lives, that a long replay is still going on: on a terminal one line
/// that is written over, otherwise a line every ten seconds. A start below a second says nothing.
class ReplayProgress {
 public:
  explicit ReplayProgress(std::string data_dir);
  ~ReplayProgress();

 private:
  void tell();

  const std::string data_dir_;
  std::mutex mutex_;
  std::condition_variable ended_changed_;
  bool ended_ = false;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace rialto
