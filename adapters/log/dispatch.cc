#include "adapters/log/dispatch.h"

#include "adapters/log/handlers/api_versions.h"
#include "adapters/log/handlers/create_topics.h"
#include "adapters/log/handlers/delete_groups.h"
#include "adapters/log/handlers/delete_topics.h"
#include "adapters/log/handlers/describe_cluster.h"
#include "adapters/log/handlers/describe_configs.h"
#include "adapters/log/handlers/describe_groups.h"
#include "adapters/log/handlers/fetch.h"
#include "adapters/log/handlers/find_coordinator.h"
#include "adapters/log/handlers/init_producer_id.h"
#include "adapters/log/handlers/join_group.h"
#include "adapters/log/handlers/leave_group.h"
#include "adapters/log/handlers/list_offsets.h"
#include "adapters/log/handlers/metadata.h"
#include "adapters/log/handlers/offset_commit.h"
#include "adapters/log/handlers/offset_fetch.h"
#include "adapters/log/handlers/offset_for_leader_epoch.h"
#include "adapters/log/handlers/produce.h"
#include "adapters/log/handlers/sasl_handshake.h"
#include "adapters/log/handlers/sync_group.h"

#include <algorithm>
#include <array>
#include <type_traits>

namespace rialto::kafka {
namespace {

template <class Request, auto handler>
constexpr ApiEntry entry() {
  return {Request::spec, [](const Call& call, const RequestFrame& frame) {
            Request request;
            if (!decode(frame.body, Request::spec, frame.header.version, request)) return false;
            if constexpr (std::is_invocable_v<decltype(handler), const Call&, Request&,
                                              const RequestFrame&>) {
              handler(call, request, frame);
            } else {
              handler(call, request);
            }
            return true;
          }};
}

constexpr std::array table = {
    entry<ProduceRequest, answer_produce>(),
    entry<FetchRequest, answer_fetch>(),
    entry<ListOffsetsRequest, answer_list_offsets>(),
    entry<MetadataRequest, answer_metadata>(),
    entry<OffsetCommitRequest, answer_offset_commit>(),
    entry<OffsetFetchRequest, answer_offset_fetch>(),
    entry<FindCoordinatorRequest, answer_find_coordinator>(),
    entry<JoinGroupRequest, answer_join_group>(),
    entry<HeartbeatRequest, answer_heartbeat>(),
    entry<LeaveGroupRequest, answer_leave_group>(),
    entry<SyncGroupRequest, answer_sync_group>(),
    entry<DescribeGroupsRequest, answer_describe_groups>(),
    entry<ListGroupsRequest, answer_list_groups>(),
    entry<SaslHandshakeRequest, answer_sasl_handshake>(),
    entry<ApiVersionsRequest, answer_api_versions>(),
    entry<CreateTopicsRequest, answer_create_topics>(),
    entry<DeleteTopicsRequest, answer_delete_topics>(),
    entry<InitProducerIdRequest, answer_init_producer_id>(),
    entry<OffsetForLeaderEpochRequest, answer_offset_for_leader_epoch>(),
    entry<DescribeConfigsRequest, answer_describe_configs>(),
    entry<DeleteGroupsRequest, answer_delete_groups>(),
    entry<DescribeClusterRequest, answer_describe_cluster>(),
};

constexpr bool rises(const ApiEntry& a, const ApiEntry& b) {
  return a.spec.key < b.spec.key;
}
static_assert(std::is_sorted(table.begin(), table.end(), rises));

}  // namespace

std::span<const ApiEntry> api_table() {
  return table;
}

const ApiEntry* find_api(ApiKey key) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [key](const ApiEntry& e) { return e.spec.key == key; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace rialto::kafka
