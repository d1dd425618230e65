#pragma once

#include "core/base/bytes.h"
#include "core/catalog/policies.h"
#include "core/model/frames/catalog_frame.h"
#include "core/model/ids.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace rialto {

/// The durable objects and the next id. Volatile objects end with the process.
struct CatalogImage {
  std::uint64_t next_id = 0;
  CatalogFrame objects;  ///< additions only

  template <class F>
  static void fields(F& f, auto& s) {
    f(s.next_id, s.objects);
  }
};

/// The exchanges that every vhost has from the beginning, without ids; the default one first.
std::vector<ExchangeRecord> predeclared_exchanges(const std::string& vhost);

/// True when nothing would change: the reply needs no frame.
bool is_no_op(const CatalogFrame& frame);
/// True when a durable object is touched: the frame has to be journalled and waited for. A frame
/// about volatile objects only is applied at once and forgotten with the process.
bool needs_journal(const CatalogFrame& frame);

/// Every queue, topic, exchange and binding, staged changes included. Records are reached by id
/// and by name; pointers stay valid until the next apply(). apply() is the only way to change
/// them, live and at replay; who decides what a command does is decide.h.
class Catalog {
 public:
  /// Holds vhost "/" with its predeclared exchanges.
  Catalog();

  /// Removals of what is not there, and bindings without both ends, are left out: at replay the
  /// volatile objects that a durable frame mentions are gone.
  void apply(const CatalogFrame& frame);

  bool has_vhost(std::string_view vhost) const { return this->vhost(vhost) != nullptr; }

  // Null when there is none.
  const VhostRecord* vhost(std::string_view name) const;
  const QueueRecord* queue(QueueId id) const;
  const TopicRecord* topic(TopicId id) const;
  const ExchangeRecord* exchange(ExchangeId id) const;
  const BindingRecord* binding(BindingId id) const;
  const QueueRecord* queue(std::string_view vhost, std::string_view name) const;
  /// The one queue of type `delay` in a vhost.
  const QueueRecord* delay_queue(std::string_view vhost) const;
  const TopicRecord* topic(std::string_view vhost, std::string_view name) const;
  const ExchangeRecord* exchange(std::string_view vhost, std::string_view name) const;
  /// The binding with exactly the ends, key and encoded arguments of `wanted`; its id is not asked.
  const BindingRecord* binding_like(const BindingRecord& wanted) const;

  /// Ids of the bindings from an exchange, to a queue or to an exchange, lowest first.
  std::vector<BindingId> bindings_from(ExchangeId source) const;
  std::vector<BindingId> bindings_to(QueueId queue) const;
  std::vector<BindingId> bindings_to(ExchangeId destination) const;
  bool has_bindings_from(ExchangeId source) const;

  // Everything, by id. At a start this is what the router and the views are built from.
  const std::map<QueueId, QueueRecord>& queues() const { return queues_; }
  const std::map<TopicId, TopicRecord>& topics() const { return topics_; }
  std::size_t partition_count() const { return partition_count_; }  ///< of all topics
  const std::map<ExchangeId, ExchangeRecord>& exchanges() const { return exchanges_; }
  const std::map<BindingId, BindingRecord>& bindings() const { return bindings_; }
  const std::map<std::string, VhostRecord, std::less<>>& vhosts() const { return vhosts_; }

  const Policies& policies() const { return policies_; }

  /// Who an exclusive queue belongs to. Told by the caller after apply(); forgotten with the queue.
  void set_owner(QueueId queue, SessionId owner);
  SessionId owner(QueueId queue) const;  ///< 0: nobody's

  /// The ids that decisions hand out next. They move when a frame that uses them is applied.
  std::uint64_t next_id() const { return next_id_; }
  std::uint64_t next_volatile_id() const { return next_volatile_id_; }

  void image(CatalogImage& out) const;
  /// Replaces everything.
  void restore(const CatalogImage& image);

 private:
  using Name = std::pair<std::string, std::string>;  // vhost, name
  using NameView = std::pair<std::string_view, std::string_view>;
  struct NameLess {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      const NameView x(a.first, a.second);
      const NameView y(b.first, b.second);
      return x < y;
    }
  };
  template <class Id>
  using ByName = std::map<Name, Id, NameLess>;
  using BindingKey = std::tuple<ExchangeId, QueueId, ExchangeId, std::string, std::string>;

  static BindingKey key_of(const BindingRecord& b) {
    return {b.source, b.queue, b.destination, b.routing_key, b.arguments};
  }
  void add(const QueueRecord& record);
  void add(const TopicRecord& record);
  void add(const ExchangeRecord& record);
  void add(const BindingRecord& record);
  void remove(QueueId id);
  void remove(TopicId id);
  void remove(ExchangeId id);
  void remove(BindingId id);
  void used(std::uint64_t id);

  std::map<std::string, VhostRecord, std::less<>> vhosts_;
  Policies policies_;
  std::map<QueueId, QueueRecord> queues_;
  std::map<TopicId, TopicRecord> topics_;
  std::size_t partition_count_ = 0;
  std::map<ExchangeId, ExchangeRecord> exchanges_;
  std::map<BindingId, BindingRecord> bindings_;
  ByName<QueueId> queue_names_;
  ByName<TopicId> topic_names_;
  ByName<ExchangeId> exchange_names_;
  std::map<BindingKey, BindingId> binding_keys_;
  std::set<std::pair<ExchangeId, BindingId>> by_source_;
  std::set<std::pair<QueueId, BindingId>> by_queue_;
  std::set<std::pair<ExchangeId, BindingId>> by_destination_;
  boost::unordered_flat_map<QueueId, SessionId> owners_;
  std::uint64_t next_id_;
  std::uint64_t next_volatile_id_;
};

}  // namespace rialto
