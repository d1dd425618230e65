#include "adapters/log/handlers/leave_group.h"

#include "adapters/log/errors.h"

#include <algorithm>
#include <utility>

namespace rialto::kafka {
namespace {

constexpr std::int16_t several_members_since = 3;

void leave(const Call& call, std::string group, std::vector<LeavingMember> members) {
  LeaveGroup what{std::move(group), {}};
  for (const LeavingMember& member : members)
    what.member_ids.push_back(member.member_id);
  call.ask(std::move(what), [call, members](const Result<std::vector<Errc>>& result) {
    LeaveGroupResponse response;
    if (!result) response.error = wire(result.error().code);
    for (std::size_t i = 0; result && i < members.size(); ++i) {
      const Errc left = i < result->size() ? (*result)[i] : Errc::unknown_member;
      response.members.push_back({members[i].member_id, members[i].instance_id, wire(left)});
    }
    const bool one = call.version() < several_members_since && !response.members.empty();
    if (one) response.error = response.members.front().error;
    call.answer(response);
  });
}

/// Administrators know static members by their instance id only.
void fill_in_member_ids(std::vector<LeavingMember>& members,
                        const std::vector<GroupMember>& present) {
  for (LeavingMember& leaving : members) {
    if (!leaving.member_id.empty() || !leaving.instance_id) continue;
    const auto found = std::find_if(present.begin(), present.end(), [&](const GroupMember& m) {
      return m.instance_id == *leaving.instance_id;
    });
    if (found != present.end()) leaving.member_id = found->id;
  }
}

}  // namespace

void answer_leave_group(const Call& call, LeaveGroupRequest& request) {
  std::vector<LeavingMember> members = std::move(request.members);
  if (call.version() < several_members_since)
    members.push_back({std::move(request.member_id), {}, {}});
  const bool all_named = std::none_of(members.begin(), members.end(), [](const auto& m) {
    return m.member_id.empty() && m.instance_id;
  });
  if (all_named) return leave(call, std::move(request.group), std::move(members));
  DescribeGroups what;
  what.groups.push_back(request.group);
  call.ask(std::move(what),
           [call, group = request.group, members](const Result<std::vector<GroupInfo>>& result) {
             std::vector<LeavingMember> named = members;
             if (result && !result->empty()) fill_in_member_ids(named, result->front().members);
             leave(call, group, std::move(named));
           });
}

}  // namespace rialto::kafka
