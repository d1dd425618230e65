#include "adapters/log/handlers/describe_cluster.h"

#include "adapters/log/errors.h"

namespace rialto::kafka {
namespace {

constexpr std::int8_t brokers_endpoint = 1;

}  // namespace

void answer_describe_cluster(const Call& call, DescribeClusterRequest& request) {
  const Client& client = call.client();
  DescribeClusterResponse response;
  response.endpoint_type = brokers_endpoint;
  if (request.endpoint_type != brokers_endpoint) {
    response.error = wire(Code::invalid_request);
    response.error_message = "there are no endpoints of controllers here";
    return call.answer(response);
  }
  response.cluster_id = client.settings.cluster_id;
  response.controller_id = this_node;
  response.brokers.push_back({this_node, client.peer.local_address, client.peer.local_port, {}});
  call.answer(response);
}

}  // namespace rialto::kafka
