#include "adapters/log/handlers/sasl_handshake.h"

#include "adapters/log/errors.h"

namespace rialto::kafka {

void answer_sasl_handshake(const Call& call, SaslHandshakeRequest&) {
  SaslHandshakeResponse response;
  response.error = wire(Code::unsupported_sasl_mechanism);
  call.answer(response);
}

}  // namespace rialto::kafka
