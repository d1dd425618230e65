#include "adapters/log/handlers/sync_group.h"

#include "adapters/log/errors.h"

#include <utility>

namespace rialto::kafka {
namespace {

/// Since version 5 a member says what it believes was agreed on; silence agrees.
bool agrees(const std::optional<std::string>& believed, const std::string& agreed) {
  return !believed || *believed == agreed;
}

}  // namespace

void answer_sync_group(const Call& call, SyncGroupRequest& request) {
  SyncGroup what{request.group, Generation(request.generation), request.member_id, {}};
  for (SyncAssignment& a : request.assignments) {
    what.assignments.emplace_back(std::move(a.member_id), std::move(a.assignment.bytes));
  }
  const auto type = request.protocol_type;
  const auto name = request.protocol;
  call.ask(std::move(what), [call, type, name](const Result<SyncGroup::Answer>& result) {
    SyncGroupResponse response;
    if (!result) {
      response.error = wire(result.error().code);
    } else if (!agrees(type, result->protocol_type) || !agrees(name, result->protocol)) {
      response.error = wire(Code::inconsistent_group_protocol);
    } else {
      response.protocol_type = result->protocol_type;
      response.protocol = result->protocol;
      response.assignment.bytes = result->assignment;
    }
    call.answer(response);
  });
}

void answer_heartbeat(const Call& call, HeartbeatRequest& request) {
  GroupHeartbeat what{std::move(request.group), Generation(request.generation),
                      std::move(request.member_id)};
  call.ask(std::move(what), [call](const Result<GroupHeartbeat::Answer>& result) {
    HeartbeatResponse response;
    if (!result) response.error = wire(result.error().code);
    call.answer(response);
  });
}

}  // namespace rialto::kafka
