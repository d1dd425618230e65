#pragma once

#include "core/model/ids.h"

#include <string>
#include <string_view>

namespace rialto {

/// destination/partition/offset: the stable id of a message, the same on every redelivery and at
/// every door.
std::string message_id(std::string_view destination, PartitionIndex partition, Offset offset);
void append_message_id(std::string& out, std::string_view destination, PartitionIndex partition,
                       Offset offset);

}  // namespace rialto
