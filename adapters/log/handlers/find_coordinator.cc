#include "adapters/log/handlers/find_coordinator.h"

#include "adapters/log/errors.h"
#include "adapters/log/handlers/transactions.h"

namespace rialto::kafka {
namespace {

constexpr std::int16_t several_keys_since = 4;
constexpr std::int8_t group_key = 0;
constexpr std::int8_t transaction_key = 1;

CoordinatorAnswer coordinator_of(const Client& client, std::int8_t type, std::string key) {
  CoordinatorAnswer answer;
  answer.key = std::move(key);
  if (type == group_key) {
    answer.node_id = this_node;
    answer.host = client.peer.local_address;
    answer.port = client.peer.local_port;
  } else if (type == transaction_key) {
    answer.error = wire(Code::transactional_id_authorization_failed);
    answer.error_message = no_transactions;
  } else {
    answer.error = wire(Code::invalid_request);
    answer.error_message = "this broker coordinates groups only";
  }
  return answer;
}

}  // namespace

void answer_find_coordinator(const Call& call, FindCoordinatorRequest& request) {
  FindCoordinatorResponse response;
  if (call.version() >= several_keys_since) {
    for (std::string& key : request.keys) {
      response.coordinators.push_back(
          coordinator_of(call.client(), request.key_type, std::move(key)));
    }
    return call.answer(response);
  }
  const CoordinatorAnswer one = coordinator_of(call.client(), request.key_type, request.key);
  response.error = one.error;
  response.error_message = one.error_message;
  response.node_id = one.node_id;
  response.host = one.host;
  response.port = one.port;
  call.answer(response);
}

}  // namespace rialto::kafka
