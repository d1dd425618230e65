#pragma once

#include "core/base/result.h"
#include "core/broker/delay.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rialto::http {

/// What somebody says of the time at which a message enters its queues; nothing: was not said.
struct AskedDelay {
  /// The words in which it was said, for refusals.
  struct Words {
    std::string_view delay;
    std::string_view deliver_at;
    std::string_view cancel_key;
  };

  std::optional<std::int64_t> ms;
  std::optional<std::string> at;  ///< RFC 3339
  std::optional<std::string> cancel_key;
};

/// Nothing: at once. invalid_argument: what was said has no meaning.
Result<std::optional<OwnedDelay>> delay_of(AskedDelay asked, const AskedDelay::Words& words);

}  // namespace rialto::http
