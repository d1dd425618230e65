#pragma once

#include "adapters/http/call.h"

#include <string_view>

namespace rialto::http::v1 {

inline constexpr std::string_view event_stream_type = "text/event-stream";

/// Answers with the messages of a log as server-sent events, for as long as the peer reads. The id
/// of an event is where to read on behind it: a Last-Event-ID resumes there.
void stream_messages(const CallRef& call);

}  // namespace rialto::http::v1
