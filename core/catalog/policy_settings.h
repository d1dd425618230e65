#pragma once

#include "core/base/result.h"
#include "core/model/field_table.h"
#include "core/model/frames/catalog_frame.h"

#include <string>

/// What a policy may set. A setting is named like the queue argument, without the x-.
namespace rialto {

/// Names, values, and that it is not empty. Refusals, in RabbitMQ's words: invalid_argument, or
/// not_supported for what has a meaning there and none here.
Error check_definition(PolicyKind kind, const FieldTable& definition);

/// The refusal of a policy, as RabbitMQ puts it.
Error validation_failed(const std::string& why);

/// RabbitMQ: a policy with one setting that a type of queue does not have is not for such queues.
bool fits_queue_type(const FieldTable& definition, QueueType type);

/// Both policies of an object as one: limits by the lower one (a negative delivery limit is none),
/// anything else by the operators.
FieldTable merged_definition(const FieldTable& user, const FieldTable& operators);

}  // namespace rialto
