#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rialto {

/// The regular expression of a policy, in Perl's syntax: found anywhere in a name unless it is
/// anchored. Copies share what was compiled.
class PolicyPattern {
 public:
  static constexpr std::size_t bytes_max = 1024;

  /// invalid_argument, in RabbitMQ's words.
  static Result<PolicyPattern> of(const std::string& text);

  enum class Match : std::uint8_t {
    no,
    yes,
    too_long,  ///< given up: such an expression backtracks without end on this name
  };
  Match match(std::string_view name) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace rialto
