#include "core/broker/transaction.h"

#include "core/broker/broker.h"

#include <iterator>

/// Publishes and settlements that take effect together: one write set, all or nothing.
namespace rialto {

void Broker::hold_publish(SessionState& from, const Publish& message, const DestinationSet& to) {
  find_targets(to, message, from);
  targets_for_ = nullptr;
  if (!targets_fault_.empty()) {
    from.transactions.erase(message.publisher);
    return fail_publisher(from, message, Errc::invalid_argument, targets_fault_);
  }
  Transaction& open = from.transactions[message.publisher];
  open.add(message, to);
  if (open.bytes > Transaction::bytes_max) {
    from.transactions.erase(message.publisher);
    return fail_publisher(from, message, Errc::too_large,
                          "the messages of a transaction exceed " +
                              std::to_string(Transaction::bytes_max) + " bytes");
  }
}

void Transaction::add(const Publish& message, const DestinationSet& to) {
  constexpr std::size_t message_overhead_bytes = 256;
  Message held{carry(message), to};
  bytes += held.publish.bytes.size() + message_overhead_bytes;
  messages.push_back(std::move(held));
}

template <>
void handle<CommitTransaction>(Broker& b, SessionId id, CommitTransaction what,
                               Reply<CommitTransaction::Answer> reply) {
  SessionState* s = b.session(id);
  if (!s) return;
  Transaction open;
  if (const auto at = s->transactions.find(what.publisher); at != s->transactions.end()) {
    open = std::move(at->second);
    s->transactions.erase(at);
  }
  b.commit(*s, open, what.settlements, std::move(reply));
}

template <>
void handle<RollbackTransaction>(Broker& b, SessionId id, RollbackTransaction what,
                                 Reply<RollbackTransaction::Answer> reply) {
  if (SessionState* s = b.session(id)) s->transactions.erase(what.publisher);
  reply(RollbackTransaction::Answer{});
}

std::vector<SealedBatch> Broker::collect(const std::function<void()>& store_all) {
  // What others said before is in sets of their own.
  packer_.seal_all();
  stage_settlements(Haste::lazy);
  std::vector<SealedBatch> batches;
  collecting_ = &batches;
  left_out_ = false;
  collected_letter_bytes_ = 0;
  repeated_ = 0;
  repeats_wait_ = no_ticket;
  store_all();
  targets_for_ = nullptr;
  packer_.seal_all();
  collecting_ = nullptr;
  return batches;
}

void Broker::stage_together(std::vector<SealedBatch> batches, Then then) {
  WriteSet set;
  bool durable = false;
  for (SealedBatch& batch : batches) {
    durable = durable || batch.durable;
    set.push_back(std::move(batch.frame));
  }
  for (WriteSet& settled : settlements_.take()) {
    durable = true;
    std::move(settled.begin(), settled.end(), std::back_inserter(set));
  }
  // A set of its own comes later than what it repeats.
  const Then when_safe = [this, wait = repeats_wait_, then] { ledger_.when_durable(wait, then); };
  if (set.empty()) return soon_.push_back(when_safe);
  const Ticket ticket = engine_.stage(std::move(set), durable ? Haste::durable : Haste::written);
  for (const SealedBatch& batch : batches)
    was_staged(batch, ticket);
  if (!durable) return soon_.push_back(when_safe);
  ledger_.staged(ticket, now_, [this, batches = std::move(batches), then = std::move(then)] {
    for (const SealedBatch& batch : batches)
      became_durable(batch);
    then();
  });
}

void Broker::commit(SessionState& from, const Transaction& open,
                    const std::vector<SettleRun>& settlements,
                    Reply<CommitTransaction::Answer> reply) {
  std::vector<SealedBatch> batches = collect([&] {
    for (const Transaction::Message& held : open.messages) {
      with_carried(held.publish, [&](Publish message) {
        message.in_transaction = false;
        targets_for_ = nullptr;
        pass_on(from, message, held.to);
      });
    }
    for (const SettleRun& run : settlements)
      settle(from.id, run);
    // What was rejected goes in the same set, if it need not be read first.
    for (const SettleRun& run : settlements) {
      if (QueueView* queue = view(run.queue)) move_dead_letters(*queue);
    }
  });
  const Then then = [reply = std::move(reply), left_out = left_out_, repeated = repeated_] {
    if (!left_out) return reply(CommitTransaction::Answer{repeated});
    reply(Error(Errc::policy_violation, "partial tx completion"));
  };
  stage_together(std::move(batches), then);
}

}  // namespace rialto
