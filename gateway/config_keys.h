#pragma once

#include "gateway/config.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace rialto {

/// What a value looks like. Choices name their words in ConfigKey::choices.
enum class KeyType : std::uint8_t { address, text, truth, size, duration, count, choice };

/// When a changed value is taken up.
enum class TakesEffect : std::uint8_t { live, restart };

/// The member of a Config that a key fills.
using ConfigPlace =
    std::variant<ListenAddress*, std::string*, bool*, std::int64_t*, Fsync*, LogLevel*>;

struct ConfigKey {
  std::string_view name;  ///< section.key
  KeyType type;
  std::string_view default_text;
  std::int64_t min;  ///< inclusive; of size, duration and count
  std::int64_t max;
  std::string_view choices;  ///< "always|os", in the order of the enum
  TakesEffect takes_effect;
  std::string_view reason;  ///< what it does and why the default is what it is
  ConfigPlace (*place)(Config&);
};

/// Every key there is: the loader, the errors, config/rialto.yaml and its test read this table.
std::span<const ConfigKey> config_keys();

/// Null when there is no such key.
const ConfigKey* find_config_key(std::string_view name);

/// The key that a person probably meant; null when nothing is near.
const ConfigKey* nearest_config_key(std::string_view name);

/// RIALTO_AMQP__LISTEN for amqp.listen.
std::string environment_name(std::string_view key);

/// The text of config/rialto.yaml.
std::string config_reference();

}  // namespace rialto
