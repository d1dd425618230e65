#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rialto {

/// Where a listener binds. Port 0 asks the system for a free one.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;

  /// host:port, an IPv6 host in brackets.
  std::string text() const;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

enum class Fsync : std::uint8_t { always, os };
enum class LogLevel : std::uint8_t { trace, debug, info, warn, error };

/// Every setting, as plain values. Filled from the one key table (config_keys.h) and nowhere
/// else: a member without a key there would have no default, no reason and no way to be set.
struct Config {
  struct {
    ListenAddress listen;
    bool delivery_ids = false;
  } amqp;
  struct {
    ListenAddress listen;
    bool auto_create_topics = false;
    std::int64_t default_partitions = 0;
    std::int64_t group_initial_rebalance_ms = 0;
  } kafka;
  struct {
    ListenAddress listen;
    std::int64_t head_timeout_ms = 0;
    std::int64_t idle_timeout_ms = 0;
  } http;
  struct {
    ListenAddress listen;
  } metrics;
  struct {
    std::string dir;
  } data;
  struct {
    Fsync fsync = Fsync::always;
    std::int64_t slot_bytes = 0;
  } storage;
  struct {
    std::int64_t history_bytes = 0;  ///< 0: the smaller of 8 GiB and a tenth of the disk
  } journal;
  struct {
    std::int64_t retention_ms = 0;  ///< -1: for ever
  } topics;
  struct {
    std::int64_t shards = 0;  ///< 0: chosen from the number of cores
  } server;
  struct {
    std::int64_t connections = 0;
  } limits;
  struct {
    LogLevel level = LogLevel::info;
  } log;
};

/// A YAML file as read; `name` is what errors call it.
struct ConfigFile {
  std::string name;
  std::string text;
};

/// The layers above the defaults, weakest first. Later members win.
struct ConfigSources {
  std::vector<ConfigFile> files;
  /// Names and values, RIALTO_SECTION__KEY; other names are left alone.
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> sets;  ///< "key=value", as given to --set
};

/// One thing wrong: where it was written, what it is about, what to do.
struct ConfigError {
  std::string where;  ///< rialto.yaml:14:5, RIALTO_AMQP__LISTEN or --set amqp.listen
  std::string what;
};

struct LoadedConfig {
  Config config;
  /// For every key of the table, in its order, where its value came from ("default" or as in
  /// ConfigError::where).
  std::vector<std::string> origins;
  std::vector<ConfigError> errors;  ///< all of them; the config is usable only when empty
};

LoadedConfig load_config(const ConfigSources& sources);

/// One error a line, ready for a terminal.
std::string explain(const std::vector<ConfigError>& errors);

constexpr std::size_t config_file_bytes_max = 1U << 20;

Result<ConfigFile> read_config_file(const std::string& path);

/// The process environment, those names that begin with RIALTO_.
std::vector<std::pair<std::string, std::string>> rialto_environment();

}  // namespace rialto
