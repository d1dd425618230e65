#include "adapters/http/management/list_answer.h"

#include "adapters/http/json.h"
#include "adapters/http/management/columns.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace rialto::http::management {

namespace json = boost::json;

namespace {

constexpr std::int64_t page_size_otherwise = 100;
constexpr std::int64_t page_size_max = 500;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

json::array named_like(json::array all, const std::string& name) {
  const std::string wanted = lower(name);
  json::array out;
  for (json::value& one : all) {
    const auto& text = one.at("name").as_string();
    if (lower({text.data(), text.size()}).find(wanted) != wanted.npos)
      out.push_back(std::move(one));
  }
  return out;
}

void answer_page(const CallRef& call, json::array all, std::int64_t page, std::int64_t size) {
  json::object body;
  body["total_count"] = all.size();
  if (const std::string* name = call->query("name")) all = named_like(std::move(all), *name);
  const auto count = static_cast<std::int64_t>(all.size());
  const std::int64_t pages = std::max<std::int64_t>(1, (count + size - 1) / size);
  if (page > pages) {
    return call->refuse(Error(
        Errc::invalid_argument,
        fmt::format("page out of range, page: {} page size: {}, len: {}", page, size, count)));
  }
  json::array items;
  for (std::int64_t i = (page - 1) * size; i < std::min(count, page * size); ++i)
    items.push_back(std::move(all[static_cast<std::size_t>(i)]));
  body["filtered_count"] = count;
  body["item_count"] = items.size();
  body["page"] = page;
  body["page_count"] = pages;
  body["page_size"] = size;
  body["items"] = in_columns(*call, std::move(items));
  call->answer(json_response(200, body));
}

}  // namespace

std::vector<std::string_view> page_queries() {
  return {"page", "page_size", "name", "use_regex", "columns", "sort", "sort_reverse"};
}

void answer_list(const CallRef& call, json::array all) {
  const std::string* regex = call->query("use_regex");
  if (regex && *regex != "false") {
    return call->refuse(
        Error(Errc::not_supported, "'use_regex' can only be false: 'name' is a part of the name"));
  }
  if (!call->query("page")) {
    for (const char* of_pages : {"page_size", "name"}) {
      if (!call->query(of_pages)) continue;
      return call->refuse(Error(Errc::invalid_argument,
                                fmt::format("the query parameter '{}' needs 'page'", of_pages)));
    }
    return answer_columns(call, std::move(all));
  }
  const auto page = call->query_number("page", 1, 1, INT32_MAX);
  if (!page) return call->refuse(page.error());
  const auto size = call->query_number("page_size", page_size_otherwise, 1, page_size_max);
  if (!size) return call->refuse(size.error());
  auto ordered = in_order(*call, std::move(all));
  if (!ordered) return call->refuse(ordered.error());
  answer_page(call, std::move(*ordered), *page, *size);
}

}  // namespace rialto::http::management
