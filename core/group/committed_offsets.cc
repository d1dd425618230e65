#include "core/group/committed_offsets.h"

namespace rialto {

void CommittedOffsets::apply(const OffsetsFrame& frame) {
  const GroupName name{frame.vhost, frame.group};
  Group& group = groups_[name];
  group.wall_ms = frame.wall_ms;
  for (const CommittedOffset& offset : frame.offsets) {
    const auto key = std::pair(offset.topic, offset.partition);
    if (offset.offset == no_offset) {
      group.offsets.erase(key);
    } else {
      group.offsets[key] = offset;
    }
  }
  if (group.offsets.empty()) groups_.erase(name);
}

const CommittedOffset* CommittedOffsets::find(const GroupName& group, const std::string& topic,
                                              PartitionIndex partition) const {
  const auto entry = groups_.find(group);
  if (entry == groups_.end()) return nullptr;
  const auto offset = entry->second.offsets.find({topic, partition});
  return offset == entry->second.offsets.end() ? nullptr : &offset->second;
}

std::vector<CommittedOffset> CommittedOffsets::all_of(const GroupName& group) const {
  std::vector<CommittedOffset> out;
  const auto entry = groups_.find(group);
  if (entry == groups_.end()) return out;
  for (const auto& [key, offset] : entry->second.offsets)
    out.push_back(offset);
  return out;
}

bool CommittedOffsets::contains(const GroupName& group) const {
  return groups_.contains(group);
}

std::vector<GroupName> CommittedOffsets::groups() const {
  std::vector<GroupName> out;
  for (const auto& [name, group] : groups_)
    out.push_back(name);
  return out;
}

OffsetsFrame CommittedOffsets::removal_of(const GroupName& group, std::int64_t wall_ms) const {
  OffsetsFrame out{group.vhost, group.group, wall_ms, all_of(group)};
  for (CommittedOffset& offset : out.offsets)
    offset.offset = no_offset;
  return out;
}

void CommittedOffsets::remove_topic(const std::string& vhost, const std::string& topic) {
  for (auto group = groups_.begin(); group != groups_.end();) {
    auto& offsets = group->second.offsets;
    if (group->first.vhost == vhost) {
      std::erase_if(offsets, [&](const auto& entry) { return entry.first.first == topic; });
    }
    group = offsets.empty() ? groups_.erase(group) : std::next(group);
  }
}

void CommittedOffsets::image(CommittedOffsetsImage& out) const {
  out.groups.clear();
  for (const auto& [name, group] : groups_) {
    out.groups.push_back({name.vhost, name.group, group.wall_ms, all_of(name)});
  }
}

void CommittedOffsets::restore(const CommittedOffsetsImage& image) {
  groups_.clear();
  for (const OffsetsFrame& frame : image.groups)
    apply(frame);
}

}  // namespace rialto
