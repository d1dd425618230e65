#pragma once

#include "adapters/amqp/wire/method_codec.h"
#include "adapters/amqp/wire/methods_basic.h"
#include "adapters/amqp/wire/methods_connection.h"
#include "adapters/amqp/wire/methods_topology.h"

namespace rialto::amqp {

template <class... Methods>
struct MethodList {
  /// Calls `fn` with an empty method of this id; false when there is none.
  template <class F>
  static bool with(MethodId id, F&& fn) {
    return ((id == Methods::id ? (fn(Methods{}), true) : false) || ...);
  }
};

/// Every method of AMQP 0-9-1 with RabbitMQ's extensions, both directions.
using AllMethods =
    MethodList<ConnectionStart, ConnectionStartOk, ConnectionSecure, ConnectionSecureOk,
               ConnectionTune, ConnectionTuneOk, ConnectionOpen, ConnectionOpenOk, ConnectionClose,
               ConnectionCloseOk, ConnectionBlocked, ConnectionUnblocked, ConnectionUpdateSecret,
               ConnectionUpdateSecretOk, ChannelOpen, ChannelOpenOk, ChannelFlow, ChannelFlowOk,
               ChannelClose, ChannelCloseOk, AccessRequest, AccessRequestOk, ExchangeDeclare,
               ExchangeDeclareOk, ExchangeDelete, ExchangeDeleteOk, ExchangeBind, ExchangeBindOk,
               ExchangeUnbind, ExchangeUnbindOk, QueueDeclare, QueueDeclareOk, QueueBind,
               QueueBindOk, QueueUnbind, QueueUnbindOk, QueuePurge, QueuePurgeOk, QueueDelete,
               QueueDeleteOk, BasicQos, BasicQosOk, BasicConsume, BasicConsumeOk, BasicCancel,
               BasicCancelOk, BasicPublish, BasicReturn, BasicDeliver, BasicGet, BasicGetOk,
               BasicGetEmpty, BasicAck, BasicReject, BasicRecoverAsync, BasicRecover,
               BasicRecoverOk, BasicNack, ConfirmSelect, ConfirmSelectOk, TxSelect, TxSelectOk,
               TxCommit, TxCommitOk, TxRollback, TxRollbackOk>;

inline bool is_known_class(std::uint16_t class_id) {
  switch (class_id) {
    case 10:
    case 20:
    case 30:
    case 40:
    case 50:
    case 60:
    case 85:
    case 90: return true;
    default: return false;
  }
}

}  // namespace rialto::amqp
