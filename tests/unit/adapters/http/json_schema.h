#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace rialto::test {

/// What of `value` breaks the schema; empty: nothing. Only the words of JSON Schema that the
/// document of the API uses; another one is a fault of the schema.
std::string schema_fault(const boost::json::value& value, const boost::json::object& schema);

}  // namespace rialto::test
