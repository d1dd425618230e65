#pragma once

#include "adapters/amqp/wire/method_codec.h"

/// Classes basic, confirm and tx.
namespace rialto::amqp {

struct BasicQos {
  static constexpr MethodId id{60, 10};
  std::uint32_t prefetch_size = 0;
  std::uint16_t prefetch_count = 0;
  bool global = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.prefetch_size, m.prefetch_count, m.global);
  }
};

struct BasicQosOk {
  static constexpr MethodId id{60, 11};
  template <class F>
  static void fields(F&, auto&) {}
};

struct BasicConsume {
  static constexpr MethodId id{60, 20};
  std::uint16_t reserved = 0;
  ShortText queue;
  ShortText consumer_tag;
  bool no_local = false;
  bool no_ack = false;
  bool exclusive = false;
  bool nowait = false;
  TableText arguments;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.queue, m.consumer_tag, m.no_local, m.no_ack, m.exclusive, m.nowait,
      m.arguments);
  }
};

struct BasicConsumeOk {
  static constexpr MethodId id{60, 21};
  ShortText consumer_tag;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.consumer_tag);
  }
};

struct BasicCancel {
  static constexpr MethodId id{60, 30};
  ShortText consumer_tag;
  bool nowait = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.consumer_tag, m.nowait);
  }
};

struct BasicCancelOk {
  static constexpr MethodId id{60, 31};
  ShortText consumer_tag;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.consumer_tag);
  }
};

struct BasicPublish {
  static constexpr MethodId id{60, 40};
  std::uint16_t reserved = 0;
  ShortBytes exchange;
  ShortBytes routing_key;
  bool mandatory = false;
  bool immediate = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.exchange, m.routing_key, m.mandatory, m.immediate);
  }
};

struct BasicReturn {
  static constexpr MethodId id{60, 50};
  std::uint16_t code = 0;
  ShortText text;
  ShortText exchange;
  ShortText routing_key;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.code, m.text, m.exchange, m.routing_key);
  }
};

struct BasicDeliver {
  static constexpr MethodId id{60, 60};
  ShortText consumer_tag;
  std::uint64_t delivery_tag = 0;
  bool redelivered = false;
  ShortText exchange;
  ShortText routing_key;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.consumer_tag, m.delivery_tag, m.redelivered, m.exchange, m.routing_key);
  }
};

struct BasicGet {
  static constexpr MethodId id{60, 70};
  std::uint16_t reserved = 0;
  ShortText queue;
  bool no_ack = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved, m.queue, m.no_ack);
  }
};

struct BasicGetOk {
  static constexpr MethodId id{60, 71};
  std::uint64_t delivery_tag = 0;
  bool redelivered = false;
  ShortText exchange;
  ShortText routing_key;
  std::uint32_t message_count = 0;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.delivery_tag, m.redelivered, m.exchange, m.routing_key, m.message_count);
  }
};

struct BasicGetEmpty {
  static constexpr MethodId id{60, 72};
  ShortText reserved;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved);
  }
};

struct BasicAck {
  static constexpr MethodId id{60, 80};
  std::uint64_t delivery_tag = 0;
  bool multiple = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.delivery_tag, m.multiple);
  }
};

struct BasicReject {
  static constexpr MethodId id{60, 90};
  std::uint64_t delivery_tag = 0;
  bool requeue = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.delivery_tag, m.requeue);
  }
};

struct BasicRecoverAsync {
  static constexpr MethodId id{60, 100};
  bool requeue = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.requeue);
  }
};

struct BasicRecover {
  static constexpr MethodId id{60, 110};
  bool requeue = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.requeue);
  }
};

struct BasicRecoverOk {
  static constexpr MethodId id{60, 111};
  template <class F>
  static void fields(F&, auto&) {}
};

struct BasicNack {
  static constexpr MethodId id{60, 120};
  std::uint64_t delivery_tag = 0;
  bool multiple = false;
  bool requeue = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.delivery_tag, m.multiple, m.requeue);
  }
};

struct ConfirmSelect {
  static constexpr MethodId id{85, 10};
  bool nowait = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.nowait);
  }
};

struct ConfirmSelectOk {
  static constexpr MethodId id{85, 11};
  template <class F>
  static void fields(F&, auto&) {}
};

struct TxSelect {
  static constexpr MethodId id{90, 10};
  template <class F>
  static void fields(F&, auto&) {}
};

struct TxSelectOk {
  static constexpr MethodId id{90, 11};
  template <class F>
  static void fields(F&, auto&) {}
};

struct TxCommit {
  static constexpr MethodId id{90, 20};
  template <class F>
  static void fields(F&, auto&) {}
};

struct TxCommitOk {
  static constexpr MethodId id{90, 21};
  template <class F>
  static void fields(F&, auto&) {}
};

struct TxRollback {
  static constexpr MethodId id{90, 30};
  template <class F>
  static void fields(F&, auto&) {}
};

struct TxRollbackOk {
  static constexpr MethodId id{90, 31};
  template <class F>
  static void fields(F&, auto&) {}
};

}  // namespace rialto::amqp
