#include "gateway/server.h"

#include "core/journal/posix_file.h"
#include "gateway/server_progress.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <utility>

namespace rialto {

namespace {

constexpr std::int64_t history_bytes_max = 8LL << 30;
constexpr std::int64_t history_disk_share = 10;

std::int64_t ms_between(Instant from, Instant to) {
  return (to - from) / ns_per_ms;
}

/// The smaller of 8 GiB and a tenth of the disk, when nothing was chosen.
std::uint64_t history_bytes(const Config& config) {
  if (config.journal.history_bytes > 0) {
    return static_cast<std::uint64_t>(config.journal.history_bytes);
  }
  std::error_code failed;
  const auto space = std::filesystem::space(config.data.dir, failed);
  if (failed) return history_bytes_max;
  return std::min<std::uint64_t>(history_bytes_max, space.capacity / history_disk_share);
}

/// A connection is a descriptor, and the usual soft limit of 1024 is below limits.connections.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) spdlog::warn("the descriptor limit stays as it is");
}

ExitCode code_of_store_failure(Errc code) {
  const bool not_ours = code == Errc::in_use || code == Errc::access_denied ||
                        code == Errc::no_space || code == Errc::invalid_argument;
  return not_ours ? ExitCode::cannot_create : ExitCode::disk_failed;
}

}  // namespace

std::optional<StartFailure> Server::start() {
  const Instant began = clock_.now();
  raise_descriptor_limit();
  if (auto failure = open_store()) return failure;
  facts_.replay_ms = ms_between(began, clock_.now());
  if (auto failure = open_doors()) return failure;
  fill_settings();
  facts_.data_dir = config_.data.dir;
  facts_.stored_bytes = engine_->stored_bytes();
  facts_.fsync = config_.storage.fsync;
  facts_.start_ms = ms_between(began, clock_.now());
  return std::nullopt;
}

EmbeddedOptions Server::engine_options() {
  EmbeddedOptions options;
  options.journal.slot_bytes = static_cast<std::uint64_t>(config_.storage.slot_bytes);
  options.journal.sync = config_.storage.fsync == Fsync::always;
  options.wake = [this] { loop_.wake(); };
  return options;
}

BrokerOptions Server::broker_options() const {
  BrokerOptions options;
  options.auto_create_topics = config_.kafka.auto_create_topics;
  options.default_partitions = static_cast<std::int32_t>(config_.kafka.default_partitions);
  options.group_initial_rebalance_ms = config_.kafka.group_initial_rebalance_ms;
  options.topic_retention_ms = config_.topics.retention_ms;
  options.history_bytes = history_bytes(config_);
  return options;
}

std::optional<StartFailure> Server::open_store() {
  auto dir = open_directory(config_.data.dir);
  if (!dir) return StartFailure{ExitCode::cannot_create, dir.error().text};
  dir_ = std::move(*dir);
  engine_.emplace(engine_options(), *dir_, clock_);
  broker_.emplace(*engine_, clock_, broker_options());
  {
    const ReplayProgress progress(config_.data.dir);
    if (const auto opened = broker_->open(); !opened) {
      return StartFailure{code_of_store_failure(opened.error().code), opened.error().text};
    }
  }
  return std::nullopt;
}

IoShard::Doors Server::doors_on(BrokerPort& port) {
  return {
      {"amqp", [this, &port](OutQueue& out, const PeerInfo& peer,
                             Instant now) { return make_amqp_door(port, out, peer, amqp_, now); }},
      {"kafka",
       [this, &port](OutQueue& out, const PeerInfo& peer, Instant now) {
         return kafka::make_kafka_door(port, out, peer, kafka_, now);
       }},
      {"http", [this, &port](OutQueue& out, const PeerInfo& peer,
                             Instant now) { return make_http_door(port, out, peer, http_, now); }},
      {"metrics",
       [this, &port](OutQueue& out, const PeerInfo& peer, Instant now) {
         return make_http_door(port, out, peer, metrics_, now);
       }},
  };
}

HandOff Server::to_shards(std::string key) {
  if (shards_.empty()) return nullptr;
  return [this, key = std::move(key)](int socket, const PeerInfo& peer) {
    shards_[next_shard_++ % shards_.size()]->take(socket, peer, key);
  };
}

std::optional<StartFailure> Server::open_door(const std::string& key, const ListenAddress& at,
                                              ListenAddress& bound, const IoShard::Doors& doors) {
  const auto port = net_->listen(at.host, at.port, DoorKind{key, doors.at(key), to_shards(key)});
  if (!port) {
    return StartFailure{
        ExitCode::unreachable,
        fmt::format("{}; choose another with --set {}.listen=HOST:PORT", port.error().text, key)};
  }
  bound = ListenAddress{at.host, *port};
  return std::nullopt;
}

void Server::make_shards(NetLimits limits) {
  // Up to two cores, one thread does it all; beyond, the core and the log keep one each.
  const std::size_t cores = std::thread::hardware_concurrency();
  std::size_t count = static_cast<std::size_t>(config_.server.shards);
  if (count == 0) count = cores > 2 ? cores - 2 : 1;
  if (count == 1) return;
  for (std::size_t i = 0; i < count; ++i) {
    shards_.push_back(std::make_unique<IoShard>(static_cast<std::uint32_t>(i + 1), clock_, limits,
                                                [this] { loop_.wake(); }));
    shards_.back()->set_doors(doors_on(shards_.back()->port()));
  }
  core_tick_.emplace(*broker_, shards_, loop_);
}

std::optional<StartFailure> Server::open_doors() {
  port_.emplace(*broker_);
  NetLimits limits;
  limits.connections_max = static_cast<std::size_t>(config_.limits.connections);
  net_.emplace(loop_.io(), limits);
  tick_.emplace(*broker_, *port_, *net_, loop_);
  make_shards(limits);
  const IoShard::Doors doors = doors_on(*port_);
  if (auto failure = open_door("amqp", config_.amqp.listen, facts_.amqp, doors)) return failure;
  if (auto failure = open_door("kafka", config_.kafka.listen, facts_.kafka, doors)) return failure;
  if (auto failure = open_door("http", config_.http.listen, facts_.http, doors)) return failure;
  if (auto failure = open_door("metrics", config_.metrics.listen, facts_.metrics, doors))
    return failure;
  take_signals();
  return std::nullopt;
}

void Server::fill_settings() {
  amqp_.rialto_version = rialto_version;
  amqp_.delivery_ids = config_.amqp.delivery_ids;
  kafka_.auto_create = config_.kafka.auto_create_topics;
  kafka_.partitions_default = static_cast<std::int32_t>(config_.kafka.default_partitions);
  http_.head_timeout_ms = config_.http.head_timeout_ms;
  http_.idle_timeout_ms = config_.http.idle_timeout_ms;
  http_.why_not_ready = [this] { return std::string(not_ready_.load()); };
  http_.version = rialto_version;
  http_.amqp_address = facts_.amqp.text();
  http_.kafka_address = facts_.kafka.text();
  http_.http_address = facts_.http.text();
  metrics_ = http_;
  metrics_.routes = HttpSettings::Routes::metrics;
}

void Server::tell_findings() const {
  const RecoveryReport& report = engine_->journal().report();
  for (const std::string& finding : report.findings)
    spdlog::warn("recovery: {}", finding);
  spdlog::info("replayed {} frames, dropped {} bytes that were never durable", report.frames,
               report.dropped_bytes);
}

void Server::take_signals() {
  loop_.on_signals([this] { begin_drain(); },
                   [this] {
                     stopped_at_once_ = true;
                     loop_.stop();
                   });
}

ExitCode Server::run() {
  tell_findings();
  for (const auto& shard : shards_)
    shard->run();
  not_ready_ = "";
  spdlog::info("ready");
  loop_.run([this](Instant now) { return end_of_tick(now); });
  if (failed_) return ExitCode::disk_failed;
  if (stopped_at_once_) {
    spdlog::warn("stopped at once; the next start replays what was confirmed");
    return ExitCode::failed;
  }
  return stop_cleanly();
}

Instant Server::end_of_tick(Instant now) {
  const bool draining = *not_ready_.load() != '\0';
  if (draining && drain_until_ == no_deadline) drain_until_ = after_ms(now, drain_ms_max);
  const Instant next = core_tick_ ? core_tick_->end(now) : tick_->end(now);
  if (const Error* error = broker_->failed()) {
    failed_ = true;
    spdlog::critical("the disk failed, so nothing more can be confirmed: {}", error->text);
    loop_.stop();
    return no_deadline;
  }
  if (drain_until_ == no_deadline) return next;
  if (drained() || now >= drain_until_) loop_.stop();
  // Shards count their connections down by themselves: look again soon.
  return std::min({next, drain_until_, shards_.empty() ? no_deadline : after_ms(now, 10)});
}

bool Server::drained() const {
  return net_->drained() && std::all_of(shards_.begin(), shards_.end(),
                                        [](const auto& shard) { return shard->drained(); });
}

std::size_t Server::connection_count() const {
  std::size_t count = net_->connection_count();
  for (const auto& shard : shards_)
    count += shard->connection_count();
  return count;
}

void Server::begin_drain() {
  spdlog::info("stopping: {} connections are told goodbye", connection_count());
  not_ready_ = "the server is stopping";
  net_->begin_drain();
  for (const auto& shard : shards_)
    shard->begin_drain();
}

void Server::stop_shards() {
  for (const auto& shard : shards_)
    shard->stop();
  // Their last words (closed sessions, settlements) count.
  for (const auto& shard : shards_)
    shard->port().run_calls(*broker_);
}

ExitCode Server::stop_cleanly() {
  if (!drained()) spdlog::warn("{} connections did not end in time", connection_count());
  net_->close_all();
  stop_shards();
  const auto closed = broker_->close();
  if (!closed) {
    spdlog::critical("the last commit or the checkpoint failed: {}", closed.error().text);
    return ExitCode::disk_failed;
  }
  spdlog::info("stopped; everything is on disk");
  return ExitCode::ok;
}

}  // namespace rialto
