#include "adapters/amqp/channel.h"

#include <fmt/format.h>

namespace rialto::amqp {
namespace {

bool settles(MethodId id) {
  return id == BasicNack::id || id == BasicReject::id;
}

}  // namespace

template <class Method>
void Channel::read(Bytes arguments) {
  Method method;
  MethodReader reader(arguments);
  Method::fields(reader, method);
  if (!reader.complete()) {
    fail(connection_failure(ReplyCode::syntax_error, "undecodable arguments", Method::id));
  } else if (!reader.text_is_utf8()) {
    fail(connection_failure(ReplyCode::frame_error, "a short string is not UTF-8", Method::id));
  } else if (!reader.tables_fit()) {
    fail(table_too_large("arguments", Method::id));
  } else {
    on(method);
  }
}

void Channel::on_frame(const Frame& frame) {
  if (state_ != State::open) {
    if (frame.type == static_cast<std::uint8_t>(FrameType::method)) on_method_while_not_open(frame);
    return;
  }
  switch (static_cast<FrameType>(frame.type)) {
    case FrameType::method: on_method(frame); break;
    case FrameType::header: on_header(frame); break;
    case FrameType::body: on_body(frame); break;
    case FrameType::heartbeat: break;
  }
}

void Channel::unexpected(Bytes what) {
  fail(connection_failure(ReplyCode::unexpected_frame, what,
                          content_.under_way() ? BasicPublish::id : MethodId{}));
}

void Channel::on_method(const Frame& frame) {
  if (content_.stage() == Content::Stage::wants_header) {
    return unexpected("expected content header for class 60, got non content header frame instead");
  }
  if (content_.stage() == Content::Stage::wants_body) {
    return unexpected("expected content body, got non content body frame instead");
  }
  if (frame.payload.size() < 4) {
    return fail(connection_failure(ReplyCode::frame_error, "a method frame without a method"));
  }
  const auto key = load_be<std::uint32_t>(frame.payload.data());
  const Bytes arguments = frame.payload.substr(4);
  if (key == key_of(BasicPublish::id)) return read<BasicPublish>(arguments);
  if (key == key_of(BasicAck::id)) return read<BasicAck>(arguments);
  const MethodId id{static_cast<std::uint16_t>(key >> 16), static_cast<std::uint16_t>(key)};
  if (faults_unheard_ && !settles(id)) return hear_faults(frame);
  if (on_own_method(id, arguments) || on_topology_method(id, arguments) ||
      on_basic_method(id, arguments)) {
    return;
  }
  const std::string name = fmt::format("method {}.{}", id.class_id, id.method_id);
  const bool known = AllMethods::with(id, [](const auto&) {});
  if (known || !is_known_class(id.class_id)) {
    fail(connection_failure(ReplyCode::command_invalid, "unimplemented " + name, id));
  } else {
    not_implemented("unknown " + name, id);
  }
}

void Channel::on_method_while_not_open(const Frame& frame) {
  if (frame.payload.size() < 4) return;
  const auto key = load_be<std::uint32_t>(frame.payload.data());
  if (key == key_of(ChannelCloseOk::id) && state_ == State::closing) state_ = State::closed;
  if (key != key_of(ChannelClose::id)) return;
  if (state_ == State::closing) {
    say(ChannelCloseOk{});
    return;
  }
  on(ChannelClose{});
}

bool Channel::on_own_method(MethodId id, Bytes arguments) {
  switch (key_of(id)) {
    case key_of(ChannelOpen::id): read<ChannelOpen>(arguments); return true;
    case key_of(ChannelFlow::id): read<ChannelFlow>(arguments); return true;
    case key_of(ChannelFlowOk::id): return true;
    case key_of(ChannelClose::id): read<ChannelClose>(arguments); return true;
    case key_of(ChannelCloseOk::id): return true;
    case key_of(AccessRequest::id): read<AccessRequest>(arguments); return true;
    case key_of(ConfirmSelect::id): read<ConfirmSelect>(arguments); return true;
    case key_of(TxSelect::id): read<TxSelect>(arguments); return true;
    case key_of(TxCommit::id): read<TxCommit>(arguments); return true;
    case key_of(TxRollback::id): read<TxRollback>(arguments); return true;
    default: return false;
  }
}

bool Channel::on_topology_method(MethodId id, Bytes arguments) {
  switch (key_of(id)) {
    case key_of(ExchangeDeclare::id): read<ExchangeDeclare>(arguments); return true;
    case key_of(ExchangeDelete::id): read<ExchangeDelete>(arguments); return true;
    case key_of(ExchangeBind::id): read<ExchangeBind>(arguments); return true;
    case key_of(ExchangeUnbind::id): read<ExchangeUnbind>(arguments); return true;
    case key_of(QueueDeclare::id): read<QueueDeclare>(arguments); return true;
    case key_of(QueueBind::id): read<QueueBind>(arguments); return true;
    case key_of(QueueUnbind::id): read<QueueUnbind>(arguments); return true;
    case key_of(QueuePurge::id): read<QueuePurge>(arguments); return true;
    case key_of(QueueDelete::id): read<QueueDelete>(arguments); return true;
    default: return false;
  }
}

bool Channel::on_basic_method(MethodId id, Bytes arguments) {
  switch (key_of(id)) {
    case key_of(BasicQos::id): read<BasicQos>(arguments); return true;
    case key_of(BasicConsume::id): read<BasicConsume>(arguments); return true;
    case key_of(BasicCancel::id): read<BasicCancel>(arguments); return true;
    case key_of(BasicCancelOk::id): return true;
    case key_of(BasicGet::id): read<BasicGet>(arguments); return true;
    case key_of(BasicReject::id): read<BasicReject>(arguments); return true;
    case key_of(BasicRecoverAsync::id): read<BasicRecoverAsync>(arguments); return true;
    case key_of(BasicRecover::id): read<BasicRecover>(arguments); return true;
    case key_of(BasicNack::id): read<BasicNack>(arguments); return true;
    default: return false;
  }
}

void Channel::on(const ChannelOpen& method) {
  fail(connection_failure(ReplyCode::channel_error, "second 'channel.open' seen", method.id));
}

void Channel::on(const ChannelFlow& method) {
  if (!method.active) return not_implemented("active=false", method.id);
  reply(ChannelFlowOk{true});
}

void Channel::on(const AccessRequest&) {
  reply(AccessRequestOk{});
}

void Channel::on(const ChannelClose&) {
  say_confirms();
  release();
  say(ChannelCloseOk{});
  state_ = State::closed;
}

void Channel::on(const ConfirmSelect& method) {
  if (transactional_) {
    return fail(channel_failure(ReplyCode::precondition_failed,
                                "cannot switch from tx to confirm mode", method.id));
  }
  confirming_ = true;
  note_facts();
  replies_.add_ready([this, nowait = method.nowait] {
    if (!nowait) say(ConfirmSelectOk{});
    confirms_open_ = true;
  });
}

void Channel::note_facts() {
  connection_.note_channel(key_.number, true, {prefetch_, confirming_, transactional_});
}

void Channel::not_implemented(Bytes what, MethodId method) {
  fail(connection_failure(ReplyCode::not_implemented, what, method));
}

void Channel::fail(const Failure& failure) {
  if (failure.scope == Scope::connection) return connection_.fail(failure);
  if (state_ != State::open) return;
  if (replies_.empty()) return close_now(failure);
  state_ = State::failing;
  replies_.add_ready([this, failure] { close_now(failure); });
}

void Channel::fail_now(const Failure& failure) {
  if (failure.scope == Scope::connection) return connection_.fail(failure);
  close_now(failure);
}

void Channel::close_now(const Failure& failure) {
  if (state_ == State::closing || state_ == State::closed) return;
  say_confirms();
  release();
  ChannelClose close;
  close.code = static_cast<std::uint16_t>(failure.code);
  close.text = {failure.text};
  close.failed_class = failure.method.class_id;
  close.failed_method = failure.method.method_id;
  say(close);
  state_ = State::closing;
}

// Consumers go before what they held goes back, so that it is not handed to them again.
void Channel::release() {
  BrokerPort& port = connection_.port();
  const SessionId session = connection_.session();
  connection_.flush_settles();
  for (const auto& [id, consumer] : consumers_) {
    connection_.asked();
    port.request<CancelConsumer>(
        session, {id}, [&connection = connection_](const Result<CancelConsumer::Answer>&) {
          connection.answered();
        });
  }
  end_transaction();
  unacked_.take_all([this](const Unacked::Entry& entry) { settle(entry, Settlement::failed); });
  for (const auto& [id, delivery] : unannounced_) {
    connection_.give_back(delivery, consumers_.at(id).no_ack);
  }
  connection_.flush_settles();
  port.end_publisher(session, publisher_of(key_));
  replies_.clear();
  content_.reset();
  parked_.clear();
  waiting_ = false;
  faults_unheard_ = false;
  unannounced_.clear();
  consumers_.clear();
  consumers_by_tag_.clear();
  reply_address_.clear();
}

}  // namespace rialto::amqp
