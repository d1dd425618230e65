#include "adapters/amqp/channel.h"
#include "adapters/amqp/connection.h"
#include "adapters/amqp/sasl.h"
#include "core/model/field_table.h"

#include <fmt/format.h>

namespace rialto::amqp {
namespace {

// How long a client that cannot be told of a bad login waits for its end: guessing takes time.
constexpr std::int64_t refused_ms = 1'000;

// Only what is true. What is missing here is refused by name when it is used.
FieldTable capabilities() {
  FieldTable table;
  for (const char* name : {"publisher_confirms", "exchange_exchange_bindings", "basic.nack",
                           "consumer_cancel_notify", "connection.blocked", "consumer_priorities",
                           "authentication_failure_close", "per_consumer_qos", "direct_reply_to"}) {
    table.set(name, FieldValue::boolean(true));
  }
  return table;
}

bool capability(const FieldTable& client, Bytes name) {
  const FieldValue* found = client.find("capabilities");
  if (found == nullptr) return false;
  const auto* table = std::get_if<std::shared_ptr<const FieldTable>>(&found->value);
  if (table == nullptr || *table == nullptr) return false;
  const FieldValue* value = (*table)->find(name);
  return value != nullptr && value->as_bool() != nullptr && *value->as_bool();
}

}  // namespace

template <class Method>
bool Connection::read(Bytes arguments, Method& method) {
  MethodReader reader(arguments);
  Method::fields(reader, method);
  if (!reader.complete() || !reader.tables_fit()) {
    fail(connection_failure(ReplyCode::syntax_error, "undecodable arguments", Method::id));
    return false;
  }
  if (!reader.text_is_utf8()) {
    fail(connection_failure(ReplyCode::frame_error, "a short string is not UTF-8", Method::id));
    return false;
  }
  return true;
}

void Connection::on_connection_method(const Frame& frame) {
  if (frame.payload.size() < 4) {
    fail(connection_failure(ReplyCode::frame_error, "a method frame without a method"));
    return;
  }
  const auto id = load_be<std::uint32_t>(frame.payload.data());
  const Bytes arguments = frame.payload.substr(4);
  const auto take = [&](auto method) {
    if (read(arguments, method)) on(method);
  };
  if (id == key_of(ConnectionClose::id)) return take(ConnectionClose{});
  if (id == key_of(ConnectionCloseOk::id)) return on_close_ok();
  if (state_ == State::closing) return;
  if (state_ == State::wants_start_ok && id == key_of(ConnectionStartOk::id)) {
    return take(ConnectionStartOk{});
  }
  if (state_ == State::wants_tune_ok && id == key_of(ConnectionTuneOk::id)) {
    return take(ConnectionTuneOk{});
  }
  if (state_ == State::wants_open && id == key_of(ConnectionOpen::id)) {
    return take(ConnectionOpen{});
  }
  if (state_ == State::open && id == key_of(ConnectionUpdateSecret::id)) {
    return take(ConnectionUpdateSecret{});
  }
  fail(connection_failure(
      ReplyCode::command_invalid,
      fmt::format("method {}.{} is not expected on channel 0 now", id >> 16, id & 0xFFFF)));
}

void Connection::send_start() {
  FieldTable properties;
  properties.set("capabilities", FieldValue::table(capabilities()));
  properties.set("cluster_name", FieldValue::text(settings_.cluster_name));
  properties.set("copyright", FieldValue::text("The Rialto authors"));
  properties.set("information", FieldValue::text("One durable log, seen through three doors"));
  properties.set("platform", FieldValue::text("C++20"));
  properties.set("product", FieldValue::text(settings_.product));
  properties.set("rialto_version", FieldValue::text(settings_.rialto_version));
  properties.set("version", FieldValue::text(settings_.version));
  std::string encoded;
  append_field_table(encoded, properties);
  ConnectionStart start;
  start.server_properties = {Bytes(encoded).substr(4)};
  start.mechanisms = {sasl_mechanisms};
  start.locales = {"en_US"};
  say(start);
}

void Connection::read_capabilities(Bytes client_properties) {
  const Result<FieldTable> table = decode_field_table(client_properties);
  if (table.has_error()) return;
  facts_.client_properties = *table;
  client_.authentication_failure_close = capability(*table, "authentication_failure_close");
  client_.consumer_cancel_notify = capability(*table, "consumer_cancel_notify");
  client_.connection_blocked = capability(*table, "connection.blocked");
}

void Connection::on(const ConnectionStartOk& method) {
  read_capabilities(method.client_properties.body);
  if (!is_sasl_mechanism(method.mechanism.text)) {
    fail(connection_failure(
        ReplyCode::command_invalid,
        fmt::format("unknown authentication mechanism '{}'", method.mechanism.text), method.id));
    return;
  }
  const auto who = read_sasl_response(method.mechanism.text, method.response.text);
  const bool right = who && same_secret(who->user, settings_.user) &&
                     same_secret(who->password, settings_.password);
  if (!right) {
    refuse_login(connection_failure(
        ReplyCode::access_refused,
        fmt::format("Login was refused using authentication mechanism {}. For details see the "
                    "broker logfile.",
                    method.mechanism.text)));
    return;
  }
  if (!loopback_) {
    refuse_login(
        connection_failure(ReplyCode::access_refused,
                           fmt::format("user '{}' can only connect via localhost", who->user)));
    return;
  }
  user_ = who->user;
  state_ = State::wants_tune_ok;
  say(ConnectionTune{settings_.channel_max, settings_.frame_max, settings_.heartbeat_s});
}

void Connection::refuse_login(const Failure& failure) {
  if (client_.authentication_failure_close) {
    fail(failure);
    return;
  }
  state_ = State::refused;
  state_deadline_ = after_ms(now_, refused_ms);
}

void Connection::on(const ConnectionTuneOk& method) {
  const auto refuse = [&](const char* name, std::uint64_t got, const char* relation,
                          std::uint64_t bound) {
    fail(connection_failure(ReplyCode::not_allowed,
                            fmt::format("negotiated {} = {}{} is {} allowed value ({})", name, got,
                                        got == 0 ? " (no limit)" : "", relation, bound),
                            method.id));
  };
  if (method.channel_max == 0 || method.channel_max > settings_.channel_max) {
    return refuse("channel_max", method.channel_max, "higher than the maximum",
                  settings_.channel_max);
  }
  if (method.frame_max == 0 || method.frame_max > settings_.frame_max) {
    return refuse("frame_max", method.frame_max, "higher than the maximum", settings_.frame_max);
  }
  if (method.frame_max < frame_bytes_min) {
    return refuse("frame_max", method.frame_max, "lower than the minimum", frame_bytes_min);
  }
  channel_max_ = method.channel_max;
  frame_max_ = method.frame_max;
  facts_.heartbeat_s = method.heartbeat_s;
  heartbeat_.start(now_, method.heartbeat_s);
  state_ = State::wants_open;
}

void Connection::on(const ConnectionOpen& method) {
  vhost_ = std::string(method.vhost.text);
  session_ = port_.open(*this, Principal{user_, vhost_}, Protocol::amqp);
  session_open_ = true;
  if (vhost_ == "/") return opened();  // which is always there
  state_ = State::opening;
  port_.request<FindVhost>(session_, {vhost_}, [this](const Result<FindVhost::Answer>& found) {
    if (state_ != State::opening) return;
    if (found.has_value()) return opened();
    fail(connection_failure(ReplyCode::not_allowed, fmt::format("vhost {} not found", vhost_),
                            ConnectionOpen::id));
  });
}

void Connection::opened() {
  state_ = State::open;
  state_deadline_ = no_deadline;
  note_connection();
  say(ConnectionOpenOk{});
}

void Connection::on(const ConnectionClose&) {
  end_session();
  say(ConnectionCloseOk{});
  if (state_ == State::closing) return;
  end();
}

void Connection::on_close_ok() {
  if (state_ != State::closing) {
    fail(connection_failure(ReplyCode::command_invalid, "connection.close-ok without a close"));
    return;
  }
  end();
}

void Connection::on(const ConnectionUpdateSecret&) {
  say(ConnectionUpdateSecretOk{});
}

}  // namespace rialto::amqp
