#include "adapters/log/handlers/describe_configs.h"

#include "adapters/log/errors.h"
#include "adapters/log/handlers/topic_lookup.h"
#include "core/model/topic_config.h"

#include <algorithm>
#include <utility>

namespace rialto::kafka {
namespace {

constexpr std::int8_t topic_resource = 2;
constexpr std::int8_t broker_resource = 4;

void add(const ConfigResource& wanted, DescribedConfigs& out, ConfigEntry entry) {
  const auto& keys = wanted.keys;
  // Some clients send an empty list for "all", as others send null.
  const bool chosen =
      !keys || keys->empty() || std::find(keys->begin(), keys->end(), entry.name) != keys->end();
  if (chosen) out.configs.push_back(std::move(entry));
}

ConfigEntry entry_of(std::string name, std::string value, std::int8_t source, ConfigType type) {
  ConfigEntry entry;
  entry.name = std::move(name);
  entry.value = std::move(value);
  entry.source = source;
  entry.is_default = source == config_source::of_default;
  entry.type = static_cast<std::int8_t>(type);
  return entry;
}

void describe_topic(const ConfigResource& wanted, DescribedConfigs& out, const TopicInfo& topic) {
  for (const TopicConfigRule& known : topic_config_rules()) {
    ConfigEntry entry = entry_of(std::string(known.name), std::string(known.value_default),
                                 config_source::of_default, known.type);
    for (const TopicConfig& own : topic.configs) {
      if (own.name != known.name) continue;
      entry.value = own.value;
      entry.source = config_source::of_topic;
      entry.is_default = false;
    }
    add(wanted, out, std::move(entry));
  }
}

/// What clients look at before they create topics or explain a refusal. Read only: the broker is
/// configured by its own file.
void describe_broker(const ConfigResource& wanted, DescribedConfigs& out, const Client& client) {
  const std::string listener =
      "PLAINTEXT://" + client.peer.local_address + ":" + std::to_string(client.peer.local_port);
  const auto add_fixed = [&](const char* name, std::string value, ConfigType type) {
    ConfigEntry entry = entry_of(name, std::move(value), config_source::of_broker, type);
    entry.read_only = true;
    add(wanted, out, std::move(entry));
  };
  const bool creates = client.settings.auto_create;
  add_fixed("advertised.listeners", listener, ConfigType::text);
  add_fixed("auto.create.topics.enable", creates ? "true" : "false", ConfigType::boolean);
  add_fixed("broker.id", std::to_string(this_node), ConfigType::int32);
  add_fixed("compression.type", "producer", ConfigType::text);
  add_fixed("default.replication.factor", "1", ConfigType::int32);
  add_fixed("delete.topic.enable", "true", ConfigType::boolean);
  add_fixed("log.cleanup.policy", "delete", ConfigType::list);
  add_fixed("log.retention.ms", "604800000", ConfigType::int64);
  add_fixed("message.max.bytes", "1048588", ConfigType::int32);
  add_fixed("min.insync.replicas", "1", ConfigType::int32);
  add_fixed("num.partitions", std::to_string(client.settings.partitions_default),
            ConfigType::int32);
  add_fixed("offsets.topic.replication.factor", "1", ConfigType::int32);
}

void describe(const Call& call, const ConfigResource& wanted,
              const Result<std::vector<TopicInfo>>& topics, DescribedConfigs& out) {
  out.type = wanted.type;
  out.name = wanted.name;
  if (wanted.type == broker_resource) {
    if (wanted.name.empty() || wanted.name == std::to_string(this_node)) {
      return describe_broker(wanted, out, call.client());
    }
    out.error = wire(Code::invalid_request);
    out.error_message = "there is only broker " + std::to_string(this_node);
  } else if (wanted.type == topic_resource) {
    const TopicInfo* topic = topics ? topic_of(*topics, wanted.name) : nullptr;
    if (topic != nullptr) return describe_topic(wanted, out, *topic);
    out.error = wire(topics ? Code::unknown_topic_or_partition : code_of(topics.error().code));
    out.error_message = "there is no topic " + wanted.name;
  } else {
    out.error = wire(Code::invalid_request);
    out.error_message = "only topics and brokers have configs here";
  }
}

void add_synonyms(DescribeConfigsResponse& response) {
  for (DescribedConfigs& resource : response.results) {
    for (ConfigEntry& entry : resource.configs) {
      entry.synonyms.push_back({entry.name, entry.value, entry.source});
    }
  }
}

}  // namespace

void answer_describe_configs(const Call& call, DescribeConfigsRequest& request) {
  DescribeTopics what;
  for (const ConfigResource& resource : request.resources) {
    if (resource.type == topic_resource) what.names.push_back(resource.name);
  }
  const auto finish = [call, request](const Result<std::vector<TopicInfo>>& topics) {
    DescribeConfigsResponse response;
    for (const ConfigResource& resource : request.resources) {
      describe(call, resource, topics, response.results.emplace_back());
    }
    if (request.include_synonyms) add_synonyms(response);
    call.answer(response);
  };
  if (what.names.empty()) return finish(std::vector<TopicInfo>());
  call.ask(std::move(what), finish);
}

}  // namespace rialto::kafka
