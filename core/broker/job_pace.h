#pragma once

namespace rialto {

/// One job (a redrive, a look back) looks at so many messages in a tick, then others have theirs.
constexpr int looked_at_a_tick_max = 2048;

}  // namespace rialto
