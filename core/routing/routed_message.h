#pragma once

#include "core/base/bytes.h"
#include "core/model/field_table.h"

#include <span>

namespace rialto {

/// What of a message decides where it goes, beside the exchange.
struct RoutedMessage {
  std::span<const Bytes> keys;          ///< its routing key, and those of CC and BCC
  const FieldTable* headers = nullptr;  ///< null: not known
};

}  // namespace rialto
