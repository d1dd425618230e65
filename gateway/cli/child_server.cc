#include "gateway/cli/child_server.h"

#include "gateway/config_values.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace rialto {

namespace {

// The server drains for at most five seconds; what takes longer is not going to end by itself.
constexpr int stop_ms_max = 8000;

Error os_error(const char* doing) {
  return Error(Errc::io_failed, std::string(doing) + ": " + std::strerror(errno));
}

/// Between fork and exec; only calls that are allowed there.
[[noreturn]] void become_server(const std::vector<char*>& arguments, int screen) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::dup2(screen, STDOUT_FILENO);
  ::execv("/proc/self/exe", arguments.data());
  ::_exit(127);
}

void wait_for_end(pid_t pid) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd >= 0) {
    pollfd one{fd, POLLIN, 0};
    if (::poll(&one, 1, stop_ms_max) == 0) ::kill(pid, SIGKILL);
    ::close(fd);
  }
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Result<ChildServer> ChildServer::start(WireSocket::Deadline deadline) {
  ChildServer child;
  if (auto spawned = child.spawn(); !spawned) return spawned.error();
  if (auto ready = child.read_screen(deadline); !ready) return ready.error();
  return child;
}

ChildServer::ChildServer(ChildServer&& o) noexcept
    : dir_(std::exchange(o.dir_, {})),
      pid_(std::exchange(o.pid_, -1)),
      screen_(std::exchange(o.screen_, -1)),
      amqp_(std::move(o.amqp_)),
      kafka_(std::move(o.kafka_)),
      http_(std::move(o.http_)) {}

ChildServer::~ChildServer() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    wait_for_end(pid_);
  }
  if (screen_ >= 0) ::close(screen_);
  std::error_code ignored;
  if (!dir_.empty()) std::filesystem::remove_all(dir_, ignored);
}

Result<void> ChildServer::spawn() {
  std::error_code failed;
  auto pattern = (std::filesystem::temp_directory_path(failed) / "rialto-demo-XXXXXX").string();
  if (failed || !::mkdtemp(pattern.data())) return os_error("making a temporary directory");
  dir_ = pattern;

  std::vector<std::string> words = {"rialto", "serve", "--data", dir_ + "/data"};
  for (const char* set :
       {"amqp.listen=127.0.0.1:0", "kafka.listen=127.0.0.1:0", "http.listen=127.0.0.1:0",
        "metrics.listen=127.0.0.1:0", "log.level=warn"}) {
    words.emplace_back("--set");
    words.emplace_back(set);
  }
  std::vector<char*> arguments;
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_error("making a pipe");
  pid_ = ::fork();
  if (pid_ == 0) become_server(arguments, ends[1]);
  ::close(ends[1]);
  screen_ = ends[0];
  if (pid_ < 0) return os_error("starting a server");
  return {};
}

Result<void> ChildServer::read_screen(WireSocket::Deadline deadline) {
  std::string line;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd one{screen_, POLLIN, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Error(Errc::timed_out, "the server was not ready in time");
    char c = 0;
    if (::read(screen_, &c, 1) != 1) {
      return Error(Errc::io_failed, "the server ended before it was ready; see above");
    }
    if (c != '\n') {
      line.push_back(c);
      continue;
    }
    if (line.starts_with(" Ready")) break;
    read_line(line);
    line.clear();
  }
  if (amqp_.port == 0 || kafka_.port == 0 || http_.port == 0) {
    return Error(Errc::corrupt, "the start screen does not name the three doors");
  }
  return {};
}

void ChildServer::read_line(const std::string& line) {
  std::istringstream words(line);
  std::string door;
  words >> door;
  for (std::string word; words >> word;) {
    const std::size_t scheme = word.find("://");
    if (scheme != std::string::npos) word.erase(0, scheme + 3);
    const auto address = parse_listen(word);
    if (!address) continue;
    if (door == "AMQP") amqp_ = *address;
    if (door == "Kafka") kafka_ = *address;
    if (door == "HTTP") http_ = *address;
    return;
  }
}

}  // namespace rialto
