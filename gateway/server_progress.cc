#include "gateway/server_progress.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace rialto {

ReplayProgress::ReplayProgress(std::string data_dir)
    : data_dir_(std::move(data_dir)), thread_([this] { tell(); }) {}

ReplayProgress::~ReplayProgress() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ended_changed_.notify_all();
  thread_.join();
}

void ReplayProgress::tell() {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const int every_s = terminal ? 1 : 10;
  const auto began = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  for (int seconds = 1;; ++seconds) {
    const auto at = began + std::chrono::seconds(seconds);
    if (ended_changed_.wait_until(lock, at, [this] { return ended_; })) break;
    if (seconds % every_s != 0) continue;
    fmt::print(stderr, "{}Replaying the journal in {}: {} s{}", terminal ? "\r" : "", data_dir_,
               seconds, terminal ? "" : "\n");
    std::fflush(stderr);
  }
  if (terminal && std::chrono::steady_clock::now() - began > std::chrono::seconds(1)) {
    fmt::print(stderr, "\n");
  }
}

}  // namespace rialto
