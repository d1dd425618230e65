#pragma once

#include "core/base/bytes.h"

namespace rialto::amqp {

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(Bytes text);

/// The longest prefix of at most `bytes_max` bytes that does not end inside a character.
Bytes clip_utf8(Bytes text, std::size_t bytes_max);

}  // namespace rialto::amqp
