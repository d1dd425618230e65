#include "core/base/slab.h"

#include <cstring>
#include <new>

namespace rialto {

Slab* Slab::create(std::size_t capacity_bytes) {
  void* raw = ::operator new(sizeof(Slab) + capacity_bytes);
  return new (raw) Slab(capacity_bytes);
}

void Slab::release() {
  if (count_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  this->~Slab();
  ::operator delete(static_cast<void*>(this));
}

Slice Slice::copy_of(Bytes bytes) {
  Slab* slab = Slab::create(bytes.size());
  if (!bytes.empty()) std::memcpy(slab->data(), bytes.data(), bytes.size());
  return adopt(slab, bytes.size());
}

}  // namespace rialto
