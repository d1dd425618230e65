#pragma once

#include "adapters/log/wire/cluster.h"
#include "adapters/log/wire/configs.h"
#include "adapters/log/wire/fetch.h"
#include "adapters/log/wire/group_admin.h"
#include "adapters/log/wire/group_offsets.h"
#include "adapters/log/wire/groups.h"
#include "adapters/log/wire/metadata.h"
#include "adapters/log/wire/offsets.h"
#include "adapters/log/wire/produce.h"
#include "adapters/log/wire/topics.h"

namespace rialto::kafka {

template <class Req, class Res>
struct Api {
  using Request = Req;
  using Response = Res;
  static constexpr ApiSpec spec = Req::spec;
};

/// Calls fn(Api<Request, Response>) for every API of this door: for whoever handles all alike
/// (tests, the fuzzer).
template <class F>
void for_each_api(F&& fn) {
  fn(Api<ProduceRequest, ProduceResponse>());
  fn(Api<FetchRequest, FetchResponse>());
  fn(Api<ListOffsetsRequest, ListOffsetsResponse>());
  fn(Api<MetadataRequest, MetadataResponse>());
  fn(Api<OffsetCommitRequest, OffsetCommitResponse>());
  fn(Api<OffsetFetchRequest, OffsetFetchResponse>());
  fn(Api<FindCoordinatorRequest, FindCoordinatorResponse>());
  fn(Api<JoinGroupRequest, JoinGroupResponse>());
  fn(Api<HeartbeatRequest, HeartbeatResponse>());
  fn(Api<LeaveGroupRequest, LeaveGroupResponse>());
  fn(Api<SyncGroupRequest, SyncGroupResponse>());
  fn(Api<DescribeGroupsRequest, DescribeGroupsResponse>());
  fn(Api<ListGroupsRequest, ListGroupsResponse>());
  fn(Api<SaslHandshakeRequest, SaslHandshakeResponse>());
  fn(Api<ApiVersionsRequest, ApiVersionsResponse>());
  fn(Api<CreateTopicsRequest, CreateTopicsResponse>());
  fn(Api<DeleteTopicsRequest, DeleteTopicsResponse>());
  fn(Api<InitProducerIdRequest, InitProducerIdResponse>());
  fn(Api<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>());
  fn(Api<DescribeConfigsRequest, DescribeConfigsResponse>());
  fn(Api<DeleteGroupsRequest, DeleteGroupsResponse>());
  fn(Api<DescribeClusterRequest, DescribeClusterResponse>());
}

}  // namespace rialto::kafka
