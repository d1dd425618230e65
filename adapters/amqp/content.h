#pragma once

#include "adapters/amqp/wire/methods_basic.h"
#include "adapters/amqp/wire/properties.h"
#include "core/base/bytes.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rialto::amqp {

/// A published message while its frames arrive: method, header, bodies. As long as they lie in
/// one read buffer nothing is copied; what is left incomplete at its end is taken over by
/// detach().
class Content {
 public:
  enum class Stage : std::uint8_t { idle, wants_header, wants_body, complete };

  Stage stage() const { return stage_; }
  bool under_way() const { return stage_ != Stage::idle; }

  void begin(const BasicPublish& method);
  void take_header(const ContentHeader& header);
  /// False when the piece is larger than what the header announced.
  bool take_body(Bytes piece);
  void detach();
  /// Forgets the message; keeps a little memory for the next.
  void reset();

  Bytes exchange() const { return exchange_; }
  Bytes routing_key() const { return routing_key_; }
  bool mandatory() const { return mandatory_; }
  const Properties& properties() const { return properties_; }
  std::span<const Bytes> body() const { return pieces_; }
  std::size_t owned_bytes() const { return own_body_.size(); }

 private:
  Stage stage_ = Stage::idle;
  bool mandatory_ = false;
  bool detached_ = false;
  bool body_owned_ = false;  ///< the first piece is own_body_
  Bytes exchange_;
  Bytes routing_key_;
  Properties properties_;
  std::uint64_t body_left_ = 0;
  std::vector<Bytes> pieces_;
  std::string own_address_;
  std::string own_properties_;
  std::string own_body_;
};

}  // namespace rialto::amqp
