#include "adapters/log/handlers/delete_topics.h"

#include "adapters/log/errors.h"
#include "adapters/log/handlers/topic_lookup.h"

#include <utility>

namespace rialto::kafka {
namespace {

constexpr std::int16_t ids_since = 6;

void delete_named(const Call& call, DeleteTopicsResponse begun) {
  const auto all = Gathering<DeleteTopicsResponse>::begin(call, std::move(begun));
  for (std::size_t t = 0; t < all->response.topics.size(); ++t) {
    const DeletedTopic& topic = all->response.topics[t];
    if (topic.error != 0 || !topic.name) continue;
    all->ask(all, DeleteTopic{*topic.name}, [t](DeleteTopicsResponse& r, const auto& result) {
      if (result) return;
      r.topics[t].error = wire(result.error().code);
      r.topics[t].error_message = text_of(result.error());
    });
  }
  all->asked_all();
}

/// Fills in the names of those that were asked for by id.
void look_up_ids(DeleteTopicsResponse& response, const Result<std::vector<TopicInfo>>& topics) {
  for (DeletedTopic& topic : response.topics) {
    if (topic.name) continue;
    const TopicInfo* found = topics ? topic_of(*topics, topic.id) : nullptr;
    if (found != nullptr) {
      topic.name = found->name;
    } else {
      topic.error = wire(topics ? Code::unknown_topic_id : code_of(topics.error().code));
    }
  }
}

}  // namespace

void answer_delete_topics(const Call& call, DeleteTopicsRequest& request) {
  DeleteTopicsResponse response;
  if (call.version() < ids_since) {
    for (std::string& name : request.names)
      response.topics.push_back({std::move(name)});
    return delete_named(call, std::move(response));
  }
  bool by_id = false;
  for (TopicToDelete& topic : request.topics) {
    by_id = by_id || !topic.name;
    response.topics.push_back({std::move(topic.name), topic.id});
  }
  if (!by_id) return delete_named(call, std::move(response));
  DescribeTopics what;
  what.all = true;
  call.ask(std::move(what), [call, response](const Result<std::vector<TopicInfo>>& topics) {
    DeleteTopicsResponse named = response;
    look_up_ids(named, topics);
    delete_named(call, std::move(named));
  });
}

}  // namespace rialto::kafka
