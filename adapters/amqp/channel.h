#pragma once

#include "adapters/amqp/confirm_ledger.h"
#include "adapters/amqp/connection.h"
#include "adapters/amqp/content.h"
#include "adapters/amqp/convert.h"
#include "adapters/amqp/errors.h"
#include "adapters/amqp/reply_slots.h"
#include "adapters/amqp/unacked.h"
#include "adapters/amqp/wire/methods.h"
#include "core/broker/port.h"
#include "core/broker/publish_headers.h"
#include "core/model/carbon_copies.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rialto::amqp {

/// Where a reply is asked for without a queue.
constexpr Bytes direct_reply_to = "amq.rabbitmq.reply-to";

/// One channel from channel.open to the end of its close: reads methods and contents, asks the
/// broker, answers in order, keeps confirms and delivery tags.
class Channel {
 public:
  /// What a transaction may settle.
  static constexpr std::size_t tx_settlements_max = 256U << 10;

  Channel(Connection& connection, ChannelKey key) : connection_(connection), key_(key) {}

  ChannelKey key() const { return key_; }
  bool is_open() const { return state_ == State::open; }
  bool is_closed() const { return state_ == State::closed; }

  void on_frame(const Frame& frame);
  /// True while a question about a queue is open: later frames wait, in order.
  bool parks() const { return waiting_ || !parked_.empty(); }
  void park(const Frame& frame) { parked_.append(frame.whole); }
  std::size_t parked_bytes() const { return parked_.size(); }
  /// What was parked, to be read again; `waiting()` tells when to stop.
  std::string take_parked() { return std::exchange(parked_, {}); }
  void keep_parked(Bytes rest) { parked_.append(rest); }
  bool waiting() const { return waiting_; }

  /// Copies an incomplete content out of the read buffer. False when there is none.
  bool keep_content();
  std::size_t content_bytes() const { return content_.owned_bytes(); }

  void on_published(const PublishOutcome& outcome);
  void on_returned(const ReturnedMessage& message);
  bool has_consumer(ConsumerId id) const { return consumers_.contains(id); }
  void on_delivery(ConsumerId consumer, const Delivery& delivery);
  void on_consumer_cancelled(ConsumerId consumer);
  void say_confirms();
  bool idle() const { return confirms_.outstanding() == 0 && replies_.empty(); }

  /// Closes the channel or the connection, after the replies that come before.
  void fail(const Failure& failure);

 private:
  enum class State : std::uint8_t {
    open,
    failing,  ///< an error waits for the replies before it
    closing,  ///< channel.close was sent; only its answer counts
    closed,
  };

  struct Consumer {
    std::string tag;
    std::string queue;
    bool no_ack = false;
    bool announced = false;  ///< consume-ok was written
  };
  using Consumers = std::unordered_map<ConsumerId, Consumer>;

  // channel.cc
  void on_method(const Frame& frame);
  void on_method_while_not_open(const Frame& frame);
  bool on_own_method(MethodId id, Bytes arguments);
  bool on_topology_method(MethodId id, Bytes arguments);
  bool on_basic_method(MethodId id, Bytes arguments);
  template <class Method>
  void read(Bytes arguments);
  void unexpected(Bytes what);
  /// For who lists channels.
  void note_facts();
  void not_implemented(Bytes what, MethodId method);
  void close_now(const Failure& failure);
  void fail_now(const Failure& failure);
  void release();
  void on(const ChannelOpen& method);
  void on(const ChannelFlow& method);
  void on(const ChannelClose& method);
  void on(const AccessRequest& method);
  void on(const ConfirmSelect& method);

  // channel_tx.cc
  void on(const TxSelect& method);
  void on(const TxCommit& method);
  void on(const TxRollback& method);
  bool refuse_outside_tx(MethodId method);
  void settle_at_commit(const Unacked::Entry& entry, Settlement how, MethodId method);
  void end_transaction();

  // channel_topology.cc
  void on(const ExchangeDeclare& method);
  void on(const ExchangeDelete& method);
  void on(const ExchangeBind& method);
  void on(const ExchangeUnbind& method);
  void on(const QueueDeclare& method);
  void declare_replies(const QueueDeclare& method, const std::string& name);
  void on(const QueueBind& method);
  void on(const QueueUnbind& method);
  void on(const QueuePurge& method);
  void on(const QueueDelete& method);
  /// The queue a method means; an empty name is the last one declared. False: the channel failed.
  bool resolve_queue(Bytes name, MethodId method, std::string& queue);
  bool read_arguments(Bytes body, MethodId method, FieldTable& arguments);

  // channel_publish.cc
  void on(const BasicPublish& method);
  void on_header(const Frame& frame);
  void on_body(const Frame& frame);
  void publish();
  void hear_faults(const Frame& then);
  const Properties& stored_properties(const Properties& sent);
  bool refuse_properties(const Properties& properties);

  // channel_consume.cc
  void on(const BasicQos& method);
  void on(const BasicConsume& method);
  void consume_replies(const BasicConsume& method);
  bool read_start(const FieldTable& arguments, Consume& request, MethodId method);
  bool refuse_taken_tag(const BasicConsume& method);
  ConsumerId add_consumer(const BasicConsume& method, const std::string& queue);
  void on(const BasicCancel& method);
  void on(const BasicGet& method);
  void announce(ConsumerId id, bool nowait);
  std::optional<MessageView> shown(const Delivery& delivery, const std::string& queue,
                                   MethodId method);
  void say_content(const Delivery& delivery, const MessageView& view);
  void hold(const Delivery& delivery, ConsumerId consumer);
  void deliver(const Consumer& consumer, ConsumerId id, const Delivery& delivery);
  void on_got(Result<GetMessage::Answer>& answer, const std::string& queue, bool no_ack);

  // channel_settle.cc
  void on(const BasicAck& method);
  void on(const BasicNack& method);
  void on(const BasicReject& method);
  void on(const BasicRecover& method);
  void on(const BasicRecoverAsync& method);
  void settle(std::uint64_t tag, bool multiple, Settlement how, MethodId method);
  void settle(const Unacked::Entry& entry, Settlement how);
  void refuse_of_log(const Unacked::Entry& entry, Bytes what, MethodId method);
  bool requeue_all(bool requeue, MethodId method);

  /// Asks the broker. Its answer is handled when it is this method's turn to be replied to: by
  /// `then(answer)`, or by closing the channel.
  template <class Request, class Then>
  void ask(MethodId method, Request what, Then then);
  Failure failure_for(const Error& error, MethodId method) const;
  void begin_wait() { waiting_ = true; }
  void end_wait() { waiting_ = false; }

  template <class Method>
  void say(const Method& method) {
    append_method(connection_.out().tail(), key_.number, method);
  }
  /// A reply that needs nothing of the broker, in its turn.
  template <class Method>
  void reply(const Method& method) {
    replies_.add_ready([this, method] { say(method); });
  }

  Connection& connection_;
  ChannelKey key_;
  State state_ = State::open;

  ReplySlots replies_;
  bool waiting_ = false;
  std::string parked_;
  std::string last_queue_;

  Content content_;
  bool content_noted_ = false;
  bool faults_unheard_ = false;  ///< the broker may still refuse what was published
  CarbonCopies copies_;
  PublishHeaders headers_;
  RecordComposer composer_;
  /// Where replies to this channel come; empty: it has not asked for any.
  std::string reply_address_;
  ConsumerId reply_consumer_;
  Properties with_address_;
  std::string with_address_raw_;
  bool transactional_ = false;
  std::vector<std::pair<Unacked::Entry, Settlement>> settled_in_tx_;
  bool confirming_ = false;
  bool confirms_open_ = false;  ///< confirm.select-ok was written
  bool confirms_noted_ = false;
  ConfirmLedger confirms_;

  std::uint32_t prefetch_ = 0;
  bool shares_prefetch_ = false;
  std::uint64_t last_tag_ = 0;
  Unacked unacked_;
  Consumers consumers_;
  std::map<std::string, ConsumerId, std::less<>> consumers_by_tag_;
  std::vector<std::pair<ConsumerId, Delivery>> unannounced_;
  std::string properties_scratch_;
  AddedHeaders added_headers_;
};

template <class Request, class Then>
void Channel::ask(MethodId method, Request what, Then then) {
  const std::uint64_t slot = replies_.reserve();
  connection_.flush_settles();
  connection_.asked();
  connection_.port().request<Request>(
      connection_.session(), std::move(what),
      [&connection = connection_, key = key_, slot, method,
       then = std::move(then)](Result<typename Request::Answer> answer) {
        connection.answered();
        Channel* channel = connection.find(key);
        if (channel == nullptr) return;
        channel->replies_.fill(slot, [channel, method, then, answer = std::move(answer)] {
          if (answer.has_error()) {
            channel->fail_now(channel->failure_for(answer.error(), method));
          } else {
            then(answer.value());
          }
        });
        connection.resume(*channel);
      });
}

}  // namespace rialto::amqp
