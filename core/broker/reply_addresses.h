#pragma once

#include "core/base/bytes.h"
#include "core/model/ids.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rialto {

/// Who waits for replies without a queue: one address for each consumer that asked for one, made
/// so that nobody guesses it. Nothing of it outlives the consumer.
class ReplyAddresses {
 public:
  struct Place {
    SessionId session;
    ConsumerId consumer;
  };
  static constexpr Bytes prefix = "amq.rabbitmq.reply-to.";
  static bool is_one(Bytes name) { return name.starts_with(prefix); }

  void add(std::string address, const Place& place);
  void remove(Bytes address);
  std::optional<Place> find(Bytes address) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  boost::unordered_flat_map<std::string, Place, Hash, std::equal_to<>> places_;
};

}  // namespace rialto
