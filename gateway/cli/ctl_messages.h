#pragma once

#include "gateway/cli/ctl_verbs.h"

namespace rialto {

// Verbs about the messages of a queue.
CtlDone redrive_messages(Ctl& ctl);
CtlDone replay_messages(Ctl& ctl);

}  // namespace rialto
