#include "core/model/table_view.h"

#include "core/model/field_table.h"

#include <array>

namespace rialto {
namespace {

constexpr int unknown_size = -1;
constexpr int prefixed_size = -2;

int size_of_tag(char tag) {
  switch (tag) {
    case 'V': return 0;
    case 't':
    case 'b':
    case 'B': return 1;
    case 's':
    case 'u': return 2;
    case 'I':
    case 'i':
    case 'f': return 4;
    case 'D': return 5;
    case 'l':
    case 'L':
    case 'd':
    case 'T': return 8;
    case 'S':
    case 'x':
    case 'A':
    case 'F': return prefixed_size;
    default: return unknown_size;
  }
}

// One table or array whose inside is being walked.
struct Level {
  std::size_t end = 0;
  bool is_array = false;
};

// Where the walk stands: what is left of `body` counts down, so ends are compared as remainders.
class Walk {
 public:
  explicit Walk(Bytes body) : in_(body) {}

  TableShape run() {
    levels_[0] = {in_.remaining(), false};
    while (true) {
      while (done_ == levels_[depth_].end) {
        if (depth_ == 0) return unknown_ ? TableShape::unknown_tag : TableShape::good;
        --depth_;
      }
      if (!step()) return fault_;
    }
  }

 private:
  bool over_bound() {
    fault_ = TableShape::too_large;
    return false;
  }

  bool advance(std::size_t n) {
    if (n > levels_[depth_].end - done_) return false;
    in_.skip(n);
    done_ += n;
    return true;
  }

  bool step() {
    if (++entries_ > field_table_entries_max) return over_bound();
    if (!levels_[depth_].is_array) {
      if (in_.rest().empty()) return false;
      if (!advance(1 + static_cast<std::size_t>(static_cast<unsigned char>(in_.rest()[0])))) {
        return false;
      }
    }
    if (done_ == levels_[depth_].end) return false;
    const char tag = in_.rest()[0];
    advance(1);
    const int size = size_of_tag(tag);
    if (size >= 0) return advance(static_cast<std::size_t>(size));
    if (size == unknown_size) {
      unknown_ = true;
      return advance(levels_[depth_].end - done_);
    }
    return prefixed(tag);
  }

  bool prefixed(char tag) {
    if (levels_[depth_].end - done_ < 4) return false;
    const auto length = load_be<std::uint32_t>(in_.rest().data());
    advance(4);
    if (length > levels_[depth_].end - done_) return false;
    if (tag == 'S' || tag == 'x') return advance(length);
    if (depth_ + 1 == levels_.size()) return over_bound();
    levels_[++depth_] = {done_ + length, tag == 'A'};
    return true;
  }

  ByteReader in_;
  std::size_t done_ = 0;
  std::size_t entries_ = 0;
  std::size_t depth_ = 0;
  bool unknown_ = false;
  TableShape fault_ = TableShape::bad;
  std::array<Level, field_table_depth_max> levels_;
};

}  // namespace

TableShape shape_of_table(Bytes body) {
  if (body.empty()) return TableShape::good;
  if (body.size() > field_table_bytes_max) return TableShape::too_large;
  return Walk(body).run();
}

bool take_value(Bytes& body, char tag, Bytes& raw) {
  const int size = size_of_tag(tag);
  if (size == unknown_size) return false;
  std::size_t length = static_cast<std::size_t>(size);
  if (size == prefixed_size) {
    if (body.size() < 4) return false;
    length = load_be<std::uint32_t>(body.data());
    body.remove_prefix(4);
  }
  if (length > body.size()) return false;
  raw = body.substr(0, length);
  body.remove_prefix(length);
  return true;
}

bool next_field(Bytes& body, FieldView& field) {
  if (body.empty()) return false;
  const auto name_bytes = static_cast<std::size_t>(static_cast<unsigned char>(body[0]));
  if (body.size() < 2 + name_bytes) return false;
  field.name = body.substr(1, name_bytes);
  field.tag = body[1 + name_bytes];
  body.remove_prefix(2 + name_bytes);
  return take_value(body, field.tag, field.raw);
}

bool is_integer_tag(char tag) {
  switch (tag) {
    case 'b':
    case 'B':
    case 's':
    case 'u':
    case 'I':
    case 'i':
    case 'l':
    case 'L':
    case 'T': return true;
    default: return false;
  }
}

std::int64_t integer_of(const FieldView& field) {
  const char* p = field.raw.data();
  switch (field.tag) {
    case 'b': return load_be<std::int8_t>(p);
    case 'B': return load_be<std::uint8_t>(p);
    case 's': return load_be<std::int16_t>(p);
    case 'u': return load_be<std::uint16_t>(p);
    case 'I': return load_be<std::int32_t>(p);
    case 'i': return load_be<std::uint32_t>(p);
    case 'l':
    case 'L':
    case 'T': return load_be<std::int64_t>(p);
    default: return 0;
  }
}

void append_without(std::string& out, Bytes body, Bytes name) {
  FieldView field;
  Bytes before = body;
  for (; next_field(body, field); before = body) {
    if (field.name != name) out.append(before.substr(0, before.size() - body.size()));
  }
  out.append(before);
}

}  // namespace rialto
