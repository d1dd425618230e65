#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace rialto::http {

/// A value as the body of a message: without spaces, numbers as people write them.
std::string json_body(const boost::json::value& value);

}  // namespace rialto::http
