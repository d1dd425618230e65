#pragma once

#include "gateway/cli/ctl_verbs.h"

namespace rialto {

// Verbs about the messages of a queue.
CtlDone browse_messages(Ctl& ctl);
CtlDone redrive_messages(Ctl& ctl);
CtlDone replay_messages(Ctl& ctl);

}  // namespace rialto
