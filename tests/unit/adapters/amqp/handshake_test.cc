#include "core/model/field_table.h"
#include "tests/unit/adapters/amqp/amqp_rig.h"

#include <gmock/gmock.h>

namespace rialto::amqp {
namespace {

using testing::HasSubstr;

constexpr Bytes plain_guest("\0guest\0guest", 12);
constexpr Bytes our_header("AMQP\0\0\x09\x01", 8);

class AmqpHandshake : public testing::Test {
 protected:
  Rig rig_;
  Peer peer_{rig_, true};
};

TEST_F(AmqpHandshake, TheServerTellsWhoItIsAndOnlyWhatIsTrue) {
  peer_.send(our_header);
  const std::string frame = peer_.next_frame();
  ConnectionStart start;
  MethodReader reader(scan_frame(frame, UINT32_MAX - 8).frame.payload.substr(4));
  ConnectionStart::fields(reader, start);
  ASSERT_TRUE(reader.complete());
  EXPECT_EQ(start.mechanisms.text, "PLAIN AMQPLAIN ANONYMOUS");
  EXPECT_EQ(start.locales.text, "en_US");
  const FieldTable properties = *decode_field_table(start.server_properties.body);
  EXPECT_EQ(*properties.find("product")->as_text(), "Rialto");
  EXPECT_EQ(*properties.find("version")->as_text(), "4.2.0");
  EXPECT_NE(properties.find("rialto_version"), nullptr);
  const auto& capabilities =
      *std::get<std::shared_ptr<const FieldTable>>(properties.find("capabilities")->value);
  EXPECT_NE(capabilities.find("publisher_confirms"), nullptr);
  EXPECT_NE(capabilities.find("basic.nack"), nullptr);
  EXPECT_NE(capabilities.find("exchange_exchange_bindings"), nullptr);
  EXPECT_NE(capabilities.find("direct_reply_to"), nullptr);
}

TEST_F(AmqpHandshake, AGuestFromLoopbackGetsIn) {
  peer_.open();
}

TEST_F(AmqpHandshake, TheHeaderMayComeInPieces) {
  for (std::size_t n = 0; n + 1 < our_header.size(); ++n)
    peer_.send(our_header.substr(n, 1));
  peer_.expect_nothing();
  peer_.send(our_header.substr(7));
  EXPECT_THAT(Peer::described(peer_.next_frame()), HasSubstr("method 10.10"));
}

TEST_F(AmqpHandshake, TheHeaderOfVersion09IsTaken) {
  peer_.send(Bytes("AMQP\x01\x01\0\x09", 8));
  EXPECT_THAT(Peer::described(peer_.next_frame()), HasSubstr("method 10.10"));
}

TEST_F(AmqpHandshake, WhateverElseIsAnsweredWithOurHeaderAndClosed) {
  const std::string tls_hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  for (const Bytes hello : {Bytes(tls_hello), Bytes("GET / HTTP/1.1\r\n"),
                            Bytes("AMQP\x00\x01\x00\x00", 8), Bytes("AMQP\3\1\0\0", 8)}) {
    Peer peer(rig_, true);
    EXPECT_EQ(peer.send(hello), hello.size());
    EXPECT_EQ(peer.received(), our_header);
    EXPECT_TRUE(peer.out().closing());
  }
}

TEST_F(AmqpHandshake, AmqplainGetsInToo) {
  FieldTable table;
  table.set("LOGIN", FieldValue::text("guest"));
  table.set("PASSWORD", FieldValue::text("guest"));
  const std::string response = table_of(table);
  peer_.login("AMQPLAIN", response, "");
  peer_.expect(0, ConnectionTune{2047, 131'072, 60});
}

TEST_F(AmqpHandshake, NobodyIsTheDefaultUserWhileThatHasItsDefaultPassword) {
  peer_.login("ANONYMOUS", "nobody@example.org", "");
  peer_.expect(0, ConnectionTune{2047, 131'072, 60});
  rig_.settings.password = "changed";
  Peer late(rig_, true);
  late.login("ANONYMOUS", "", all_capabilities());
  late.expect_close(0, 403,
                    "ACCESS_REFUSED - Login was refused using authentication mechanism ANONYMOUS. "
                    "For details see the broker logfile.");
}

TEST_F(AmqpHandshake, AWrongPasswordIsToldToAClientThatUnderstandsIt) {
  const std::string capabilities = all_capabilities();
  peer_.login("PLAIN", Bytes("\0guest\0wrong", 12), capabilities);
  peer_.expect_close(0, 403,
                     "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. "
                     "For details see the broker logfile.");
}

TEST_F(AmqpHandshake, AWrongPasswordOfAnotherClientIsAnsweredByALateClose) {
  peer_.login("PLAIN", Bytes("\0guest\0wrong", 12), "");
  peer_.expect_nothing();
  EXPECT_FALSE(peer_.out().closing());
  rig_.advance_ms(1'001);
  EXPECT_TRUE(peer_.out().closing());
  peer_.expect_nothing();
}

TEST_F(AmqpHandshake, GuestIsRefusedFromElsewhere) {
  Peer peer(rig_, false);
  const std::string capabilities = all_capabilities();
  peer.login("PLAIN", plain_guest, capabilities);
  peer.expect_close(0, 403, "ACCESS_REFUSED - user 'guest' can only connect via localhost");
}

TEST_F(AmqpHandshake, AnUnknownMechanismIsRefused) {
  peer_.login("SCRAM", "", "");
  peer_.expect_close(0, 503, "COMMAND_INVALID - unknown authentication mechanism 'SCRAM'");
}

TEST_F(AmqpHandshake, TuningBeyondWhatWasOfferedIsRefused) {
  const std::pair<ConnectionTuneOk, const char*> cases[] = {
      {{0, 131'072, 0},
       "negotiated channel_max = 0 (no limit) is higher than the maximum allowed "
       "value (2047)"},
      {{2048, 131'072, 0},
       "negotiated channel_max = 2048 is higher than the maximum allowed value (2047)"},
      {{1, 0, 0},
       "negotiated frame_max = 0 (no limit) is higher than the maximum allowed value "
       "(131072)"},
      {{1, 131'073, 0},
       "negotiated frame_max = 131073 is higher than the maximum allowed value (131072)"},
      {{1, 4095, 0}, "negotiated frame_max = 4095 is lower than the minimum allowed value (4096)"},
  };
  for (const auto& [tune_ok, text] : cases) {
    Peer peer(rig_, true);
    peer.login("PLAIN", plain_guest, "");
    peer.next_frame();
    peer.say(0, tune_ok);
    peer.expect_close(0, 530, std::string("NOT_ALLOWED - ") + text);
  }
}

TEST_F(AmqpHandshake, AnotherVhostIsRefused) {
  peer_.login("PLAIN", plain_guest, "");
  peer_.next_frame();
  peer_.say(0, ConnectionTuneOk{2047, 4096, 0});
  ConnectionOpen open;
  open.vhost = {"orders"};
  peer_.say(0, open);
  peer_.say(1, ChannelOpen{});
  peer_.expect_nothing();
  EXPECT_FALSE(peer_.door().wants_bytes()) << "what follows waits for the answer";
  rig_.settle();
  peer_.expect_close(0, 530, "NOT_ALLOWED - vhost orders not found");
}

TEST_F(AmqpHandshake, AFrameBeforeLoginIsNoLargerThanTheSmallestFrame) {
  peer_.send(our_header);
  peer_.next_frame();
  std::string head("\x01\x00\x00\x00\x00\x10\x01", 7);
  peer_.send(head);
  peer_.expect_close(0, 501,
                     "FRAME_ERROR - frame of 4105 octets is larger than the negotiated frame_max "
                     "4096");
}

TEST_F(AmqpHandshake, ASlowHandshakeIsEnded) {
  peer_.send(our_header);
  EXPECT_EQ(peer_.door().next_deadline(), after_ms(Instant(1), 10'000));
  rig_.advance_ms(10'000);
  EXPECT_TRUE(peer_.out().closing());
}

TEST_F(AmqpHandshake, NoChannelBeforeTheConnectionIsOpen) {
  peer_.login("PLAIN", plain_guest, "");
  peer_.next_frame();
  peer_.say(1, ChannelOpen{});
  peer_.expect_close(0, 504, "CHANNEL_ERROR - the connection is not open yet");
}

TEST_F(AmqpHandshake, ACloseIsAnsweredAndEndsTheConnection) {
  peer_.open();
  peer_.say(0, ConnectionClose{200, {"bye"}, 0, 0});
  peer_.expect(0, ConnectionCloseOk{});
  EXPECT_TRUE(peer_.out().closing());
}

TEST_F(AmqpHandshake, HeartbeatsGoOutAndSilenceEndsTheConnection) {
  peer_.handshake(131'072, 10);
  rig_.tick();
  rig_.advance_ms(5'000);
  std::string beat;
  append_frame(beat, FrameType::heartbeat, 0, {});
  rig_.advance_ms(5'000);
  EXPECT_EQ(peer_.next_frame(), beat);
  for (int i = 0; i < 10; ++i) {
    peer_.send(beat);
    rig_.advance_ms(10'000);
    EXPECT_FALSE(peer_.out().closing());
  }
  rig_.advance_ms(10'000);
  rig_.advance_ms(10'000);
  EXPECT_TRUE(peer_.out().closing());
}

TEST_F(AmqpHandshake, ADrainTellsThePeerAndWaitsForItsAnswer) {
  peer_.open();
  peer_.door().begin_drain();
  peer_.expect_close(0, 320, "CONNECTION_FORCED - broker shutting down");
  EXPECT_FALSE(peer_.out().closing());
  peer_.say(0, ConnectionCloseOk{});
  EXPECT_TRUE(peer_.out().closing());
}

TEST_F(AmqpHandshake, AnAnswerToWhatWasNotAskedIsRefused) {
  peer_.open();
  peer_.say(0, ConnectionSecureOk{{"secret"}});
  peer_.expect_close(0, 503, "COMMAND_INVALID - method 10.21 is not expected on channel 0 now");
}

TEST_F(AmqpHandshake, ASecretMayBeUpdated) {
  peer_.open();
  ConnectionUpdateSecret update;
  update.secret = {"guest"};
  peer_.say(0, update);
  peer_.expect(0, ConnectionUpdateSecretOk{});
}

}  // namespace
}  // namespace rialto::amqp
