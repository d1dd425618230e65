#include "gateway/cli/command_line.h"
#include "gateway/cli/config_arguments.h"
#include "gateway/cli/demo_steps.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace rialto {

namespace {

using std::chrono::steady_clock;

// The demo promises to be over in ten; the rest is for stopping a server of its own.
constexpr std::chrono::seconds demo_max{9};
constexpr std::chrono::milliseconds looking_max{500};

/// A Rialto that is up answers its readiness check.
Result<bool> answers(const ListenAddress& http) {
  const auto answer = DemoHttp(http, steady_clock::now() + looking_max).ask("GET", "/readyz", "");
  if (!answer || (answer->status != 200 && answer->status != 503)) return false;
  if (answer->status == 503) return Error(Errc::shutting_down, answer->body);
  return true;
}

ExitCode run_against(const DemoAddresses& at, steady_clock::time_point began) {
  DemoSteps demo(at, began + demo_max);
  if (const auto ran = demo.run(); !ran) {
    fmt::print(stderr, "rialto: the demo stopped: {}\n", ran.error().text);
    return ExitCode::failed;
  }
  const std::chrono::duration<double> took = steady_clock::now() - began;
  constexpr std::size_t cells = DemoSteps::doors * DemoSteps::doors;
  fmt::print("\n{}\n\n{} of {} ok, byte for byte, in {:.2f} s\n", demo.grid(), demo.good_cells(),
             cells, took.count());
  return demo.good_cells() == cells ? ExitCode::ok : ExitCode::failed;
}

ExitCode run_demo(const ConfigArguments& arguments) {
  const auto began = steady_clock::now();
  const LoadedConfig loaded = arguments.load();
  if (!loaded.errors.empty()) {
    fmt::print(stderr, "{}", explain(loaded.errors));
    return ExitCode::bad_config;
  }
  const Config& config = loaded.config;
  const auto running = answers(config.http.listen);
  if (!running) {
    fmt::print(stderr, "rialto: the server at http://{} is not ready: {}\n",
               config.http.listen.text(), running.error().text);
    return ExitCode::unreachable;
  }
  const auto say_where = [](const char* which, const DemoAddresses& at) {
    fmt::print("One message, three doors. Server: {}\nAMQP {}   Kafka {}   HTTP {}\n\n", which,
               at.amqp.text(), at.kafka.text(), at.http.text());
  };
  if (*running) {
    const DemoAddresses at{config.amqp.listen, config.kafka.listen, config.http.listen};
    say_where("the one that runs here", at);
    return run_against(at, began);
  }
  const auto child = ChildServer::start(began + demo_max);
  if (!child) {
    fmt::print(stderr, "rialto: no server answers at http://{}, and none could be started: {}\n",
               config.http.listen.text(), child.error().text);
    return ExitCode::unreachable;
  }
  const DemoAddresses at{child->amqp(), child->kafka(), child->http()};
  say_where("started for this demo, its data is deleted afterwards", at);
  return run_against(at, began);
}

}  // namespace

void add_demo(CLI::App& app, Chosen& chosen) {
  CLI::App* command = app.add_subcommand(
      "demo",
      "Write through each door, read through all: against the server that runs here, or "
      "one of its own");
  const auto arguments = std::make_shared<ConfigArguments>();
  arguments->add_to(*command);
  command->callback(
      [&chosen, arguments] { chosen = [arguments] { return run_demo(*arguments); }; });
}

}  // namespace rialto
