#pragma once

#include "core/base/bytes.h"
#include "core/model/frames/catalog_frame.h"
#include "core/model/ids.h"
#include "core/routing/destination_set.h"
#include "core/routing/exchange_table.h"
#include "core/routing/routed_message.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rialto {

/// Hashes names without making strings of them.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};

template <class T>
using NameMap = boost::unordered_flat_map<std::string, T, NameHash, std::equal_to<>>;

/// Where one publish goes.
struct Route {
  const DestinationSet* destinations = nullptr;  ///< null: no such exchange
  bool internal = false;                         ///< clients may not publish to this exchange
  /// A headers exchange is on the way and headers were not given: the set is empty, ask again
  /// with them.
  bool by_headers = false;
};

/// Exchanges, bindings and names of one vhost, and the answer to "where does this go". Fed with
/// catalogue records; decides nothing about them.
class Router {
 public:
  /// Entries of the route cache; reaching it starts the cache afresh.
  static constexpr std::size_t cached_routes_max = 10'000;
  /// Distinct destination sets beyond which sweep() forgets them.
  static constexpr std::size_t kept_sets_max = 10'000;

  /// An exchange that is known is left as it is.
  void add_exchange(const ExchangeRecord& exchange);
  /// The alternate exchange by policy, for an exchange without such an argument.
  void set_policy_alternate(ExchangeId exchange, std::optional<std::string> name);
  void add_queue(const QueueRecord& queue);
  void add_topic(const TopicRecord& topic);
  /// Source and target exist. A topic exchange's pattern is its routing key.
  void add_binding(const BindingRecord& binding);
  /// Unknown ids are ignored. Bindings are removed by their own id, before what they connect.
  void remove_exchange(ExchangeId exchange);
  void remove_queue(QueueId queue);
  void remove_topic(TopicId topic);
  void remove_binding(BindingId binding);

  /// The default exchange "" takes the routing key for the name of a queue, else of a topic. The
  /// set may be empty: nobody wants it. Destinations stay valid until sweep(). A hit does not
  /// allocate.
  Route route(Bytes exchange, Bytes routing_key);
  /// The same for a message with several keys or with headers. Not cached.
  Route route(Bytes exchange, const RoutedMessage& message);

  /// Lets go of sets that changes have made stale. Only when no set is in use by the caller.
  void sweep();
  std::size_t cached_routes() const { return cache_.size(); }
  /// Grows with every change that can move a route.
  std::uint64_t version() const { return version_; }

 private:
  struct RouteKey {
    std::string exchange;
    std::string key;
  };
  struct RouteKeyView {
    Bytes exchange;
    Bytes key;
  };
  struct RouteHash {
    using is_transparent = void;
    std::size_t operator()(const RouteKey& k) const { return of(k.exchange, k.key); }
    std::size_t operator()(const RouteKeyView& k) const { return of(k.exchange, k.key); }
    static std::size_t of(Bytes exchange, Bytes key) {
      const std::hash<std::string_view> hash;
      return hash(key) ^ (hash(exchange) * 0x9e3779b97f4a7c15ULL);
    }
  };
  struct RouteEqual {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return Bytes(a.key) == Bytes(b.key) && Bytes(a.exchange) == Bytes(b.exchange);
    }
  };

  void changed();
  void add_by_name(Bytes name, std::vector<Destination>& out) const;
  /// False: only the headers tell.
  bool add_by_bindings(ExchangeId exchange, const RoutedMessage& message,
                       std::vector<Destination>& out) const;

  boost::unordered_flat_map<ExchangeId, ExchangeTable> exchanges_;
  boost::unordered_flat_map<BindingId, BindingRecord> bindings_;
  boost::unordered_flat_map<QueueId, std::string> queue_names_;
  boost::unordered_flat_map<TopicId, std::string> topic_names_;
  NameMap<ExchangeId> exchange_by_name_;
  NameMap<QueueId> queue_by_name_;
  NameMap<TopicId> topic_by_name_;

  boost::unordered_flat_map<RouteKey, Route, RouteHash, RouteEqual> cache_;
  std::set<DestinationSet> sets_;  // nodes: addresses stay
  bool stale_ = false;
  std::uint64_t version_ = 0;
};

}  // namespace rialto
