#include "tests/bench/mqload/consumer.h"

#include "core/base/bytes.h"

namespace mqload {

Consumer::Consumer(const Load& load, const std::string& queue, std::uint32_t settle)
    : peer_(load.port),
      wanted_(load.messages),
      settle_every_(load.ack_every),
      settle_method_(settle) {
  peer_.consume(queue, load.prefetch);
}

void Consumer::note(std::string_view deliver) {
  const auto consumer_tag_bytes = static_cast<std::uint8_t>(deliver[4]);
  tag_ = rialto::load_be<std::uint64_t>(deliver.data() + 5 + consumer_tag_bytes);
  ++delivered_;
}

void Consumer::settle() {
  const std::uint64_t open = delivered_ - settled_;
  if (open == 0 || (open < settle_every_ && !done())) return;
  peer_.send_all(settle_frame(settle_method_, tag_));
  settled_ = delivered_;
}

}  // namespace mqload
