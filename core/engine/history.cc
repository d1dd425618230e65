#include "core/engine/history.h"

#include "core/model/frames/codec.h"

#include <utility>

namespace rialto {

std::size_t take_settled(FrameKind kind, Bytes meta, std::int64_t wall_ms, QueueId queue,
                         SettledHistory& out) {
  SettleFrame frame;
  if (kind != FrameKind::settle || !decode_fields(meta, frame)) return 0;
  std::size_t runs = 0;
  for (SettleEntry& entry : frame.entries) {
    if (entry.queue != queue) continue;
    runs += entry.runs.size();
    out.entries.push_back({wall_ms, std::move(entry)});
  }
  return runs;
}

Result<SettledHistory> settled_in(const FrameSource& source, const FrameRange& range,
                                  const HistoryAsk& ask) {
  SettledHistory out;
  std::size_t runs = 0;
  const auto walked = walk_frames(source, range, [&](const FrameHeader& header, Bytes meta) {
    runs += take_settled(header.kind, meta, header.wall_ms, ask.queue, out);
    if (runs < ask.runs_max) return true;
    out.next = HistoryPosition{header.end().get(), header.epoch};
    return false;
  });
  if (!walked && walked.error().code != Errc::out_of_range) return walked.error();
  return out;
}

}  // namespace rialto
