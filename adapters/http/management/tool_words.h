#pragma once

#include "adapters/http/call.h"

#include <boost/json/object.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

/// How RabbitMQ's tools write what our own clients write in one way.
namespace rialto::http::management {

/// A member of a body that says again what is known without it.
struct Repeated {
  std::string_view member;
  std::string value;
};

/// Members that may be written as texts.
struct WrittenAsText {
  std::initializer_list<std::string_view> truths = {};   ///< "true", "false"
  std::initializer_list<std::string_view> numbers = {};  ///< whole ones
};

/// The JSON object of a body, without what it repeats and with those texts as what they mean; no
/// arguments or properties, which Erlang writes as an empty list, are an empty object. Refused
/// when a repeated member says something else; other texts are left to who reads the member.
Result<boost::json::object> tool_body(const Call& call, const std::vector<Repeated>& repeated,
                                      const WrittenAsText& written = {});

/// Of a segment of a path: the default exchange has no name, and a path cannot have an empty one.
std::string exchange_name(const std::string& segment);

}  // namespace rialto::http::management
