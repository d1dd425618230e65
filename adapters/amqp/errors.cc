#include "adapters/amqp/errors.h"

#include "core/model/field_table.h"

#include <fmt/format.h>

namespace rialto::amqp {
namespace {

std::string text_of(ReplyCode code, std::string_view what) {
  std::string text(name_of(code));
  text += " - ";
  text += what;
  return text;
}

}  // namespace

std::string_view name_of(ReplyCode code) {
  switch (code) {
    case ReplyCode::success: return "SUCCESS";
    case ReplyCode::no_route: return "NO_ROUTE";
    case ReplyCode::connection_forced: return "CONNECTION_FORCED";
    case ReplyCode::access_refused: return "ACCESS_REFUSED";
    case ReplyCode::not_found: return "NOT_FOUND";
    case ReplyCode::resource_locked: return "RESOURCE_LOCKED";
    case ReplyCode::precondition_failed: return "PRECONDITION_FAILED";
    case ReplyCode::frame_error: return "FRAME_ERROR";
    case ReplyCode::syntax_error: return "SYNTAX_ERROR";
    case ReplyCode::command_invalid: return "COMMAND_INVALID";
    case ReplyCode::channel_error: return "CHANNEL_ERROR";
    case ReplyCode::unexpected_frame: return "UNEXPECTED_FRAME";
    case ReplyCode::resource_error: return "RESOURCE_ERROR";
    case ReplyCode::not_allowed: return "NOT_ALLOWED";
    case ReplyCode::not_implemented: return "NOT_IMPLEMENTED";
    case ReplyCode::internal_error: return "INTERNAL_ERROR";
  }
  return "INTERNAL_ERROR";
}

Failure channel_failure(ReplyCode code, std::string_view what, MethodId method) {
  return {code, Scope::channel, text_of(code, what), method};
}

Failure connection_failure(ReplyCode code, std::string_view what, MethodId method) {
  return {code, Scope::connection, text_of(code, what), method};
}

Failure table_too_large(std::string_view what, MethodId method) {
  return channel_failure(
      ReplyCode::precondition_failed,
      fmt::format("{} exceed a limit: at most {} values, {} levels of tables and arrays, {} bytes",
                  what, field_table_entries_max, field_table_depth_max - 1, field_table_bytes_max),
      method);
}

Failure failure_of(const Error& error, MethodId method) {
  const Refusal refusal = refusal_of(error.code);
  const std::string_view what = error.text.empty() ? to_string(error.code) : error.text;
  return {refusal.code, refusal.scope, text_of(refusal.code, what), method};
}

}  // namespace rialto::amqp
