#pragma once

#include "adapters/http/call.h"
#include "core/model/ids.h"
#include "core/model/record.h"

#include <boost/json/array.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// Reading the log of one partition, page by page.
namespace rialto::http::v1 {

/// Times that are places: the end of the log, and its beginning.
inline constexpr std::int64_t latest_ms = -1;
inline constexpr std::int64_t earliest_ms = -2;

/// Where a reader wants to begin.
struct ReadFrom {
  std::string topic;
  PartitionIndex partition;
  std::optional<Offset> offset;  ///< or else
  std::int64_t at_ms = earliest_ms;
};

/// earliest, latest, an offset or an RFC 3339 time.
Result<void> read_place(const std::string& text, ReadFrom& out);
/// What the path and the parameters `from` and `partition` say.
Result<ReadFrom> read_from(const Call& call);

/// The records of fetched batches, and where to read on.
struct Page {
  using Take = std::function<void(const RecordView& record, bool amqp_written)>;

  Offset next;
  std::size_t count = 0;

  /// Gives up to `max` records from `next` on to `take`. What is in front of damage is whole; an
  /// error: there is nothing in front of it.
  Result<void> collect(const std::vector<StoredBatch>& batches, std::size_t max, const Take& take);

 private:
  Result<void> add(const StoredBatch& stored, std::size_t max, const Take& take);
};

/// Calls `then` with the offset that `from` stands for.
void locate(const CallRef& call, const ReadFrom& from, const std::function<void(Offset)>& then);

/// Reads up to `bytes_max` from `at` on, waiting up to `wait_ms` for the first record. A part that
/// cannot be read goes to `otherwise`.
void fetch(const CallRef& call, const ReadFrom& from, Offset at, std::uint32_t bytes_max,
           std::int64_t wait_ms, const std::function<void(const FetchedPart&)>& then,
           const std::function<void(const Error&)>& otherwise);

}  // namespace rialto::http::v1
