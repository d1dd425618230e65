#include "tests/support/fault_file.h"

#include "core/base/check.h"
#include "core/journal/slot_pool.h"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

namespace rialto::test {
namespace {

constexpr std::uint64_t sector_bytes = 512;

/// splitmix64: small, seeded, the same everywhere.
class Coin {
 public:
  explicit Coin(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  bool heads() { return (next() & 1) != 0; }
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : next() % n; }

 private:
  std::uint64_t state_;
};

struct WriteOp {
  std::uint64_t position;
  std::string bytes;
};

void put_bytes(std::string& image, std::uint64_t position, Bytes bytes) {
  const auto at = static_cast<std::size_t>(position);
  if (image.size() < at + bytes.size()) image.resize(at + bytes.size());
  std::copy(bytes.begin(), bytes.end(), image.begin() + static_cast<std::ptrdiff_t>(at));
}

struct Inode {
  std::string visible;  ///< what reads see: the page cache
  std::string durable;  ///< what the disk holds
  std::vector<WriteOp> pending;
};

using Entries = std::map<std::string, std::shared_ptr<Inode>, std::less<>>;

/// One change of names, atomic; a null inode removes.
using NameOp = std::vector<std::pair<std::string, std::shared_ptr<Inode>>>;

void put_names(Entries& entries, const NameOp& op) {
  for (const auto& [name, inode] : op) {
    if (inode) {
      entries[name] = inode;
    } else {
      entries.erase(name);
    }
  }
}

void survive(Inode& file, PowerLoss mode, Coin& coin) {
  if (mode == PowerLoss::keep_all) {
    for (const auto& op : file.pending)
      put_bytes(file.durable, op.position, op.bytes);
  } else if (mode == PowerLoss::prefix) {
    const std::uint64_t whole = coin.below(file.pending.size() + 1);
    for (std::uint64_t i = 0; i < whole; ++i) {
      put_bytes(file.durable, file.pending[i].position, file.pending[i].bytes);
    }
    if (whole < file.pending.size()) {
      const WriteOp& torn = file.pending[whole];
      const std::uint64_t sectors = torn.bytes.size() / sector_bytes;
      const auto kept = static_cast<std::size_t>(coin.below(sectors + 1) * sector_bytes);
      put_bytes(file.durable, torn.position, Bytes(torn.bytes).substr(0, kept));
    }
  } else if (mode == PowerLoss::sectors) {
    for (const auto& op : file.pending) {
      std::size_t from = 0;
      while (from < op.bytes.size()) {
        const std::uint64_t in_sector = (op.position + from) % sector_bytes;
        const std::size_t n =
            std::min<std::size_t>(sector_bytes - in_sector, op.bytes.size() - from);
        if (coin.heads())
          put_bytes(file.durable, op.position + from, Bytes(op.bytes).substr(from, n));
        from += n;
      }
    }
  }
  file.pending.clear();
  file.visible = file.durable;
}

}  // namespace

struct FaultDisk::State {
  mutable std::mutex mutex;
  Entries visible;
  Entries durable;
  std::vector<NameOp> pending;
  std::uint64_t life = 1;
  bool dead = false;
  const void* lock_holder = nullptr;
  std::uint64_t capacity_bytes = UINT64_MAX;

  std::map<FaultOn, std::uint64_t> counts;
  FaultOn fault_on = FaultOn::any;
  FaultEffect fault_effect = FaultEffect::error;
  std::uint64_t fault_at = 0;  ///< in counts[fault_on]; 0: none
  bool happened = false;

  /// Counts an operation and says what hits it, if anything.
  std::optional<FaultEffect> count(FaultOn on) {
    const std::uint64_t all = ++counts[FaultOn::any];
    const std::uint64_t same = on == FaultOn::any ? all : ++counts[on];
    if (fault_at == 0 || (fault_on != FaultOn::any && fault_on != on)) return std::nullopt;
    if ((fault_on == FaultOn::any ? all : same) != fault_at) return std::nullopt;
    happened = true;
    fault_at = 0;
    if (fault_effect == FaultEffect::death) dead = true;
    return fault_effect;
  }

  Result<void> alive(std::uint64_t of_life) const {
    if (of_life == life && !dead) return {};
    return Error(Errc::io_failed, "the disk is gone");
  }

  void end_life() {
    ++life;
    dead = false;
    lock_holder = nullptr;
    fault_at = 0;
  }

  static Error error_of(FaultEffect effect) {
    if (effect == FaultEffect::no_space) return Error(Errc::no_space, "fault: no space");
    return Error(Errc::io_failed, "fault: I/O error");
  }

  std::uint64_t used_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& [name, inode] : visible)
      bytes += inode->visible.size();
    return bytes;
  }

  void change_names(NameOp op) {
    put_names(visible, op);
    pending.push_back(std::move(op));
  }

  std::vector<std::shared_ptr<Inode>> inodes() const {
    std::vector<std::shared_ptr<Inode>> all;
    const auto note = [&](const std::shared_ptr<Inode>& inode) {
      if (inode && std::find(all.begin(), all.end(), inode) == all.end()) all.push_back(inode);
    };
    for (const auto& [name, inode] : durable)
      note(inode);
    for (const auto& [name, inode] : visible)
      note(inode);
    for (const auto& op : pending) {
      for (const auto& [name, inode] : op)
        note(inode);
    }
    return all;
  }

  std::shared_ptr<Inode> find(std::string_view name) const {
    const auto it = visible.find(name);
    return it == visible.end() ? nullptr : it->second;
  }
};

namespace {

using State = FaultDisk::State;
using Hold = std::lock_guard<std::mutex>;

class FaultFile final : public File {
 public:
  FaultFile(std::shared_ptr<State> state, std::shared_ptr<Inode> inode)
      : state_(std::move(state)), inode_(std::move(inode)), life_(state_->life) {}

  Result<void> write(std::uint64_t position_bytes, std::span<const Bytes> pieces) override {
    const Hold hold(state_->mutex);
    if (auto r = state_->alive(life_); !r) return r;
    WriteOp op{position_bytes, {}};
    for (const Bytes piece : pieces)
      op.bytes.append(piece);
    const auto fault = state_->count(FaultOn::write);
    if (fault == FaultEffect::no_space) return State::error_of(*fault);
    const std::uint64_t end = position_bytes + op.bytes.size();
    const std::uint64_t growth = end > inode_->visible.size() ? end - inode_->visible.size() : 0;
    if (growth > 0 && state_->used_bytes() + growth > state_->capacity_bytes) {
      return Error(Errc::no_space, "the disk is full");
    }
    if (fault == FaultEffect::error) op.bytes.resize(op.bytes.size() / 2);
    put_bytes(inode_->visible, op.position, op.bytes);
    inode_->pending.push_back(std::move(op));
    if (fault) return State::error_of(*fault);
    return {};
  }

  Result<void> read(std::uint64_t position_bytes, char* out, std::size_t bytes,
                    bool /*nowait*/) const override {
    const Hold hold(state_->mutex);
    if (auto r = state_->alive(life_); !r) return r;
    const std::string& content = inode_->visible;
    if (position_bytes > content.size() || bytes > content.size() - position_bytes) {
      return Error(Errc::out_of_range, "past the end of the file");
    }
    content.copy(out, bytes, static_cast<std::size_t>(position_bytes));
    return {};
  }

  Result<void> sync() override {
    const Hold hold(state_->mutex);
    if (auto r = state_->alive(life_); !r) return r;
    if (const auto fault = state_->count(FaultOn::sync)) {
      // The pages are marked clean all the same: no later sync will bring them to the disk.
      if (fault == FaultEffect::error) inode_->pending.clear();
      return State::error_of(*fault);
    }
    for (const auto& op : inode_->pending)
      put_bytes(inode_->durable, op.position, op.bytes);
    inode_->pending.clear();
    return {};
  }

  Result<std::uint64_t> size_bytes() const override {
    const Hold hold(state_->mutex);
    if (auto r = state_->alive(life_); !r) return r.error();
    return static_cast<std::uint64_t>(inode_->visible.size());
  }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<Inode> inode_;
  std::uint64_t life_;
};

class FaultDirectory final : public Directory {
 public:
  explicit FaultDirectory(std::shared_ptr<State> state)
      : state_(std::move(state)), life_(state_->life) {}

  ~FaultDirectory() override {
    const Hold hold(state_->mutex);
    if (state_->lock_holder == this) state_->lock_holder = nullptr;
  }

  Result<void> lock() override {
    const Hold hold(state_->mutex);
    if (auto r = state_->alive(life_); !r) return r;
    if (state_->lock_holder && state_->lock_holder != this) {
      return Error(Errc::in_use, "the data directory is in use by another process");
    }
    state_->lock_holder = this;
    return {};
  }

  Result<std::vector<std::string>> list() const override {
    const Hold hold(state_->mutex);
    if (auto r = state_->alive(life_); !r) return r.error();
    std::vector<std::string> names;
    for (const auto& [name, inode] : state_->visible)
      names.push_back(name);
    return names;
  }

  bool exists(std::string_view name) const override {
    const Hold hold(state_->mutex);
    return state_->find(name) != nullptr;
  }

  Result<std::unique_ptr<File>> create(std::string_view name) override {
    const Hold hold(state_->mutex);
    auto inode = std::make_shared<Inode>();
    if (auto r = change({{std::string(name), inode}}, FaultOn::any); !r) return r.error();
    return std::unique_ptr<File>(std::make_unique<FaultFile>(state_, inode));
  }

  Result<std::unique_ptr<File>> open(std::string_view name) override {
    const Hold hold(state_->mutex);
    if (auto r = state_->alive(life_); !r) return r.error();
    auto inode = state_->find(name);
    if (!inode) return Error(Errc::not_found, std::string(name) + " is not there");
    return std::unique_ptr<File>(std::make_unique<FaultFile>(state_, inode));
  }

  Result<void> rename(std::string_view from, std::string_view to) override {
    const Hold hold(state_->mutex);
    auto inode = state_->find(from);
    if (!inode) return Error(Errc::not_found, std::string(from) + " is not there");
    return change({{std::string(from), nullptr}, {std::string(to), inode}}, FaultOn::rename);
  }

  Result<void> remove(std::string_view name) override {
    const Hold hold(state_->mutex);
    if (!state_->find(name)) return Error(Errc::not_found, std::string(name) + " is not there");
    return change({{std::string(name), nullptr}}, FaultOn::any);
  }

  Result<void> sync() override {
    const Hold hold(state_->mutex);
    if (auto r = state_->alive(life_); !r) return r;
    if (const auto fault = state_->count(FaultOn::sync)) return State::error_of(*fault);
    for (const auto& op : state_->pending)
      put_names(state_->durable, op);
    state_->pending.clear();
    return {};
  }

  Result<std::uint64_t> free_bytes() const override {
    const Hold hold(state_->mutex);
    const std::uint64_t used = state_->used_bytes();
    return state_->capacity_bytes > used ? state_->capacity_bytes - used : 0;
  }

  std::string path_of(std::string_view name) const override { return "disk/" + std::string(name); }

 private:
  Result<void> change(NameOp op, FaultOn on) {
    if (auto r = state_->alive(life_); !r) return r;
    const auto fault = state_->count(on);
    // A name change that death cuts off may or may not reach the disk.
    if (!fault || fault == FaultEffect::death) state_->change_names(std::move(op));
    if (fault) return State::error_of(*fault);
    return {};
  }

  std::shared_ptr<State> state_;
  std::uint64_t life_;
};

}  // namespace

FaultDisk::FaultDisk() : state_(std::make_shared<State>()) {}

FaultDisk::FaultDisk(std::shared_ptr<State> state) : state_(std::move(state)) {}

FaultDisk::~FaultDisk() = default;

std::unique_ptr<Directory> FaultDisk::open() {
  return std::make_unique<FaultDirectory>(state_);
}

void FaultDisk::fail(std::uint64_t nth, FaultOn on, FaultEffect effect) {
  const Hold hold(state_->mutex);
  state_->fault_on = on;
  state_->fault_effect = effect;
  state_->fault_at = nth == 0 ? 0 : state_->counts[on] + nth;
  state_->happened = false;
}

bool FaultDisk::fault_happened() const {
  const Hold hold(state_->mutex);
  return state_->happened;
}

std::uint64_t FaultDisk::operations(FaultOn on) const {
  const Hold hold(state_->mutex);
  const auto it = state_->counts.find(on);
  return it == state_->counts.end() ? 0 : it->second;
}

void FaultDisk::power_loss(PowerLoss mode, std::uint64_t seed) {
  const Hold hold(state_->mutex);
  Coin coin(seed);
  for (const auto& inode : state_->inodes())
    survive(*inode, mode, coin);
  const std::uint64_t oldest = coin.below(state_->pending.size() + 1);
  for (std::uint64_t i = 0; i < state_->pending.size(); ++i) {
    const bool kept = mode == PowerLoss::keep_all || (mode == PowerLoss::prefix && i < oldest) ||
                      (mode == PowerLoss::sectors && coin.heads());
    if (kept) put_names(state_->durable, state_->pending[i]);
  }
  state_->pending.clear();
  state_->visible = state_->durable;
  state_->end_life();
}

void FaultDisk::process_crash() {
  const Hold hold(state_->mutex);
  state_->end_life();
}

std::unique_ptr<FaultDisk> FaultDisk::clone() const {
  const Hold hold(state_->mutex);
  auto copy = std::make_shared<State>();
  std::map<const Inode*, std::shared_ptr<Inode>> twins;
  for (const auto& inode : state_->inodes())
    twins[inode.get()] = std::make_shared<Inode>(*inode);
  twins[nullptr] = nullptr;
  for (const auto& [name, inode] : state_->visible)
    copy->visible[name] = twins.at(inode.get());
  for (const auto& [name, inode] : state_->durable)
    copy->durable[name] = twins.at(inode.get());
  for (NameOp op : state_->pending) {
    for (auto& [name, inode] : op)
      inode = twins.at(inode.get());
    copy->pending.push_back(std::move(op));
  }
  copy->capacity_bytes = state_->capacity_bytes;
  return std::unique_ptr<FaultDisk>(new FaultDisk(std::move(copy)));
}

void FaultDisk::set_capacity_bytes(std::uint64_t bytes) {
  const Hold hold(state_->mutex);
  state_->capacity_bytes = bytes;
}

std::vector<std::string> FaultDisk::names() const {
  const Hold hold(state_->mutex);
  std::vector<std::string> all;
  for (const auto& [name, inode] : state_->visible)
    all.push_back(name);
  return all;
}

std::size_t FaultDisk::slot_files() const {
  const auto all = names();
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [](const auto& name) { return slot_file_id(name).has_value(); }));
}

std::string FaultDisk::content(std::string_view name) const {
  const Hold hold(state_->mutex);
  const auto inode = state_->find(name);
  RIALTO_CHECK(inode, "the file exists");
  return inode->visible;
}

void FaultDisk::overwrite(std::string_view name, std::uint64_t position_bytes, Bytes bytes) {
  const Hold hold(state_->mutex);
  const auto inode = state_->find(name);
  RIALTO_CHECK(inode, "the file exists");
  put_bytes(inode->visible, position_bytes, bytes);
  put_bytes(inode->durable, position_bytes, bytes);
}

void FaultDisk::flip(std::string_view name, std::uint64_t position_bytes, std::uint8_t mask) {
  const std::string now = content(name);
  const char flipped = static_cast<char>(now.at(static_cast<std::size_t>(position_bytes)) ^ mask);
  overwrite(name, position_bytes, Bytes(&flipped, 1));
}

void FaultDisk::remove(std::string_view name) {
  const Hold hold(state_->mutex);
  state_->visible.erase(std::string(name));
  state_->durable.erase(std::string(name));
}

}  // namespace rialto::test
