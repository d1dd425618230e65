#include "adapters/amqp/channel.h"
#include "adapters/amqp/message_writer.h"
#include "core/model/record_batch.h"

#include <fmt/format.h>

/// Contents in, confirms and returned messages out.
namespace rialto::amqp {
namespace {

constexpr std::uint64_t body_bytes_ceiling = 512U << 20;

}  // namespace

void Channel::on(const BasicPublish& method) {
  if (method.immediate) return not_implemented("immediate=true", method.id);
  connection_.saw_publish();
  content_.begin(method);
  if (content_noted_) return;
  content_noted_ = true;
  connection_.has_content(key_);
}

bool Channel::keep_content() {
  if (state_ == State::open && content_.under_way()) {
    content_.detach();
    return true;
  }
  content_noted_ = false;
  return false;
}

void Channel::on_header(const Frame& frame) {
  if (content_.stage() == Content::Stage::idle) {
    return unexpected("expected method frame, got non method frame instead");
  }
  if (content_.stage() == Content::Stage::wants_body) {
    return unexpected("expected content body, got non content body frame instead");
  }
  ContentHeader header;
  const PropertiesRead read = read_content_header(frame.payload, header);
  const MethodId publish_id = BasicPublish::id;
  if (read == PropertiesRead::bad) {
    return fail(connection_failure(ReplyCode::syntax_error, "undecodable properties", publish_id));
  }
  if (header.class_id != basic_class) {
    return unexpected(
        fmt::format("expected content header for class 60, got one for class {}", header.class_id));
  }
  if (header.body_bytes > body_bytes_ceiling) {
    return fail(connection_failure(
        ReplyCode::frame_error,
        fmt::format("body size {} exceeds {}", header.body_bytes, body_bytes_ceiling), publish_id));
  }
  if (read == PropertiesRead::too_large) {
    content_.reset();
    return fail(table_too_large("headers", publish_id));
  }
  if (header.body_bytes > connection_.settings().body_bytes_max) {
    content_.reset();
    return fail(
        channel_failure(ReplyCode::precondition_failed,
                        fmt::format("message size {} is larger than configured max size {}",
                                    header.body_bytes, connection_.settings().body_bytes_max),
                        publish_id));
  }
  content_.take_header(header);
  if (content_.stage() == Content::Stage::complete) publish();
}

void Channel::on_body(const Frame& frame) {
  if (content_.stage() == Content::Stage::idle) {
    return unexpected("expected method frame, got non method frame instead");
  }
  if (content_.stage() == Content::Stage::wants_header) {
    return unexpected("expected content header for class 60, got non content header frame instead");
  }
  if (!content_.take_body(frame.payload)) {
    return fail(connection_failure(ReplyCode::frame_error,
                                   "the body is larger than its header said", BasicPublish::id));
  }
  if (content_.stage() == Content::Stage::complete) publish();
}

void Channel::publish() {
  const Properties& properties = content_.properties();
  const bool plain = (properties.flags &
                      ~(flag_of(Property::content_type) | flag_of(Property::delivery_mode))) == 0;
  if (plain || !refuse_properties(properties)) {
    Publish message;
    message.publisher = publisher_of(key_);
    message.sequence = confirming_ ? confirms_.issue() : 0;
    message.exchange = content_.exchange();
    message.routing_key = content_.routing_key();
    message.mandatory = content_.mandatory();
    message.in_transaction = transactional_;
    if (properties.has(Property::headers)) {
      message.headers = properties.value(Property::headers);
      message.more_keys = copies_.keys();
      message.delay = headers_.delay();
      message.identity = headers_.identity();
    }
    message.record =
        composer_.compose(plain ? properties : stored_properties(properties), content_.exchange(),
                          content_.routing_key(), content_.body());
    connection_.port().publish(connection_.session(), message);
    faults_unheard_ = true;
  }
  content_.reset();
}

/// What follows a publish is read when the broker has had its say about it: a refused publish
/// closes the channel, and nothing behind it is done or answered.
void Channel::hear_faults(const Frame& then) {
  faults_unheard_ = false;
  begin_wait();
  park(then);
  connection_.flush_settles();
  connection_.asked();
  connection_.port().request<HearFaults>(
      connection_.session(), {},
      [&connection = connection_, key = key_](const Result<HearFaults::Answer>&) {
        connection.answered();
        Channel* channel = connection.find(key);
        if (channel == nullptr) return;
        channel->end_wait();
        connection.resume(*channel);
      });
}

/// Without BCC, and with the address that replies come to.
const Properties& Channel::stored_properties(const Properties& sent) {
  const Properties& open = sent.has(Property::headers) ? copies_.stripped(sent) : sent;
  const bool asks_directly =
      sent.has(Property::reply_to) && sent.value(Property::reply_to) == direct_reply_to;
  if (!asks_directly) return open;
  with_address_ = open;
  with_address_.set(Property::reply_to, reply_address_);
  remake_raw(with_address_, with_address_raw_);
  return with_address_;
}

bool Channel::refuse_properties(const Properties& properties) {
  const MethodId id = BasicPublish::id;
  if (properties.has(Property::reply_to) &&
      properties.value(Property::reply_to) == direct_reply_to && reply_address_.empty()) {
    fail(channel_failure(ReplyCode::precondition_failed, "fast reply consumer does not exist", id));
    return true;
  }
  if (properties.has(Property::expiration)) {
    const Bytes text = properties.value(Property::expiration);
    if (!expiration_ms(text)) {
      fail(channel_failure(ReplyCode::precondition_failed,
                           fmt::format("invalid expiration '{}'", text), id));
      return true;
    }
  }
  if (properties.has(Property::headers) && !copies_.read(properties.value(Property::headers))) {
    fail(channel_failure(ReplyCode::precondition_failed, copies_.fault(), id));
    return true;
  }
  if (properties.has(Property::headers) && !headers_.read(properties.value(Property::headers))) {
    fail(channel_failure(ReplyCode::precondition_failed, headers_.fault(), id));
    return true;
  }
  if (properties.has(Property::user_id) &&
      properties.value(Property::user_id) != connection_.user()) {
    fail(channel_failure(ReplyCode::precondition_failed,
                         fmt::format("user_id property set to '{}' but authenticated user was '{}'",
                                     properties.value(Property::user_id), connection_.user()),
                         id));
    return true;
  }
  return false;
}

void Channel::on_published(const PublishOutcome& outcome) {
  if (state_ != State::open && state_ != State::failing) return;
  if (outcome.result != Errc::ok && is_publisher_fault(outcome.result)) {
    return fail(failure_for(Error(outcome.result, outcome.text), BasicPublish::id));
  }
  if (outcome.first_sequence == 0) return;
  confirms_.settle(outcome.first_sequence, outcome.last_sequence, outcome.result == Errc::ok);
  if (confirms_noted_) return;
  confirms_noted_ = true;
  connection_.has_confirms(key_);
}

void Channel::say_confirms() {
  confirms_noted_ = false;
  if (!confirms_open_) return;
  confirms_.fold([this](std::uint64_t sequence, bool multiple, bool good) {
    if (good) {
      say(BasicAck{sequence, multiple});
    } else {
      say(BasicNack{sequence, multiple, false});
    }
  });
}

void Channel::on_returned(const ReturnedMessage& message) {
  if (state_ != State::open) return;
  const auto at = record_at(message.record.bytes(), batch_header_bytes, Offset(0));
  if (at.has_error()) return;
  const std::uint32_t frame_max = connection_.frame_max();
  const RecordPlace place{message.routing_key, PartitionIndex(0), true,
                          frame_max - frame_overhead_bytes - content_header_fixed_bytes};
  const MessageView view = message_of(at->record, place, properties_scratch_);
  BasicReturn method;
  method.code = static_cast<std::uint16_t>(ReplyCode::no_route);
  method.text = {name_of(ReplyCode::no_route)};
  method.exchange = {message.exchange};
  method.routing_key = {message.routing_key};
  say(method);
  append_content(connection_.out(), key_.number, frame_max, view.properties, message.record,
                 view.body);
}

}  // namespace rialto::amqp
