#pragma once

#include "core/base/errc.h"
#include "core/model/ids.h"

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rialto {

/// Names one waiting request; chosen by the caller, given back with the answer.
using GroupToken = StrongInt<struct GroupTokenTag, std::uint64_t>;

struct GroupName {
  std::string vhost;
  std::string group;
  friend auto operator<=>(const GroupName&, const GroupName&) = default;
};

/// An assignor the member offers, best first, with its opaque subscription.
struct ProtocolOffer {
  std::string name;
  std::string metadata;
  friend bool operator==(const ProtocolOffer&, const ProtocolOffer&) = default;
};

struct JoinEvent {
  GroupToken token;
  GroupName group;
  std::string member_id;    ///< empty: a new member
  std::string instance_id;  ///< empty: not a static member
  std::string client_id;
  std::string client_host;
  std::string protocol_type;
  std::vector<ProtocolOffer> protocols;
  std::int64_t session_timeout_ms = 10'000;
  std::int64_t rebalance_timeout_ms = 10'000;
  bool needs_member_id = false;  ///< a new member is told its id first (member_id_required)
};

struct SyncEvent {
  GroupToken token;
  GroupName group;
  Generation generation;
  std::string member_id;
  std::string instance_id;
  std::vector<std::pair<std::string, std::string>> assignments;  ///< from the leader
};

/// Speaks for one member of one generation (heartbeat, commit).
struct MemberClaim {
  GroupName group;
  Generation generation;
  std::string member_id;
  std::string instance_id;
};

struct GroupConfig {
  /// How long an empty group waits for more members after the first, re-armed by each of them.
  std::int64_t initial_rebalance_delay_ms = 0;
  std::int64_t session_timeout_min_ms = 6'000;
  std::int64_t session_timeout_max_ms = 1'800'000;
  /// How long a new member waits for its first generation before it is given up.
  std::int64_t new_member_join_timeout_ms = 300'000;
  /// Members of one group, told ids included.
  std::size_t members_max = 10'000;
};

/// A member as shown to the leader and to a person.
struct MemberView {
  std::string member_id;
  std::string instance_id;
  std::string client_id;
  std::string client_host;
  std::string metadata;  ///< of the chosen protocol
  std::string assignment;
};

struct JoinedReply {
  Generation generation;
  std::string protocol_type;
  std::string protocol;
  std::string leader;
  std::string member_id;
  bool skip_assignment = false;     ///< the leader keeps what was assigned
  std::vector<MemberView> members;  ///< for the leader only
};

struct SyncedReply {
  std::string protocol_type;
  std::string protocol;
  std::string assignment;
};

/// The answer to a join or a sync. Errors of a join carry the member id in `text` for
/// Errc::member_id_required.
struct GroupReply {
  GroupToken token;
  std::variant<Error, JoinedReply, SyncedReply> answer;
};

using GroupReplies = std::vector<GroupReply>;

enum class GroupState : std::uint8_t { empty, preparing_rebalance, completing_rebalance, stable };

/// Kafka's word for a state.
const char* to_string(GroupState state);

struct GroupView {
  GroupName name;
  GroupState state = GroupState::empty;
  Generation generation{0};
  std::string protocol_type;
  std::string protocol;
  std::vector<MemberView> members;
};

/// Makes a member id that was never used before, from the client id.
using MemberIdSource = std::function<std::string(const std::string& client_id)>;

}  // namespace rialto
