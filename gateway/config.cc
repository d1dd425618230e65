#include "gateway/config.h"

#include "core/base/check.h"
#include "gateway/config_keys.h"
#include "gateway/config_values.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <system_error>
#include <unistd.h>

namespace rialto {

namespace {

template <class... Ts>
struct Cases : Ts... {
  using Ts::operator()...;
};
// clang 14 does not deduce aggregates by itself.
template <class... Ts>
Cases(Ts...) -> Cases<Ts...>;

template <class T>
std::optional<Error> keep(Result<T> value, T& place) {
  if (!value) return value.error();
  place = std::move(*value);
  return std::nullopt;
}

std::optional<Error> out_of_range(const ConfigKey& key) {
  const auto text = [&](std::int64_t v) {
    if (key.type == KeyType::size) return size_text(v);
    if (key.type == KeyType::duration) return duration_text(v);
    return std::to_string(v);
  };
  return Error(Errc::out_of_range,
               fmt::format("is out of range: {} to {}", text(key.min), text(key.max)));
}

std::optional<Error> keep_number(const ConfigKey& key, std::string_view text, std::int64_t& place) {
  const auto number = key.type == KeyType::size       ? parse_size(text)
                      : key.type == KeyType::duration ? parse_duration(text)
                                                      : parse_count(text);
  if (!number) return number.error();
  if (*number < key.min || *number > key.max) return out_of_range(key);
  place = *number;
  return std::nullopt;
}

template <class Enum>
std::optional<Error> keep_choice(const ConfigKey& key, std::string_view text, Enum& place) {
  std::string_view left = key.choices;
  for (std::uint8_t index = 0; !left.empty(); ++index) {
    const std::size_t end = std::min(left.find('|'), left.size());
    if (left.substr(0, end) == text) {
      place = static_cast<Enum>(index);
      return std::nullopt;
    }
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return Error(Errc::invalid_argument,
               fmt::format("expects one of {}, not '{}'", key.choices, text));
}

std::optional<Error> keep_text(std::string_view text, std::string& place) {
  if (text.empty()) return Error(Errc::invalid_argument, "must not be empty");
  if (text.find('\0') != std::string_view::npos) {
    return Error(Errc::invalid_argument, "must not contain a zero byte");
  }
  place = text;
  return std::nullopt;
}

std::optional<Error> set_value(const ConfigKey& key, std::string_view text, Config& config) {
  return std::visit(Cases{[&](ListenAddress* place) { return keep(parse_listen(text), *place); },
                          [&](bool* place) { return keep(parse_truth(text), *place); },
                          [&](std::string* place) { return keep_text(text, *place); },
                          [&](std::int64_t* place) { return keep_number(key, text, *place); },
                          [&](auto* place) { return keep_choice(key, text, *place); }},
                    key.place(config));
}

/// Reads the layers in order. What is wrong is noted and the layer below stays in force, so that
/// one run finds everything.
class Loader {
 public:
  Loader() {
    for (const ConfigKey& key : config_keys()) {
      const auto error = set_value(key, key.default_text, loaded_.config);
      RIALTO_CHECK(!error, "the default of every key is a legal value of it");
      loaded_.origins.emplace_back("default");
    }
  }

  void file(const ConfigFile& file) {
    if (file.text.size() > config_file_bytes_max) {
      note(file.name, fmt::format("is larger than {}", size_text(config_file_bytes_max)));
      return;
    }
    try {
      file_ = &file;
      for (const YAML::Node& document : YAML::LoadAll(file.text))
        root(document);
    } catch (const YAML::Exception& e) {
      note(place(e.mark), "is not YAML: " + e.msg);
    }
  }

  void environment(const std::string& name, const std::string& value) {
    for (const ConfigKey& key : config_keys()) {
      if (environment_name(key.name) == name) return set(key, value, name);
    }
    if (!name.starts_with("RIALTO_")) return;
    std::string dotted = name.substr(std::strlen("RIALTO_"));
    for (char& c : dotted)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::size_t section_end = dotted.find("__");
    if (section_end != std::string::npos) {
      dotted.replace(section_end, 2, ".");
      unknown(nearest_config_key(dotted), name, name, true);
    } else if (const ConfigKey* meant = one_underscore(dotted)) {
      unknown(meant, name, name, true);
    }
  }

  void argument(const std::string& set_text) {
    const std::size_t equals = set_text.find('=');
    const std::string name = set_text.substr(0, equals);
    const std::string where = "--set " + name;
    if (equals == std::string::npos) {
      note(where, "expects key=value, such as --set amqp.listen=127.0.0.1:5672");
    } else if (const ConfigKey* key = find_config_key(name)) {
      set(*key, set_text.substr(equals + 1), where);
    } else {
      unknown(nearest_config_key(name), name, where, false);
    }
  }

  LoadedConfig finish() {
    two_doors_on_one_port();
    return std::move(loaded_);
  }

 private:
  void note(std::string where, std::string what) {
    loaded_.errors.push_back({std::move(where), std::move(what)});
  }

  void set(const ConfigKey& key, const std::string& text, const std::string& where) {
    if (auto error = set_value(key, text, loaded_.config)) {
      note(where, fmt::format("{} {}", key.name, error->text));
    } else {
      loaded_.origins[static_cast<std::size_t>(&key - config_keys().data())] = where;
    }
  }

  void unknown(const ConfigKey* meant, const std::string& name, const std::string& where,
               bool in_environment) {
    if (!meant) {
      note(where, fmt::format("unknown key '{}'; config/rialto.yaml lists them all", name));
      return;
    }
    note(where, fmt::format("unknown key '{}'; did you mean {}?", name,
                            in_environment ? environment_name(meant->name) : meant->name));
  }

  /// RIALTO_AMQP_LISTEN is a slip; RIALTO_HOME belongs to somebody else.
  static const ConfigKey* one_underscore(const std::string& name) {
    for (const ConfigKey& key : config_keys()) {
      std::string flat(key.name);
      flat[flat.find('.')] = '_';
      if (flat == name) return &key;
    }
    return nullptr;
  }

  std::string place(const YAML::Mark& mark) const {
    if (mark.is_null()) return file_->name;
    return fmt::format("{}:{}:{}", file_->name, mark.line + 1, mark.column + 1);
  }

  void root(const YAML::Node& document) {
    if (document.IsNull()) return;
    if (!document.IsMap()) {
      note(place(document.Mark()), "expects sections such as 'amqp:' with keys below them");
      return;
    }
    for (const auto& pair : document) {
      if (!pair.first.IsScalar()) {
        note(place(pair.first.Mark()), "a key is a plain word");
      } else if (pair.second.IsMap()) {
        section(pair.first.Scalar(), pair.second);
      } else {
        entry(pair.first.Scalar(), pair.first, pair.second);
      }
    }
  }

  void section(const std::string& name, const YAML::Node& keys) {
    for (const auto& pair : keys) {
      if (pair.first.IsScalar()) {
        entry(name + "." + pair.first.Scalar(), pair.first, pair.second);
      } else {
        note(place(pair.first.Mark()), "a key is a plain word");
      }
    }
  }

  void entry(const std::string& name, const YAML::Node& at, const YAML::Node& value) {
    const std::string where = place(at.Mark());
    const ConfigKey* key = find_config_key(name);
    if (!key) {
      if (value.IsNull() && is_section(name)) return;  // a section with all its keys commented out
      unknown(nearest_config_key(name), name, where, false);
    } else if (!seen_.insert({file_, key}).second) {
      note(where, fmt::format("{} is given twice in this file", name));
    } else if (!value.IsScalar()) {
      note(value.IsNull() ? where : place(value.Mark()), fmt::format("{} needs one value", name));
    } else {
      set(*key, value.Scalar(), place(value.Mark()));
    }
  }

  static bool is_section(std::string_view name) {
    for (const ConfigKey& key : config_keys()) {
      if (key.name.substr(0, key.name.find('.')) == name) return true;
    }
    return false;
  }

  void two_doors_on_one_port() {
    const auto keys = config_keys();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (keys[i].type != KeyType::address || keys[j].type != KeyType::address) continue;
        const auto& address = *std::get<ListenAddress*>(keys[i].place(loaded_.config));
        if (address.port == 0) continue;
        if (address == *std::get<ListenAddress*>(keys[j].place(loaded_.config))) {
          note(loaded_.origins[i] == "default" ? loaded_.origins[j] : loaded_.origins[i],
               fmt::format("{} and {} are both {}: each door needs a port of its own", keys[j].name,
                           keys[i].name, address.text()));
        }
      }
    }
  }

  LoadedConfig loaded_;
  const ConfigFile* file_ = nullptr;
  std::set<std::pair<const ConfigFile*, const ConfigKey*>> seen_;
};

}  // namespace

std::string ListenAddress::text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

LoadedConfig load_config(const ConfigSources& sources) {
  Loader loader;
  for (const ConfigFile& file : sources.files)
    loader.file(file);
  for (const auto& [name, value] : sources.environment)
    loader.environment(name, value);
  for (const std::string& set : sources.sets)
    loader.argument(set);
  return loader.finish();
}

std::string explain(const std::vector<ConfigError>& errors) {
  std::string out;
  for (const ConfigError& error : errors)
    out += fmt::format("{}: {}\n", error.where, error.what);
  return out;
}

Result<ConfigFile> read_config_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  ConfigFile out{path, std::string()};
  if (file) {
    // One byte more than is allowed tells too large from just large enough.
    out.text.resize(config_file_bytes_max + 1);
    file.read(out.text.data(), static_cast<std::streamsize>(out.text.size()));
    out.text.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (!file && !file.eof()) {
    const std::string why = std::generic_category().message(errno ? errno : EIO);
    return Error(Errc::not_found, fmt::format("{}: cannot be read: {}", path, why));
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> rialto_environment() {
  std::vector<std::pair<std::string, std::string>> found;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (!text.starts_with("RIALTO_") || equals == std::string_view::npos) continue;
    found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

}  // namespace rialto
