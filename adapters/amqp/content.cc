#include "adapters/amqp/content.h"

namespace rialto::amqp {
namespace {

// Memory kept from one message to the next.
constexpr std::size_t kept_bytes_max = 64U << 10;

}  // namespace

void Content::begin(const BasicPublish& method) {
  stage_ = Stage::wants_header;
  exchange_ = method.exchange.text;
  routing_key_ = method.routing_key.text;
  mandatory_ = method.mandatory;
}

void Content::take_header(const ContentHeader& header) {
  properties_ = header.properties;
  body_left_ = header.body_bytes;
  stage_ = body_left_ == 0 ? Stage::complete : Stage::wants_body;
}

bool Content::take_body(Bytes piece) {
  if (piece.size() > body_left_) return false;
  body_left_ -= piece.size();
  if (!piece.empty()) pieces_.push_back(piece);
  if (body_left_ == 0) stage_ = Stage::complete;
  return true;
}

void Content::detach() {
  if (!detached_) {
    const std::size_t exchange_bytes = exchange_.size();
    own_address_.assign(exchange_);
    own_address_.append(routing_key_);
    exchange_ = Bytes(own_address_).substr(0, exchange_bytes);
    routing_key_ = Bytes(own_address_).substr(exchange_bytes);
    detached_ = true;
  }
  if (stage_ == Stage::wants_header) return;
  if (own_properties_.empty()) {
    own_properties_.assign(properties_.raw);
    read_properties(own_properties_, properties_);
  }
  for (std::size_t i = body_owned_ ? 1 : 0; i < pieces_.size(); ++i)
    own_body_.append(pieces_[i]);
  body_owned_ = !own_body_.empty();
  pieces_.clear();
  if (body_owned_) pieces_.emplace_back(own_body_);
}

void Content::reset() {
  stage_ = Stage::idle;
  pieces_.clear();
  if (!detached_) return;
  detached_ = false;
  body_owned_ = false;
  own_properties_.clear();
  own_body_.clear();
  if (own_body_.capacity() > kept_bytes_max) own_body_ = std::string();
}

}  // namespace rialto::amqp
