#include "core/journal/posix_file.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace rialto {
namespace {

constexpr std::string_view lock_name = "lock";
constexpr std::size_t pieces_a_call_max = 512;  // below IOV_MAX, small enough for the stack

Error os_error(std::string_view doing, std::string_view path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Error(full ? Errc::no_space : Errc::io_failed,
               fmt::format("{} {}: {}", doing, path, std::strerror(error)));
}

/// Closes on destruction.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& o) noexcept {
    std::swap(fd_, o.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Calls `call` again as long as a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto n = call();
    if (n >= 0 || errno != EINTR) return n;
  }
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<void> write(std::uint64_t position_bytes, std::span<const Bytes> pieces) override {
    std::size_t done_of_first = 0;
    while (!pieces.empty()) {
      if (done_of_first == pieces.front().size()) {
        pieces = pieces.subspan(1);
        done_of_first = 0;
        continue;
      }
      std::array<iovec, pieces_a_call_max> io;
      const std::size_t count = std::min(pieces.size(), io.size());
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t skip = i == 0 ? done_of_first : 0;
        io[i] = {const_cast<char*>(pieces[i].data()) + skip, pieces[i].size() - skip};
      }
      const ssize_t n = uninterrupted([&] {
        return ::pwritev(fd_.get(), io.data(), static_cast<int>(count),
                         static_cast<off_t>(position_bytes));
      });
      if (n < 0) return os_error("writing", path_, errno);
      if (n == 0) return Error(Errc::io_failed, "writing " + path_ + ": nothing was written");
      position_bytes += static_cast<std::uint64_t>(n);
      std::size_t left = static_cast<std::size_t>(n);
      while (left > 0) {
        const std::size_t rest = pieces.front().size() - done_of_first;
        if (left < rest) {
          done_of_first += left;
          break;
        }
        left -= rest;
        done_of_first = 0;
        pieces = pieces.subspan(1);
      }
    }
    return {};
  }

  Result<void> read(std::uint64_t position_bytes, char* out, std::size_t bytes,
                    bool nowait) const override {
    while (bytes > 0) {
      iovec io{out, bytes};
      const ssize_t n = uninterrupted([&] {
        return ::preadv2(fd_.get(), &io, 1, static_cast<off_t>(position_bytes),
                         nowait ? RWF_NOWAIT : 0);
      });
      // A file system that cannot promise not to wait is always asked by a thread that may.
      if (n < 0 && nowait && (errno == EAGAIN || errno == EOPNOTSUPP)) return Errc::full;
      if (n < 0) return os_error("reading", path_, errno);
      if (n == 0) {
        return Error(Errc::out_of_range, fmt::format("reading {}: {} bytes at {} are past its end",
                                                     path_, bytes, position_bytes));
      }
      out += n;
      bytes -= static_cast<std::size_t>(n);
      position_bytes += static_cast<std::uint64_t>(n);
    }
    return {};
  }

  void will_need(std::uint64_t position_bytes, std::uint64_t bytes) const override {
    ::posix_fadvise(fd_.get(), static_cast<off_t>(position_bytes), static_cast<off_t>(bytes),
                    POSIX_FADV_WILLNEED);
  }

  Result<void> sync() override {
    if (uninterrupted([&] { return ::fdatasync(fd_.get()); }) != 0) {
      return os_error("syncing", path_, errno);
    }
    return {};
  }

  Result<std::uint64_t> size_bytes() const override {
    struct stat st;
    if (::fstat(fd_.get(), &st) != 0) return os_error("looking at", path_, errno);
    return static_cast<std::uint64_t>(st.st_size);
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class PosixDirectory final : public Directory {
 public:
  PosixDirectory(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<void> lock() override {
    const std::string path = path_of(lock_name);
    const std::string name(lock_name);
    Descriptor fd(::openat(fd_.get(), name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (fd.get() < 0) return os_error("opening", path, errno);
    if (uninterrupted([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return os_error("locking", path, errno);
      return Error(Errc::in_use,
                   fmt::format("the data directory {} is in use by {}", path_, owner_of(fd.get())));
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    // The text is for the message of a second process only; the lock itself does not need it.
    if (::ftruncate(fd.get(), 0) == 0) {
      [[maybe_unused]] const auto n = ::pwrite(fd.get(), pid.data(), pid.size(), 0);
    }
    lock_ = std::move(fd);
    return {};
  }

  Result<std::vector<std::string>> list() const override {
    const int copy = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* dir = copy < 0 ? nullptr : ::fdopendir(copy);
    if (!dir) return os_error("listing", path_, errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(dir)) {
      const std::string_view name(entry->d_name);
      if (name != "." && name != ".." && name != lock_name) names.emplace_back(name);
    }
    const int error = errno;
    ::closedir(dir);
    if (error != 0) return os_error("listing", path_, error);
    return names;
  }

  bool exists(std::string_view name) const override {
    return ::faccessat(fd_.get(), std::string(name).c_str(), F_OK, 0) == 0;
  }

  Result<std::unique_ptr<File>> create(std::string_view name) override {
    return open_file(name, O_RDWR | O_CREAT | O_TRUNC, "creating");
  }

  Result<std::unique_ptr<File>> open(std::string_view name) override {
    auto file = open_file(name, O_RDWR, "opening");
    if (file || (errno != EACCES && errno != EROFS)) return file;
    return open_file(name, O_RDONLY, "opening");
  }

  Result<void> rename(std::string_view from, std::string_view to) override {
    const std::string a(from);
    const std::string b(to);
    if (::renameat(fd_.get(), a.c_str(), fd_.get(), b.c_str()) != 0) {
      return os_error("renaming to", path_of(to), errno);
    }
    return {};
  }

  Result<void> remove(std::string_view name) override {
    if (::unlinkat(fd_.get(), std::string(name).c_str(), 0) != 0) {
      return os_error("removing", path_of(name), errno);
    }
    return {};
  }

  Result<void> sync() override {
    if (uninterrupted([&] { return ::fsync(fd_.get()); }) != 0) {
      return os_error("syncing", path_, errno);
    }
    return {};
  }

  Result<std::uint64_t> free_bytes() const override {
    struct statvfs st;
    if (::fstatvfs(fd_.get(), &st) != 0) return os_error("looking at", path_, errno);
    return static_cast<std::uint64_t>(st.f_bavail) * st.f_frsize;
  }

  std::string path_of(std::string_view name) const override {
    return fmt::format("{}/{}", path_, name);
  }

 private:
  Result<std::unique_ptr<File>> open_file(std::string_view name, int flags,
                                          std::string_view doing) const {
    const std::string wanted(name);
    const int fd =
        uninterrupted([&] { return ::openat(fd_.get(), wanted.c_str(), flags | O_CLOEXEC, 0600); });
    if (fd < 0) {
      const int error = errno;
      Error e = os_error(doing, path_of(name), error);
      if (error == ENOENT) e.code = Errc::not_found;
      errno = error;
      return e;
    }
    return std::unique_ptr<File>(std::make_unique<PosixFile>(Descriptor(fd), path_of(name)));
  }

  static std::string owner_of(int lock_fd) {
    char text[32] = {};
    const ssize_t n = ::pread(lock_fd, text, sizeof text - 1, 0);
    const std::string_view pid(text, n > 0 ? static_cast<std::size_t>(n) : 0);
    if (pid.empty()) return "another process; stop it or choose another directory";
    return fmt::format("process {}; stop it or choose another directory",
                       pid.substr(0, pid.find('\n')));
  }

  Descriptor fd_;
  Descriptor lock_{-1};
  std::string path_;
};

/// Makes each missing level, and its entry in the level above durable.
Result<void> make_levels(const std::filesystem::path& path) {
  struct stat st;
  if (path.empty() || ::stat(path.c_str(), &st) == 0) return {};
  const auto parent = path.parent_path();
  if (auto r = make_levels(parent); !r) return r;
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return os_error("creating the directory", path.string(), errno);
  }
  const std::string above = parent.empty() ? "." : parent.string();
  const Descriptor fd(::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return os_error("opening", above, errno);
  if (uninterrupted([&] { return ::fsync(fd.get()); }) != 0) {
    return os_error("syncing", above, errno);
  }
  return {};
}

Result<std::unique_ptr<Directory>> opened(const std::string& path) {
  const int fd =
      uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) {
    if (errno == ENOTDIR) return Error(Errc::invalid_argument, path + " is not a directory");
    return os_error("opening the data directory", path, errno);
  }
  return std::unique_ptr<Directory>(std::make_unique<PosixDirectory>(Descriptor(fd), path));
}

}  // namespace

Result<std::unique_ptr<Directory>> open_directory(const std::string& path) {
  auto plain = std::filesystem::path(path).lexically_normal();
  if (!plain.has_filename()) plain = plain.parent_path();
  if (auto r = make_levels(plain); !r) return r.error();
  auto dir = opened(plain.string());
  if (!dir) return dir;
  if (::faccessat(AT_FDCWD, plain.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return Error(Errc::access_denied,
                 fmt::format("the data directory {} is not writable by user {}: {}", plain.string(),
                             ::geteuid(), std::strerror(errno)));
  }
  return dir;
}

Result<std::unique_ptr<Directory>> open_directory_for_reading(const std::string& path) {
  return opened(path);
}

}  // namespace rialto
