#pragma once

#include "core/group/group_events.h"
#include "core/model/frames/view_frames.h"
#include "core/model/ids.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rialto {

/// The committed offsets of all groups, as one frame each.
struct CommittedOffsetsImage {
  std::vector<OffsetsFrame> groups;

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.groups);
  }
};

/// Where each group is in each partition. Changed by durable frames only, so that nobody reads a
/// commit that a power cut can take.
class CommittedOffsets {
 public:
  /// Live (when durable) and replay. An entry with offset -1 takes the commit away.
  void apply(const OffsetsFrame& frame);

  /// Null when nothing is committed.
  const CommittedOffset* find(const GroupName& group, const std::string& topic,
                              PartitionIndex partition) const;
  std::vector<CommittedOffset> all_of(const GroupName& group) const;
  bool contains(const GroupName& group) const;
  std::vector<GroupName> groups() const;

  /// The frame that takes away everything a group has committed.
  OffsetsFrame removal_of(const GroupName& group, std::int64_t wall_ms) const;
  /// Its commits end with a topic: one of the same name is a new one. Live (when durable) and
  /// replay, by the frame that removes the topic.
  void remove_topic(const std::string& vhost, const std::string& topic);

  void image(CommittedOffsetsImage& out) const;
  void restore(const CommittedOffsetsImage& image);

 private:
  struct Group {
    std::int64_t wall_ms = 0;  // of the last commit
    std::map<std::pair<std::string, PartitionIndex>, CommittedOffset> offsets;
  };

  std::map<GroupName, Group> groups_;
};

}  // namespace rialto
