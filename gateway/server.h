#pragma once

#include "adapters/amqp/amqp_door.h"
#include "adapters/http/http_door.h"
#include "adapters/log/kafka_door.h"
#include "core/base/clock.h"
#include "core/broker/broker.h"
#include "core/broker/shard_port.h"
#include "core/engine/embedded_engine.h"
#include "core/journal/file.h"
#include "core/net/net.h"
#include "core/shard/loop.h"
#include "gateway/config.h"
#include "gateway/core_tick.h"
#include "gateway/server_exit.h"
#include "gateway/server_screen.h"
#include "gateway/tick.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace rialto {

/// One Rialto: a data directory and its doors, from start to stop.
///
/// Start: data directory, engine and replay, listeners, ready. Stop (SIGTERM, SIGINT): doors say
/// goodbye within `drain_ms_max`, everything staged becomes durable, a checkpoint is kept.
class Server {
 public:
  static constexpr std::int64_t drain_ms_max = 5000;

  explicit Server(const Config& config) : config_(config) {}

  /// Everything up to the listeners; from then on signals stop it in order. A failure leaves
  /// nothing behind but the data directory.
  std::optional<StartFailure> start();
  /// Serves until it is told to stop. After start().
  ExitCode run();

  /// Valid after start().
  const StartFacts& facts() const { return facts_; }

 private:
  std::optional<StartFailure> open_store();
  std::optional<StartFailure> open_doors();
  std::optional<StartFailure> open_door(const std::string& key, const ListenAddress& at,
                                        ListenAddress& bound, const IoShard::Doors& doors);
  IoShard::Doors doors_on(BrokerPort& port);
  HandOff to_shards(std::string key);
  void make_shards(NetLimits limits);
  EmbeddedOptions engine_options();
  BrokerOptions broker_options() const;
  void take_signals();
  void fill_settings();
  void tell_findings() const;

  Instant end_of_tick(Instant now);
  bool drained() const;
  std::size_t connection_count() const;
  void begin_drain();
  void stop_shards();
  ExitCode stop_cleanly();

  const Config config_;
  SystemClock clock_;
  Loop loop_{clock_};
  StartFacts facts_;
  AmqpSettings amqp_;
  kafka::KafkaSettings kafka_;
  HttpSettings http_;
  HttpSettings metrics_;

  // Each uses those above it, and is gone before them.
  std::unique_ptr<Directory> dir_;
  std::optional<EmbeddedEngine> engine_;
  std::optional<Broker> broker_;
  std::optional<InlinePort> port_;
  std::optional<Net> net_;
  std::optional<Tick> tick_;  // with one shard: the core thread has the sockets
  IoShards shards_;           // else: each has its share of them
  std::size_t next_shard_ = 0;
  std::optional<CoreTick> core_tick_;

  std::atomic<const char*> not_ready_ = "starting";  // read by every shard; empty: ready
  Instant drain_until_ = no_deadline;
  bool failed_ = false;
  bool stopped_at_once_ = false;
};

}  // namespace rialto
