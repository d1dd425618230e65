#include "core/broker/lease_id.h"

#include "core/base/bytes.h"
#include "core/base/check.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>

namespace rialto {

namespace {

constexpr char digits[] = "0123456789abcdef";
constexpr std::size_t plain_bytes = 32;
constexpr std::size_t mac_bytes = 8;

std::string to_hex(std::string_view in) {
  std::string out;
  out.reserve(in.size() * 2);
  for (const char c : in) {
    out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view in) {
  std::string out;
  for (std::size_t i = 0; i + 1 < in.size(); i += 2) {
    const char* high = std::find(digits, digits + 16, in[i]);
    const char* low = std::find(digits, digits + 16, in[i + 1]);
    if (high == digits + 16 || low == digits + 16) return std::nullopt;
    out.push_back(static_cast<char>(((high - digits) << 4) | (low - digits)));
  }
  return out;
}

}  // namespace

LeaseSigner::LeaseSigner() {
  RIALTO_CHECK(RAND_bytes(key_.data(), static_cast<int>(key_.size())) == 1,
               "the system has random bytes");
}

std::uint64_t LeaseSigner::mac(std::string_view bytes) const {
  unsigned char full[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), full, &size);
  return load_le<std::uint64_t>(reinterpret_cast<const char*>(full));
}

std::string LeaseSigner::sign(const LeaseId& lease) const {
  std::string plain;
  append_le(plain, lease.queue.get());
  append_le(plain, lease.partition.get());
  append_le(plain, lease.offset.get());
  append_le(plain, lease.attempt);
  append_le(plain, lease.epoch.get());
  append_le(plain, mac(plain));
  return to_hex(plain);
}

std::optional<LeaseId> LeaseSigner::open(std::string_view text) const {
  if (text.size() != 2 * (plain_bytes + mac_bytes)) return std::nullopt;
  const auto raw = from_hex(text);
  if (!raw) return std::nullopt;
  const std::string_view plain = std::string_view(*raw).substr(0, plain_bytes);
  const std::uint64_t wanted = mac(plain);
  char expected[mac_bytes];
  store_le(expected, wanted);
  if (CRYPTO_memcmp(expected, raw->data() + plain_bytes, mac_bytes) != 0) return std::nullopt;
  ByteReader in(plain);
  LeaseId out;
  out.queue = QueueId(in.le<std::uint64_t>());
  out.partition = PartitionId(in.le<std::uint64_t>());
  out.offset = Offset(in.le<std::int64_t>());
  out.attempt = in.le<std::uint32_t>();
  out.epoch = Epoch(in.le<std::uint32_t>());
  return out;
}

}  // namespace rialto
