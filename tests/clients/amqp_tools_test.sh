#!/bin/bash
# Debian's amqp-tools (librabbitmq) against Rialto.
here=$(dirname "$(readlink -f "$0")")
if [ -z "$RIALTO_AMQP_PORT" ]; then
  exec /usr/bin/python3 "$here/rialto_server.py" "$(readlink -f "$0")"
fi

at=(--server=127.0.0.1 "--port=$RIALTO_AMQP_PORT")
failed=0

# check <sentence> <wanted> <got>
check() {
  if [ "$2" = "$3" ]; then
    echo "ok - $1"
  else
    echo "not ok - $1"
    echo "  wanted: $2"
    echo "  got:    $3"
    failed=1
  fi
}

check "amqp-declare-queue declares and names the queue" \
  "tools" "$(amqp-declare-queue "${at[@]}" -d -q tools 2>&1)"
check "amqp-declare-queue gets a name of the server" \
  "amq.gen-" "$(amqp-declare-queue "${at[@]}" -q '' 2>&1 | cut -c1-8)"
check "declaring it otherwise is refused" \
  "1" "$(amqp-declare-queue "${at[@]}" -q tools 2>&1 | grep -c 'PRECONDITION_FAILED')"

amqp-publish "${at[@]}" -r tools -p -b "first"
amqp-publish "${at[@]}" -r tools -C text/plain -H "colour: red" -b "second"
printf 'third\nfourth\n' | amqp-publish "${at[@]}" -r tools -l
check "amqp-get takes the oldest message" "first" "$(amqp-get "${at[@]}" -q tools)"
check "amqp-consume runs a command a message and acknowledges" \
  "second third fourth" "$(amqp-consume "${at[@]}" -q tools -c 3 -p 1 xargs | xargs)"
amqp-get "${at[@]}" -q tools > /dev/null
check "amqp-get of an empty queue says so" "2" "$?"

body=$(mktemp)
head -c 3000000 /dev/urandom > "$body"
amqp-publish "${at[@]}" -r tools < "$body"
check "three megabytes arrive as they were sent" \
  "$(sha256sum < "$body")" "$(amqp-get "${at[@]}" -q tools | sha256sum)"
rm -f "$body"

amqp-publish "${at[@]}" -r tools -b "kept"
amqp-consume "${at[@]}" -q tools -c 1 false > /dev/null 2>&1
check "what a failing command did not acknowledge stays" "kept" "$(amqp-get "${at[@]}" -q tools)"

amqp-publish "${at[@]}" -r tools -b "left"
check "amqp-delete-queue of a queue that is not empty is refused on request" \
  "1" "$(amqp-delete-queue "${at[@]}" -q tools -e 2>&1 | grep -c 'PRECONDITION_FAILED')"
check "amqp-delete-queue tells how many messages went" \
  "1" "$(amqp-delete-queue "${at[@]}" -q tools 2>&1)"
check "amqp-get of a missing queue names it" \
  "1" "$(amqp-get "${at[@]}" -q tools 2>&1 | grep -c "NOT_FOUND - no queue 'tools' in vhost '/'")"

exit $failed
