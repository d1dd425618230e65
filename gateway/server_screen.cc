#include "gateway/server_screen.h"

#include <fmt/format.h>

namespace rialto {

namespace {

std::string size_text(std::uint64_t bytes) {
  constexpr double kilo = 1000;
  double shown = static_cast<double>(bytes);
  const char* unit = "B";
  for (const char* larger : {"kB", "MB", "GB", "TB"}) {
    if (shown < kilo) break;
    shown /= kilo;
    unit = larger;
  }
  return *unit == 'B' ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", shown, unit);
}

std::string_view durability_text(Fsync fsync) {
  switch (fsync) {
    case Fsync::always: return "confirmed and shown means synced to the disk";
    case Fsync::os: return "OFF (storage.fsync: os): a power cut may take what was confirmed";
  }
  return "";
}

}  // namespace

std::string start_screen(const StartFacts& facts) {
  const std::string amqp = "amqp://" + facts.amqp.text();
  const std::string http = "http://" + facts.http.text();
  std::string out;
  const auto row = [&](std::string_view door, const std::string& address, const std::string& more) {
    out += fmt::format("  {:<12} {:<36} {}\n", door, address, more);
  };
  out += fmt::format(" Rialto {}  data {} ({}, opened in {} ms)\n", rialto_version, facts.data_dir,
                     size_text(facts.stored_bytes), facts.replay_ms);
  row("AMQP 0-9-1", amqp, "try: amqp-declare-queue -u " + amqp + " -d -q hello");
  row("Kafka", facts.kafka.text(), "try: echo hi | kcat -b " + facts.kafka.text() + " -P -t hello");
  row("HTTP", http, "try: curl '" + http + "/v1/topics/hello/messages?from=earliest'");
  row("Metrics", "http://" + facts.metrics.text() + "/metrics", "user guest everywhere");
  out += fmt::format("  {:<12} {}\n", "Durability", durability_text(facts.fsync));
  out += fmt::format(" Ready in {:.2f} s. Ctrl-C stops after flushing. Next: rialto demo\n",
                     static_cast<double>(facts.start_ms) / 1000);
  return out;
}

}  // namespace rialto
