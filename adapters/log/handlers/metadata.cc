#include "adapters/log/handlers/metadata.h"

#include "adapters/log/errors.h"
#include "adapters/log/handlers/topic_lookup.h"

#include <utility>

namespace rialto::kafka {
namespace {

constexpr std::int16_t null_means_all_since = 1;

bool asks_for_all(const Call& call, const MetadataRequest& request) {
  if (call.version() < null_means_all_since) return !request.topics || request.topics->empty();
  return !request.topics;
}

MetadataTopic described(const TopicInfo& topic) {
  MetadataTopic out;
  out.error = wire(topic.error);
  out.name = topic.name;
  if (topic.error != Errc::ok) return out;
  out.id = uuid_of(topic.id);
  for (const PartitionInfo& partition : topic.partitions) {
    MetadataPartition& p = out.partitions.emplace_back();
    p.index = static_cast<std::int32_t>(out.partitions.size() - 1);
    p.leader_id = this_node;
    p.leader_epoch = static_cast<std::int32_t>(partition.leader_epoch.get());
    p.replicas = {this_node};
    p.in_sync = {this_node};
  }
  return out;
}

MetadataResponse without_topics(const Call& call) {
  const Client& client = call.client();
  MetadataResponse response;
  response.brokers.push_back({this_node, client.peer.local_address, client.peer.local_port, {}});
  response.cluster_id = client.settings.cluster_id;
  response.controller_id = this_node;
  return response;
}

bool asks_by_id(const std::vector<MetadataTopicWanted>& wanted) {
  for (const MetadataTopicWanted& topic : wanted) {
    if (!topic.name) return true;
  }
  return false;
}

/// Ids are looked up in the list of all topics: rare, and only by clients that know one already.
void answer_by_id(const Call& call, std::vector<MetadataTopicWanted> wanted) {
  DescribeTopics what;
  what.all = true;
  call.ask(std::move(what), [call, wanted](const Result<std::vector<TopicInfo>>& result) {
    MetadataResponse response = without_topics(call);
    for (const MetadataTopicWanted& w : wanted) {
      const TopicInfo* found = nullptr;
      if (result) found = w.name ? topic_of(*result, *w.name) : topic_of(*result, w.id);
      if (found != nullptr) {
        response.topics.push_back(described(*found));
        continue;
      }
      MetadataTopic& missing = response.topics.emplace_back();
      missing.error = wire(w.name ? Code::unknown_topic_or_partition : Code::unknown_topic_id);
      missing.name = w.name;
      missing.id = w.id;
    }
    call.answer(response);
  });
}

/// The request as a whole has no error field, so a failure shows at each topic asked for.
MetadataResponse answer_of(const Call& call, const std::vector<std::string>& names,
                           const Result<std::vector<TopicInfo>>& result) {
  MetadataResponse response = without_topics(call);
  if (result) {
    for (const TopicInfo& topic : *result)
      response.topics.push_back(described(topic));
    return response;
  }
  for (const std::string& name : names) {
    MetadataTopic& failed = response.topics.emplace_back();
    failed.error = wire(result.error().code);
    failed.name = name;
  }
  return response;
}

}  // namespace

void answer_metadata(const Call& call, MetadataRequest& request) {
  DescribeTopics what;
  what.all = asks_for_all(call, request);
  what.create = !what.all && request.allow_auto_create && call.client().settings.auto_create;
  if (!what.all) {
    if (request.topics->empty()) return call.answer(without_topics(call));
    if (asks_by_id(*request.topics)) return answer_by_id(call, std::move(*request.topics));
    for (MetadataTopicWanted& topic : *request.topics)
      what.names.push_back(*topic.name);
  }
  const std::vector<std::string> names = what.names;
  call.ask(std::move(what), [call, names](const Result<std::vector<TopicInfo>>& result) {
    call.answer(answer_of(call, names, result));
  });
}

}  // namespace rialto::kafka
