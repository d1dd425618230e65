#pragma once

#include "adapters/log/wire/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rialto::kafka {

struct DescribeGroupsRequest {
  static constexpr ApiSpec spec{ApiKey::describe_groups, 0, 5, 5};

  std::vector<std::string> groups;
  bool include_operations = false;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.groups);
    f.from(3, s.include_operations);
  }
};

struct DescribedMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  Octets metadata;
  Octets assignment;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.member_id);
    f.from(4, s.instance_id);
    f(s.client_id, s.client_host, s.metadata, s.assignment);
  }
};

struct DescribedGroup {
  std::int16_t error = 0;
  std::string group;
  std::string state;
  std::string protocol_type;
  std::string protocol;
  std::vector<DescribedMember> members;
  std::int32_t authorized_operations = operations_not_asked;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.error, s.group, s.state, s.protocol_type, s.protocol, s.members);
    f.from(3, s.authorized_operations);
  }
};

struct DescribeGroupsResponse {
  std::int32_t throttle_ms = 0;
  std::vector<DescribedGroup> groups;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(1, s.throttle_ms);
    f(s.groups);
  }
};

struct ListGroupsRequest {
  static constexpr ApiSpec spec{ApiKey::list_groups, 0, 4, 3};

  std::vector<std::string> states;  ///< empty: any

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(4, s.states);
  }
};

struct ListedGroup {
  std::string group;
  std::string protocol_type;
  std::string state;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.group, s.protocol_type);
    f.from(4, s.state);
  }
};

struct ListGroupsResponse {
  std::int32_t throttle_ms = 0;
  std::int16_t error = 0;
  std::vector<ListedGroup> groups;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(1, s.throttle_ms);
    f(s.error, s.groups);
  }
};

struct DeleteGroupsRequest {
  static constexpr ApiSpec spec{ApiKey::delete_groups, 0, 2, 2};

  std::vector<std::string> groups;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.groups);
  }
};

struct DeletedGroup {
  std::string group;
  std::int16_t error = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.group, s.error);
  }
};

struct DeleteGroupsResponse {
  std::int32_t throttle_ms = 0;
  std::vector<DeletedGroup> groups;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.throttle_ms, s.groups);
  }
};

}  // namespace rialto::kafka
