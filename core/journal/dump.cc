#include "core/journal/dump.h"

#include "core/journal/recovery.h"
#include "core/model/frames/catalog_frame.h"
#include "core/model/frames/codec.h"
#include "core/model/frames/data_frame.h"
#include "core/model/frames/view_frames.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <ostream>

namespace rialto {
namespace {

constexpr std::size_t items_shown_max = 4;

/// The first few items and how many more there are.
template <class List, class Show>
std::string few(const List& list, Show show) {
  std::string out;
  for (std::size_t i = 0; i < list.size() && i < items_shown_max; ++i)
    out += ' ' + show(list[i]);
  if (list.size() > items_shown_max) {
    out += fmt::format(" and {} more", list.size() - items_shown_max);
  }
  return out;
}

std::string range(Offset first, Offset last) {
  return first == last ? fmt::format("{}", first.get())
                       : fmt::format("{}-{}", first.get(), last.get());
}

std::string words(const DataMeta& m) {
  return fmt::format("{} records to{}", m.record_count, few(m.targets, [&](const DataTarget& t) {
                       const Offset last = t.base_offset + m.last_offset_delta;
                       const bool is_volatile = (t.flags & DataTarget::is_volatile) != 0;
                       return fmt::format("partition {} at {}{}", t.partition.get(),
                                          range(t.base_offset, last),
                                          is_volatile ? " (volatile)" : "");
                     }));
}

std::string words(const SettleFrame& m) {
  return "settled" + few(m.entries, [](const SettleEntry& e) {
           return fmt::format(
               "queue {} partition {}:{}", e.queue.get(), e.partition.get(),
               few(e.runs, [](const SettledRun& r) { return range(r.first, r.last); }));
         });
}

std::string words(const CatalogFrame& m) {
  const auto name = [](const auto& o) { return fmt::format("{}{}", o.vhost, o.name); };
  std::string out;
  const auto add = [&](std::string_view what, const std::string& which) {
    if (!which.empty()) out += fmt::format("{}{}{}", out.empty() ? "" : ", ", what, which);
  };
  add("queues", few(m.queues, name));
  add("topics", few(m.topics, name));
  add("vhosts", few(m.vhosts, [](const VhostRecord& v) { return v.name; }));
  add("without vhosts", few(m.removed_vhosts, [](const std::string& v) { return v; }));
  add("exchanges", few(m.exchanges, name));
  add("bindings", few(m.bindings, [](const BindingRecord& b) {
        return b.routing_key + '#' + std::to_string(b.id.get());
      }));
  const auto id = [](const auto& i) { return fmt::format("{}", i.get()); };
  add("without queues", few(m.removed_queues, id));
  add("without topics", few(m.removed_topics, id));
  add("without exchanges", few(m.removed_exchanges, id));
  add("without bindings", few(m.removed_bindings, id));
  return out;
}

std::string words(const UnsettleFrame& m) {
  return fmt::format("queue {} has back", m.queue.get()) +
         few(m.entries, [](const UnsettleEntry& e) {
           return fmt::format("{} runs of partition {}", e.runs.size(), e.partition.get());
         });
}

std::string words(const TrimFrame& m) {
  return "log starts" + few(m.entries, [](const TrimEntry& e) {
           return fmt::format("partition {} at {}", e.partition.get(), e.log_start.get());
         });
}

std::string words(const LeaseFrame& m) {
  return fmt::format("queue {} leased", m.queue.get()) + few(m.entries, [](const LeaseEntry& e) {
           return fmt::format("{}/{} attempt {}", e.partition.get(), e.offset.get(), e.attempt);
         });
}

std::string words(const CountsFrame& m) {
  return "deliveries" + few(m.entries, [](const CountEntry& e) {
           return fmt::format("queue {} {}/{}: {}{}", e.queue.get(), e.partition.get(),
                              e.offset.get(), e.deliveries,
                              e.blocked == SettleReason::acked ? "" : ", a dead letter waits");
         });
}

std::string words(const OffsetsFrame& m) {
  return fmt::format("group {}", m.group) + few(m.offsets, [](const CommittedOffset& o) {
           return fmt::format("{}/{} at {}", o.topic, o.partition.get(), o.offset.get());
         });
}

std::string words(const ProducersFrame& m) {
  return fmt::format("producer ids below {}", m.next.get());
}

template <class Meta>
std::string decoded(Bytes meta) {
  Meta m;
  return decode_fields(meta, m) ? words(m) : std::string("its meta cannot be decoded");
}

struct Kind {
  FrameKind kind;
  std::string_view name;
  std::string (*summary)(Bytes meta);
};

constexpr Kind known_kinds[] = {
    {FrameKind::end, "end", nullptr},
    {FrameKind::mark, "mark", nullptr},
    {FrameKind::data, "data", decoded<DataMeta>},
    {FrameKind::settle, "settle", decoded<SettleFrame>},
    {FrameKind::catalog, "catalog", decoded<CatalogFrame>},
    {FrameKind::trim, "trim", decoded<TrimFrame>},
    {FrameKind::lease, "lease", decoded<LeaseFrame>},
    {FrameKind::offsets, "offsets", decoded<OffsetsFrame>},
    {FrameKind::producers, "producers", decoded<ProducersFrame>},
    {FrameKind::counts, "counts", decoded<CountsFrame>},
    {FrameKind::secret, "secret", nullptr},
    {FrameKind::unsettle, "unsettle", decoded<UnsettleFrame>},
};

std::string line_of(const FrameHeader& h, Bytes meta) {
  std::string name = fmt::format("kind-{}", static_cast<int>(h.kind));
  std::string inside;
  for (const Kind& kind : known_kinds) {
    if (kind.kind != h.kind) continue;
    name = kind.name;
    if (kind.summary) inside = kind.summary(meta);
  }
  std::string line = fmt::format("{:>12} {:<9} set {} epoch {} meta {} payload {} durable {} ms {}",
                                 h.lsn.get(), name, h.set_first.get(), h.epoch.get(), h.meta_bytes,
                                 h.payload_bytes, h.durable.get(), h.wall_ms);
  if (h.last_of_set()) line += " last";
  if ((h.flags & frame_amqp_written) != 0) line += " amqp";
  return inside.empty() ? line : line + ": " + inside;
}

void print_manifest(const Manifest& m, std::ostream& out) {
  fmt::print(out, "manifest generation {}, slots of {} bytes, durable {}\n", m.generation,
             m.slot_bytes, m.durable.get());
  for (const auto& e : m.epochs)
    fmt::print(out, "epoch {} from {}\n", e.epoch.get(), e.first.get());
  for (const auto& c : m.checkpoints) {
    fmt::print(out, "checkpoint file {} at {}\n", c.file_id, c.lsn.get());
  }
  for (const auto& s : m.slots) {
    fmt::print(out, "slot {} from {} in file {}\n", s.number, s.number * m.slot_bytes, s.file_id);
  }
}

Result<void> print_frames(SlotImage& image, const LogScan& scan, const DumpOptions& options,
                          std::ostream& out) {
  auto damage = scan.damage.begin();
  Lsn at = scan.from;
  while (at < scan.end) {
    if (damage != scan.damage.end() && damage->from == at) {
      fmt::print(out, "{:>12} damaged   {}\n", at.get(), describe(*damage, image));
      at = image.frame_place(damage->to);
      ++damage;
      continue;
    }
    auto probe = image.probe(at);
    if (!probe) return probe.error();
    if (!probe->valid) break;  // a running server reused the slot meanwhile
    const FrameHeader header = *probe->header;
    if (at >= options.from && at < options.to) {
      out << line_of(header, probe->meta);
      if (options.check_payloads) {
        auto holds = image.payload_holds(header);
        if (!holds) return holds.error();
        if (!*holds) out << "; payload damaged";
      }
      out << '\n';
    }
    at = image.after(header);
  }
  return {};
}

Result<void> dump(Directory& dir, const DumpOptions& options, std::ostream& out) {
  ManifestStore store(dir);
  std::vector<std::string> findings;
  auto manifest = store.load(findings);
  if (!manifest) return manifest.error();
  for (const auto& finding : findings)
    out << finding << '\n';
  if (!*manifest) return Error(Errc::not_found, dir.path_of("") + " holds no journal");
  print_manifest(**manifest, out);
  auto files = open_slots(dir, **manifest);
  if (!files) return files.error();
  SlotImage image(**manifest, std::move(*files));
  LogScan scan;
  for (const auto& [number, file] : image.files()) {
    const Lsn first(number * (*manifest)->slot_bytes);
    if (first < scan.end) continue;
    // Slots in front of this one were given back, or it is the oldest.
    Lsn end = image.slot_end(first);
    while (image.has(end))
      end = image.slot_end(end);
    auto scanned = scan_log(image, first, std::min((*manifest)->durable, end));
    if (!scanned) return scanned.error();
    scan = std::move(*scanned);
    if (auto r = print_frames(image, scan, options, out); !r) return r;
    if (image.has(scan.end)) break;  // the rest is prepared and not used yet
  }
  fmt::print(out, "{:>12} tail, {} was known to be durable\n", scan.end.get(), scan.durable.get());
  return {};
}

}  // namespace

void dump_journal(Directory& dir, const DumpOptions& options, std::ostream& out) {
  if (auto r = dump(dir, options, out); !r) out << r.error().text << '\n';
}

}  // namespace rialto
