#include "gateway/cli/demo_kafka.h"

#include "core/base/bytes.h"
#include "core/base/crc32c.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace rialto {

namespace {

constexpr std::int16_t produce_api = 0;
constexpr std::int16_t produce_version = 3;
constexpr std::int16_t fetch_api = 1;
constexpr std::int16_t fetch_version = 4;
constexpr std::int32_t fetch_wait_ms = 2000;
constexpr std::int32_t fetch_bytes_max = 1 << 20;
/// What a batch's length counts in front of the part that its CRC covers: epoch, magic, CRC.
constexpr std::size_t before_checked = 4 + 1 + 4;

void append_text(std::string& out, Bytes text) {
  append_be(out, static_cast<std::int16_t>(text.size()));
  out.append(text);
}

/// One topic with its partition 0, as both requests name it.
void append_partition(std::string& out, const std::string& topic) {
  append_be(out, std::int32_t{1});
  append_text(out, topic);
  append_be(out, std::int32_t{1});
  append_be(out, std::int32_t{0});
}

std::string batch_of(Bytes value, std::int64_t now_ms) {
  std::string record;
  append_be(record, std::int8_t{0});  // attributes
  append_zigzag(record, 0);           // timestamp delta
  append_zigzag(record, 0);           // offset delta
  append_zigzag(record, -1);          // no key
  append_zigzag(record, static_cast<std::int64_t>(value.size()));
  record.append(value);
  append_zigzag(record, 0);  // headers

  std::string checked;
  append_be(checked, std::int16_t{0});  // attributes: no compression, create time
  append_be(checked, std::int32_t{0});  // last offset delta
  append_be(checked, now_ms);           // base timestamp
  append_be(checked, now_ms);           // max timestamp
  append_be(checked, std::int64_t{-1});
  append_be(checked, std::int16_t{-1});
  append_be(checked, std::int32_t{-1});  // not idempotent
  append_be(checked, std::int32_t{1});   // records
  append_zigzag(checked, static_cast<std::int64_t>(record.size()));
  checked += record;

  constexpr std::int8_t magic = 2;
  std::string batch;
  append_be(batch, std::int64_t{0});
  append_be(batch, static_cast<std::int32_t>(before_checked + checked.size()));
  append_be(batch, std::int32_t{-1});
  append_be(batch, magic);
  append_be(batch, crc32c(checked));
  return batch + checked;
}

Result<std::string> first_value_of(Bytes batch) {
  ByteReader in(batch);
  in.skip(sizeof(std::int64_t));  // base offset
  const auto counted = in.be<std::int32_t>();
  in.skip(before_checked - sizeof(std::uint32_t));
  const auto crc = in.be<std::uint32_t>();
  const Bytes checked = in.bytes(static_cast<std::size_t>(counted) - before_checked);
  if (in.failed()) return Error(Errc::not_found, "the partition holds no whole batch");
  if (crc32c(checked) != crc) return Error(Errc::corrupt, "a batch with a wrong checksum");

  constexpr std::size_t up_to_records = 4 + 8 + 8 + 8 + 2 + 4 + 4;
  constexpr std::int16_t compression_bits = 7;
  ByteReader record(checked);
  if ((record.be<std::int16_t>() & compression_bits) != 0) {
    return Error(Errc::unknown_codec, "the record batch is compressed");
  }
  record.skip(up_to_records);
  record.zigzag();  // length
  record.skip(1);   // attributes
  record.zigzag();  // timestamp delta
  record.zigzag();  // offset delta
  const std::int64_t key_bytes = record.zigzag();
  if (key_bytes > 0) record.skip(static_cast<std::size_t>(key_bytes));
  const std::int64_t value_bytes = record.zigzag();
  const Bytes value = record.bytes(value_bytes > 0 ? static_cast<std::size_t>(value_bytes) : 0);
  if (record.failed()) return Error(Errc::corrupt, "the record is cut off");
  return std::string(value);
}

Result<void> ok_or(std::int16_t error, const std::string& topic) {
  if (error == 0) return {};
  return Error(Errc::policy_violation, fmt::format("Kafka error {} for topic {}", error, topic));
}

}  // namespace

Result<DemoKafka> DemoKafka::connect(const ListenAddress& to, WireSocket::Deadline deadline) {
  auto socket = WireSocket::connect(to, deadline);
  if (!socket) return socket.error();
  return DemoKafka(std::move(*socket));
}

Result<std::string> DemoKafka::ask(std::int16_t api, std::int16_t version, Bytes body) {
  std::string request;
  append_be(request, api);
  append_be(request, version);
  append_be(request, ++correlation_);
  append_text(request, "rialto-demo");
  request.append(body);
  std::string framed;
  append_be(framed, static_cast<std::int32_t>(request.size()));
  framed += request;
  if (auto sent = socket_.send(framed); !sent) return sent.error();

  const auto size = socket_.receive(sizeof(std::int32_t));
  if (!size) return size.error();
  const auto bytes = load_be<std::int32_t>(size->data());
  if (bytes < static_cast<std::int32_t>(sizeof correlation_)) {
    return Error(Errc::corrupt, "a Kafka answer without its header");
  }
  auto answer = socket_.receive(static_cast<std::size_t>(bytes));
  if (!answer) return answer;
  if (load_be<std::int32_t>(answer->data()) != correlation_) {
    return Error(Errc::corrupt, "a Kafka answer to another request");
  }
  return answer->substr(sizeof correlation_);
}

Result<void> DemoKafka::produce(const std::string& topic, Bytes value) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string batch =
      batch_of(value, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  std::string body;
  append_be(body, std::int16_t{-1});  // no transaction
  append_be(body, std::int16_t{-1});  // acks=all
  append_be(body, fetch_wait_ms);
  append_partition(body, topic);
  append_be(body, static_cast<std::int32_t>(batch.size()));
  body += batch;
  const auto answer = ask(produce_api, produce_version, body);
  if (!answer) return answer.error();
  ByteReader in(*answer);
  in.skip(sizeof(std::int32_t));
  in.skip(static_cast<std::size_t>(in.be<std::int16_t>()));
  in.skip(2 * sizeof(std::int32_t));
  const auto error = in.be<std::int16_t>();
  if (in.failed()) return Error(Errc::corrupt, "the Produce answer is cut off");
  return ok_or(error, topic);
}

Result<std::string> DemoKafka::first_value(const std::string& topic) {
  std::string body;
  append_be(body, std::int32_t{-1});  // a consumer, not a replica
  append_be(body, fetch_wait_ms);
  append_be(body, std::int32_t{1});  // at least one byte
  append_be(body, fetch_bytes_max);
  append_be(body, std::int8_t{0});  // read uncommitted
  append_partition(body, topic);
  append_be(body, std::int64_t{0});
  append_be(body, fetch_bytes_max);
  const auto answer = ask(fetch_api, fetch_version, body);
  if (!answer) return answer.error();
  ByteReader in(*answer);
  in.skip(2 * sizeof(std::int32_t));
  in.skip(static_cast<std::size_t>(in.be<std::int16_t>()));
  in.skip(2 * sizeof(std::int32_t));
  const auto error = in.be<std::int16_t>();
  in.skip(2 * sizeof(std::int64_t));
  const auto aborted = in.be<std::int32_t>();
  if (aborted > 0) in.skip(static_cast<std::size_t>(aborted) * 2 * sizeof(std::int64_t));
  const auto bytes = in.be<std::int32_t>();
  const Bytes records = in.bytes(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
  if (in.failed()) return Error(Errc::corrupt, "the Fetch answer is cut off");
  if (auto ok = ok_or(error, topic); !ok) return ok.error();
  return first_value_of(records);
}

}  // namespace rialto
