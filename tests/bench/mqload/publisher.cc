#include "tests/bench/mqload/publisher.h"

#include <algorithm>

namespace mqload {

namespace {

constexpr std::size_t write_bytes = 64U << 10;
constexpr std::size_t id_bytes = 36;
constexpr std::size_t id_digits = 12;

}  // namespace

std::string MessageId::blank() {
  return "3f2c8a10-6d1e-4b7a-9c55-" + std::string(id_digits, '0');
}

void MessageId::number(char* id, std::uint64_t n) {
  for (char* digit = id + id_bytes; digit != id + id_bytes - id_digits; n >>= 4U)
    *--digit = "0123456789abcdef"[n & 15U];
}

Publisher::Publisher(const Load& load) : Publisher(load, "") {}

Publisher::Publisher(const Load& load, const std::string& exchange)
    : load_(load), peer_(load.port), outstanding_(load.messages), latencies_(load.messages) {
  if (load.per_commit > 0) {
    peer_.tx_select();
  } else {
    peer_.confirm_select();
  }
  const auto frames_of = [&](std::uint64_t n) {
    Publish message = message_of(load, n);
    message.exchange = exchange;
    return publish_frames(message);
  };
  const std::string first = frames_of(0);
  one_bytes_ = first.size();
  if (load.message_ids) id_at_ = first.find(MessageId::blank());
  per_write_ = std::max<std::uint64_t>(1, write_bytes / one_bytes_);
  for (std::uint64_t n = 0; n < per_write_; ++n)
    block_ += frames_of(n);
}

std::uint64_t Publisher::wanted() const {
  const std::uint64_t left = load_.messages - outstanding_.sent();
  const std::uint64_t waiting = outstanding_.sent() - outstanding_.confirmed();
  if (load_.per_commit > 0) return waiting > 0 ? 0 : std::min(load_.per_commit, left);
  const std::uint64_t open = std::min(load_.window - waiting, left);
  return open < std::min({per_write_, load_.window / 4, left}) ? 0 : open;
}

void Publisher::publish() {
  const std::uint64_t count = wanted();
  if (count == 0) return;
  const auto now = Clock::now();
  for (std::uint64_t left = count; left > 0;) {
    const std::uint64_t n = std::min(left, per_write_);
    send(n, now);
    left -= n;
  }
  if (load_.per_commit > 0) peer_.send_all(commit_frame());
}

void Publisher::send(std::uint64_t count, Clock::time_point now) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (id_at_ != 0) {
      MessageId::number(block_.data() + i * one_bytes_ + id_at_, outstanding_.sent());
    }
    outstanding_.sent(now);
  }
  peer_.send_all(std::string_view(block_).substr(0, count * one_bytes_));
}

void Publisher::take_confirms() {
  const auto now = Clock::now();
  mqload::take_confirms(peer_, outstanding_,
                        [&](Clock::time_point since) { latencies_.add(now - since); });
}

}  // namespace mqload
