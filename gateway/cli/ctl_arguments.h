#pragma once

#include "core/base/result.h"
#include "gateway/config.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rialto {

/// How rows are written.
enum class CtlFormat : std::uint8_t {
  table,   ///< tabs between cells
  pretty,  ///< in frames
  csv,     ///< each cell in quotes
  json,
};

/// What rabbitmqctl's users write: a verb, what it takes, and options anywhere.
struct CtlArguments {
  ListenAddress to{"127.0.0.1", 15672};
  std::string vhost = "/";
  std::optional<std::int64_t> timeout_s;  ///< of one request; nothing: as its verb has it
  bool help = false;
  bool quiet = false;   ///< -q: no line that says what is listed
  bool silent = false;  ///< -s: a table has no header either
  bool headers = true;  ///< --no-table-headers
  CtlFormat format = CtlFormat::table;
  bool online = false;  ///< of list_queues, like the next two
  bool offline = false;
  bool local = false;
  bool if_empty = false;
  bool if_unused = false;
  std::int64_t priority = 0;        ///< of a policy
  std::string apply_to = "all";     ///< what a policy is for
  std::string description;          ///< of a vhost
  std::string tags;                 ///< of a vhost, with commas between them
  std::string to_queue;             ///< --to: another queue than the one where messages died
  std::vector<std::string> ids;     ///< --id, more than once: of the messages that are meant
  std::optional<std::int64_t> max;  ///< messages at most
  std::int64_t rate = 0;            ///< messages a second; 0: as fast as it goes
  bool dry_run = false;
  std::vector<std::string> states;  ///< --state, with commas or more than once
  std::string since;                ///< RFC 3339, also where an age such as 1h was given
  std::string until;
  std::vector<std::pair<std::string, std::string>> where;  ///< --where HEADER=VALUE
  std::string verb;                                        ///< may be empty where help is asked for
  std::vector<std::string> words;
};

/// Refuses a verb that is not there, and every option and word that the verb does not take.
Result<CtlArguments> read_ctl_arguments(const std::vector<std::string>& arguments);

}  // namespace rialto
