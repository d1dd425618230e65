#pragma once

#include "adapters/amqp/wire/method_codec.h"

/// Classes exchange and queue.
namespace rialto::amqp {

struct ExchangeDeclare {
  static constexpr MethodId id{40, 10};
  std::uint16_t reserved = 0;
  ShortText exchange;
  ShortText type;
  bool passive = false;
  bool durable = false;
  bool auto_delete = false;
  bool internal = false;
  bool nowait = false;
  TableText arguments;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.exchange, m.type, m.passive, m.durable, m.auto_delete, m.internal, m.nowait,
      m.arguments);
  }
};

struct ExchangeDeclareOk {
  static constexpr MethodId id{40, 11};
  template <class F>
  static void fields(F&, auto&) {}
};

struct ExchangeDelete {
  static constexpr MethodId id{40, 20};
  std::uint16_t reserved = 0;
  ShortText exchange;
  bool if_unused = false;
  bool nowait = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.exchange, m.if_unused, m.nowait);
  }
};

struct ExchangeDeleteOk {
  static constexpr MethodId id{40, 21};
  template <class F>
  static void fields(F&, auto&) {}
};

struct ExchangeBind {
  static constexpr MethodId id{40, 30};
  std::uint16_t reserved = 0;
  ShortText destination;
  ShortText source;
  ShortText routing_key;
  bool nowait = false;
  TableText arguments;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.destination, m.source, m.routing_key, m.nowait, m.arguments);
  }
};

struct ExchangeBindOk {
  static constexpr MethodId id{40, 31};
  template <class F>
  static void fields(F&, auto&) {}
};

struct ExchangeUnbind {
  static constexpr MethodId id{40, 40};
  std::uint16_t reserved = 0;
  ShortText destination;
  ShortText source;
  ShortText routing_key;
  bool nowait = false;
  TableText arguments;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.destination, m.source, m.routing_key, m.nowait, m.arguments);
  }
};

/// 51, not 41: the number RabbitMQ gave it.
struct ExchangeUnbindOk {
  static constexpr MethodId id{40, 51};
  template <class F>
  static void fields(F&, auto&) {}
};

struct QueueDeclare {
  static constexpr MethodId id{50, 10};
  std::uint16_t reserved = 0;
  ShortText queue;
  bool passive = false;
  bool durable = false;
  bool exclusive = false;
  bool auto_delete = false;
  bool nowait = false;
  TableText arguments;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.queue, m.passive, m.durable, m.exclusive, m.auto_delete, m.nowait, m.arguments);
  }
};

struct QueueDeclareOk {
  static constexpr MethodId id{50, 11};
  ShortText queue;
  std::uint32_t message_count = 0;
  std::uint32_t consumer_count = 0;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.queue, m.message_count, m.consumer_count);
  }
};

struct QueueBind {
  static constexpr MethodId id{50, 20};
  std::uint16_t reserved = 0;
  ShortText queue;
  ShortText exchange;
  ShortText routing_key;
  bool nowait = false;
  TableText arguments;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.queue, m.exchange, m.routing_key, m.nowait, m.arguments);
  }
};

struct QueueBindOk {
  static constexpr MethodId id{50, 21};
  template <class F>
  static void fields(F&, auto&) {}
};

struct QueueUnbind {
  static constexpr MethodId id{50, 50};
  std::uint16_t reserved = 0;
  ShortText queue;
  ShortText exchange;
  ShortText routing_key;
  TableText arguments;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.queue, m.exchange, m.routing_key, m.arguments);
  }
};

struct QueueUnbindOk {
  static constexpr MethodId id{50, 51};
  template <class F>
  static void fields(F&, auto&) {}
};

struct QueuePurge {
  static constexpr MethodId id{50, 30};
  std::uint16_t reserved = 0;
  ShortText queue;
  bool nowait = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.queue, m.nowait);
  }
};

struct QueuePurgeOk {
  static constexpr MethodId id{50, 31};
  std::uint32_t message_count = 0;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.message_count);
  }
};

struct QueueDelete {
  static constexpr MethodId id{50, 40};
  std::uint16_t reserved = 0;
  ShortText queue;
  bool if_unused = false;
  bool if_empty = false;
  bool nowait = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.queue, m.if_unused, m.if_empty, m.nowait);
  }
};

struct QueueDeleteOk {
  static constexpr MethodId id{50, 41};
  std::uint32_t message_count = 0;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.message_count);
  }
};

}  // namespace rialto::amqp
