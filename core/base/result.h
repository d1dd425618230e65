#pragma once

#include "core/base/errc.h"

#include <boost/system/result.hpp>

#include <stdexcept>

namespace rialto {

/// A value, or the Error that says why there is none. `.value()` on an error throws and is for
/// tests and start-up only; everything else asks first.
template <class T>
using Result = boost::system::result<T, Error>;

[[noreturn]] inline void throw_exception_from_error(const Error& e, const boost::source_location&) {
  throw std::runtime_error(std::string(to_string(e.code)) + ": " + e.text);
}

}  // namespace rialto
