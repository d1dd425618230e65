#include "adapters/log/handlers/create_topics.h"

#include "adapters/log/errors.h"
#include "adapters/log/wire/configs.h"
#include "core/model/topic_config.h"

#include <set>
#include <string>
#include <utility>

namespace rialto::kafka {
namespace {

void refuse(NewTopicAnswer& answer, Code code, std::optional<std::string> why) {
  answer.error = wire(code);
  answer.error_message = std::move(why);
}

/// What the topic will have: its own configs, and the defaults of all others.
std::vector<NewTopicConfigAnswer> configs_of(const std::vector<TopicConfig>& own) {
  std::vector<NewTopicConfigAnswer> all;
  for (const TopicConfigRule& known : topic_config_rules()) {
    NewTopicConfigAnswer& config = all.emplace_back();
    config.name = std::string(known.name);
    config.value = std::string(known.value_default);
    config.source = config_source::of_default;
    for (const TopicConfig& given : own) {
      if (given.name != known.name) continue;
      config.value = given.value;
      config.source = config_source::of_topic;
    }
  }
  return all;
}

Result<std::int32_t> partitions_of(const NewTopic& topic, std::int32_t partitions_default) {
  if (topic.assignments.empty()) {
    return topic.partitions == -1 ? partitions_default : topic.partitions;
  }
  std::set<std::int32_t> indexes;
  for (const ReplicaAssignment& a : topic.assignments)
    indexes.insert(a.index);
  const auto count = static_cast<std::int32_t>(topic.assignments.size());
  const bool consecutive = *indexes.begin() == 0 && *indexes.rbegin() == count - 1 &&
                           indexes.size() == topic.assignments.size();
  if (topic.partitions != -1 || !consecutive) {
    return Error(Errc::invalid_argument,
                 "replica assignments name partitions 0, 1, 2... and replace their count");
  }
  return count;
}

void put(NewTopicAnswer& answer, const CreateTopic& asked, const Result<TopicInfo>& result) {
  if (!result) {
    const Errc why = result.error().code;
    const bool config = why == Errc::invalid_argument || why == Errc::not_supported;
    return refuse(answer, config ? Code::invalid_config : code_of(why), text_of(result.error()));
  }
  answer.id = uuid_of(result->id);
  const auto count = static_cast<std::int32_t>(result->partitions.size());
  answer.partitions = count == 0 ? asked.partitions : count;
  answer.replication_factor = 1;
  answer.configs = configs_of(asked.configs);
}

/// The broker's request for one topic, or why there is none.
Result<CreateTopic> question_of(const Call& call, const NewTopic& topic, bool validate_only) {
  const auto partitions = partitions_of(topic, call.client().settings.partitions_default);
  if (!partitions) return partitions.error();
  CreateTopic what{topic.name, *partitions, {}, validate_only};
  for (const NewTopicConfig& config : topic.configs) {
    if (config.value) what.configs.push_back({config.name, *config.value});
  }
  return what;
}

std::set<std::string> named_twice(const std::vector<NewTopic>& topics) {
  std::set<std::string> seen;
  std::set<std::string> twice;
  for (const NewTopic& topic : topics) {
    if (!seen.insert(topic.name).second) twice.insert(topic.name);
  }
  return twice;
}

}  // namespace

void answer_create_topics(const Call& call, CreateTopicsRequest& request) {
  const auto all = Gathering<CreateTopicsResponse>::begin(call, {});
  all->response.topics.resize(request.topics.size());
  const std::set<std::string> twice = named_twice(request.topics);
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const NewTopic& topic = request.topics[t];
    NewTopicAnswer& answer = all->response.topics[t];
    answer.name = topic.name;
    const auto what = question_of(call, topic, request.validate_only);
    if (twice.contains(topic.name)) {
      refuse(answer, Code::invalid_request, "the request names this topic twice");
      continue;
    }
    if (topic.replication_factor == 0 || topic.replication_factor < -1) {
      refuse(answer, Code::invalid_replication_factor, "a replication factor is -1 or above 0");
      continue;
    }
    if (!what) {
      refuse(answer, Code::invalid_request, text_of(what.error()));
      continue;
    }
    all->ask(all, *what, [t, asked = *what](CreateTopicsResponse& response, const auto& result) {
      put(response.topics[t], asked, result);
    });
  }
  all->asked_all();
}

}  // namespace rialto::kafka
