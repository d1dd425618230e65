#include "adapters/amqp/channel.h"

#include <fmt/format.h>

#include <algorithm>

/// Transactions: publishes are kept by the broker, settlements here, until the commit.
namespace rialto::amqp {

void Channel::on(const TxSelect& method) {
  if (confirming_) {
    return fail(channel_failure(ReplyCode::precondition_failed,
                                "cannot switch from confirm to tx mode", method.id));
  }
  transactional_ = true;
  note_facts();
  reply(TxSelectOk{});
}

bool Channel::refuse_outside_tx(MethodId method) {
  if (transactional_) return false;
  fail(channel_failure(ReplyCode::precondition_failed, "channel is not transactional", method));
  return true;
}

void Channel::settle_at_commit(const Unacked::Entry& entry, Settlement how, MethodId method) {
  settled_in_tx_.emplace_back(entry, how);
  if (settled_in_tx_.size() != tx_settlements_max + 1) return;
  fail(channel_failure(
      ReplyCode::precondition_failed,
      fmt::format("the transaction settles more than {} messages", tx_settlements_max), method));
}

void Channel::on(const TxCommit& method) {
  if (refuse_outside_tx(method.id)) return;
  SettleBatch runs;
  for (const auto& [entry, how] : settled_in_tx_)
    runs.add(entry.queue, entry.partition, entry.offset, how);
  settled_in_tx_.clear();
  begin_wait();
  ask(method.id, CommitTransaction{publisher_of(key_), runs.take()},
      [this](const CommitTransaction::Answer&) {
        end_wait();
        say(TxCommitOk{});
      });
}

void Channel::on(const TxRollback& method) {
  if (refuse_outside_tx(method.id)) return;
  end_transaction();
  ask(method.id, RollbackTransaction{publisher_of(key_)},
      [this](const RollbackTransaction::Answer&) { say(TxRollbackOk{}); });
}

/// What was settled and not committed is outstanding again, under its old tags.
void Channel::end_transaction() {
  if (settled_in_tx_.empty()) return;
  std::vector<Unacked::Entry> all;
  unacked_.take_all([&](const Unacked::Entry& entry) { all.push_back(entry); });
  for (const auto& [entry, how] : settled_in_tx_)
    all.push_back(entry);
  settled_in_tx_.clear();
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.tag < b.tag; });
  for (Unacked::Entry& entry : all) {
    entry.settled = false;
    unacked_.add(entry);
  }
}

}  // namespace rialto::amqp
