#include "gateway/cli/demo_amqp.h"

#include "core/base/bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rialto {

namespace {

constexpr std::uint8_t method_frame = 1;
constexpr std::uint8_t header_frame = 2;
constexpr std::uint8_t body_frame = 3;
constexpr std::uint8_t frame_end = 0xCE;
constexpr std::size_t frame_overhead = 8;

constexpr std::uint32_t id(std::uint16_t of_class, std::uint16_t method) {
  return static_cast<std::uint32_t>(of_class) << 16 | method;
}

constexpr std::uint32_t connection_start = id(10, 10);
constexpr std::uint32_t connection_start_ok = id(10, 11);
constexpr std::uint32_t connection_tune = id(10, 30);
constexpr std::uint32_t connection_tune_ok = id(10, 31);
constexpr std::uint32_t connection_open = id(10, 40);
constexpr std::uint32_t connection_open_ok = id(10, 41);
constexpr std::uint32_t connection_close = id(10, 50);
constexpr std::uint32_t channel_open = id(20, 10);
constexpr std::uint32_t channel_open_ok = id(20, 11);
constexpr std::uint32_t channel_close = id(20, 40);
constexpr std::uint32_t queue_declare = id(50, 10);
constexpr std::uint32_t queue_declare_ok = id(50, 11);
constexpr std::uint32_t queue_delete = id(50, 40);
constexpr std::uint32_t queue_delete_ok = id(50, 41);
constexpr std::uint32_t basic_publish = id(60, 40);
constexpr std::uint32_t basic_get = id(60, 70);
constexpr std::uint32_t basic_get_ok = id(60, 71);
constexpr std::uint32_t basic_ack = id(60, 80);
constexpr std::uint32_t confirm_select = id(85, 10);
constexpr std::uint32_t confirm_select_ok = id(85, 11);

/// Appends arguments in the order of the specification.
class Method {
 public:
  explicit Method(std::uint32_t what) { append_be(bytes_, what); }
  template <class T>
  Method& number(T value) {
    append_be(bytes_, value);
    return *this;
  }
  Method& short_text(Bytes text) {
    append_be(bytes_, static_cast<std::uint8_t>(text.size()));
    bytes_.append(text);
    return *this;
  }
  Method& long_text(Bytes text) {
    append_be(bytes_, static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
    return *this;
  }
  Method& empty_table() { return number(std::uint32_t{0}); }
  Bytes bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

constexpr std::uint16_t no_ticket_number = 0;

}  // namespace

Result<DemoAmqp> DemoAmqp::connect(const ListenAddress& to, WireSocket::Deadline deadline) {
  auto socket = WireSocket::connect(to, deadline);
  if (!socket) return socket.error();
  DemoAmqp made(std::move(*socket));
  if (auto opened = made.open(); !opened) return opened.error();
  return made;
}

Result<void> DemoAmqp::open() {
  using namespace std::string_literals;
  if (auto sent = socket_.send("AMQP\0\0\x09\x01"s); !sent) return sent;
  if (auto start = expect(connection_start); !start) return start.error();
  Method login(connection_start_ok);
  login.empty_table().short_text("PLAIN").long_text("\0guest\0guest"s).short_text("en_US");
  const auto tune = ask(0, login.bytes(), connection_tune);
  if (!tune) return tune.error();
  ByteReader limits(*tune);
  const auto channel_max = limits.be<std::uint16_t>();
  frame_max_ = limits.be<std::uint32_t>();
  if (limits.failed() || frame_max_ <= frame_overhead) {
    return Error(Errc::corrupt, "connection.tune names no usable frame size");
  }
  Method tuned(connection_tune_ok);
  tuned.number(channel_max).number(frame_max_).number(std::uint16_t{0});
  if (auto sent = send(method_frame, 0, tuned.bytes()); !sent) return sent;
  Method open_vhost(connection_open);
  open_vhost.short_text("/").short_text("").number(std::uint8_t{0});
  if (auto ok = ask(0, open_vhost.bytes(), connection_open_ok); !ok) return ok.error();
  Method open_channel(channel_open);
  open_channel.short_text("");
  if (auto ok = ask(1, open_channel.bytes(), channel_open_ok); !ok) return ok.error();
  Method select(confirm_select);
  select.number(std::uint8_t{0});
  if (auto ok = ask(1, select.bytes(), confirm_select_ok); !ok) return ok.error();
  return {};
}

Result<void> DemoAmqp::send(std::uint8_t type, std::uint16_t channel, Bytes payload) {
  std::string frame;
  append_be(frame, type);
  append_be(frame, channel);
  append_be(frame, static_cast<std::uint32_t>(payload.size()));
  frame.append(payload);
  append_be(frame, frame_end);
  return socket_.send(frame);
}

Result<DemoAmqp::Frame> DemoAmqp::next_frame() {
  constexpr std::size_t head_bytes = 7;
  const auto head = socket_.receive(head_bytes);
  if (!head) return head.error();
  ByteReader in(*head);
  Frame frame;
  frame.type = in.be<std::uint8_t>();
  in.skip(sizeof(std::uint16_t));
  const auto bytes = in.be<std::uint32_t>();
  auto rest = socket_.receive(std::size_t{bytes} + 1);
  if (!rest) return rest.error();
  if (static_cast<std::uint8_t>(rest->back()) != frame_end) {
    return Error(Errc::corrupt, "an AMQP frame without its end mark");
  }
  rest->pop_back();
  frame.payload = std::move(*rest);
  return frame;
}

Result<std::string> DemoAmqp::expect(std::uint32_t method) {
  const auto frame = next_frame();
  if (!frame) return frame.error();
  ByteReader in(frame->payload);
  const auto got = in.be<std::uint32_t>();
  if (frame->type == method_frame && got == method && !in.failed()) return std::string(in.rest());
  if (got == connection_close || got == channel_close) {
    const auto code = in.be<std::uint16_t>();
    return Error(Errc::policy_violation,
                 fmt::format("{} {}", code, in.bytes(in.be<std::uint8_t>())));
  }
  return Error(Errc::corrupt, fmt::format("AMQP method {}.{} came where {}.{} was expected",
                                          got >> 16, got & 0xffff, method >> 16, method & 0xffff));
}

Result<std::string> DemoAmqp::ask(std::uint16_t channel, Bytes method, std::uint32_t answer) {
  if (auto sent = send(method_frame, channel, method); !sent) return sent.error();
  return expect(answer);
}

Result<void> DemoAmqp::declare_durable(const std::string& queue) {
  constexpr std::uint8_t durable = 2;
  Method declare(queue_declare);
  declare.number(no_ticket_number).short_text(queue).number(durable).empty_table();
  if (auto ok = ask(1, declare.bytes(), queue_declare_ok); !ok) return ok.error();
  return {};
}

Result<void> DemoAmqp::publish(const std::string& queue, Bytes body) {
  constexpr std::uint16_t of_basic = 60;
  constexpr std::uint16_t has_delivery_mode = 0x1000;
  constexpr std::uint8_t persistent = 2;
  Method method(basic_publish);
  method.number(no_ticket_number).short_text("").short_text(queue).number(std::uint8_t{0});
  if (auto sent = send(method_frame, 1, method.bytes()); !sent) return sent;
  std::string header;
  append_be(header, of_basic);
  append_be(header, std::uint16_t{0});
  append_be(header, static_cast<std::uint64_t>(body.size()));
  append_be(header, has_delivery_mode);
  append_be(header, persistent);
  if (auto sent = send(header_frame, 1, header); !sent) return sent;
  while (!body.empty()) {
    const Bytes piece = body.substr(0, frame_max_ - frame_overhead);
    if (auto sent = send(body_frame, 1, piece); !sent) return sent;
    body.remove_prefix(piece.size());
  }
  // A refusal is basic.nack, which expect() reports as the wrong method.
  if (auto confirmed = expect(basic_ack); !confirmed) return confirmed.error();
  return {};
}

Result<std::string> DemoAmqp::get(const std::string& queue) {
  Method method(basic_get);
  method.number(no_ticket_number).short_text(queue).number(std::uint8_t{0});
  const auto got = ask(1, method.bytes(), basic_get_ok);
  if (!got) return got.error();
  const auto tag = ByteReader(*got).be<std::uint64_t>();
  const auto header = next_frame();
  if (!header) return header.error();
  ByteReader in(header->payload);
  in.skip(2 * sizeof(std::uint16_t));
  const auto size = in.be<std::uint64_t>();
  std::string body;
  while (body.size() < size) {
    const auto piece = next_frame();
    if (!piece) return piece.error();
    if (piece->type != body_frame) return Error(Errc::corrupt, "a body frame is missing");
    body += piece->payload;
  }
  Method ack(basic_ack);
  ack.number(tag).number(std::uint8_t{0});
  if (auto sent = send(method_frame, 1, ack.bytes()); !sent) return sent.error();
  return body;
}

Result<void> DemoAmqp::remove(const std::string& queue) {
  Method method(queue_delete);
  method.number(no_ticket_number).short_text(queue).number(std::uint8_t{0});
  if (auto ok = ask(1, method.bytes(), queue_delete_ok); !ok) return ok.error();
  return {};
}

}  // namespace rialto
