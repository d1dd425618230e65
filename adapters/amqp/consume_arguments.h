#pragma once

#include <string_view>

namespace rialto::amqp {

/// An argument of basic.consume that has a meaning in RabbitMQ; others are nobody's.
struct ConsumeArgument {
  std::string_view name;
  std::string_view refused;  ///< why; empty: honoured
};

inline constexpr ConsumeArgument consume_arguments[] = {
    {"x-priority", {}},
    {"x-consumer-timeout", "consumers do not time out yet"},
    {"x-stream-offset", {}},
    {"x-stream-filter", "consumers filter for themselves"},
    {"x-stream-match-unfiltered", "consumers filter for themselves"},
};

}  // namespace rialto::amqp
