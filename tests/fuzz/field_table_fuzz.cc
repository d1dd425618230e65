// A field table: what is decoded encodes to something that decodes to the same.
#include "core/model/field_table.h"

#include "core/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rialto;
  const Bytes bytes(reinterpret_cast<const char*>(data), size);
  const auto table = decode_field_table(bytes);
  if (!table) return 0;
  std::string encoded;
  append_field_table(encoded, *table);
  // Only a bool can be spelled in more than one way, and never in another number of bytes.
  RIALTO_CHECK(encoded.size() == size + 4, "a table leaves in as many bytes as it arrived");
  const auto again = decode_field_table(Bytes(encoded).substr(4));
  RIALTO_CHECK(again && *again == *table, "a table reads back as it was");
  for (const auto& [name, value] : table->entries) {
    RIALTO_CHECK(equivalent(value, value), "a value is equivalent to itself");
    table->find(name);
  }
  return 0;
}
