#include "gateway/cli/ctl_tables.h"

namespace rialto {

namespace {

using Columns = std::vector<CtlColumn>;

const Columns queue_columns = {{"name", "name", true},
                               {"messages", "messages", true},
                               {"messages_ready", "messages_ready"},
                               {"messages_unacknowledged", "messages_unacknowledged"},
                               {"consumers", "consumers"},
                               {"durable", "durable"},
                               {"auto_delete", "auto_delete"},
                               {"exclusive", "exclusive"},
                               {"arguments", "arguments"},
                               {"type", "type"},
                               {"policy", "policy"},
                               {"operator_policy", "operator_policy"},
                               {"effective_policy_definition", "effective_policy_definition"},
                               {"state", "state"},
                               {"vhost", "vhost"}};

const std::vector<std::string_view> queue_missing = {"consumer_capacity",
                                                     "consumer_utilisation",
                                                     "disk_reads",
                                                     "disk_writes",
                                                     "exclusive_consumer_pid",
                                                     "exclusive_consumer_tag",
                                                     "head_message_timestamp",
                                                     "leader",
                                                     "members",
                                                     "memory",
                                                     "message_bytes",
                                                     "message_bytes_persistent",
                                                     "message_bytes_ram",
                                                     "message_bytes_ready",
                                                     "message_bytes_unacknowledged",
                                                     "messages_persistent",
                                                     "messages_ram",
                                                     "messages_ready_ram",
                                                     "messages_unacknowledged_ram",
                                                     "online",
                                                     "owner_pid",
                                                     "pid",
                                                     "slave_pids",
                                                     "storage_version",
                                                     "synchronised_slave_pids"};

const Columns exchange_columns = {{"name", "name", true},   {"type", "type", true},
                                  {"durable", "durable"},   {"auto_delete", "auto_delete"},
                                  {"internal", "internal"}, {"arguments", "arguments"},
                                  {"policy", "policy"},     {"vhost", "vhost"}};

const Columns binding_columns = {{"source_name", "source", true},
                                 {"source_kind", "", true, "exchange"},
                                 {"destination_name", "destination", true},
                                 {"destination_kind", "destination_type", true},
                                 {"routing_key", "routing_key", true},
                                 {"arguments", "arguments", true},
                                 {"vhost", "vhost"}};

const Columns vhost_columns = {{"name", "name", true},
                               {"description", "description"},
                               {"tags", "tags"},
                               {"tracing", "tracing"},
                               {"cluster_state", "cluster_state"},
                               {"default_queue_type", "default_queue_type"}};

const Columns user_columns = {{"user", "name", true}, {"tags", "tags", true}};

const Columns connection_columns = {{"user", "user", true},
                                    {"peer_host", "peer_host", true},
                                    {"peer_port", "peer_port", true},
                                    {"state", "state", true},
                                    {"pid", "name"},
                                    {"name", "name"},
                                    {"host", "host"},
                                    {"port", "port"},
                                    {"vhost", "vhost"},
                                    {"protocol", "protocol"},
                                    {"channels", "channels"},
                                    {"channel_max", "channel_max"},
                                    {"frame_max", "frame_max"},
                                    {"timeout", "timeout"},
                                    {"ssl", "ssl"},
                                    {"connected_at", "connected_at"},
                                    {"client_properties", "client_properties"}};

const std::vector<std::string_view> connection_missing = {
    "auth_mechanism", "peer_cert_issuer", "peer_cert_subject", "peer_cert_validity", "recv_cnt",
    "recv_oct",       "send_cnt",         "send_oct",          "send_pend",          "ssl_cipher",
    "ssl_hash",       "ssl_key_exchange", "ssl_protocol"};

const Columns channel_columns = {{"pid", "name", true},
                                 {"user", "user", true},
                                 {"consumer_count", "consumer_count", true},
                                 {"messages_unacknowledged", "messages_unacknowledged", true},
                                 {"name", "name"},
                                 {"number", "number"},
                                 {"connection", "connection_details.name"},
                                 {"vhost", "vhost"},
                                 {"prefetch_count", "prefetch_count"},
                                 {"global_prefetch_count", "global_prefetch_count"},
                                 {"confirm", "confirm"},
                                 {"transactional", "transactional"},
                                 {"state", "state"}};

const std::vector<std::string_view> channel_missing = {"acks_uncommitted", "messages_uncommitted",
                                                       "messages_unconfirmed"};

const Columns consumer_columns = {{"queue_name", "queue.name", true},
                                  {"channel_pid", "channel_details.name", true},
                                  {"consumer_tag", "consumer_tag", true},
                                  {"ack_required", "ack_required", true},
                                  {"prefetch_count", "prefetch_count", true},
                                  {"active", "active", true},
                                  {"arguments", "arguments", true},
                                  {"activity_status", "activity_status"},
                                  {"exclusive", "exclusive"}};

const Columns permission_columns = {{"user", "user", true},
                                    {"configure", "configure", true},
                                    {"write", "write", true},
                                    {"read", "read", true},
                                    {"vhost", "vhost"}};

const Columns parameter_columns = {{"component", "component", true},
                                   {"name", "name", true},
                                   {"value", "value", true},
                                   {"vhost", "vhost"}};

const Columns policy_columns = {{"vhost", "vhost", true},           {"name", "name", true},
                                {"pattern", "pattern", true},       {"apply-to", "apply-to", true},
                                {"definition", "definition", true}, {"priority", "priority", true}};

}  // namespace

const std::vector<CtlTable>& ctl_tables() {
  static const std::vector<CtlTable> all = {
      {"list_queues",
       "queues for vhost",
       "/api/queues",
       true,
       queue_columns,
       queue_missing,
       {"--online", "--offline", "--local"}},
      {"list_exchanges", "exchanges for vhost", "/api/exchanges", true, exchange_columns},
      {"list_bindings", "bindings for vhost", "/api/bindings", true, binding_columns},
      {"list_vhosts", "vhosts", "/api/vhosts", false, vhost_columns},
      {"list_users", "users", "/api/users", false, user_columns},
      {"list_connections", "connections", "/api/connections", false, connection_columns,
       connection_missing},
      {"list_channels", "channels", "/api/channels", false, channel_columns, channel_missing},
      {"list_policies", "policies for vhost", "/api/policies", true, policy_columns},
      {"list_operator_policies", "operator policies for vhost", "/api/operator-policies", true,
       policy_columns},
      {"list_consumers", "consumers in vhost", "/api/consumers", true, consumer_columns},
      {"list_permissions", "permissions for vhost", "/api/permissions", true, permission_columns},
      {"list_parameters", "runtime parameters for vhost", "/api/parameters/operator_policy", true,
       parameter_columns},
  };
  return all;
}

const std::vector<std::string_view>& ctl_missing() {
  static const std::vector<std::string_view> all = {"add_user",
                                                    "authenticate_user",
                                                    "change_password",
                                                    "clear_parameter",
                                                    "clear_permissions",
                                                    "clear_vhost_limits",
                                                    "cluster_status",
                                                    "delete_user",
                                                    "enable_feature_flag",
                                                    "environment",
                                                    "eval",
                                                    "list_feature_flags",
                                                    "list_user_permissions",
                                                    "report",
                                                    "reset",
                                                    "rotate_logs",
                                                    "set_parameter",
                                                    "set_permissions",
                                                    "set_user_tags",
                                                    "set_vhost_limits",
                                                    "set_vm_memory_high_watermark",
                                                    "start_app",
                                                    "stop",
                                                    "stop_app",
                                                    "trace_off",
                                                    "trace_on"};
  return all;
}

}  // namespace rialto
