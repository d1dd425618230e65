#include "adapters/log/handlers/init_producer_id.h"

#include "adapters/log/errors.h"

namespace rialto::kafka {

void answer_init_producer_id(const Call& call, InitProducerIdRequest& request) {
  if (request.transactional_id) {
    InitProducerIdResponse refusal;
    refusal.error = wire(Code::transactional_id_authorization_failed);
    return call.answer(refusal);
  }
  call.ask(NewProducerId(), [call](const Result<NewProducerId::Answer>& result) {
    InitProducerIdResponse response;
    if (result) {
      response.producer_id = result->id.get();
      response.producer_epoch = result->epoch.get();
    } else {
      response.error = wire(result.error().code);
    }
    call.answer(response);
  });
}

}  // namespace rialto::kafka
