#pragma once

#include "gateway/config.h"

namespace rialto {

/// The log goes to stderr, so that stdout is what a command answers. Never holds a payload, a
/// key or a credential; texts are constant, values are arguments.
void start_log(LogLevel level);

}  // namespace rialto
