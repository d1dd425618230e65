#include "tests/bench/mqload/probes.h"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace mqload {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void probe_fdatasync(const std::string& directory, Probes& out) {
  constexpr std::size_t block = 4096;
  constexpr int rounds = 1000;
  const std::string name = directory + "/probe";
  const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) throw std::runtime_error("cannot write " + name);
  std::vector<char> data(block, 'x');
  std::vector<double> taken;
  bool fine = true;
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < rounds; ++i) {
      const auto begin = Clock::now();
      fine = fine && ::pwrite(fd, data.data(), block, i * static_cast<off_t>(block)) > 0;
      // The first pass only prewrites.
      if (pass == 0) continue;
      fine = fine && ::fdatasync(fd) == 0;
      taken.push_back(seconds_since(begin) * 1e6);
    }
    fine = fine && ::fsync(fd) == 0;
  }
  ::close(fd);
  ::unlink(name.c_str());
  if (!fine) throw std::runtime_error("the disk failed under the probe");
  std::sort(taken.begin(), taken.end());
  out.fdatasync_p50_us = taken[taken.size() / 2];
  out.fdatasync_p99_us = taken[taken.size() * 99 / 100];
}

void probe_memcpy(Probes& out) {
  constexpr std::size_t bytes = 64U << 20;
  constexpr int rounds = 16;
  std::vector<char> from(bytes, 'a');
  std::vector<char> to(bytes, 'b');
  const auto begin = Clock::now();
  for (int i = 0; i < rounds; ++i) {
    std::memcpy(to.data(), from.data(), bytes);
    from[static_cast<std::size_t>(i)] = to[bytes - 1];
  }
  out.memcpy_gb_s = static_cast<double>(bytes) * rounds / seconds_since(begin) / 1e9;
}

void probe_loopback(Probes& out) {
  constexpr std::size_t bytes = 1U << 30;
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ::bind(listener, reinterpret_cast<sockaddr*>(&at), size);
  ::listen(listener, 1);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  const int sender = ::socket(AF_INET, SOCK_STREAM, 0);
  ::connect(sender, reinterpret_cast<sockaddr*>(&at), size);
  const int receiver = ::accept(listener, nullptr, nullptr);
  const auto begin = Clock::now();
  std::thread reading([receiver] {
    std::vector<char> buffer(256U << 10);
    while (::recv(receiver, buffer.data(), buffer.size(), 0) > 0) {
    }
  });
  const std::vector<char> block(64U << 10, 'x');
  for (std::size_t sent = 0; sent < bytes; sent += block.size()) {
    if (::send(sender, block.data(), block.size(), MSG_NOSIGNAL) < 0) break;
  }
  ::close(sender);
  reading.join();
  out.loopback_gb_s = static_cast<double>(bytes) / seconds_since(begin) / 1e9;
  ::close(receiver);
  ::close(listener);
}

}  // namespace

Probes probe(const std::string& directory) {
  Probes out;
  probe_fdatasync(directory, out);
  probe_memcpy(out);
  probe_loopback(out);
  return out;
}

}  // namespace mqload
