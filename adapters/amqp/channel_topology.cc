#include "adapters/amqp/channel.h"
#include "core/model/field_table.h"

#include <fmt/format.h>

#include <algorithm>

/// Queues, exchanges and bindings.
namespace rialto::amqp {
namespace {

// RabbitMQ takes line ends out of names; clients rely on it.
std::string name_of(Bytes text) {
  std::string name(text);
  std::erase_if(name, [](char c) { return c == '\r' || c == '\n'; });
  return name;
}

std::uint32_t clipped(std::uint64_t count) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, UINT32_MAX));
}

}  // namespace

bool Channel::resolve_queue(Bytes name, MethodId method, std::string& queue) {
  queue = name.empty() ? last_queue_ : name_of(name);
  if (!queue.empty()) return true;
  fail(channel_failure(ReplyCode::not_found, "no previously declared queue", method));
  return false;
}

bool Channel::read_arguments(Bytes body, MethodId method, FieldTable& arguments) {
  if (body.empty()) return true;
  Result<FieldTable> table = decode_field_table(body);
  if (table.has_error()) {
    fail(connection_failure(ReplyCode::syntax_error, "undecodable arguments table", method));
    return false;
  }
  arguments = std::move(*table);
  return true;
}

/// Not a queue: the question is whether somebody waits for replies there.
void Channel::declare_replies(const QueueDeclare& method, const std::string& name) {
  last_queue_ = name;
  const auto found = [this, name, nowait = method.nowait] {
    if (!nowait) say(QueueDeclareOk{{name}, 0, 1});
  };
  if (name == direct_reply_to) return replies_.add_ready(found);
  ask(method.id, FindReplies{name}, [found](const FindReplies::Answer&) { found(); });
}

void Channel::on(const QueueDeclare& method) {
  DeclareQueue request;
  request.name = name_of(method.queue.text);
  if (request.name.starts_with(direct_reply_to)) return declare_replies(method, request.name);
  request.passive = method.passive;
  request.durable = method.durable && !method.exclusive;
  request.exclusive = method.exclusive;
  request.auto_delete = method.auto_delete;
  if (method.passive && request.name.empty()) {
    return fail(channel_failure(ReplyCode::not_found,
                                fmt::format("no queue '' in vhost '{}'", connection_.vhost()),
                                method.id));
  }
  if (!read_arguments(method.arguments.body, method.id, request.arguments)) return;
  // Counts are a question, and a name that the broker makes is needed by what follows.
  const bool waits = method.passive || request.name.empty();
  if (waits) begin_wait();
  if (!request.name.empty()) last_queue_ = request.name;
  ask(method.id, std::move(request),
      [this, waits, nowait = method.nowait](const DeclareQueue::Answer& answer) {
        if (waits) {
          end_wait();
          last_queue_ = answer.name;
        }
        if (nowait) return;
        say(QueueDeclareOk{{answer.name}, clipped(answer.counts.ready), answer.counts.consumers});
      });
}

void Channel::on(const QueueBind& method) {
  BindQueue request;
  if (!resolve_queue(method.queue.text, method.id, request.queue)) return;
  if (!read_arguments(method.arguments.body, method.id, request.arguments)) return;
  request.exchange = name_of(method.exchange.text);
  const bool own_name = method.queue.text.empty() && method.routing_key.text.empty();
  request.routing_key = own_name ? request.queue : std::string(method.routing_key.text);
  ask(method.id, std::move(request), [this, nowait = method.nowait](const BindQueue::Answer&) {
    if (!nowait) say(QueueBindOk{});
  });
}

void Channel::on(const QueueUnbind& method) {
  UnbindQueue request;
  if (!resolve_queue(method.queue.text, method.id, request.queue)) return;
  if (!read_arguments(method.arguments.body, method.id, request.arguments)) return;
  request.exchange = name_of(method.exchange.text);
  const bool own_name = method.queue.text.empty() && method.routing_key.text.empty();
  request.routing_key = own_name ? request.queue : std::string(method.routing_key.text);
  ask(method.id, std::move(request), [this](const UnbindQueue::Answer&) { say(QueueUnbindOk{}); });
}

void Channel::on(const QueuePurge& method) {
  PurgeQueue request;
  if (!resolve_queue(method.queue.text, method.id, request.name)) return;
  begin_wait();
  ask(method.id, std::move(request),
      [this, nowait = method.nowait](const PurgeQueue::Answer& answer) {
        end_wait();
        if (!nowait) say(QueuePurgeOk{clipped(answer.messages)});
      });
}

void Channel::on(const QueueDelete& method) {
  DeleteQueue request;
  if (!resolve_queue(method.queue.text, method.id, request.name)) return;
  request.if_unused = method.if_unused;
  request.if_empty = method.if_empty;
  const bool waits = method.if_unused || method.if_empty;
  if (waits) begin_wait();
  ask(method.id, std::move(request),
      [this, waits, nowait = method.nowait](const DeleteQueue::Answer& answer) {
        if (waits) end_wait();
        if (!nowait) say(QueueDeleteOk{clipped(answer.messages)});
      });
}

void Channel::on(const ExchangeDeclare& method) {
  DeclareExchange request;
  request.name = name_of(method.exchange.text);
  request.type = std::string(method.type.text);
  request.passive = method.passive;
  request.durable = method.durable;
  request.auto_delete = method.auto_delete;
  request.internal = method.internal;
  if (!read_arguments(method.arguments.body, method.id, request.arguments)) return;
  ask(method.id, std::move(request),
      [this, nowait = method.nowait](const DeclareExchange::Answer&) {
        if (!nowait) say(ExchangeDeclareOk{});
      });
}

void Channel::on(const ExchangeDelete& method) {
  ask(method.id, DeleteExchange{name_of(method.exchange.text), method.if_unused},
      [this, nowait = method.nowait](const DeleteExchange::Answer&) {
        if (!nowait) say(ExchangeDeleteOk{});
      });
}

void Channel::on(const ExchangeBind& method) {
  BindExchange request{name_of(method.destination.text), name_of(method.source.text),
                       std::string(method.routing_key.text), FieldTable()};
  if (!read_arguments(method.arguments.body, method.id, request.arguments)) return;
  ask(method.id, std::move(request), [this, nowait = method.nowait](const BindExchange::Answer&) {
    if (!nowait) say(ExchangeBindOk{});
  });
}

void Channel::on(const ExchangeUnbind& method) {
  UnbindExchange request{name_of(method.destination.text), name_of(method.source.text),
                         std::string(method.routing_key.text), FieldTable()};
  if (!read_arguments(method.arguments.body, method.id, request.arguments)) return;
  ask(method.id, std::move(request), [this, nowait = method.nowait](const UnbindExchange::Answer&) {
    if (!nowait) say(ExchangeUnbindOk{});
  });
}

// An exclusive consumer in the way is 403, a queue in use that is to be deleted 406; the domain
// has one word for both.
Failure Channel::failure_for(const Error& error, MethodId method) const {
  if (error.code == Errc::in_use && method == BasicConsume::id) {
    return failure_of(Error(Errc::access_denied, error.text), method);
  }
  return failure_of(error, method);
}

}  // namespace rialto::amqp
