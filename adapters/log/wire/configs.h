#pragma once

#include "adapters/log/wire/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rialto::kafka {

/// Where the value of a config comes from (DescribeConfigs 1, CreateTopics 5).
namespace config_source {
constexpr std::int8_t of_topic = 1;
constexpr std::int8_t of_broker = 4;
constexpr std::int8_t of_default = 5;
}  // namespace config_source

struct ConfigResource {
  std::int8_t type = 0;
  std::string name;
  std::optional<std::vector<std::string>> keys;  ///< null: all of them

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.type, s.name, s.keys);
  }
};

struct DescribeConfigsRequest {
  static constexpr ApiSpec spec{ApiKey::describe_configs, 0, 4, 4};

  std::vector<ConfigResource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.resources);
    f.from(1, s.include_synonyms);
    f.from(3, s.include_documentation);
  }
};

struct ConfigSynonym {
  std::string name;
  std::optional<std::string> value;
  std::int8_t source = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.value, s.source);
  }
};

struct ConfigEntry {
  std::string name;
  std::optional<std::string> value;
  bool read_only = false;
  bool is_default = false;
  std::int8_t source = -1;
  bool sensitive = false;
  std::vector<ConfigSynonym> synonyms;
  std::int8_t type = 0;
  std::optional<std::string> documentation;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.value, s.read_only);
    f.until(0, s.is_default);
    f.from(1, s.source);
    f(s.sensitive);
    f.from(1, s.synonyms);
    f.from(3, s.type, s.documentation);
  }
};

struct DescribedConfigs {
  std::int16_t error = 0;
  std::optional<std::string> error_message;
  std::int8_t type = 0;
  std::string name;
  std::vector<ConfigEntry> configs;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.error, s.error_message, s.type, s.name, s.configs);
  }
};

struct DescribeConfigsResponse {
  std::int32_t throttle_ms = 0;
  std::vector<DescribedConfigs> results;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.throttle_ms, s.results);
  }
};

}  // namespace rialto::kafka
