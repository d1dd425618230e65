"""Which functions of Rialto, of the libraries and of the kernel are which step of a message.

A sample of the profiler belongs to the innermost function of its stack that is named here, so
memcpy, malloc and page faults count where they were called.
"""
import collections
import re

# A pattern is the beginning of a name as perf prints it; rialto:: may be left out. When two of one
# function fit, the first step has it.
STEPS = (
    ("receive", ("__x64_sys_recv", "recv", "__libc_recv", "Connection::on_readable",
                 "Connection::feed", "Connection::wait_readable")),
    ("parse", ("amqp::Connection::take_frames", "amqp::Connection::on_bytes",
               "amqp::Connection::on_channel_frame", "amqp::Channel::on_method",
               "amqp::Channel::on_header", "amqp::Channel::on_body", "amqp::Channel::read<",
               "amqp::Channel::publish", "amqp::Channel::on(", "amqp::read_properties",
               "amqp::Content")),
    ("route", ("Broker::publish", "Broker::route_of", "Broker::destinations_of", "Router::",
               "Broker::pass_on")),
    ("pack", ("Packer::", "BatchBuilder::", "RecordComposer::", "Broker::store",
              "split_properties", "(anonymous namespace)::tail_size", "append_varint",
              "crc32_iscsi")),
    ("stage", ("Broker::stage_batch", "Broker::sealed", "Broker::stage_settlements",
               "JournalImpl::", "EmbeddedEngine::stage", "CommitGroup::", "TailCache::add",
               "DenseSlot::add", "SealedBatch::")),
    ("write", ("(anonymous namespace)::PosixFile::write", "do_pwritev")),
    ("sync", ("(anonymous namespace)::PosixFile::sync", "LogThread::")),
    ("apply", ("Broker::collect", "Broker::arrive", "Broker::apply", "CommitLedger::",
               "EmbeddedEngine::poll", "Partition::")),
    ("confirm", ("amqp::ConfirmLedger::", "amqp::Channel::on_published",
                 "amqp::Connection::on_published")),
    ("deliver", ("QueueMachine::next", "DeliveryState::hold", "DeliveryState::in_flight",
                 "DeliveryState::take", "DeliveryState::pass_cursor",
                 "SettledRanges::next_unsettled", "Broker::deliver", "Broker::locate",
                 "Broker::emit", "Broker::attend", "RecordSource::", "record_at", "view_of",
                 "BatchReader::", "ShardPort::dispatch")),
    ("encode", ("amqp::Channel::on_delivery", "amqp::Channel::deliver", "amqp::Channel::shown",
                "amqp::append_", "amqp::message_of", "amqp::Unacked::add", "OutQueue::",
                "amqp::Connection::on_delivery")),
    ("send", ("Connection::send", "Connection::finish_sending", "Connection::end_of_tick",
              "Net::end_of_tick", "__x64_sys_send", "__libc_sendmsg")),
    ("ack", ("QueueMachine::settle", "QueueMachine::give_credit", "DeliveryState::",
             "SettledRanges::", "Broker::settle", "amqp::Channel::settle", "amqp::SettleBatch::",
             "amqp::Unacked::", "SettleJournal::")),
    ("wait and wake", ("Loop::", "boost::asio::", "epoll_", "__x64_sys_epoll", "Tick::end")),
    ("move letters", ("Broker::move_dead_letters", "Broker::add_letter", "Broker::add_copy",
                      "DeadLetter::", "Broker::fire_due", "Broker::add_fired", "DelayedMessage::",
                      "DueHeap::")),
    ("know what comes again", ("SeenMessages::", "Broker::remember", "known_message_of")),
    ("hold for commit", ("Transaction::", "Broker::hold_publish", "Broker::commit", "carry")),
    ("interrupts", ("asm_sysvec_", "asm_common_interrupt")),
)
# Whatever a thread does that comes from here: preparing slots, checkpoints, cold reads.
BACKGROUND = "background (prewriting slots)"
_BACKGROUND = {"rialto::Background::run", "rialto::ReadPool::run"}
NAMES = (*(name for name, _ in STEPS), BACKGROUND)

# Every stack of the core thread ends in the loop: only what no other function of ours lies above
# is the loop's own.
_ROOTS = ("wait and wake",)


def _pattern(begins):
    return re.compile("(?:non-virtual thunk to )?(?:rialto::)?(?:" +
                      "|".join(re.escape(text) for text in begins) + ")")


_COMPILED = tuple((name, _pattern(begins)) for name, begins in STEPS)


def step_of(stack):
    """The step of a stack, innermost function first; None when nothing in it is named."""
    inner = False
    for function in stack:
        for name, pattern in _COMPILED:
            if pattern.match(function):
                return None if inner and name in _ROOTS else name
        inner = inner or function.startswith("rialto::")
    return None


def count_steps(samples):
    """How many of the samples (thread, stack) are of which step, and the stacks of no step."""
    # A stack that is cut off does not tell its thread's beginning, but another of the thread does.
    background = {thread for thread, stack in samples
                  if not _BACKGROUND.isdisjoint(stack)}
    counted, unmapped = collections.Counter(), collections.Counter()
    for thread, stack in samples:
        step = BACKGROUND if thread in background else step_of(stack)
        counted[step] += 1
        if step is None:
            unmapped[" < ".join(stack[:6])] += 1
    return counted, unmapped
