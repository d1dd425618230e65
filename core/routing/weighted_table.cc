#include "core/routing/weighted_table.h"

#include "core/base/stable_hash.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace rialto {

std::optional<std::uint32_t> weight_of(Bytes key) {
  std::uint32_t weight = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), weight);
  if (error != std::errc() || end != key.data() + key.size()) return std::nullopt;
  return weight;
}

void WeightedTable::add(const BindingRecord& binding) {
  const std::uint32_t weight = weight_of(binding.routing_key).value_or(0);
  bindings_.push_back({target_of(binding), mixed(binding.id.get()), static_cast<double>(weight)});
}

void WeightedTable::remove(const BindingRecord& binding) {
  std::erase_if(bindings_, [&](const Binding& b) { return b.target.binding == binding.id; });
}

void WeightedTable::match(Bytes hashed, std::vector<Target>& out) const {
  constexpr double unit = 1.0 / 9007199254740993.0;  // 53 bits of a hash as a number in (0, 1)
  const std::uint64_t hash = stable_hash(hashed);
  const Binding* best = nullptr;
  double best_score = 0;
  for (const Binding& binding : bindings_) {
    const auto drawn = static_cast<double>((mixed(hash ^ binding.seed) >> 11) + 1) * unit;
    const double score = binding.weight / -std::log(drawn);
    if (score > best_score) {
      best = &binding;
      best_score = score;
    }
  }
  if (best != nullptr) out.push_back(best->target);
}

}  // namespace rialto
