#!/bin/bash
# What a newcomer meets in the first minute: start screens and start errors, the demo, a stop and
# a start that keeps everything.
set -u
bin=${RIALTO_BIN:?names the program}
dir=$(mktemp -d)
server=
failed=0

end_all() {
  [[ $server ]] && kill -KILL "$server"
  wait
  rm -rf "$dir"
}
trap end_all EXIT

# check SENTENCE COMMAND...: the command has to succeed.
check() {
  local sentence=$1
  shift
  if "$@"; then
    echo "ok - $sentence"
  else
    echo "not ok - $sentence"
    failed=1
    sed 's/^/#   /' "$dir/out" 2>/dev/null | tail -n 20
  fi
}

mkdir "$dir/tmp"
export TMPDIR=$dir/tmp

free_ports=(--set amqp.listen=127.0.0.1:0 --set kafka.listen=127.0.0.1:0
            --set http.listen=127.0.0.1:0 --set metrics.listen=127.0.0.1:0)

# refused CODE WORDS ARGUMENTS...: ends with the code, says the words, and says it in one line.
refused() {
  local code=$1 words=$2 got
  shift 2
  timeout 10 "$bin" "$@" >"$dir/out" 2>&1
  got=$?
  echo "(exit code $got)" >>"$dir/out"
  [[ $got -eq $code ]] && grep -q -- "$words" "$dir/out" && [[ $(wc -l <"$dir/out") -eq 2 ]]
}

says() { grep -q -- "$1" "$dir/out"; }

# start DATA: a server on free ports; sets server, screen, and the addresses it shows.
start() {
  rm -f "$dir/screen"
  mkfifo "$dir/screen"
  "$bin" serve --data "$1" "${free_ports[@]}" >"$dir/screen" 2>>"$dir/log" &
  server=$!
  exec 9<>"$dir/screen"
  screen=
  while IFS= read -r -t 10 -u 9 line; do
    screen+=$line$'\n'
    if [[ $line == " Ready"* ]]; then
      amqp=$(shown 'AMQP 0-9-1 *amqp://') kafka=$(shown 'Kafka *') http=$(shown 'HTTP *http://')
      return 0
    fi
  done
  cp "$dir/log" "$dir/out"
  return 1
}

shown() { sed -n "s!^ *$1\([^ ]*\) .*!\1!p" <<<"$screen"; }

# stop SIGNAL: sends it and answers the server's exit code.
stop() {
  kill -"$1" "$server"
  ended
}

ended() {
  local ending=$server
  server=
  wait "$ending"
}

starts_within() {
  local before=$EPOCHREALTIME
  start "$2" || return 1
  (( ${EPOCHREALTIME/./} - ${before/./} < $1 * 1000000 ))
}

http_call() { curl -sS -m 5 -o "$dir/out" "$@"; }

# holds BODY: it is the first message of the topic.
holds() {
  http_call -H 'Accept: application/octet-stream' \
    "http://$http/v1/topics/kept/messages?from=earliest" && [[ $(<"$dir/out") == "$1" ]]
}

demo_within() {
  local before=$EPOCHREALTIME seconds=$1
  shift
  timeout 20 "$bin" demo "$@" >"$dir/out" 2>&1 &&
    (( ${EPOCHREALTIME/./} - ${before/./} < seconds * 1000000 )) && says '^9 of 9 ok' &&
    [[ $(grep -c '^written by .* ok  *ok  *ok *$' "$dir/out") -eq 3 ]]
}

check "a mistyped command names the nearest one" \
  refused 2 "did you mean 'serve'" srve --data "$dir/never"
check "an unknown key stops the start and names the nearest one" \
  refused 78 "did you mean amqp.listen" serve --data "$dir/never" --set amqp.lisen=127.0.0.1:1
check "an address that others can reach is refused" \
  refused 78 "not a loopback address" serve --data "$dir/never" --set http.listen=0.0.0.0:0
printf 'amqp:\n  listn: 127.0.0.1:1\nlog:\n  level: loud\n' >"$dir/bad.yaml"
several() {
  timeout 10 "$bin" "$@" --config "$dir/bad.yaml" --set storage.slot_bytes=1 >"$dir/out" 2>&1
  [[ $? -eq 78 ]] && says 'bad.yaml:2:3.*amqp.listen' && says 'bad.yaml:4:10' && says 'slot_bytes'
}
check "config check names all mistakes at once, with line and column" several config check
check "a start names all mistakes at once" several serve --data "$dir/never"
check "a refused start leaves no data directory" test ! -e "$dir/never"

touch "$dir/file"
check "a data directory that cannot be is refused" \
  refused 73 "$dir/file" serve --data "$dir/file" "${free_ports[@]}"
mkdir -m 500 "$dir/read-only"
if (( EUID )); then
  check "a data directory that is not writable is refused" \
    refused 73 "not writable" serve --data "$dir/read-only" "${free_ports[@]}"
else
  echo "skip - a data directory that is not writable is refused # root may write everywhere"
fi

check "a first start is ready within five seconds" starts_within 5 "$dir/data"
for where in "amqp $amqp" "kafka $kafka" "http $http"; do
  check "a port in use is refused: ${where% *}" refused 69 "--set ${where% *}.listen=" serve \
    --data "$dir/other" "${free_ports[@]}" --set "${where% *}.listen=${where#* }"
done
check "a data directory in use is refused" \
  refused 73 "in use by" serve --data "$dir/data" "${free_ports[@]}"
check "the server answers /readyz" http_call -f "http://$http/readyz"

check "the demo shows nine good cells against a running server within ten seconds" \
  demo_within 10 --set "amqp.listen=$amqp" --set "kafka.listen=$kafka" --set "http.listen=$http"
http_call "http://$http/v1/queues"
check "the demo leaves no queue behind" bash -c "! grep -q demo- '$dir/out'"
check "the demo starts a server of its own when none answers, within ten seconds" \
  demo_within 10 --set http.listen=127.0.0.1:1
check "the demo leaves no data of its own behind" rmdir "$dir/tmp"

check "a queue is made" http_call -f -X PUT -d '{}' "http://$http/v1/queues/kept"
check "a message is stored" \
  http_call -f --data-binary 'still here' "http://$http/v1/queues/kept/messages"
exec 8<>"/dev/tcp/${amqp%:*}/${amqp#*:}" 7<>"/dev/tcp/${kafka%:*}/${kafka#*:}"
check "SIGTERM ends it with exit code 0, also with idle connections" stop TERM
exec 8<&- 7<&-
check "a later start is ready within five seconds" starts_within 5 "$dir/data"
check "a clean stop keeps the message" holds 'still here'
check "SIGINT ends it with exit code 0" stop INT
check "it starts again" start "$dir/data"
told_twice() { kill -TERM "$server" && stop TERM; }
check "SIGTERM to it and again by the make that started it is one clean stop" told_twice
check "it starts again" start "$dir/data"
stop KILL 2>/dev/null
check "it starts after a kill" start "$dir/data"
check "a kill keeps the message" holds 'still here'
dumps() { timeout 20 "$bin" journal dump --data "$dir/data" >"$dir/out" 2>&1 && says kept; }
check "the journal can be looked at beside the server" dumps

# From here on every fdatasync of the server fails.
strace -f -p "$server" -o "$dir/trace" -e trace=fdatasync -e inject=fdatasync:error=EIO \
  2>"$dir/strace" &
timeout 20 grep -q -m 1 attached < <(tail -n +1 -f --pid=$! "$dir/strace")
if grep -q attached "$dir/strace"; then
  confirmed() {
    http_call -f -d 'never confirmed' "http://$http/v1/queues/kept/messages" 2>"$dir/out"
  }
  check "what a failed disk lost is not confirmed" eval '! confirmed'
  check "a failed disk ends the server with exit code 70" eval 'ended; [[ $? -eq 70 ]]'
  check "it starts again on a disk that works" start "$dir/data"
  check "what was confirmed before is there" holds 'still here'
else
  echo "skip - a failed disk ends the server # strace cannot attach: $(tail -n 1 "$dir/strace")"
fi
check "the last stop is clean" stop TERM
exit "$failed"
