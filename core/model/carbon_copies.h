#pragma once

#include "core/base/bytes.h"
#include "core/model/message_properties.h"

#include <span>
#include <string>
#include <vector>

namespace rialto {

/// The headers CC and BCC of a message: arrays of further routing keys. Nobody is told of BCC.
class CarbonCopies {
 public:
  /// Looks for them in a headers table. False: one of them is no array, fault() says which.
  bool read(Bytes headers);
  const std::string& fault() const { return fault_; }

  std::span<const Bytes> keys() const { return keys_; }
  /// The same properties without BCC; valid until the next call.
  const Properties& stripped(const Properties& properties);

 private:
  std::vector<Bytes> keys_;  ///< views of the headers read last
  bool blind_ = false;       ///< BCC is there
  std::string fault_;
  Properties stripped_;
  std::string table_;
  std::string raw_;
};

}  // namespace rialto
