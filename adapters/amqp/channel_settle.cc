#include "adapters/amqp/channel.h"

#include <fmt/format.h>

/// What the consumer says of what it got.
namespace rialto::amqp {

void Channel::settle(const Unacked::Entry& entry, Settlement how) {
  connection_.settles().add(entry.queue, entry.partition, entry.offset, how);
}

/// What was read from a log stays in it: there is nothing to hand back or to drop.
void Channel::refuse_of_log(const Unacked::Entry& entry, Bytes what, MethodId method) {
  const auto consumer = consumers_.find(entry.consumer);
  std::string text = fmt::format("{} not supported by stream queues", what);
  if (consumer != consumers_.end()) {  // one that was cancelled has said of what it was
    text += fmt::format(" queue '{}' in vhost '{}'", consumer->second.queue, connection_.vhost());
  }
  not_implemented(text, method);
}

void Channel::settle(std::uint64_t tag, bool multiple, Settlement how, MethodId method) {
  bool refused = false;
  const auto each = [&](const Unacked::Entry& entry) {
    if (refused) return;
    refused = how != Settlement::ack && entry.of_log;
    if (refused) return refuse_of_log(entry, "basic.nack and basic.reject", method);
    if (transactional_) return settle_at_commit(entry, how, method);
    settle(entry, how);
  };
  if (multiple && tag == 0) return unacked_.take_all(each);
  if (multiple && unacked_.holds(tag)) return unacked_.take_up_to(tag, each);
  if (!multiple) {
    if (const auto entry = unacked_.take(tag)) return each(*entry);
  }
  fail(channel_failure(ReplyCode::precondition_failed, fmt::format("unknown delivery tag {}", tag),
                       method));
}

void Channel::on(const BasicAck& method) {
  settle(method.delivery_tag, method.multiple, Settlement::ack, method.id);
}

void Channel::on(const BasicNack& method) {
  settle(method.delivery_tag, method.multiple,
         method.requeue ? Settlement::requeue : Settlement::reject, method.id);
}

/// RabbitMQ: a rejected message has failed, a nacked one is just handed back.
void Channel::on(const BasicReject& method) {
  settle(method.delivery_tag, false, method.requeue ? Settlement::failed : Settlement::reject,
         method.id);
}

bool Channel::requeue_all(bool requeue, MethodId method) {
  if (!requeue) {
    not_implemented("requeue=false", method);
    return false;
  }
  bool refused = false;
  unacked_.take_all([&](const Unacked::Entry& entry) {
    if (refused) return;
    refused = entry.of_log;
    if (!refused) return settle(entry, Settlement::requeue);
    refuse_of_log(entry, "basic.recover", method);
  });
  return !refused;
}

void Channel::on(const BasicRecover& method) {
  if (requeue_all(method.requeue, method.id)) reply(BasicRecoverOk{});
}

void Channel::on(const BasicRecoverAsync& method) {
  requeue_all(method.requeue, method.id);
}

}  // namespace rialto::amqp
