#include "tests/unit/gateway/support_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace rialto::test {
namespace {

namespace fs = std::filesystem;

std::string file_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \n");
  if (from == text.npos) return "";
  return std::string(text.substr(from, text.find_last_not_of(" \n") - from + 1));
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  for (;;) {
    const std::size_t end = text.find(at);
    out.push_back(trimmed(text.substr(0, end)));
    if (end == text.npos) return out;
    text.remove_prefix(end + 1);
  }
}

constexpr std::string_view same_as_above = "\"";

std::optional<Verdict> verdict_named(std::string_view word) {
  if (word == "yes") return Verdict::yes;
  if (word == "partly") return Verdict::partly;
  if (word == "no") return Verdict::no;
  return std::nullopt;
}

const char* word_of(Verdict verdict) {
  return verdict == Verdict::yes ? "yes" : verdict == Verdict::partly ? "partly" : "no";
}

/// "Suite.Name" of each GoogleTest in a source.
std::vector<std::string> tests_in(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = text.find("\nTEST"); at != text.npos; at = text.find("\nTEST", at + 1)) {
    const std::size_t open = text.find('(', at);
    const auto names = split(text.substr(open + 1, text.find(')', open) - open - 1), ',');
    if (names.size() == 2) out.push_back(names[0] + "." + names[1]);
  }
  return out;
}

const char* title_of(const std::string& door) {
  if (door == "amqp") return "the AMQP door";
  return door == "log" ? "the Kafka door" : "the HTTP door";
}

}  // namespace

TestIndex::TestIndex(const fs::path& root) {
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests")) {
    if (!entry.is_regular_file()) continue;
    const std::string name = entry.path().filename().string();
    if (name.find("_test.") == name.npos) continue;
    const std::string path = fs::relative(entry.path(), root).string();
    texts_[path] = file_text(entry.path());
    if (entry.path().extension() != ".cc") paths_[name] = path;
    for (const std::string& test : tests_in(texts_[path]))
      paths_[test] = path;
  }
}

std::optional<std::string> TestIndex::path_of(const std::string& name) const {
  const std::size_t colon = name.find(": ");
  const auto at = paths_.find(name.substr(0, colon));
  if (at == paths_.end()) return std::nullopt;
  if (colon == name.npos || texts_.at(at->second).find(name.substr(colon + 2)) != name.npos) {
    return at->second;
  }
  return std::nullopt;
}

SupportPage::SupportPage(std::string door, std::string_view text)
    : door_(std::move(door)), surface_(surface_of(door_)) {
  std::vector<std::string> tests;
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("## ")) {
      sections_.push_back({line.substr(3), {}, {}});
    } else if (line.starts_with("# ") && !sections_.empty()) {
      sections_.back().prose += line.substr(2) + "\n";
    } else if (!line.empty() && !line.starts_with("# ")) {
      const auto cells = split(line, '|');
      const auto verdict = cells.size() == 4 ? verdict_named(cells[1]) : std::nullopt;
      if (!verdict || sections_.empty()) {
        unread_.push_back(line);
        continue;
      }
      if (cells[3] != same_as_above) tests = split(cells[3], ';');
      sections_.back().entries.push_back({cells[0], *verdict, cells[2], tests});
    }
  }
}

const SurfaceItem* SupportPage::item_of(const SupportSection& section,
                                        const SupportEntry& entry) const {
  const auto at = std::find_if(surface_.begin(), surface_.end(), [&](const SurfaceItem& item) {
    return item.section == section.title && item.name == entry.name;
  });
  return at == surface_.end() ? nullptr : &*at;
}

void SupportPage::check(const SupportSection& section, const SupportEntry& entry,
                        const TestIndex& tests, std::vector<std::string>& out) const {
  const SurfaceItem* item = item_of(section, entry);
  const bool from_code =
      std::any_of(surface_.begin(), surface_.end(),
                  [&](const SurfaceItem& each) { return each.section == section.title; });
  if (from_code && !item && entry.verdict != Verdict::no) {
    out.push_back(fmt::format("'{}' is not in the code", entry.name));
  }
  const bool no = entry.verdict == Verdict::no;
  if (item && item->known && no != (*item->known == Verdict::no)) {
    out.push_back(fmt::format("'{}' is '{}' in the code", entry.name, word_of(*item->known)));
  }
  for (const std::string& test : entry.tests) {
    const auto path = tests.path_of(test);
    if (!path) {
      out.push_back(fmt::format("'{}': there is no test '{}'", entry.name, test));
    } else if (entry.name.starts_with("x-") &&
               tests.text_of(*path).find(entry.name) == std::string::npos) {
      out.push_back(fmt::format("'{}' does not occur in {}", entry.name, *path));
    }
  }
}

std::vector<std::string> SupportPage::faults(const TestIndex& tests) const {
  std::vector<std::string> out;
  for (const std::string& line : unread_)
    out.push_back("not 'name | yes, partly or no | remark | tests': " + line);
  std::set<std::pair<std::string, std::string>> told;
  for (const SupportSection& section : sections_) {
    for (const SupportEntry& entry : section.entries) {
      if (!told.emplace(section.title, entry.name).second) {
        out.push_back(fmt::format("'{}' is there twice", entry.name));
      }
      check(section, entry, tests, out);
    }
  }
  for (const SurfaceItem& item : surface_) {
    if (told.contains({item.section, item.name})) continue;
    out.push_back(fmt::format("no entry for '{}' below '## {}'", item.name, item.section));
  }
  return out;
}

std::set<std::string> SupportPage::names() const {
  std::set<std::string> out;
  for (const SupportSection& section : sections_)
    for (const SupportEntry& entry : section.entries)
      out.insert(entry.name);
  return out;
}

std::string SupportPage::markdown(const TestIndex& tests) const {
  std::string out = fmt::format(
      "# What {} supports\n\nMade by `make support` from the tables of the code and "
      "[support.txt](support.txt); a test holds them together.\n",
      title_of(door_));
  for (const SupportSection& section : sections_) {
    out += fmt::format("\n## {}\n{}{}\n| | | | shown by |\n|---|---|---|---|\n", section.title,
                       section.prose.empty() ? "" : "\n", section.prose);
    for (const SupportEntry& entry : section.entries) {
      const SurfaceItem* item = item_of(section, entry);
      std::string remark = item ? item->remark : "";
      if (!remark.empty() && !entry.remark.empty()) remark += "; ";
      remark += entry.remark;
      std::string shown;
      for (const std::string& test : entry.tests) {
        shown += fmt::format("{}[{}](../../{})", shown.empty() ? "" : ", ", test,
                             tests.path_of(test).value_or(""));
      }
      out += fmt::format("| `{}` | {} | {} | {} |\n", entry.name, word_of(entry.verdict), remark,
                         shown);
    }
  }
  return out;
}

}  // namespace rialto::test
