#pragma once

#include "tests/unit/gateway/support_surface.h"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::test {

/// Every test of the tree: where it is, by "Suite.Name" or by the name of its script.
class TestIndex {
 public:
  explicit TestIndex(const std::filesystem::path& root);
  /// Nothing when there is no such test. `name` is "Suite.Name" or "script: sentence".
  std::optional<std::string> path_of(const std::string& name) const;
  /// The text of the file in which it is.
  const std::string& text_of(const std::string& path) const { return texts_.at(path); }

 private:
  std::map<std::string, std::string> paths_;
  std::map<std::string, std::string> texts_;
};

/// A line that people write: what they say of one thing, and which tests show it.
struct SupportEntry {
  std::string name;
  Verdict verdict = Verdict::yes;
  std::string remark;
  std::vector<std::string> tests;
};

struct SupportSection {
  std::string title;
  std::string prose;
  std::vector<SupportEntry> entries;
};

/// The page of one door: what the code has, with what people say of it.
class SupportPage {
 public:
  /// `text` is the support.txt of the door.
  SupportPage(std::string door, std::string_view text);

  const std::vector<SupportSection>& sections() const { return sections_; }
  /// Everything that does not fit: things without an entry, entries without a thing, verdicts
  /// that the code contradicts, tests that are not there.
  std::vector<std::string> faults(const TestIndex& tests) const;
  std::string markdown(const TestIndex& tests) const;
  std::set<std::string> names() const;

 private:
  const SurfaceItem* item_of(const SupportSection& section, const SupportEntry& entry) const;
  void check(const SupportSection& section, const SupportEntry& entry, const TestIndex& tests,
             std::vector<std::string>& out) const;

  std::string door_;
  std::vector<SupportSection> sections_;
  std::vector<SurfaceItem> surface_;
  std::vector<std::string> unread_;
};

}  // namespace rialto::test
