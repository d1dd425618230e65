#include "core/journal/file.h"

namespace rialto {

Result<void> replace_file(Directory& dir, std::string_view name, Bytes content) {
  const std::string tmp = std::string(name) + ".tmp";
  auto file = dir.create(tmp);
  if (!file) return file.error();
  const Bytes pieces[] = {content};
  if (auto r = (*file)->write(0, pieces); !r) return r;
  if (auto r = (*file)->sync(); !r) return r;
  if (auto r = dir.rename(tmp, name); !r) return r;
  return dir.sync();
}

Result<std::string> read_file(Directory& dir, std::string_view name) {
  auto file = dir.open(name);
  if (!file) return file.error();
  auto size = (*file)->size_bytes();
  if (!size) return size.error();
  std::string content(static_cast<std::size_t>(*size), '\0');
  if (auto r = (*file)->read(0, content.data(), content.size(), false); !r) return r.error();
  return content;
}

}  // namespace rialto
