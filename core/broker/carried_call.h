#pragma once

#include "core/broker/port.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rialto {

/// A publish that cannot be handed on at once: its views point into `bytes`, one copy of the
/// message.
struct CarriedPublish {
  PublisherId publisher;
  std::uint64_t sequence = 0;
  bool mandatory = false;
  bool in_transaction = false;
  bool has_key = false;
  bool null_value = false;
  bool amqp_form = false;
  std::uint32_t exchange_bytes = 0;
  std::uint32_t routing_key_bytes = 0;
  std::uint32_t key_bytes = 0;
  std::uint32_t body_bytes = 0;
  std::uint32_t table_bytes = 0;
  std::uint8_t priority = 0;
  std::vector<std::uint32_t> more_key_bytes;
  std::optional<Delay> delay;  ///< its key is the last of `bytes`
  std::optional<std::int64_t> ttl_ms;
  std::optional<MessageIdentity> identity;
  std::vector<std::pair<std::uint32_t, std::int64_t>> header_bytes;  ///< value -1: null
  std::string bytes;
};

CarriedPublish carry(const Publish& message);
/// The message again, as views that hold during the call.
void with_carried(const CarriedPublish& in, const std::function<void(const Publish&)>& fn);
void publish_carried(Broker& broker, SessionId session, const CarriedPublish& in);

}  // namespace rialto
