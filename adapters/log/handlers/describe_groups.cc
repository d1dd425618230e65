#include "adapters/log/handlers/describe_groups.h"

#include "adapters/log/errors.h"

#include <algorithm>
#include <utility>

namespace rialto::kafka {
namespace {

DescribedMember described(const GroupMember& member) {
  DescribedMember out;
  out.member_id = member.id;
  if (!member.instance_id.empty()) out.instance_id = member.instance_id;
  out.client_id = member.client_id;
  out.client_host = member.client_host;
  out.metadata.bytes = member.metadata;
  out.assignment.bytes = member.assignment;
  return out;
}

DescribedGroup described(const std::string& name, const GroupInfo* group) {
  DescribedGroup out;
  out.group = name;
  out.state = "Dead";
  if (group == nullptr) return out;
  out.state = group->state;
  out.protocol_type = group->protocol_type;
  out.protocol = group->protocol;
  for (const GroupMember& member : group->members)
    out.members.push_back(described(member));
  return out;
}

const GroupInfo* find(const std::vector<GroupInfo>& groups, const std::string& name) {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const GroupInfo& g) { return g.group == name; });
  return found == groups.end() ? nullptr : &*found;
}

bool chosen(const std::vector<std::string>& states, const std::string& state) {
  return states.empty() || std::find(states.begin(), states.end(), state) != states.end();
}

}  // namespace

void answer_describe_groups(const Call& call, DescribeGroupsRequest& request) {
  const std::vector<std::string> names = request.groups;
  if (names.empty()) return call.answer(DescribeGroupsResponse());
  DescribeGroups what{std::move(request.groups), false};
  call.ask(std::move(what), [call, names](const Result<std::vector<GroupInfo>>& result) {
    DescribeGroupsResponse response;
    for (const std::string& name : names) {
      response.groups.push_back(described(name, result ? find(*result, name) : nullptr));
      const bool failed = !result && result.error().code != Errc::not_found;
      if (failed) response.groups.back().error = wire(result.error().code);
    }
    call.answer(response);
  });
}

void answer_list_groups(const Call& call, ListGroupsRequest& request) {
  DescribeGroups what;
  what.all = true;
  const std::vector<std::string> states = request.states;
  call.ask(std::move(what), [call, states](const Result<std::vector<GroupInfo>>& result) {
    ListGroupsResponse response;
    if (!result) {
      response.error = wire(result.error().code);
      return call.answer(response);
    }
    for (const GroupInfo& group : *result) {
      if (!chosen(states, group.state)) continue;
      response.groups.push_back({group.group, group.protocol_type, group.state});
    }
    call.answer(response);
  });
}

}  // namespace rialto::kafka
