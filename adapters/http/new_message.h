#pragma once

#include "core/base/result.h"
#include "core/broker/requests.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string_view>

namespace rialto::http {

/// Where a message is going, and thereby what may be said of it beside its body, key, headers and
/// properties.
enum class SentTo : std::uint8_t {
  queue,
  exchange,  ///< routing_key
  topic,     ///< partition
};

/// A message in the words in which message_json shows one: what was read can be written again. With
/// `properties` (they may be {}) it is one of AMQP's, whose headers have types; without, headers
/// are texts, bytes or null, and a list is a name that comes again. `delay`, `deliver_at` and
/// `cancel_key` hold it back, but not on its way to a topic. `user` is who sends it.
Result<NewMessage> new_message(const boost::json::object& object, SentTo to, std::string_view user);

}  // namespace rialto::http
