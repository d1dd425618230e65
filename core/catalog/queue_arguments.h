#pragma once

#include "core/base/result.h"
#include "core/model/field_table.h"
#include "core/model/frames/catalog_frame.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rialto {

/// What Rialto does with a queue argument. A name that is not in the table is unknown to RabbitMQ
/// too: stored, echoed, never compared.
enum class ArgumentClass : std::uint8_t {
  honoured,
  no_effect,  ///< placement or memory hint: nothing to do on one node
  refused,    ///< has a meaning that Rialto lacks so far
};

enum class ArgumentValue : std::uint8_t { text, integer, boolean, start };

/// The types of queues that an argument is for; with another one it is refused, as in RabbitMQ.
struct QueueTypes {
  bool classic = false;
  bool quorum = false;
  bool stream = false;

  constexpr bool has(QueueType type) const {
    switch (type) {
      case QueueType::classic: return classic;
      case QueueType::quorum: return quorum;
      case QueueType::stream: return stream;
      case QueueType::delay: break;  // no client declares one
    }
    return false;
  }
};

struct ArgumentRule {
  std::string_view name;
  ArgumentClass kind;
  ArgumentValue value;
  QueueTypes types;
  std::string_view reason;
};

std::span<const ArgumentRule> queue_argument_rules();
/// Null for names that RabbitMQ does not know.
const ArgumentRule* queue_argument_rule(std::string_view name);

/// What a declaration asks for beyond its flags.
struct QueueShape {
  bool durable = false;
  bool exclusive = false;
  bool auto_delete = false;
  bool server_named = false;
};

/// As RabbitMQ's refusals call it: rabbit_quorum_queue.
std::string rabbit_type_name(QueueType type);

/// Checks each argument and their combination with the flags, and answers the queue type.
/// `object` is the queue in RabbitMQ's words, for the text. Refusals: not_supported (the text
/// names the argument), invalid_argument.
Result<QueueType> check_queue_arguments(const FieldTable& arguments, const QueueShape& shape,
                                        std::string_view object);

/// RabbitMQ's comparison at a redeclaration: x-queue-type (absent means classic) and the other
/// known arguments by value, unknown ones not at all. Errc::ok, or not_equivalent.
Error compare_queue_arguments(const FieldTable& received, const FieldTable& current,
                              std::string_view object);

}  // namespace rialto
