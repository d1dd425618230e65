#include "core/model/message_id.h"

#include "core/base/number.h"

namespace rialto {

std::string message_id(std::string_view destination, PartitionIndex partition, Offset offset) {
  std::string out;
  append_message_id(out, destination, partition, offset);
  return out;
}

void append_message_id(std::string& out, std::string_view destination, PartitionIndex partition,
                       Offset offset) {
  out.append(destination).push_back('/');
  append_number(out, partition.get());
  out.push_back('/');
  append_number(out, offset.get());
}

}  // namespace rialto
