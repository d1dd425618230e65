// States that a match may visit, and the bound that ends a pattern that backtracks without end: a
// name of 255 bytes and an ordinary pattern need some hundreds. The header below reads it.
#define BOOST_REGEX_MAX_STATE_COUNT 100'000

#include "core/catalog/policy_pattern.h"

#include <boost/regex.hpp>
#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace rialto {
namespace {

/// Characters one by one. With iterators that can jump the library allows a number of states that
/// grows with the square of the pattern; with these it keeps to the bound above.
class Step {
 public:
  using iterator_category = std::bidirectional_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Step() = default;
  explicit Step(const char* at) : at_(at) {}

  reference operator*() const { return *at_; }
  Step& operator++() {
    ++at_;
    return *this;
  }
  Step operator++(int) { return Step(at_++); }
  Step& operator--() {
    --at_;
    return *this;
  }
  Step operator--(int) { return Step(at_--); }
  friend bool operator==(const Step&, const Step&) = default;

 private:
  const char* at_ = nullptr;
};

Error invalid(std::string_view why) {
  return {Errc::invalid_argument,
          fmt::format("pattern should be regular expression but is invalid: {}", why)};
}

}  // namespace

struct PolicyPattern::Compiled {
  boost::regex expression;
};

Result<PolicyPattern> PolicyPattern::of(const std::string& text) {
  if (text.size() > bytes_max) {
    return invalid(
        fmt::format("it has {} bytes, and {} at most are allowed", text.size(), bytes_max));
  }
  PolicyPattern out;
  try {
    out.compiled_ = std::make_shared<const Compiled>(Compiled{boost::regex(text)});
  } catch (const std::runtime_error& e) {
    return invalid(e.what());
  }
  return out;
}

PolicyPattern::Match PolicyPattern::match(std::string_view name) const {
  if (!compiled_) return Match::no;
  boost::match_results<Step> found;
  const auto flags = boost::match_default | boost::match_any | boost::match_not_dot_newline;
  try {
    const bool yes = boost::regex_search(Step(name.data()), Step(name.data() + name.size()), found,
                                         compiled_->expression, flags);
    return yes ? Match::yes : Match::no;
  } catch (const std::runtime_error&) {
    return Match::too_long;
  }
}

}  // namespace rialto
