#pragma once

#include "adapters/log/wire/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rialto::kafka {

struct ApiVersionsRequest {
  static constexpr ApiSpec spec{ApiKey::api_versions, 0, 4, 3};

  std::string software_name;
  std::string software_version;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(3, s.software_name, s.software_version);
  }
};

struct ApiVersionRange {
  std::int16_t key = 0;
  std::int16_t min = 0;
  std::int16_t max = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.key, s.min, s.max);
  }
};

struct ApiVersionsResponse {
  std::int16_t error = 0;
  std::vector<ApiVersionRange> apis;
  std::int32_t throttle_ms = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.error, s.apis);
    f.from(1, s.throttle_ms);
  }
};

struct SaslHandshakeRequest {
  static constexpr ApiSpec spec{ApiKey::sasl_handshake, 0, 1, never_flexible};

  std::string mechanism;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.mechanism);
  }
};

struct SaslHandshakeResponse {
  std::int16_t error = 0;
  std::vector<std::string> mechanisms;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.error, s.mechanisms);
  }
};

struct DescribeClusterRequest {
  static constexpr ApiSpec spec{ApiKey::describe_cluster, 0, 1, 0};

  bool include_operations = false;
  std::int8_t endpoint_type = 1;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.include_operations);
    f.from(1, s.endpoint_type);
  }
};

struct ClusterBroker {
  std::int32_t node_id = 0;
  std::string host;
  std::int32_t port = 0;
  std::optional<std::string> rack;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.node_id, s.host, s.port, s.rack);
  }
};

struct DescribeClusterResponse {
  std::int32_t throttle_ms = 0;
  std::int16_t error = 0;
  std::optional<std::string> error_message;
  std::int8_t endpoint_type = 1;
  std::string cluster_id;
  std::int32_t controller_id = -1;
  std::vector<ClusterBroker> brokers;
  std::int32_t authorized_operations = operations_not_asked;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.throttle_ms, s.error, s.error_message);
    f.from(1, s.endpoint_type);
    f(s.cluster_id, s.controller_id, s.brokers, s.authorized_operations);
  }
};

struct FindCoordinatorRequest {
  static constexpr ApiSpec spec{ApiKey::find_coordinator, 0, 4, 3};

  std::string key;
  std::int8_t key_type = 0;
  std::vector<std::string> keys;

  template <class F>
  static void fields(F& f, auto& s) {
    f.until(3, s.key);
    f.from(1, s.key_type);
    f.from(4, s.keys);
  }
};

struct CoordinatorAnswer {
  std::string key;
  std::int32_t node_id = -1;
  std::string host;
  std::int32_t port = -1;
  std::int16_t error = 0;
  std::optional<std::string> error_message;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.key, s.node_id, s.host, s.port, s.error, s.error_message);
  }
};

struct FindCoordinatorResponse {
  std::int32_t throttle_ms = 0;
  std::int16_t error = 0;
  std::optional<std::string> error_message;
  std::int32_t node_id = -1;
  std::string host;
  std::int32_t port = -1;
  std::vector<CoordinatorAnswer> coordinators;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(1, s.throttle_ms);
    f.until(3, s.error);
    f.within(1, 3, s.error_message);
    f.until(3, s.node_id, s.host, s.port);
    f.from(4, s.coordinators);
  }
};

}  // namespace rialto::kafka
