#include "adapters/log/handlers/join_group.h"

#include "adapters/log/errors.h"

#include <utility>

namespace rialto::kafka {
namespace {

constexpr std::int16_t rebalance_timeout_since = 1;
constexpr std::int16_t member_id_first_since = 4;
constexpr std::int16_t null_protocol_since = 7;

std::string host_of(const std::string& peer_address) {
  return "/" + peer_address.substr(0, peer_address.rfind(':'));
}

JoinGroup question_of(const Call& call, JoinGroupRequest& request, const RequestHeader& header) {
  JoinGroup what;
  what.group = std::move(request.group);
  what.member_id = request.member_id;
  what.instance_id = request.instance_id.value_or("");
  what.client_id = header.client_id.value_or("");
  what.client_host = host_of(call.client().peer.peer_address);
  what.protocol_type = std::move(request.protocol_type);
  for (JoinProtocol& p : request.protocols) {
    what.protocols.push_back({std::move(p.name), std::move(p.metadata.bytes)});
  }
  what.session_timeout_ms = request.session_timeout_ms;
  what.rebalance_timeout_ms = call.version() >= rebalance_timeout_since
                                  ? request.rebalance_timeout_ms
                                  : request.session_timeout_ms;
  what.needs_member_id = call.version() >= member_id_first_since && what.instance_id.empty();
  return what;
}

JoinGroupResponse refusal_of(const Call& call, Code code, std::string member_id) {
  JoinGroupResponse response;
  response.error = wire(code);
  response.member_id = std::move(member_id);
  if (call.version() < null_protocol_since) response.protocol = "";
  return response;
}

JoinGroupResponse answer_of(const JoinGroup::Answer& joined) {
  JoinGroupResponse response;
  response.generation = joined.generation.get();
  response.protocol_type = joined.protocol_type;
  response.protocol = joined.protocol;
  response.leader = joined.leader;
  response.member_id = joined.member_id;
  for (const GroupMember& member : joined.members) {
    JoinedMember& m = response.members.emplace_back();
    m.member_id = member.id;
    if (!member.instance_id.empty()) m.instance_id = member.instance_id;
    m.metadata.bytes = member.metadata;
  }
  return response;
}

}  // namespace

void answer_join_group(const Call& call, JoinGroupRequest& request, const RequestFrame& frame) {
  if (request.group.empty()) {
    return call.answer(refusal_of(call, Code::invalid_group_id, request.member_id));
  }
  JoinGroup what = question_of(call, request, frame.header);
  const std::string member_id = request.member_id;
  call.ask(std::move(what), [call, member_id](const Result<JoinGroup::Answer>& result) {
    if (result) return call.answer(answer_of(*result));
    const Error& error = result.error();
    const bool told = error.code == Errc::member_id_required;
    call.answer(refusal_of(call, code_of(error.code), told ? error.text : member_id));
  });
}

}  // namespace rialto::kafka
