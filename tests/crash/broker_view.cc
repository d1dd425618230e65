#include "tests/crash/broker_view.h"

#include "tests/unit/core/broker/core_rig.h"

#include <algorithm>
#include <utility>

namespace rialto::test {
namespace {

std::string number(auto strong) {
  return std::to_string(strong.get());
}

/// Bodies are long; the first word names them.
std::string name_of_message(const std::string& body) {
  return body.substr(0, body.find(' '));
}

void look_at_partition(BrokerClient& client, const std::string& topic, std::size_t index,
                       Offset from, BrokerView& out) {
  for (;;) {
    Fetch what = fetch_of(topic, from.get());
    what.parts[0].partition = PartitionIndex(static_cast<std::int32_t>(index));
    const FetchedPart part = client.get(what).value().value().at(0);
    const auto records = records_of(part.batches);
    for (const auto& [offset, body] : records) {
      out.text += ' ' + std::to_string(offset) + ':' + name_of_message(body);
      out.bodies[topic].push_back(body);
      from = Offset(offset + 1);
    }
    if (part.error != Errc::ok)
      out.text += " error " + std::to_string(static_cast<int>(part.error));
    if (records.empty()) return;
  }
}

void look_at_topics(BrokerClient& client, BrokerView& out) {
  DescribeTopics all;
  all.all = true;
  auto topics = client.get(all).value().value();
  std::sort(topics.begin(), topics.end(),
            [](const TopicInfo& a, const TopicInfo& b) { return a.name < b.name; });
  for (const TopicInfo& topic : topics) {
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      const PartitionInfo& p = topic.partitions[i];
      out.text += "topic " + topic.name + '/' + std::to_string(i) + " from " + number(p.log_start) +
                  " to " + number(p.high_watermark) + ':';
      if (topic.of_queue) {
        BrokerView of_log;
        look_at_partition(client, topic.name, i, p.log_start, of_log);
        out.text += of_log.text;
      } else {
        out.log_starts[PartitionIndex(static_cast<std::int32_t>(i))] = p.log_start;
        look_at_partition(client, topic.name, i, p.log_start, out);
      }
      out.text += '\n';
    }
  }
}

/// Until nothing happens by itself.
void settle_down(BrokerClient& client) {
  constexpr int ticks = 12;
  for (int i = 0; i < ticks; ++i)
    client.wait_ms(1);
}

void look_at_queue(BrokerClient& client, const std::string& name, BrokerView& out) {
  out.text += "queue " + name + ':';
  for (bool came = false;;) {
    const auto got = client.get(get_of(name)).value().value();
    if (!got.delivery) {
      // What waited for the room may come now.
      if (!std::exchange(came, false)) break;
      settle_down(client);
      continue;
    }
    came = true;
    const std::string body = Peer::body_of(*got.delivery);
    out.text += ' ' + number(got.delivery->record.offset) + ':' + name_of_message(body) +
                (got.delivery->redelivered ? " again " : " new ") +
                std::to_string(got.delivery->delivery_count);
    out.bodies[name].push_back(body);
  }
  out.text += '\n';
}

}  // namespace

BrokerView look_at(BrokerClient& client, const std::vector<std::string>& leases) {
  BrokerView out;
  constexpr std::int64_t everything_put_off_is_due_ms = 10'000;
  client.wait_ms(everything_put_off_is_due_ms);
  settle_down(client);
  auto queues = client.get(ListQueues{}).value().value();
  std::sort(queues.begin(), queues.end(),
            [](const QueueInfo& a, const QueueInfo& b) { return a.name < b.name; });
  for (const QueueInfo& queue : queues)
    out.text += queue.name + " has " + std::to_string(queue.counts.ready) + " ready\n";
  look_at_topics(client, out);
  FetchOffsets of_group;
  of_group.group = "g";
  of_group.all = true;
  for (const CommittedOffset& at : client.get(of_group).value().value()) {
    out.text += "committed " + at.topic + ' ' + number(at.partition) + ' ' + number(at.offset) +
                ' ' + at.metadata + '\n';
  }
  SettleLeases extend;
  extend.extend = leases;
  extend.extend_ms = 1000;
  for (const Errc known : client.get(extend).value().value())
    out.text += known == Errc::ok ? "lease known\n" : "lease over\n";
  constexpr std::int64_t every_lease_is_over_ms = 3'600'000;
  client.wait_ms(every_lease_is_over_ms);
  for (const QueueInfo& queue : queues)
    look_at_queue(client, queue.name, out);
  out.text += "next producer " + number(client.get(NewProducerId{}).value().value().id) + '\n';
  return out;
}

}  // namespace rialto::test
