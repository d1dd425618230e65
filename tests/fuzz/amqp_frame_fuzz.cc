// Frames, methods, properties and tables of the AMQP door: nothing may be read past its end, and
// what was understood is written and understood again as the same.
#include "adapters/amqp/wire/frame.h"
#include "adapters/amqp/wire/methods.h"
#include "adapters/amqp/wire/properties.h"
#include "core/base/check.h"

namespace {

using namespace rialto;
using namespace rialto::amqp;

template <class Method>
bool decode(Bytes arguments, Method& method) {
  MethodReader reader(arguments);
  Method::fields(reader, method);
  return reader.complete() && reader.text_is_utf8();
}

void check_method(Bytes payload) {
  if (payload.size() < 4) return;
  const auto key = load_be<std::uint32_t>(payload.data());
  const MethodId id{static_cast<std::uint16_t>(key >> 16), static_cast<std::uint16_t>(key)};
  AllMethods::with(id, [&](auto method) {
    if (!decode(payload.substr(4), method)) return;
    std::string once;
    append_method_payload(once, method);
    decltype(method) again;
    RIALTO_CHECK(decode(Bytes(once).substr(4), again), "what was written can be read");
    std::string twice;
    append_method_payload(twice, again);
    RIALTO_CHECK(once == twice, "a method is written as it was read");
  });
}

void check_header(Bytes payload) {
  ContentHeader header;
  if (read_content_header(payload, header) != PropertiesRead::good) return;
  std::string once;
  append_properties(once, header.properties);
  RIALTO_CHECK(once == header.properties.raw, "properties are written as they were read");
  Bytes table = header.properties.value(Property::headers);
  FieldView field;
  while (next_field(table, field)) {
    if (is_integer_tag(field.tag)) static_cast<void>(integer_of(field));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes in(reinterpret_cast<const char*>(data), size);
  for (;;) {
    const ScannedFrame scanned = scan_frame(in, 131'072);
    if (scanned.state != FrameState::complete) break;
    in.remove_prefix(scanned.frame.whole.size());
    if (scanned.frame.type == 1) check_method(scanned.frame.payload);
    if (scanned.frame.type == 2) check_header(scanned.frame.payload);
    std::string again;
    append_frame(again, static_cast<FrameType>(scanned.frame.type), scanned.frame.channel,
                 scanned.frame.payload);
    RIALTO_CHECK(again == scanned.frame.whole, "a frame is written as it was read");
  }
  check_method(in);
  check_header(in);
  Properties properties;
  read_properties(in, properties);
  shape_of_table(in);
  return 0;
}
