#include "adapters/http/management/definitions.h"

#include "adapters/http/declarations.h"
#include "adapters/http/json.h"
#include "adapters/http/management/routes.h"

#include <boost/json/array.hpp>

#include <memory>
#include <set>
#include <string_view>
#include <utility>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

constexpr std::size_t definitions_bytes_max = 4U << 20;

/// The document while the broker is asked for its parts. Of one vhost it names none.
class Export : public std::enable_shared_from_this<Export> {
 public:
  Export(CallRef call, bool everywhere) : call_(std::move(call)), everywhere_(everywhere) {}

  void begin();

 private:
  json::object placed(json::object entry) const {
    if (!everywhere_) entry.erase("vhost");
    return entry;
  }
  bool has_queue(const BindingInfo& binding) const {
    return queues_.contains({binding.vhost, binding.destination});
  }
  bool has_exchange(const std::string& vhost, const std::string& name) const {
    return exchanges_.contains({vhost, name});
  }
  void add_vhosts(const std::vector<VhostInfo>& vhosts);
  void add_policies(const std::vector<PolicyInfo>& policies);
  void add_operator_policies(const std::vector<PolicyInfo>& policies);
  void add_queues(const std::vector<QueueInfo>& queues);
  void add_exchanges(const std::vector<ExchangeInfo>& exchanges);
  void add_bindings(const std::vector<BindingInfo>& bindings);
  void add_topics(const std::string& vhost, const std::vector<TopicInfo>& topics);
  void ask_policies();
  void ask_objects();
  void ask_topics(std::vector<std::string> vhosts);

  CallRef call_;
  bool everywhere_;
  std::vector<std::string> vhosts_;  // whose topics are told
  json::object document_;
  // By vhost and name, what bindings may be between; predeclared exchanges too.
  std::set<std::pair<std::string, std::string>> queues_;
  std::set<std::pair<std::string, std::string>> exchanges_;
};

void Export::begin() {
  document_["rabbitmq_version"] = "4.2.0";
  document_["product_name"] = "Rialto";
  document_["product_version"] = json_text(call_->settings().version);
  document_["topics"] = json::array();
  if (!everywhere_) {
    vhosts_.push_back(call_->vhost());
    return ask_policies();
  }
  for (const char* nothing : {"users", "permissions", "topic_permissions", "global_parameters"})
    document_[nothing] = json::array();
  call_->ask(ListVhosts(), [self = shared_from_this()](const std::vector<VhostInfo>& vhosts) {
    self->add_vhosts(vhosts);
    self->ask_policies();
  });
}

void Export::ask_policies() {
  const std::string vhost = everywhere_ ? std::string() : call_->vhost();
  call_->ask(ListPolicies{PolicyKind::user, vhost},
             [self = shared_from_this(), vhost](const std::vector<PolicyInfo>& users) {
               self->add_policies(users);
               self->call_->ask(ListPolicies{PolicyKind::operators, vhost},
                                [self](const std::vector<PolicyInfo>& operators) {
                                  self->add_operator_policies(operators);
                                  self->ask_objects();
                                });
             });
}

void Export::ask_objects() {
  const auto self = shared_from_this();
  call_->ask(ListQueues{everywhere_}, [self](const std::vector<QueueInfo>& queues) {
    self->add_queues(queues);
    self->call_->ask(ListExchanges{self->everywhere_},
                     [self](const std::vector<ExchangeInfo>& exchanges) {
                       self->add_exchanges(exchanges);
                       self->call_->ask(ListEveryBinding{self->everywhere_},
                                        [self](const std::vector<BindingInfo>& bindings) {
                                          self->add_bindings(bindings);
                                          self->ask_topics(self->vhosts_);
                                        });
                     });
  });
}

/// A session sees the topics of its vhost.
void Export::ask_topics(std::vector<std::string> vhosts) {
  if (vhosts.empty()) return call_->answer(json_response(200, document_));
  const std::string vhost = vhosts.front();
  vhosts.erase(vhosts.begin());
  const auto ask = [self = shared_from_this(), vhost, vhosts] {
    DescribeTopics all;
    all.all = true;
    self->call_->ask(all, [self, vhost, vhosts](const std::vector<TopicInfo>& topics) {
      self->add_topics(vhost, topics);
      self->ask_topics(vhosts);
    });
  };
  if (vhost == call_->vhost()) return ask();
  call_->go_to(vhost, ask);
}

void Export::add_vhosts(const std::vector<VhostInfo>& vhosts) {
  json::array list;
  for (const VhostInfo& vhost : vhosts) {
    json::object entry;
    entry["name"] = json_text(vhost.name);
    entry["description"] = json_text(vhost.description);
    entry["tags"] = json_text(vhost.tags);
    list.push_back(std::move(entry));
    vhosts_.push_back(vhost.name);
  }
  document_["vhosts"] = std::move(list);
}

void Export::add_policies(const std::vector<PolicyInfo>& policies) {
  json::array list;
  for (const PolicyInfo& policy : policies)
    list.push_back(placed(policy_json(policy)));
  document_["policies"] = std::move(list);
}

void Export::add_operator_policies(const std::vector<PolicyInfo>& policies) {
  json::array list;
  for (const PolicyInfo& policy : policies)
    list.push_back(placed(operator_parameter_json(policy)));
  document_["parameters"] = std::move(list);
}

/// What ends with its connection or with the server is nobody's to declare.
void Export::add_queues(const std::vector<QueueInfo>& queues) {
  json::array list;
  for (const QueueInfo& queue : queues) {
    if (!queue.durable || queue.exclusive) continue;
    queues_.emplace(queue.vhost, queue.name);
    json::object entry;
    entry["name"] = json_text(queue.name);
    entry["vhost"] = json_text(queue.vhost);
    entry["durable"] = true;
    entry["auto_delete"] = queue.auto_delete;
    entry["arguments"] = to_json(queue.arguments);
    list.push_back(placed(std::move(entry)));
  }
  document_["queues"] = std::move(list);
}

void Export::add_exchanges(const std::vector<ExchangeInfo>& exchanges) {
  json::array list;
  for (const ExchangeInfo& exchange : exchanges) {
    if (!exchange.durable || exchange.name.empty()) continue;
    exchanges_.emplace(exchange.vhost, exchange.name);
    if (exchange.name.starts_with("amq.")) continue;
    json::object entry = exchange_json(exchange);
    entry["vhost"] = json_text(exchange.vhost);
    list.push_back(placed(std::move(entry)));
  }
  document_["exchanges"] = std::move(list);
}

/// Those between ends that are in the document.
void Export::add_bindings(const std::vector<BindingInfo>& bindings) {
  json::array list;
  for (const BindingInfo& binding : bindings) {
    const bool there =
        binding.to_exchange ? has_exchange(binding.vhost, binding.destination) : has_queue(binding);
    if (!there || !has_exchange(binding.vhost, binding.source)) continue;
    list.push_back(placed(binding_json(binding)));
  }
  document_["bindings"] = std::move(list);
}

/// RabbitMQ's documents have no such list. The topics of queues come with their queues.
void Export::add_topics(const std::string& vhost, const std::vector<TopicInfo>& topics) {
  json::array& list = document_["topics"].as_array();
  for (const TopicInfo& topic : topics) {
    if (topic.of_queue) continue;
    json::object config;
    for (const TopicConfig& entry : topic.configs)
      config[json_text(entry.name)] = json_text(entry.value);
    json::object entry;
    entry["name"] = json_text(topic.name);
    entry["vhost"] = json_text(vhost);
    entry["partitions"] = topic.partitions.size();
    entry["config"] = std::move(config);
    list.push_back(placed(std::move(entry)));
  }
}

void export_all(const CallRef& call) {
  std::make_shared<Export>(call, true)->begin();
}

void export_vhost(const CallRef& call) {
  std::make_shared<Export>(call, false)->begin();
}

/// One object after the other: each may need those before it.
class Import : public std::enable_shared_from_this<Import> {
 public:
  Import(CallRef call, std::vector<DefinitionStep> steps)
      : call_(std::move(call)), steps_(std::move(steps)) {}

  void next() {
    if (at_ == steps_.size()) return call_->answer_done();
    const std::string& vhost = steps_[at_].vhost;
    if (vhost.empty() || vhost == call_->vhost()) return make();
    call_->go_to(vhost, [self = shared_from_this()] { self->make(); });
  }

 private:
  void make() {
    const DefinitionStep& step = steps_[at_++];
    step.make(call_, [self = shared_from_this(), &step](const Result<void>& made) {
      if (made) return self->next();
      self->call_->refuse(Error(made.error().code, step.what + ": " + made.error().text));
    });
  }

  CallRef call_;
  std::vector<DefinitionStep> steps_;
  std::size_t at_ = 0;
};

void take(const CallRef& call, const std::optional<std::string>& vhost) {
  const auto body = read_object(call->request());
  if (!body) return call->refuse(body.error());
  auto steps = definition_steps(*body, vhost);
  if (!steps) return call->refuse(steps.error());
  std::make_shared<Import>(call, std::move(*steps))->next();
}

void import_all(const CallRef& call) {
  take(call, std::nullopt);
}

void import_vhost(const CallRef& call) {
  take(call, call->vhost());
}

}  // namespace

json::object operator_parameter_json(const PolicyInfo& policy) {
  json::object value = policy_json(policy);
  json::object out;
  out["vhost"] = value["vhost"];
  out["name"] = value["name"];
  out["component"] = operator_policy_component;
  value.erase("vhost");
  value.erase("name");
  out["value"] = std::move(value);
  return out;
}

void add_definitions(RouteList& routes) {
  constexpr auto all = "/api/definitions";
  constexpr auto of_vhost = "/api/definitions/{vhost}";
  add(routes, {Method::get, all, export_all}, "Exports what was declared in every vhost");
  add(routes, {Method::get, of_vhost, export_vhost}, "Exports what was declared in a vhost",
      {200, 404});
  add(routes, {Method::post, all, import_all, Needs::broker, definitions_bytes_max},
      "Makes what an export says; equal objects are left as they are", {204, 404, 409});
  add(routes, {Method::post, of_vhost, import_vhost, Needs::broker, definitions_bytes_max},
      "Makes what an export of a vhost says", {204, 404, 409});
}

}  // namespace rialto::http::management
