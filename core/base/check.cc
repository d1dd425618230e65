#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace rialto {

void check_failed(const char* expression, const char* why, const char* file, int line) {
  std::fprintf(stderr, "rialto: invariant broken: %s (%s) at %s:%d\n", why, expression, file, line);
  std::abort();
}

}  // namespace rialto
