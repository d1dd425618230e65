#include "adapters/amqp/channel.h"
#include "adapters/amqp/consume_arguments.h"
#include "adapters/amqp/message_writer.h"
#include "core/model/field_table.h"
#include "core/model/record_batch.h"
#include "core/model/start_point.h"

#include <fmt/format.h>

#include <algorithm>

/// Consumers and basic.get: messages on their way out.
namespace rialto::amqp {
void Channel::on(const BasicQos& method) {
  if (method.prefetch_size != 0) {
    return not_implemented(fmt::format("prefetch_size!=0 ({})", method.prefetch_size), method.id);
  }
  if (!method.global) {
    prefetch_ = method.prefetch_count;
    note_facts();
  }
  // Either kind ends a shared limit that was set before.
  const std::uint32_t shared = method.global ? method.prefetch_count : 0;
  if (shared == 0 && !shares_prefetch_) return reply(BasicQosOk{});
  shares_prefetch_ = shared != 0;
  ask(method.id, LimitConsumers{key_.number, shared},
      [this](const LimitConsumers::Answer&) { say(BasicQosOk{}); });
}

void Channel::on(const BasicConsume& method) {
  Consume request;
  FieldTable arguments;
  if (method.queue.text == direct_reply_to) return consume_replies(method);
  if (!resolve_queue(method.queue.text, method.id, request.queue)) return;
  if (!read_arguments(method.arguments.body, method.id, arguments)) return;
  if (!read_start(arguments, request, method.id)) return;
  if (const FieldValue* priority = arguments.find("x-priority")) {
    if (!priority->is_integer()) {
      return fail(channel_failure(
          ReplyCode::precondition_failed,
          fmt::format("invalid arg 'x-priority' for queue '{}' in vhost "
                      "'{}': \"expected integer, got {}\"",
                      request.queue, connection_.vhost(), field_type_name(priority->tag)),
          method.id));
    }
    request.priority = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(*priority->as_integer(), INT32_MIN, INT32_MAX));
  }
  if (refuse_taken_tag(method)) return;
  const ConsumerId id = add_consumer(method, request.queue);
  request.consumer = id;
  request.no_ack = method.no_ack;
  request.exclusive = method.exclusive;
  request.prefetch = prefetch_;
  request.tag = consumers_.at(id).tag;
  ask(method.id, std::move(request),
      [this, id, nowait = method.nowait](const Consume::Answer&) { announce(id, nowait); });
}

/// False: the method has been answered.
bool Channel::read_start(const FieldTable& arguments, Consume& request, MethodId method) {
  for (const ConsumeArgument& argument : consume_arguments) {
    if (argument.refused.empty() || arguments.find(argument.name) == nullptr) continue;
    not_implemented(fmt::format("argument '{}': {}", argument.name, argument.refused), method);
    return false;
  }
  const FieldValue* start = arguments.find("x-stream-offset");
  if (start == nullptr) return true;
  request.read_from = stream_start(*start);
  if (request.read_from) return true;
  fail(channel_failure(
      ReplyCode::precondition_failed,
      fmt::format("invalid arg 'x-stream-offset' for queue '{}' in vhost '{}': use first, last, "
                  "next, an offset, a timestamp or an age such as 1h",
                  request.queue, connection_.vhost()),
      method));
  return false;
}

bool Channel::refuse_taken_tag(const BasicConsume& method) {
  const std::string tag(method.consumer_tag.text);
  if (!consumers_by_tag_.contains(tag)) return false;
  fail(connection_failure(ReplyCode::not_allowed,
                          fmt::format("attempt to reuse consumer tag '{}'", tag), method.id));
  return true;
}

/// Not announced yet. Without a tag it gets one.
ConsumerId Channel::add_consumer(const BasicConsume& method, const std::string& queue) {
  std::string tag(method.consumer_tag.text);
  if (tag.empty()) tag = connection_.new_name("amq.ctag-");
  const ConsumerId id = connection_.new_consumer(key_, method.no_ack);
  consumers_by_tag_.emplace(tag, id);
  consumers_.emplace(id, Consumer{std::move(tag), queue, method.no_ack, false});
  return id;
}

void Channel::consume_replies(const BasicConsume& method) {
  const bool again = reply_consumer_ != ConsumerId(0);
  if (!method.no_ack || again) {
    return fail(channel_failure(
        ReplyCode::precondition_failed,
        method.no_ack ? "reply consumer already set" : "reply consumer cannot acknowledge",
        method.id));
  }
  if (refuse_taken_tag(method)) return;
  const ConsumerId id = add_consumer(method, std::string(direct_reply_to));
  reply_consumer_ = id;
  // What follows may ask for replies: it needs the address.
  begin_wait();
  ask(method.id, OpenReplies{id},
      [this, id, nowait = method.nowait](const OpenReplies::Answer& answer) {
        end_wait();
        reply_address_ = answer.address;
        announce(id, nowait);
      });
}

void Channel::announce(ConsumerId id, bool nowait) {
  const auto at = consumers_.find(id);
  if (at == consumers_.end()) return;
  at->second.announced = true;
  if (!nowait) say(BasicConsumeOk{{at->second.tag}});
  for (const auto& [consumer, delivery] : unannounced_) {
    if (consumer == id) deliver(at->second, id, delivery);
  }
  std::erase_if(unannounced_, [id](const auto& held) { return held.first == id; });
}

void Channel::on(const BasicCancel& method) {
  const std::string tag(method.consumer_tag.text);
  const auto at = consumers_by_tag_.find(tag);
  if (at == consumers_by_tag_.end()) {
    if (!method.nowait) replies_.add_ready([this, tag] { say(BasicCancelOk{{tag}}); });
    return;
  }
  const ConsumerId id = at->second;
  consumers_by_tag_.erase(at);
  if (id == reply_consumer_) {
    reply_consumer_ = ConsumerId(0);
    reply_address_.clear();
  }
  ask(method.id, CancelConsumer{id},
      [this, id, tag, nowait = method.nowait](const CancelConsumer::Answer&) {
        consumers_.erase(id);
        if (!nowait) say(BasicCancelOk{{tag}});
      });
}

void Channel::on_consumer_cancelled(ConsumerId consumer) {
  const auto at = consumers_.find(consumer);
  if (at == consumers_.end()) return;
  if (connection_.tells_cancel() && at->second.announced) {
    say(BasicCancel{{at->second.tag}, true});
  }
  const auto named = consumers_by_tag_.find(at->second.tag);
  if (named != consumers_by_tag_.end() && named->second == consumer) consumers_by_tag_.erase(named);
  // What waited behind its consume-ok has nobody left to go to.
  std::erase_if(unannounced_, [&](const auto& held) {
    if (held.first != consumer) return false;
    connection_.give_back(held.second, at->second.no_ack);
    return true;
  });
  consumers_.erase(at);
}

void Channel::on_delivery(ConsumerId consumer, const Delivery& delivery) {
  const Consumer& to = consumers_.at(consumer);
  if (to.announced) {
    deliver(to, consumer, delivery);
  } else {
    unannounced_.emplace_back(consumer, delivery);
  }
}

/// What the peer sees of a delivery, from now on owed for. Nothing: it cannot be read, and the
/// connection fails.
std::optional<MessageView> Channel::shown(const Delivery& delivery, const std::string& queue,
                                          MethodId method) {
  connection_.owe(delivery.cost_bytes);
  const Result<RecordView> record = view_of(delivery.record);
  if (record.has_error()) {
    connection_.fail(failure_of(record.error(), method));
    return std::nullopt;
  }
  const RecordPlace place{
      delivery.log ? *delivery.log : queue, delivery.index, delivery.record.amqp_written,
      connection_.frame_max() - frame_overhead_bytes - content_header_fixed_bytes};
  MessageView view = message_of(*record, place, properties_scratch_);
  if (delivery.record.amqp_written && connection_.settings().delivery_ids) {
    added_headers_.add_id(view, record->offset, place);
  }
  if (delivery.shows_count) {
    constexpr Bytes count_header = "x-delivery-count";
    if (delivery.delivery_count != 0) {
      added_headers_.add_number(view, count_header, delivery.delivery_count, place);
    } else {
      added_headers_.remove(view, count_header, place);
    }
  }
  if (delivery.shows_offset) {
    added_headers_.add_number(view, "x-stream-offset", record->offset.get(), place);
  }
  return view;
}

void Channel::say_content(const Delivery& delivery, const MessageView& view) {
  append_content(connection_.out(), key_.number, connection_.frame_max(), view.properties,
                 delivery.record.batch, view.body);
}

/// Until the tag given last is settled.
void Channel::hold(const Delivery& delivery, ConsumerId consumer) {
  unacked_.add({last_tag_, delivery.queue, delivery.partition, delivery.record.offset, consumer,
                delivery.shows_offset});
}

void Channel::deliver(const Consumer& consumer, ConsumerId id, const Delivery& delivery) {
  const std::optional<MessageView> view = shown(delivery, consumer.queue, BasicDeliver::id);
  if (!view) return;
  BasicDeliver method;
  method.consumer_tag = {consumer.tag};
  method.delivery_tag = ++last_tag_;
  method.redelivered = delivery.redelivered;
  method.exchange = {view->exchange};
  method.routing_key = {view->routing_key};
  say(method);
  say_content(delivery, *view);
  if (!consumer.no_ack) hold(delivery, id);
}

void Channel::on(const BasicGet& method) {
  GetMessage request;
  if (!resolve_queue(method.queue.text, method.id, request.queue)) return;
  request.no_ack = method.no_ack;
  const std::uint64_t slot = replies_.reserve();
  begin_wait();
  connection_.flush_settles();
  connection_.asked();
  connection_.port().request<GetMessage>(
      connection_.session(), request,
      [&connection = connection_, key = key_, slot, queue = request.queue,
       no_ack = method.no_ack](Result<GetMessage::Answer> answer) {
        connection.answered();
        Channel* channel = connection.find(key);
        if (channel != nullptr && channel->is_open()) {
          channel->replies_.fill(slot, [channel, queue, no_ack, answer]() mutable {
            channel->end_wait();
            channel->on_got(answer, queue, no_ack);
          });
          connection.resume(*channel);
        } else if (answer.has_value() && answer->delivery) {
          connection.give_back(*answer->delivery, no_ack);
        }
      });
}

void Channel::on_got(Result<GetMessage::Answer>& answer, const std::string& queue, bool no_ack) {
  if (answer.has_error()) return fail_now(failure_for(answer.error(), BasicGet::id));
  if (!answer->delivery) return say(BasicGetEmpty{});
  const Delivery& delivery = *answer->delivery;
  const std::optional<MessageView> view = shown(delivery, queue, BasicGet::id);
  if (!view) return;
  BasicGetOk method;
  method.delivery_tag = ++last_tag_;
  method.redelivered = delivery.redelivered;
  method.exchange = {view->exchange};
  method.routing_key = {view->routing_key};
  method.message_count = static_cast<std::uint32_t>(answer->remaining);
  say(method);
  say_content(delivery, *view);
  if (!no_ack) hold(delivery, ConsumerId(0));
}

}  // namespace rialto::amqp
