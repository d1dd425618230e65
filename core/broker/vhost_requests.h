#pragma once

#include "core/model/field_table.h"
#include "core/model/frames/catalog_frame.h"

#include <cstdint>
#include <string>
#include <vector>

/// Requests about vhosts and the policies in them, like those in requests.h. They name their vhost,
/// whatever the session's own is.
namespace rialto {

// ---- vhosts -------------------------------------------------------------------------------

struct VhostInfo {
  std::string name;
  std::string description;
  std::string tags;  ///< separated by commas
};

/// Makes a vhost or changes what is said about it. invalid_name.
struct PutVhost {
  struct Answer {
    bool created = false;
  };
  std::string name;
  std::string description;
  std::string tags;
};

/// With all that is in it. Refusals: not_found, in_use (a session is in it), access_denied ("/").
struct DeleteVhost {
  struct Answer {};
  std::string name;
};

/// not_found.
struct FindVhost {
  using Answer = VhostInfo;
  std::string name;
};

struct ListVhosts {
  using Answer = std::vector<VhostInfo>;
};

// ---- policies -----------------------------------------------------------------------------

struct PolicyInfo {
  std::string vhost;
  std::string name;
  std::string pattern;
  std::string apply_to;  ///< RabbitMQ's word
  std::int32_t priority = 0;
  FieldTable definition;
};

/// Makes a policy or changes it; the queues and exchanges it matches follow at once. Refusals:
/// not_found (the vhost), invalid_argument in RabbitMQ's words, not_supported (a setting, by name),
/// invalid_name, policy_violation (there are too many).
struct PutPolicy {
  struct Answer {
    bool created = false;
  };
  PolicyName id;
  std::string pattern;
  std::string apply_to = "all";
  std::int32_t priority = 0;
  FieldTable definition;
};

/// What it held for goes back to the next one that matches, or to its arguments. not_found.
struct DeletePolicy {
  struct Answer {};
  PolicyName id;
};

/// not_found.
struct FindPolicy {
  using Answer = PolicyInfo;
  PolicyName id;
};

/// Those of one kind, in one vhost or (empty) in all. not_found (the vhost).
struct ListPolicies {
  using Answer = std::vector<PolicyInfo>;
  PolicyKind kind = PolicyKind::user;
  std::string vhost;
};

}  // namespace rialto
