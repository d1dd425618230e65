#pragma once

#include "adapters/log/wire/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Membership of consumer groups; their offsets are in group_offsets.h, their listing in
/// group_admin.h.
namespace rialto::kafka {

struct JoinProtocol {
  std::string name;
  Octets metadata;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.name, s.metadata);
  }
};

struct JoinGroupRequest {
  static constexpr ApiSpec spec{ApiKey::join_group, 0, 9, 6};

  std::string group;
  std::int32_t session_timeout_ms = 0;
  std::int32_t rebalance_timeout_ms = -1;
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string protocol_type;
  std::vector<JoinProtocol> protocols;
  std::optional<std::string> reason;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.group, s.session_timeout_ms);
    f.from(1, s.rebalance_timeout_ms);
    f(s.member_id);
    f.from(5, s.instance_id);
    f(s.protocol_type, s.protocols);
    f.from(8, s.reason);
  }
};

struct JoinedMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  Octets metadata;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.member_id);
    f.from(5, s.instance_id);
    f(s.metadata);
  }
};

struct JoinGroupResponse {
  std::int32_t throttle_ms = 0;
  std::int16_t error = 0;
  std::int32_t generation = -1;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  std::string leader;
  bool skip_assignment = false;
  std::string member_id;
  std::vector<JoinedMember> members;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(2, s.throttle_ms);
    f(s.error, s.generation);
    f.from(7, s.protocol_type);
    f(s.protocol, s.leader);
    f.from(9, s.skip_assignment);
    f(s.member_id, s.members);
  }
};

struct SyncAssignment {
  std::string member_id;
  Octets assignment;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.member_id, s.assignment);
  }
};

struct SyncGroupRequest {
  static constexpr ApiSpec spec{ApiKey::sync_group, 0, 5, 4};

  std::string group;
  std::int32_t generation = -1;
  std::string member_id;
  std::optional<std::string> instance_id;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  std::vector<SyncAssignment> assignments;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.group, s.generation, s.member_id);
    f.from(3, s.instance_id);
    f.from(5, s.protocol_type, s.protocol);
    f(s.assignments);
  }
};

struct SyncGroupResponse {
  std::int32_t throttle_ms = 0;
  std::int16_t error = 0;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  Octets assignment;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(1, s.throttle_ms);
    f(s.error);
    f.from(5, s.protocol_type, s.protocol);
    f(s.assignment);
  }
};

struct HeartbeatRequest {
  static constexpr ApiSpec spec{ApiKey::heartbeat, 0, 4, 4};

  std::string group;
  std::int32_t generation = -1;
  std::string member_id;
  std::optional<std::string> instance_id;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.group, s.generation, s.member_id);
    f.from(3, s.instance_id);
  }
};

struct HeartbeatResponse {
  std::int32_t throttle_ms = 0;
  std::int16_t error = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(1, s.throttle_ms);
    f(s.error);
  }
};

struct LeavingMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::optional<std::string> reason;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.member_id, s.instance_id);
    f.from(5, s.reason);
  }
};

struct LeaveGroupRequest {
  static constexpr ApiSpec spec{ApiKey::leave_group, 0, 5, 4};

  std::string group;
  std::string member_id;
  std::vector<LeavingMember> members;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.group);
    f.until(2, s.member_id);
    f.from(3, s.members);
  }
};

struct LeftMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::int16_t error = 0;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.member_id, s.instance_id, s.error);
  }
};

struct LeaveGroupResponse {
  std::int32_t throttle_ms = 0;
  std::int16_t error = 0;
  std::vector<LeftMember> members;

  template <class F>
  static void fields(F& f, auto& s) {
    f.from(1, s.throttle_ms);
    f(s.error);
    f.from(3, s.members);
  }
};

}  // namespace rialto::kafka
