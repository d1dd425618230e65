#pragma once

#include "core/broker/requests.h"

#include <boost/json/object.hpp>

#include <string>

/// How queues, topics and places look in JSON.
namespace rialto::http::v1 {

/// Messages and marks of a topic, partition by partition; `node_id` is the one member of each ISR.
boost::json::object topic_json(const TopicInfo& topic, std::int32_t node_id);
/// `topic` is the log of the queue, null when it has none or it is hidden.
boost::json::object queue_json(const QueueInfo& queue, const TopicInfo* topic,
                               std::int32_t node_id);
/// Where a message of the topic is. One that came again may be known only to be in a partition.
boost::json::object place_json(const std::string& topic, const AppendMessages::Place& place);

/// The member `where` of a request; every value has to be a text.
Result<std::vector<HeaderWanted>> headers_wanted(const boost::json::object* where);

}  // namespace rialto::http::v1
