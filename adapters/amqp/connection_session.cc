#include "adapters/amqp/channel.h"
#include "adapters/amqp/connection.h"

/// The broker's events, on their way to the channel they are meant for.
namespace rialto::amqp {
namespace {

// A consumer's id names its channel number and whether it acknowledges, so that a delivery that
// comes after its end can be given back.
constexpr std::uint64_t no_ack_bit = 1U << 16;
constexpr unsigned counter_shift = 17;

constexpr std::uint16_t number_of(ConsumerId id) {
  return static_cast<std::uint16_t>(id.get());
}

constexpr char name_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::uint64_t mixed(std::uint64_t v) {
  v += 0x9E3779B97F4A7C15ULL;
  v = (v ^ (v >> 30)) * 0xBF58476D1CE4E5B9ULL;
  v = (v ^ (v >> 27)) * 0x94D049BB133111EBULL;
  return v ^ (v >> 31);
}

}  // namespace

ConsumerId Connection::new_consumer(ChannelKey key, bool no_ack) {
  const std::uint64_t count = next_consumer_++;
  return ConsumerId((count << counter_shift) | (no_ack ? no_ack_bit : 0) | key.number);
}

std::string Connection::new_name(Bytes prefix) {
  std::string name(prefix);
  const std::uint64_t count = next_name_++;
  for (std::uint64_t half = 0; half < 2; ++half) {
    std::uint64_t bits = mixed(session_.get() ^ mixed(count * 2 + half));
    for (int i = 0; i < 11; ++i, bits >>= 6)
      name.push_back(name_letters[bits & 63]);
  }
  return name;
}

void Connection::on_published(const PublishOutcome& outcome) {
  if (Channel* channel = find(channel_of(outcome.publisher))) channel->on_published(outcome);
}

void Connection::on_returned(const ReturnedMessage& message) {
  if (Channel* channel = find(channel_of(message.publisher))) channel->on_returned(message);
}

void Connection::on_delivery(ConsumerId consumer, const Delivery& delivery) {
  const std::uint16_t number = number_of(consumer);
  Channel* channel = number < channels_.size() ? channels_[number].get() : nullptr;
  if (state_ == State::open && channel != nullptr && channel->has_consumer(consumer)) {
    channel->on_delivery(consumer, delivery);
  } else {
    give_back(delivery, (consumer.get() & no_ack_bit) != 0);
  }
}

void Connection::give_back(const Delivery& delivery, bool no_ack) {
  owe(delivery.cost_bytes);
  out_.touch();
  if (no_ack) return;
  settles_.add(delivery.queue, delivery.partition, delivery.record.offset, Settlement::requeue);
}

void Connection::on_consumer_cancelled(ConsumerId consumer) {
  const std::uint16_t number = number_of(consumer);
  Channel* channel = number < channels_.size() ? channels_[number].get() : nullptr;
  if (state_ == State::open && channel != nullptr) channel->on_consumer_cancelled(consumer);
}

void Connection::on_blocked(const std::string& reason) {
  blocked_reason_ = reason;
  if (!client_.connection_blocked || state_ != State::open) return;
  if (!reason.empty() && published_) {
    say(ConnectionBlocked{{reason}});
    told_blocked_ = true;
  } else if (reason.empty() && told_blocked_) {
    say(ConnectionUnblocked{});
    told_blocked_ = false;
  }
}

void Connection::on_ended(const std::string& reason) {
  if (state_ == State::open) {
    fail(connection_failure(ReplyCode::connection_forced, reason));
  } else if (state_ != State::closing) {
    end();
  }
  out_.touch();
}

void Connection::note_connection() {
  facts_.protocol = "AMQP 0-9-1";
  facts_.channel_max = channel_max_;
  facts_.frame_max = frame_max_;
  port_.request<NoteConnection>(session_, {facts_}, [](const auto&) {});
}

void Connection::note_channel(std::uint16_t number, bool open, const ChannelFacts& facts) {
  if (!session_open_) return;
  port_.request<NoteChannel>(session_, {number, open, facts}, [](const auto&) {});
}

void Connection::saw_publish() {
  if (published_) return;
  published_ = true;
  if (!blocked_reason_.empty()) on_blocked(std::string(blocked_reason_));
}

}  // namespace rialto::amqp
