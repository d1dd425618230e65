#include "gateway/cli/demo_steps.h"

#include <fmt/format.h>

#include <random>
#include <utility>

namespace rialto {

namespace {

/// A body that no text handling survives: every byte value, behind a line that tells it apart.
std::string body_of(const std::string& door, const std::string& run) {
  std::string body = "written through " + door + " by run " + run + "\n";
  for (int byte = 0; byte < 256; ++byte)
    body.push_back(static_cast<char>(byte));
  return body;
}

std::string new_run_name() {
  std::random_device random;
  return fmt::format("{:08x}", static_cast<std::uint32_t>(random()));
}

}  // namespace

DemoSteps::DemoSteps(DemoAddresses addresses, WireSocket::Deadline deadline)
    : addresses_(std::move(addresses)), deadline_(deadline), http_(addresses_.http, deadline) {
  add_doors();
}

void DemoSteps::add_doors() {
  const std::string kcat = "kcat -b " + addresses_.kafka.text();
  const std::string http = "http://" + addresses_.http.text();
  doors_[0] = {"AMQP",
               "",
               "",
               [this](const std::string& queue, Bytes body) { return amqp_->publish(queue, body); },
               [this](const std::string& queue) { return amqp_->get(queue); },
               [](const std::string& queue) {
                 return fmt::format(R"(pika: channel.basic_publish("", "{}", body))", queue);
               },
               [](const std::string& queue) {
                 return fmt::format(
                     R"(pika: channel.basic_get("{}"), then basic_ack(delivery_tag))", queue);
               }};
  doors_[1] = {
      "Kafka",
      "",
      "",
      [this](const std::string& queue, Bytes body) { return kafka_->produce(queue, body); },
      [this](const std::string& queue) { return kafka_->first_value(queue); },
      [kcat](const std::string& queue) {
        return fmt::format("{} -P -t {} -X acks=all body.bin", kcat, queue);
      },
      [kcat](const std::string& queue) {
        return fmt::format("{} -C -t {} -o beginning -c 1 -D ''", kcat, queue);
      }};
  doors_[2] = {"HTTP",
               "",
               "",
               [this](const std::string& queue, Bytes body) { return http_.publish(queue, body); },
               [this](const std::string& queue) { return http_.first_value(queue); },
               [http](const std::string& queue) {
                 return fmt::format("curl --data-binary @body.bin {}/v1/queues/{}/messages", http,
                                    queue);
               },
               [http](const std::string& queue) {
                 return fmt::format(
                     "curl -H 'Accept: application/octet-stream' "
                     "'{}/v1/topics/{}/messages?from=earliest'",
                     http, queue);
               }};
}

Result<void> DemoSteps::run() {
  if (auto ok = connect(); !ok) return ok;
  const auto made = make_queues();
  if (made) {
    write_all();
    read_all();
  }
  remove_queues();
  return made;
}

Result<void> DemoSteps::connect() {
  auto amqp = DemoAmqp::connect(addresses_.amqp, deadline_);
  if (!amqp) return Error(amqp.error().code, "AMQP: " + amqp.error().text);
  amqp_ = std::move(*amqp);
  auto kafka = DemoKafka::connect(addresses_.kafka, deadline_);
  if (!kafka) return Error(kafka.error().code, "Kafka: " + kafka.error().text);
  kafka_ = std::move(*kafka);
  return {};
}

void DemoSteps::tell(const std::string& sentence) {
  fmt::print("{}. {}\n", ++step_, sentence);
}

Result<void> DemoSteps::make_queues() {
  tell("Declare three durable queues through AMQP; each is a Kafka topic of the same name");
  const std::string run = new_run_name();
  for (Door& door : doors_) {
    door.queue = fmt::format("demo-{}-{}", run, door.name);
    door.body = body_of(door.name, run);
    if (auto ok = amqp_->declare_durable(door.queue); !ok) {
      return Error(ok.error().code, "declaring a queue: " + ok.error().text);
    }
    fmt::print("   pika: channel.queue_declare(\"{}\", durable=True)\n", door.queue);
  }
  return {};
}

void DemoSteps::write_all() {
  tell("Write a message through each door; each answers when it is on the disk");
  for (const Door& door : doors_) {
    fmt::print("   {}\n", door.write_line(door.queue));
    if (auto ok = door.write(door.queue, door.body); !ok) {
      fmt::print("   FAILED: {}\n", ok.error().text);
    }
  }
}

void DemoSteps::read_all() {
  tell("Read all three through each door and compare every byte");
  // Logs first: they do not take anything away. Then the queue, which acknowledges.
  for (const std::size_t reader : {1U, 2U, 0U}) {
    const Door& through = doors_[reader];
    for (std::size_t writer = 0; writer < doors; ++writer) {
      const Door& from = doors_[writer];
      fmt::print("   {}\n", through.read_line(from.queue));
      const auto body = through.read(from.queue);
      same_[writer][reader] = body && *body == from.body;
      if (!body) fmt::print("   FAILED: {}\n", body.error().text);
      if (body && !same_[writer][reader]) {
        fmt::print("   FAILED: {} bytes came that differ from the {} written\n", body->size(),
                   from.body.size());
      }
    }
  }
}

void DemoSteps::remove_queues() {
  tell("Delete the queues");
  for (const Door& door : doors_) {
    if (door.queue.empty()) continue;
    fmt::print("   pika: channel.queue_delete(\"{}\")\n", door.queue);
    // A connection that a failed read ended takes the next one's place.
    if (amqp_->remove(door.queue)) continue;
    auto again = DemoAmqp::connect(addresses_.amqp, deadline_);
    if (again) amqp_ = std::move(*again);
    if (auto ok = amqp_->remove(door.queue); !ok) fmt::print("   FAILED: {}\n", ok.error().text);
  }
}

std::string DemoSteps::grid() const {
  std::string out(16, ' ');
  for (const Door& reader : doors_)
    out += fmt::format("  {:<13}", "read by " + reader.name);
  for (std::size_t writer = 0; writer < doors; ++writer) {
    out += fmt::format("\n{:<16}", "written by " + doors_[writer].name);
    for (const bool same : same_[writer])
      out += fmt::format("  {:<13}", same ? "ok" : "FAILED");
  }
  return out;
}

std::size_t DemoSteps::good_cells() const {
  std::size_t good = 0;
  for (const auto& row : same_) {
    for (const bool same : row)
      good += same ? 1 : 0;
  }
  return good;
}

}  // namespace rialto
