#include "adapters/log/wire/types.h"

#include <algorithm>

namespace rialto::kafka {

Uuid uuid_of(TopicId id) {
  constexpr Bytes maker = "Rialto";
  Uuid uuid{};
  std::copy(maker.begin(), maker.end(), uuid.begin());
  store_be(uuid.data() + 8, id.get());
  return uuid;
}

}  // namespace rialto::kafka
