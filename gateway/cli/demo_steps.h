#pragma once

#include "gateway/cli/child_server.h"
#include "gateway/cli/demo_amqp.h"
#include "gateway/cli/demo_http.h"
#include "gateway/cli/demo_kafka.h"

#include <array>
#include <functional>
#include <optional>
#include <string>

namespace rialto {

struct DemoAddresses {
  ListenAddress amqp;
  ListenAddress kafka;
  ListenAddress http;
};

/// The demo itself, against a server that is there: three durable queues, each written through
/// another door, each read through all three. Prints what it does and the equal line of a tool.
class DemoSteps {
 public:
  static constexpr std::size_t doors = 3;

  DemoSteps(DemoAddresses addresses, WireSocket::Deadline deadline);

  /// The error says which step did not work. A cell that differs is no error: see the grid.
  Result<void> run();
  /// The 3x3 grid as text.
  std::string grid() const;
  std::size_t good_cells() const;

 private:
  struct Door {
    std::string name;
    std::string queue;  ///< written through this door
    std::string body;
    std::function<Result<void>(const std::string& queue, Bytes body)> write;
    std::function<Result<std::string>(const std::string& queue)> read;
    std::function<std::string(const std::string& queue)> write_line;
    std::function<std::string(const std::string& queue)> read_line;
  };

  Result<void> connect();
  void add_doors();
  Result<void> make_queues();
  void write_all();
  void read_all();
  void remove_queues();
  void tell(const std::string& sentence);

  const DemoAddresses addresses_;
  const WireSocket::Deadline deadline_;
  std::optional<DemoAmqp> amqp_;
  std::optional<DemoKafka> kafka_;
  DemoHttp http_;
  std::array<Door, doors> doors_;
  bool same_[doors][doors] = {};  ///< [written][read]
  int step_ = 0;
};

}  // namespace rialto
