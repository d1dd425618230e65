#pragma once

#include "core/model/ids.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace rialto {

/// What an HTTP lease names. As text: hex of the numbers and a MAC over them, so that nobody
/// settles what was not handed to them.
struct LeaseId {
  QueueId queue;
  PartitionId partition;
  Offset offset;
  std::uint32_t attempt = 0;
  /// Of the process, for a volatile queue: the next process gives its ids to others. Else 0.
  Epoch epoch{0};
};

/// Makes and checks lease texts. The key is stored with the data directory's first checkpointed
/// state, so that leases survive a restart.
class LeaseSigner {
 public:
  using Key = std::array<unsigned char, 16>;

  /// A fresh random key.
  LeaseSigner();
  const Key& key() const { return key_; }
  void use(const Key& key) { key_ = key; }

  std::string sign(const LeaseId& lease) const;
  /// Nothing when the text was not made by sign() with this key.
  std::optional<LeaseId> open(std::string_view text) const;

 private:
  std::uint64_t mac(std::string_view bytes) const;
  Key key_{};
};

}  // namespace rialto
