#include "core/base/clock.h"
#include "core/group/group_coordinator.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace rialto {
namespace {

using Step = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>;

/// Clients that do anything at any time, and what has to hold whatever they do.
class Chaos {
 public:
  void step(const Step& s) {
    const auto& [what, who, n] = s;
    if (groups_.find(name_) == nullptr) reached_ = Generation(0);  // it starts over
    GroupReplies out;
    switch (what % 8) {
      case 0: join("", n, out); break;
      case 1: join(id(who), n, out); break;
      case 2:
      case 3: sync(id(who), n, out); break;
      case 4: groups_.heartbeat({name_, generation_, id(who), ""}, clock_.now()); break;
      case 5: groups_.leave(name_, id(who), "", clock_.now(), out); break;
      default:
        clock_.advance_ms(n * 40);
        groups_.on_time(clock_.now(), out);
        RC_ASSERT(groups_.next_deadline() > clock_.now());
        break;
    }
    take(out);
  }

  /// Time alone ends every wait, and then everybody is gone.
  void end() {
    for (int i = 0; i < 1'000 && groups_.next_deadline() != no_deadline; ++i) {
      clock_.advance_ms((groups_.next_deadline().get() - clock_.now().get()) / ns_per_ms + 1);
      GroupReplies out;
      groups_.on_time(clock_.now(), out);
      take(out);
    }
    RC_ASSERT(waiting_.empty());
    RC_ASSERT(groups_.names().empty());
  }

 private:
  std::string id(unsigned n) const { return "m" + std::to_string(n % (ids_ + 1U)); }

  void join(const std::string& member, unsigned n, GroupReplies& out) {
    JoinEvent e;
    e.token = GroupToken(++tokens_);
    e.group = name_;
    e.member_id = member;
    e.protocol_type = "consumer";
    e.protocols = {{"range", n % 5 == 0 ? "changed" : "same"}};
    e.session_timeout_ms = 6'000;
    e.rebalance_timeout_ms = 9'000;
    e.needs_member_id = n % 2 == 0;
    if (n % 7 == 0) e.instance_id = "i" + std::to_string(n % 3);
    waiting_.insert(e.token);
    groups_.join(e, clock_.now(), out);
  }
  void sync(const std::string& member, unsigned n, GroupReplies& out) {
    const SyncEvent e{GroupToken(++tokens_),        name_, generation_, member, "",
                      {{member, std::to_string(n)}}};
    waiting_.insert(e.token);
    groups_.sync(e, clock_.now(), out);
  }

  void take(const GroupReplies& out) {
    for (const GroupReply& reply : out) {
      RC_ASSERT(waiting_.erase(reply.token) == 1U);  // asked, and not answered before
      const auto* joined = std::get_if<JoinedReply>(&reply.answer);
      if (joined == nullptr) continue;
      RC_ASSERT(joined->protocol == "range");
      RC_ASSERT(joined->members.empty() == (joined->member_id != joined->leader));
      RC_ASSERT(joined->generation >= reached_);
      generation_ = reached_ = joined->generation;
    }
  }

  const GroupName name_{"/", "g"};
  ManualClock clock_;
  std::uint64_t tokens_ = 0;
  unsigned ids_ = 0;
  Generation generation_{0};  // that members speak of
  Generation reached_{0};     // by the group while anybody was in it
  std::set<GroupToken> waiting_;
  GroupCoordinator groups_{{.initial_rebalance_delay_ms = 500},
                           [this](const std::string&) { return "m" + std::to_string(++ids_); }};
};

RC_GTEST_PROP(GroupModel, AnswersEveryTokenOnceAndNeverStopsForGood, ()) {
  const auto steps =
      *rc::gen::resize(300, rc::gen::container<std::vector<Step>>(rc::gen::arbitrary<Step>()));
  Chaos chaos;
  for (const Step& s : steps)
    chaos.step(s);
  chaos.end();
}

}  // namespace
}  // namespace rialto
