#pragma once

#include "core/base/errc.h"
#include "core/model/frames/catalog_frame.h"

#include <string>
#include <string_view>

namespace rialto {

constexpr std::size_t name_bytes_max = 255;
constexpr std::size_t topic_name_bytes_max = 249;

/// A name that Kafka clients accept: [A-Za-z0-9._-]{1,249}, but not "." or "..".
bool is_topic_name(std::string_view name);

/// Names that only the server may give out.
bool is_reserved(std::string_view name);

// RabbitMQ's sentences; clients look for parts of them.
std::string queue_in(std::string_view name, std::string_view vhost);  ///< queue 'q' in vhost '/'
std::string exchange_in(std::string_view name, std::string_view vhost);
Error no_such_queue(std::string_view name, std::string_view vhost);
Error no_such_exchange(std::string_view name, std::string_view vhost);
Error no_such_vhost(std::string_view name);
Error no_such_policy(const PolicyName& name);
Error default_exchange();  ///< which nothing may be done to
Error queue_locked(std::string_view name, std::string_view vhost);
/// `object` is queue_in() or exchange_in(); the values come with their quotes or as "none".
Error inequivalent(std::string_view argument, std::string_view object, std::string_view received,
                   std::string_view current);

}  // namespace rialto
