#include "adapters/amqp/connection.h"

#include "adapters/amqp/channel.h"

#include <algorithm>

namespace rialto::amqp {
namespace {

constexpr Bytes protocol_header("AMQP\0\0\x09\x01", 8);
constexpr Bytes protocol_header_0_9("AMQP\x01\x01\0\x09", 8);
constexpr std::int64_t close_ms_max = 5'000;
constexpr std::int64_t drain_ms_max = 2'000;
constexpr std::int64_t drain_close_ms_max = 1'000;

}  // namespace

Connection::Connection(BrokerPort& port, OutQueue& out, const PeerInfo& peer,
                       const AmqpSettings& settings, Instant now)
    : port_(port),
      out_(out),
      settings_(settings),
      loopback_(peer.loopback),
      now_(now),
      state_deadline_(after_ms(now, settings.handshake_ms_max)) {
  facts_.peer_address = peer.peer_address;
  facts_.local_address = peer.local_address + ":" + std::to_string(peer.local_port);
}

Connection::~Connection() = default;

// A frame may be eight octets larger than agreed: some clients count without head and end.
std::uint32_t Connection::payload_max() const {
  return frame_max_;
}

std::size_t Connection::on_bytes(Bytes in) {
  heartbeat_.saw_input();
  std::size_t used = 0;
  if (state_ == State::wants_header) {
    used = take_protocol_header(in);
    if (state_ == State::wants_header) return used;
  }
  used += take_frames(in.substr(used));
  if (state_ == State::open) {
    keep_contents();
    flush_settles();
  }
  return state_ == State::ended || state_ == State::refused ? in.size() : used;
}

std::size_t Connection::take_protocol_header(Bytes in) {
  const Bytes start = in.substr(0, std::min(in.size(), protocol_header.size()));
  if (start == protocol_header || start == protocol_header_0_9) {
    send_start();
    state_ = State::wants_start_ok;
    return start.size();
  }
  const bool may_become_one =
      protocol_header.starts_with(start) || protocol_header_0_9.starts_with(start);
  if (may_become_one) return 0;
  out_.append(protocol_header);
  end();
  return in.size();
}

std::size_t Connection::take_frames(Bytes in) {
  constexpr std::size_t frames_between_looks = 64;
  std::size_t frames = 0;
  std::size_t used = 0;
  while (state_ != State::ended && state_ != State::refused && state_ != State::opening) {
    if (skip_bytes_ > 0) {
      const auto n = std::min<std::uint64_t>(skip_bytes_, in.size() - used);
      used += n;
      skip_bytes_ -= n;
      if (skip_bytes_ > 0) break;
    }
    const ScannedFrame scanned = scan_frame(in.substr(used), payload_max());
    if (scanned.state == FrameState::incomplete) break;
    if (scanned.state == FrameState::too_large) {
      skip_bytes_ = scanned.whole_bytes;
      fail(connection_failure(ReplyCode::frame_error,
                              "frame of " + std::to_string(scanned.whole_bytes) +
                                  " octets is larger than the negotiated frame_max " +
                                  std::to_string(frame_max_)));
      continue;
    }
    used += scanned.whole_bytes;
    if (scanned.state == FrameState::bad_end) {
      fail(connection_failure(ReplyCode::frame_error, "invalid frame end marker"));
      continue;
    }
    on_frame(scanned.frame);
    // A fan-out makes much of few bytes: one read must not stage without bound.
    if (published_ && ++frames % frames_between_looks == 0 && !port_.admits_publish()) break;
  }
  return used;
}

void Connection::on_frame(const Frame& frame) {
  if (state_ == State::closing) {
    if (frame.channel == 0 && frame.type == static_cast<std::uint8_t>(FrameType::method)) {
      on_connection_method(frame);
    }
    return;
  }
  const bool known = (frame.type >= 1 && frame.type <= 3) || frame.type == 8;
  if (!known) {
    fail(connection_failure(ReplyCode::frame_error,
                            "unknown frame type " + std::to_string(frame.type)));
    return;
  }
  const auto type = static_cast<FrameType>(frame.type);
  if (type == FrameType::heartbeat) {
    if (frame.channel != 0) {
      fail(connection_failure(ReplyCode::unexpected_frame, "heartbeat on a channel"));
    }
  } else if (frame.channel != 0) {
    on_channel_frame(frame);
  } else if (type == FrameType::method) {
    on_connection_method(frame);
  } else {
    fail(connection_failure(ReplyCode::unexpected_frame, "content on channel 0"));
  }
}

void Connection::on_channel_frame(const Frame& frame) {
  if (state_ != State::open) {
    fail(connection_failure(ReplyCode::channel_error, "the connection is not open yet"));
    return;
  }
  if (frame.channel > channel_max_) {
    fail(connection_failure(ReplyCode::not_allowed,
                            "channel number " + std::to_string(frame.channel) +
                                " is higher than the negotiated channel_max " +
                                std::to_string(channel_max_)));
    return;
  }
  Channel* channel = frame.channel < channels_.size() ? channels_[frame.channel].get() : nullptr;
  if (channel == nullptr) {
    open_channel(frame);
  } else if (channel->parks()) {
    channel->park(frame);
  } else {
    channel->on_frame(frame);
    reap(channel->key());
  }
}

void Connection::open_channel(const Frame& frame) {
  const bool opens = frame.type == static_cast<std::uint8_t>(FrameType::method) &&
                     frame.payload.size() >= 4 &&
                     load_be<std::uint32_t>(frame.payload.data()) == key_of(ChannelOpen::id);
  if (!opens) {
    fail(connection_failure(ReplyCode::channel_error, "expected 'channel.open'"));
    return;
  }
  if (channels_.size() <= frame.channel) channels_.resize(frame.channel + std::size_t{1});
  const ChannelKey key{frame.channel, ++next_use_};
  channels_[frame.channel] = std::make_unique<Channel>(*this, key);
  append_method(out_.tail(), frame.channel, ChannelOpenOk{});
  note_channel(frame.channel, true);
}

void Connection::keep_contents() {
  std::size_t bytes = 0;
  std::erase_if(assembling_, [&](ChannelKey key) {
    Channel* channel = find(key);
    if (channel == nullptr || !channel->keep_content()) return true;
    bytes += channel->content_bytes();
    return false;
  });
  if (bytes > assembled_bytes_max) {
    fail(connection_failure(ReplyCode::resource_error,
                            "incomplete contents of this connection exceed " +
                                std::to_string(assembled_bytes_max) + " bytes"));
  }
}

Channel* Connection::find(ChannelKey key) {
  if (state_ != State::open || key.number >= channels_.size()) return nullptr;
  Channel* channel = channels_[key.number].get();
  if (channel == nullptr || channel->key() != key) return nullptr;
  return channel;
}

void Connection::reap(ChannelKey key) {
  Channel* channel = find(key);
  if (channel == nullptr || !channel->is_closed()) return;
  channels_[key.number].reset();
  note_channel(key.number, false);
}

void Connection::resume(Channel& channel) {
  const ChannelKey key = channel.key();
  while (state_ == State::open && !channel.waiting() && channel.parked_bytes() > 0) {
    const std::string parked = channel.take_parked();
    Bytes rest = parked;
    while (!rest.empty() && state_ == State::open && !channel.waiting() && !channel.is_closed()) {
      const Frame frame = scan_frame(rest, UINT32_MAX - frame_overhead_bytes).frame;
      rest.remove_prefix(frame.whole.size());
      channel.on_frame(frame);
    }
    if (channel.is_closed()) {
      // Its number may have been opened anew by what was parked behind the close.
      reap(key);
      take_frames(rest);
      keep_contents();
      break;
    }
    channel.keep_parked(rest);
    keep_contents();
  }
  if (state_ == State::open) flush_settles();
}

void Connection::fail(const Failure& failure) {
  if (state_ == State::closing || state_ == State::ended || state_ == State::refused) return;
  ConnectionClose close;
  close.code = static_cast<std::uint16_t>(failure.code);
  close.text = {failure.text};
  close.failed_class = failure.method.class_id;
  close.failed_method = failure.method.method_id;
  end_session();
  say(close);
  state_ = State::closing;
  state_deadline_ = after_ms(now_, draining_ ? drain_close_ms_max : close_ms_max);
}

void Connection::end_session() {
  if (!session_open_) return;
  flush_settles();
  session_open_ = false;
  port_.close(session_);
}

void Connection::end() {
  end_session();
  state_ = State::ended;
  state_deadline_ = no_deadline;
  out_.close_after_flush();
}

void Connection::on_closed() {
  end_session();
  state_ = State::ended;
  channels_.clear();
}

void Connection::end_of_tick(Instant now) {
  now_ = now;
  if (state_ != State::open) {
    channels_.clear();
  } else {
    for (const ChannelKey key : confirming_) {
      if (Channel* channel = find(key)) channel->say_confirms();
    }
    confirming_.clear();
    flush_settles();
    if (draining_ && idle()) finish_drain();
  }
  give_back_cost();
  if (!out_.empty()) heartbeat_.saw_output();
}

void Connection::give_back_cost() {
  if (!session_open_) {
    owed_bytes_ = 0;
    return;
  }
  if (owed_bytes_ == 0 || out_.size_bytes() >= drained_below_bytes) return;
  constexpr std::uint64_t once_max = UINT32_MAX;
  const auto cost = static_cast<std::uint32_t>(std::min(owed_bytes_, once_max));
  owed_bytes_ -= cost;
  port_.drained(session_, cost);
}

bool Connection::wants_bytes() const {
  if (state_ == State::opening || (draining_ && state_ == State::open)) return false;
  if (asked_ >= asked_max || out_.size_bytes() >= 2 * OutQueue::bytes_max) return false;
  if (published_ && state_ == State::open && !port_.admits_publish()) return false;
  std::size_t parked = 0;
  if (asked_ > 0) {
    for (const auto& channel : channels_)
      parked += channel ? channel->parked_bytes() : 0;
  }
  return parked < parked_bytes_max;
}

Instant Connection::next_deadline() const {
  if (state_ == State::ended) return no_deadline;
  return std::min(state_deadline_, heartbeat_.next_deadline());
}

void Connection::on_time(Instant now) {
  now_ = now;
  if (state_ == State::ended) return;
  if (now >= state_deadline_) {
    if (state_ == State::open) {
      finish_drain();
    } else {
      end();
    }
    return;
  }
  switch (heartbeat_.on_time(now)) {
    case Heartbeat::Due::nothing: break;
    case Heartbeat::Due::send: append_frame(out_.tail(), FrameType::heartbeat, 0, {}); break;
    case Heartbeat::Due::peer_is_gone: end(); break;
  }
}

bool Connection::idle() const {
  return std::all_of(channels_.begin(), channels_.end(), [](const auto& channel) {
    return !channel || !channel->is_open() || channel->idle();
  });
}

void Connection::begin_drain() {
  if (state_ == State::open && !draining_) {
    draining_ = true;
    state_deadline_ = after_ms(now_, drain_ms_max);
    if (idle()) finish_drain();
  } else if (state_ != State::closing && state_ != State::ended) {
    end();
  }
}

void Connection::finish_drain() {
  fail(connection_failure(ReplyCode::connection_forced, "broker shutting down"));
}

}  // namespace rialto::amqp
