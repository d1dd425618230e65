#include "tests/unit/adapters/amqp/amqp_rig.h"

#include "core/model/field_table.h"

#include <algorithm>
#include <cctype>

namespace rialto::amqp {

std::string table_of(const FieldTable& table) {
  std::string out;
  append_field_table(out, table);
  return out.substr(4);
}

std::string all_capabilities() {
  FieldTable capabilities;
  for (const char* name :
       {"authentication_failure_close", "consumer_cancel_notify", "connection.blocked"}) {
    capabilities.set(name, FieldValue::boolean(true));
  }
  FieldTable properties;
  properties.set("capabilities", FieldValue::table(std::move(capabilities)));
  return table_of(properties);
}

Rig::Rig() {
  settle();  // what a new broker writes for itself
}

void Rig::tick() {
  core.tick();
  for (Peer* peer : peers_) {
    peer->door().end_of_tick(core.clock.now());
    peer->pending_ += peer->received();
    // As the connection does when everything was sent.
    peer->door().end_of_tick(core.clock.now());
    if (!peer->input_.empty() && peer->door().wants_bytes()) peer->send({});
  }
}

void Rig::commit(std::size_t sets) {
  tick();
  core.engine->commit(sets);
  tick();
}

void Rig::settle() {
  for (int i = 0; i < 6; ++i)
    commit(SIZE_MAX);
}

void Rig::advance_ms(std::int64_t ms) {
  core.clock.advance_ms(ms);
  for (Peer* peer : peers_) {
    if (core.clock.now() >= peer->door().next_deadline()) {
      peer->door().on_time(core.clock.now());
    }
  }
  tick();
}

Peer::Peer(Rig& rig, bool loopback) : rig_(rig) {
  PeerInfo info;
  info.peer_address = loopback ? "127.0.0.1:40000" : "192.0.2.7:40000";
  info.loopback = loopback;
  door_ = make_amqp_door(rig_.core.next_port(), out_, info, rig_.settings, rig_.core.clock.now());
  rig_.peers_.push_back(this);
}

Peer::~Peer() {
  leave();
}

void Peer::leave() {
  if (!door_) return;
  door_->on_closed();
  door_.reset();
  std::erase(rig_.peers_, this);
}

std::size_t Peer::send(Bytes bytes) {
  input_.append(bytes);
  const std::size_t used = door_->on_bytes(input_);
  input_.erase(0, used);
  return used;
}

void Peer::publish(std::uint16_t channel, Bytes exchange, Bytes key, Bytes body,
                   const Properties& properties, bool mandatory) {
  BasicPublish method;
  method.exchange = {exchange};
  method.routing_key = {key};
  method.mandatory = mandatory;
  std::string out;
  append_method(out, channel, method);
  OpenFrame header(out, FrameType::header, channel);
  append_content_header_fixed(out, body.size());
  append_properties(out, properties);
  header.finish();
  if (!body.empty()) append_frame(out, FrameType::body, channel, body);
  send(out);
}

std::string Peer::received() {
  std::string all;
  while (!out_.empty()) {
    Bytes pieces[16];
    const std::size_t n = out_.peek(pieces, 16);
    std::size_t size = 0;
    for (std::size_t i = 0; i < n; ++i) {
      all.append(pieces[i]);
      size += pieces[i].size();
    }
    out_.consume(size);
  }
  return all;
}

std::string Peer::next_frame() {
  pending_ += received();
  const ScannedFrame scanned = scan_frame(pending_, UINT32_MAX - 8);
  if (scanned.state != FrameState::complete) return std::exchange(pending_, {});
  std::string frame(scanned.frame.whole);
  pending_.erase(0, frame.size());
  return frame;
}

std::string Peer::described(Bytes frame) {
  const ScannedFrame scanned = scan_frame(frame, UINT32_MAX - 8);
  std::string text;
  if (scanned.state == FrameState::complete) {
    text = "type " + std::to_string(scanned.frame.type) + " channel " +
           std::to_string(scanned.frame.channel);
    frame = scanned.frame.payload;
    if (scanned.frame.type == 1 && frame.size() >= 4) {
      text += " method " + std::to_string(load_be<std::uint16_t>(frame.data())) + "." +
              std::to_string(load_be<std::uint16_t>(frame.data() + 2));
      frame.remove_prefix(4);
    }
    text += ": ";
  }
  for (const char c : frame) {
    if (std::isprint(static_cast<unsigned char>(c)) != 0) {
      text += c;
    } else {
      text += "\\" + std::to_string(static_cast<unsigned char>(c)) + " ";
    }
  }
  return text;
}

void Peer::expect_content(std::uint16_t channel, Bytes body, const Properties& properties) {
  std::string wanted;
  OpenFrame header(wanted, FrameType::header, channel);
  append_content_header_fixed(wanted, body.size());
  append_properties(wanted, properties);
  header.finish();
  EXPECT_EQ(described(next_frame()), described(wanted));
  std::string got;
  while (got.size() < body.size()) {
    const std::string frame = next_frame();
    const ScannedFrame scanned = scan_frame(frame, UINT32_MAX - 8);
    ASSERT_EQ(scanned.state, FrameState::complete) << described(frame);
    ASSERT_EQ(scanned.frame.type, 3) << described(frame);
    EXPECT_EQ(scanned.frame.channel, channel);
    got += scanned.frame.payload;
  }
  EXPECT_EQ(got, body);
}

void Peer::expect_nothing() {
  const std::string frame = next_frame();
  EXPECT_EQ(described(frame), "");
}

void Peer::expect_close(std::uint16_t channel, std::uint16_t code, Bytes text) {
  const std::string frame = next_frame();
  const ScannedFrame scanned = scan_frame(frame, UINT32_MAX - 8);
  ASSERT_EQ(scanned.state, FrameState::complete) << described(frame);
  ASSERT_EQ(scanned.frame.type, 1) << described(frame);
  EXPECT_EQ(scanned.frame.channel, channel);
  const auto wanted = key_of(channel == 0 ? ConnectionClose::id : ChannelClose::id);
  ASSERT_EQ(load_be<std::uint32_t>(scanned.frame.payload.data()), wanted) << described(frame);
  ConnectionClose close;  // of the same form as channel.close
  MethodReader reader(scanned.frame.payload.substr(4));
  ConnectionClose::fields(reader, close);
  EXPECT_EQ(close.code, code);
  EXPECT_EQ(close.text.text, text);
}

void Peer::login(Bytes mechanism, Bytes response, Bytes client_properties) {
  send(Bytes("AMQP\0\0\x09\x01", 8));
  const std::string start = next_frame();
  EXPECT_THAT(described(start), testing::StartsWith("type 1 channel 0 method 10.10"));
  ConnectionStartOk ok;
  ok.client_properties = {client_properties};
  ok.mechanism = {mechanism};
  ok.response = {response};
  ok.locale = {"en_US"};
  say(0, ok);
}

void Peer::handshake(std::uint32_t frame_max, std::uint16_t heartbeat_s) {
  const std::string capabilities = all_capabilities();
  login("PLAIN", Bytes("\0guest\0guest", 12), capabilities);
  expect(0, ConnectionTune{2047, 131'072, 60});
  say(0, ConnectionTuneOk{2047, frame_max, heartbeat_s});
  ConnectionOpen open_method;
  open_method.vhost = {"/"};
  say(0, open_method);
  expect(0, ConnectionOpenOk{});
}

void Peer::open() {
  handshake();
  say(1, ChannelOpen{});
  expect(1, ChannelOpenOk{});
}

}  // namespace rialto::amqp
