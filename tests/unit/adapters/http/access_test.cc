#include "adapters/http/access.h"

#include <gtest/gtest.h>

namespace rialto::http {
namespace {

PeerInfo peer(bool loopback) {
  PeerInfo out;
  out.loopback = loopback;
  return out;
}

Request request(Method method, std::string host, std::string origin = "") {
  Request out;
  out.method = method;
  out.headers.emplace_back("Host", std::move(host));
  if (!origin.empty()) out.headers.emplace_back("Origin", std::move(origin));
  return out;
}

TEST(HttpAccess, AnotherMachineIsRefused) {
  const auto refused = refused_access(peer(false), request(Method::get, "127.0.0.1:15672"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 403U);
}

TEST(HttpAccess, ThisMachineMayUseAnAddressOrLocalhost) {
  for (const char* host :
       {"127.0.0.1:15672", "localhost:15672", "LOCALHOST", "[::1]:15672", "10.0.0.1:80"}) {
    EXPECT_FALSE(refused_access(peer(true), request(Method::post, host))) << host;
  }
}

TEST(HttpAccess, ANameThatOthersCanPointHereIsRefused) {
  for (const char* host : {"evil.example:15672", "localhost.evil.example", "127.0.0.1.evil.example",
                           "", ":80", "[", "[::1.evil"}) {
    EXPECT_TRUE(refused_access(peer(true), request(Method::get, host))) << host;
  }
}

TEST(HttpAccess, AForeignPageMayNotChangeAnything) {
  const std::string host = "127.0.0.1:15672";
  for (const char* origin : {"http://evil.example", "null", "http://127.0.0.1:8080"}) {
    EXPECT_TRUE(refused_access(peer(true), request(Method::post, host, origin))) << origin;
    EXPECT_TRUE(refused_access(peer(true), request(Method::remove, host, origin))) << origin;
  }
  EXPECT_FALSE(refused_access(peer(true), request(Method::post, host, "http://" + host)));
}

TEST(HttpAccess, CredentialsThatAreGivenHaveToBeRight) {
  const auto wrong = [](std::vector<std::string> given) {
    Request out = request(Method::get, "localhost");
    for (std::string& one : given)
      out.headers.emplace_back("authorization", std::move(one));
    return has_wrong_credentials(out);
  };
  const std::string guest = "Z3Vlc3Q6Z3Vlc3Q=";
  EXPECT_FALSE(wrong({}));
  EXPECT_FALSE(wrong({"Basic " + guest}));
  EXPECT_FALSE(wrong({"basic   " + guest}));
  for (const char* other : {"", "Basic", "Basic ", "Basic Z3Vlc3Q=", "Basic d3Jvbmc6dXNlcg==",
                            "Basic ?", "Bearer Z3Vlc3Q6Z3Vlc3Q="}) {
    EXPECT_TRUE(wrong({other})) << other;
  }
  EXPECT_TRUE(wrong({"Basic " + guest, "Basic d3Jvbmc6dXNlcg=="}));
}

}  // namespace
}  // namespace rialto::http
