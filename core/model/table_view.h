#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <string>

namespace rialto {

/// One entry of a field table as it lies on the wire. `raw` is the value without its tag; of
/// S, x, A and F also without the length.
struct FieldView {
  Bytes name;
  char tag = 'V';
  Bytes raw;
};

enum class TableShape : std::uint8_t {
  good,
  unknown_tag,  ///< whole, but something inside has a type that 0-9-1 does not know
  too_large,    ///< over a bound of FieldTable; what comes behind has not been looked at
  bad,          ///< truncated, or a length that does not hold
};

/// Walks a table (without its leading length) and all that is nested in it, without recursion
/// and without memory.
TableShape shape_of_table(Bytes body);

/// Takes the next entry from the front of `body`. False at its end and where an unknown tag
/// hides how long the rest is.
bool next_field(Bytes& body, FieldView& field);

/// Appends the entries of `body` but those of this name. What an unknown tag hides is kept.
void append_without(std::string& out, Bytes body, Bytes name);

/// Takes a value of this tag from the front of `body`; false as above or when it is cut.
bool take_value(Bytes& body, char tag, Bytes& raw);

/// Signed value of an integer tag (b B s u I i l L and T).
std::int64_t integer_of(const FieldView& field);
bool is_integer_tag(char tag);

}  // namespace rialto
