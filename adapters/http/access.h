#pragma once

#include "adapters/http/message.h"
#include "adapters/http/problem.h"
#include "core/net/door.h"

#include <optional>

namespace rialto::http {

/// Who may speak: a loopback peer, as user guest. Because a browser on this machine is such a
/// peer too, a request that a foreign page caused is refused: a Host that is a foreign name (DNS
/// rebinding), or an Origin other than this server on a request that changes something.
/// Nothing: let it in.
std::optional<Refused> refused_access(const PeerInfo& peer, const Request& request);

/// Who sends no credentials is guest. Who sends some does not mean to be somebody else: they have
/// to be those of guest.
bool has_wrong_credentials(const Request& request);

}  // namespace rialto::http
