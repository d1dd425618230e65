#pragma once

#include "core/base/check.h"
#include "core/model/frames/codec.h"

#include <string>

namespace rialto {

/// What decodes as a T leaves in as many bytes as it arrived, and reads back the same.
template <class T>
void check_fields(Bytes bytes) {
  T value;
  if (!decode_fields(bytes, value)) return;
  const std::string encoded = encode_fields(value);
  // Only a bool can be spelled in more than one way, and never in another number of bytes.
  RIALTO_CHECK(encoded.size() == bytes.size(), "it leaves in as many bytes as it arrived");
  T again;
  RIALTO_CHECK(decode_fields(encoded, again), "it reads back");
  RIALTO_CHECK(encode_fields(again) == encoded, "and says the same");
}

}  // namespace rialto
