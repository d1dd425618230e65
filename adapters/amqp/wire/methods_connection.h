#pragma once

#include "adapters/amqp/wire/method_codec.h"

/// Classes connection, channel and access. One field list a method serves reading, writing and
/// fuzzing; `reserved` fields are sent as zero and ignored.
namespace rialto::amqp {

struct ConnectionStart {
  static constexpr MethodId id{10, 10};
  std::uint8_t version_major = 0;
  std::uint8_t version_minor = 9;
  TableText server_properties;
  LongText mechanisms;
  LongText locales;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.version_major, m.version_minor, m.server_properties, m.mechanisms, m.locales);
  }
};

struct ConnectionStartOk {
  static constexpr MethodId id{10, 11};
  TableText client_properties;
  ShortText mechanism;
  LongText response;
  ShortText locale;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.client_properties, m.mechanism, m.response, m.locale);
  }
};

struct ConnectionSecure {
  static constexpr MethodId id{10, 20};
  LongText challenge;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.challenge);
  }
};

struct ConnectionSecureOk {
  static constexpr MethodId id{10, 21};
  LongText response;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.response);
  }
};

struct ConnectionTune {
  static constexpr MethodId id{10, 30};
  std::uint16_t channel_max = 0;
  std::uint32_t frame_max = 0;
  std::uint16_t heartbeat_s = 0;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.channel_max, m.frame_max, m.heartbeat_s);
  }
};

struct ConnectionTuneOk {
  static constexpr MethodId id{10, 31};
  std::uint16_t channel_max = 0;
  std::uint32_t frame_max = 0;
  std::uint16_t heartbeat_s = 0;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.channel_max, m.frame_max, m.heartbeat_s);
  }
};

struct ConnectionOpen {
  static constexpr MethodId id{10, 40};
  ShortText vhost;
  ShortText reserved_capabilities;
  bool reserved_insist = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.vhost, m.reserved_capabilities, m.reserved_insist);
  }
};

struct ConnectionOpenOk {
  static constexpr MethodId id{10, 41};
  ShortText reserved_known_hosts;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved_known_hosts);
  }
};

struct ConnectionClose {
  static constexpr MethodId id{10, 50};
  std::uint16_t code = 0;
  ShortText text;
  std::uint16_t failed_class = 0;
  std::uint16_t failed_method = 0;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.code, m.text, m.failed_class, m.failed_method);
  }
};

struct ConnectionCloseOk {
  static constexpr MethodId id{10, 51};
  template <class F>
  static void fields(F&, auto&) {}
};

struct ConnectionBlocked {
  static constexpr MethodId id{10, 60};
  ShortText reason;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reason);
  }
};

struct ConnectionUnblocked {
  static constexpr MethodId id{10, 61};
  template <class F>
  static void fields(F&, auto&) {}
};

struct ConnectionUpdateSecret {
  static constexpr MethodId id{10, 70};
  LongText secret;
  ShortText reason;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.secret, m.reason);
  }
};

struct ConnectionUpdateSecretOk {
  static constexpr MethodId id{10, 71};
  template <class F>
  static void fields(F&, auto&) {}
};

struct ChannelOpen {
  static constexpr MethodId id{20, 10};
  ShortText reserved;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved);
  }
};

struct ChannelOpenOk {
  static constexpr MethodId id{20, 11};
  LongText reserved;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.reserved);
  }
};

struct ChannelFlow {
  static constexpr MethodId id{20, 20};
  bool active = true;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.active);
  }
};

struct ChannelFlowOk {
  static constexpr MethodId id{20, 21};
  bool active = true;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.active);
  }
};

struct ChannelClose {
  static constexpr MethodId id{20, 40};
  std::uint16_t code = 0;
  ShortText text;
  std::uint16_t failed_class = 0;
  std::uint16_t failed_method = 0;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.code, m.text, m.failed_class, m.failed_method);
  }
};

struct ChannelCloseOk {
  static constexpr MethodId id{20, 41};
  template <class F>
  static void fields(F&, auto&) {}
};

struct AccessRequest {
  static constexpr MethodId id{30, 10};
  ShortText realm;
  bool exclusive = false;
  bool passive = false;
  bool active = false;
  bool write = false;
  bool read = false;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.realm, m.exclusive, m.passive, m.active, m.write, m.read);
  }
};

struct AccessRequestOk {
  static constexpr MethodId id{30, 11};
  std::uint16_t ticket = 1;
  template <class F>
  static void fields(F& f, auto& m) {
    f(m.ticket);
  }
};

}  // namespace rialto::amqp
