#pragma once

#include <optional>
#include <string>
#include <vector>

namespace rialto::test {

enum class Verdict { yes, partly, no };

/// One thing that a client may ask for, as the tables of the code have it.
struct SurfaceItem {
  std::string section;
  std::string name;
  std::string remark;            ///< what the table says of it
  std::optional<Verdict> known;  ///< where the table decides; otherwise it is there
};

/// All of a door, by the folder of the door.
std::vector<SurfaceItem> surface_of(const std::string& door);

}  // namespace rialto::test
