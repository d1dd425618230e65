#include "tests/bench/mqload/probes.h"

#include "tests/bench/mqload/latencies.h"

#include <arpa/inet.h>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace mqload {

namespace {

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void probe_fdatasync(const std::string& directory, Figures& out) {
  constexpr std::size_t block = 4096;
  constexpr int rounds = 1000;
  const std::string name = directory + "/probe";
  const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) throw std::runtime_error("cannot write " + name);
  std::vector<char> data(block, 'x');
  Latencies taken(rounds);
  bool fine = true;
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < rounds; ++i) {
      const auto begin = Clock::now();
      fine = fine && ::pwrite(fd, data.data(), block, i * static_cast<off_t>(block)) > 0;
      // The first pass only prewrites.
      if (pass == 0) continue;
      fine = fine && ::fdatasync(fd) == 0;
      taken.add(Clock::now() - begin);
    }
    fine = fine && ::fsync(fd) == 0;
  }
  ::close(fd);
  ::unlink(name.c_str());
  if (!fine) throw std::runtime_error("the disk failed under the probe");
  taken.add_to(out, "fdatasync");
}

void probe_memcpy(Figures& out) {
  constexpr std::size_t bytes = 64U << 20;
  constexpr int rounds = 16;
  std::vector<char> from(bytes, 'a');
  std::vector<char> to(bytes, 'b');
  const auto begin = Clock::now();
  for (int i = 0; i < rounds; ++i) {
    std::memcpy(to.data(), from.data(), bytes);
    from[static_cast<std::size_t>(i)] = to[bytes - 1];
  }
  out.emplace_back("memcpy_gb_s", static_cast<double>(bytes) * rounds / seconds_since(begin) / 1e9);
}

void probe_loopback(Figures& out) {
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
  out.emplace_back("loopback_gb_s", static_cast<double>(bytes) / seconds_since(begin) / 1e9);
  ::close(receiver);
  ::close(listener);
}

}  // namespace

Figures probe(const std::string& directory) {
  Figures out;
  probe_fdatasync(directory, out);
  probe_memcpy(out);
  probe_loopback(out);
  return out;
}

}  // namespace mqload
