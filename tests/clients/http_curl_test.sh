#!/bin/bash
# Every HTTP endpoint through curl, against a server of its own. RIALTO_BIN names the program.
set -u
bin=${RIALTO_BIN:?RIALTO_BIN names the rialto program}
dir=$(mktemp -d)
failed=0

# Ports that are free now; the server says so itself should one be taken meanwhile.
read -r http amqp kafka metrics < <(/usr/bin/python3 -c '
import socket
taken = [socket.socket() for _ in range(4)]
for s in taken:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in taken))')
url=http://127.0.0.1:$http

start() {
  "$bin" serve --data "$dir/data" \
    --set http.listen=127.0.0.1:"$http" --set amqp.listen=127.0.0.1:"$amqp" \
    --set kafka.listen=127.0.0.1:"$kafka" --set metrics.listen=127.0.0.1:"$metrics" \
    >>"$dir/log" 2>&1 &
  server=$!
  curl -s -o /dev/null --retry 100 --retry-delay 0 --retry-max-time 30 --retry-connrefused \
    "$url/readyz" && [[ $(curl -s -m 5 "$url/readyz") == ready ]] && return
  echo "not ok - the server becomes ready"
  sed 's/^/# /' "$dir/log"
  exit 1
}

end() {
  kill -TERM "$server" 2>/dev/null
  wait "$server" 2>/dev/null
}

trap 'end; rm -rf "$dir"' EXIT

# ask <method> <path> [curl argument...]: sets $status and $body; headers are in $dir/head.
ask() {
  local method=$1 path=$2
  shift 2
  status=$(curl -s -m 20 -D "$dir/head" -o "$dir/body" -w '%{http_code}' -X "$method" "$@" \
    "$url$path")
  body=$(tr -d '\0' <"$dir/body")
}

# json <expression over the answer `a`>: what it is, as text.
json() {
  /usr/bin/python3 -c '
import json, sys
a = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$dir/body" "$1" 2>&1
}

header() {
  grep -i "^$1:" "$dir/head" | cut -d' ' -f2- | tr -d '\r'
}

# check <sentence> <what came> <what was expected>
check() {
  if [[ $2 == "$3" ]]; then
    echo "ok - $1"
  else
    echo "not ok - $1"
    echo "#   came:     $2"
    echo "#   expected: $3"
    failed=1
  fi
}

start

ask GET /healthz
check "healthz answers" "$status $body" "200 ok"
ask GET /
check "the first page names the doors" "$status $(grep -c "127.0.0.1:$kafka" <<<"$body")" "200 2"
check "the first page may load only its own style" \
  "$(header Content-Security-Policy | cut -d';' -f1)" "default-src 'none'"

ask GET /openapi.json
check "the API describes itself" "$status $(json '"get" in a["paths"]["/v1/queues/{queue}"]')" \
  "200 True"

ask PUT /v1/queues/q -d '{"durable":true,"type":"quorum"}'
check "PUT makes a queue" "$status" 201
ask PUT /v1/queues/q -d '{"durable":true,"type":"quorum"}'
check "PUT of an equal queue changes nothing" "$status" 200
ask PUT /v1/queues/q -d '{"durable":false}'
check "PUT of another queue under the name is a conflict" "$status" 409
check "a refusal is a problem document" "$(header Content-Type) $(json 'a["status"]')" \
  "application/problem+json 409"
ask PUT /v1/queues/q -d '{"durabel":true}'
check "a typing error is told" "$status $(json '"unknown member" in a["detail"]')" "400 True"

ask POST /v1/queues/q/messages --data-binary hello -H 'Content-Type: text/plain' \
  -H 'X-Rialto-Key: k1' -H 'X-Rialto-Header-Trace: t1'
check "POST stores a message in a queue" "$status" 201
ask POST /v1/queues/none/messages -d x
check "POST to a queue that is not there is refused" "$status $(json 'a["title"]')" "404 not found"
ask GET /v1/queues/q
check "GET shows the depth of a queue" "$status $(json 'a["ready"]')" "200 1"
ask GET /v1/queues
check "the list of queues has marks" \
  "$(json '[(q["name"], q["partitions"][0]["high_watermark"]) for q in a["queues"]]')" "[('q', 1)]"

ask POST /v1/queues/q/pull -d '{"max":10,"lease_ms":60000,"wait_ms":1000}'
check "a pull hands out the message with key and headers" \
  "$(json '[(m["body"], m["key"], m["headers"]["Trace"]) for m in a["messages"]]')" \
  "[('hello', 'k1', 't1')]"
check "the one message of an answer is named in its head" "$(header X-Rialto-Id)" q/0/0
lease=$(json 'a["messages"][0]["lease"]')
ask POST /v1/queues/q/pull -d '{}'
check "what is leased is not handed out again" "$body" '{"messages":[]}'
ask POST /v1/leases -d "{\"extend\":[\"$lease\"],\"extend_ms\":60000}"
check "a lease is extended" "$status" 200
ask POST /v1/leases -d "{\"nack\":[\"$lease\"]}"
check "a lease is given back" "$status" 200
ask POST /v1/leases -d "{\"ack\":[\"$lease\"]}"
check "a lease that is over is gone" "$status $(json 'a["results"][0]["status"]')" "410 410"
ask POST /v1/queues/q/pull -d '{}'
check "what was given back comes again" \
  "$(json '[(m["attempt"], m["redelivered"]) for m in a["messages"]]')" "[(2, True)]"
lease=$(json 'a["messages"][0]["lease"]')
ask POST /v1/leases -d "{\"ack\":[\"$lease\"]}"
check "a lease is acked" "$status $(json 'a["results"][0]["status"]')" "200 200"
ask GET "/v1/topics/q/messages"
check "what was acked is still in the log of the queue" "$(json 'a["messages"][0]["body"]')" hello

head -c 65536 /dev/urandom >"$dir/bytes"
ask POST /v1/queues/q/messages --data-binary @"$dir/bytes"
check "bytes go in" "$status" 201
ask GET '/v1/topics/q/messages?from=1&max=1' -H 'Accept: application/octet-stream'
check "bytes come out as they went in" "$(cmp "$dir/bytes" "$dir/body" && echo same)" same
check "a raw answer says what it is" "$(header X-Rialto-Id) $(header Content-Type)" \
  "q/0/1 application/octet-stream"
ask POST /v1/queues/q/purge
check "purge tells how many went" "$status $(json 'a["messages"]')" "200 1"

ask PUT /v1/topics/t -d '{"partitions":3,"config":{"retention.ms":60000}}'
check "PUT makes a topic" "$status $(json 'len(a["partitions"])')" "201 3"
ask PUT /v1/topics/t -d '{"partitions":3}'
check "PUT of an equal topic changes nothing" "$status" 200
ask PUT /v1/topics/t -d '{"partitions":4}'
check "PUT with another count is a conflict" "$status" 409
ask POST /v1/topics/t/messages -d one -H 'X-Rialto-Partition: 2' -H 'X-Rialto-Key: k'
check "POST to a topic tells where it went" "$status $(json 'a["id"]')" "201 t/2/0"
ask POST /v1/topics/t/messages -d two -H 'X-Rialto-Partition: 2'
check "offsets go on" "$(json 'a["offset"]')" 1
ask GET '/v1/topics/t/messages?partition=2&from=earliest&max=1'
check "reading goes on at next" "$(json '(a["messages"][0]["body"], a["next"])')" "('one', 1)"
at=$(json 'a["messages"][0]["timestamp"]')
ask GET "/v1/topics/t/messages?partition=2&from=$at"
check "reading begins at a time" "$(json 'a["messages"][0]["body"]')" one
ask GET '/v1/topics/t/messages?partition=2&from=latest&wait_ms=50'
check "reading at the end waits and finds nothing" "$(json '(a["messages"], a["next"])')" "([], 2)"
ask GET '/v1/topics/t/messages?partition=2&from=3'
check "an offset that is not there is out of range" "$status" 416
ask GET /v1/topics/t
check "GET shows the marks of a topic" \
  "$(json '[p["log_end"] for p in a["partitions"]] + [a["messages"]]')" "[0, 0, 2, 2]"
ask GET /v1/topics
check "the list of topics holds those of queues too" \
  "$(json 'sorted(t["name"] for t in a["topics"])')" "['q', 't']"

ask POST /v1/queues/q/batch -d '{"messages":[{"body":"b1","headers":{"n":7},
  "properties":{"message_id":"m1","priority":3}},{"json":{"a":1},"key":"k"}]}'
check "a batch is stored" "$status $(json 'a["messages"]')" "201 2"
ask POST /v1/queues/q/pull -d '{"max":10}'
check "a batch keeps properties, typed headers and keys" \
  "$(json '[(m["body"], m["key"], m["headers"], m.get("properties")) for m in a["messages"]]')" \
  "[('b1', None, {'n': 7}, {'priority': 3, 'message_id': 'm1'}), \
('{\"a\":1}', 'k', {'content-type': 'application/json'}, None)]"
leases=$(json '__import__("json").dumps([m["lease"] for m in a["messages"]])')
ask POST /v1/leases -d "{\"ack\":$leases}"
check "both are acked" "$status" 200
ask PUT /v1/topics/lines
ask POST /v1/topics/lines/batch -H 'Content-Type: application/x-ndjson' \
  --data-binary $'{"body":"a"}\n{"body":"b"}\n'
check "a batch may have a message a line" "$status $(json '[m["id"] for m in a["messages"]]')" \
  "201 ['lines/0/0', 'lines/0/1']"
ask POST /v1/topics/t/batch \
  -d '{"messages":[{"body":"a","partition":1},{"body":"b","partition":7}]}'
check "a batch with one wrong place is refused, and the message is named" \
  "$status $(json 'a["detail"][:12]')" "404 messages[1]:"
ask POST /v1/topics/t/batch \
  -d '{"messages":[{"body":"a","partition":1},{"body":"b","partition":1}]}'
check "a batch tells each place" "$status $(json '[m["id"] for m in a["messages"]]')" \
  "201 ['t/1/0', 't/1/1']"

# Follows a topic until curl's time is over; the ids and bodies of what came.
follow() {
  curl -sN -m 2 -H 'Accept: text/event-stream' "$@" \
    "$url/v1/topics/t/messages?partition=1&from=earliest" |
    sed -n 's/^id: //p; s/.*"body":"\([^"]*\)".*/\1/p' | tr '\n' ' '
}
follow >"$dir/followed" &
follower=$!
ask POST /v1/topics/t/messages -d c -H 'X-Rialto-Partition: 1'
wait "$follower"
check "a stream begins with what is there and goes on with what comes" "$(cat "$dir/followed")" \
  "1 a 2 b 3 c "
check "a stream resumes behind the last event" \
  "$(follow -H 'Last-Event-ID: 1' | cut -d' ' -f1-4)" "2 b 3 c"

ask POST /v1/exchanges/amq.fanout/messages -d x -H 'X-Rialto-Routing-Key: a'
check "what an exchange cannot route is refused" "$status" 404

ask GET /metrics
check "metrics have their exact type" "$status $(header Content-Type)" \
  "200 text/plain; version=0.0.4; charset=utf-8"
check "metrics count what HTTP stored" \
  "$(grep -c '^rialto_messages_received_total{model="queue",protocol="http"} 4$' <<<"$body")" 1
check "the metrics port serves metrics and nothing else" \
  "$(curl -s -m 5 "http://127.0.0.1:$metrics/metrics" | grep -c '^rialto_build_info') $(
    curl -s -m 5 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$metrics/v1/queues")" "1 404"

ask PATCH /v1/queues/q
check "a method that is not there is told which ones are" "$status $(header Allow)" \
  "405 GET, HEAD, PUT, DELETE"
ask GET '/v1/queues?vhost=other'
check "another vhost is not there" "$status" 404
ask POST /v1/queues/q/messages -d x -H 'Origin: http://evil.example'
check "a foreign page may not publish" "$status" 403
ask GET /v1/queues -H 'Host: evil.example'
check "a foreign name for this machine is refused" "$status" 403
check "HEAD has a length and no body" \
  "$(curl -s -m 5 -I "$url/healthz" | tr -d '\r' | grep -i '^content-length')" "Content-Length: 3"
check "two requests share a connection" \
  "$(curl -s -m 5 -o /dev/null -o /dev/null -w '%{num_connects}' "$url/healthz" "$url/readyz")" 10

head -c 17000000 /dev/zero >"$dir/large"
ask POST /v1/queues/q/messages --data-binary @"$dir/large"
check "a body over 16 MiB is refused" "$status" 413
head -c 1500000 /dev/urandom >"$dir/bytes"
ask POST /v1/queues/q/messages --data-binary @"$dir/bytes" -H 'Transfer-Encoding: chunked'
check "a chunked body is stored" "$status" 201

# raw <bytes>: the status line of what comes back.
raw() {
  exec 3<>/dev/tcp/127.0.0.1/"$http"
  printf '%b' "$1" >&3
  timeout 5 head -n 1 <&3 | tr -d '\r'
  exec 3>&-
}
check "a TLS hello is answered" "$(raw '\x16\x03\x01\x02')" "HTTP/1.1 400 Bad Request"
check "an AMQP greeting is answered" "$(raw 'AMQP\0\0\x09\x01')" "HTTP/1.1 400 Bad Request"
check "two lengths are refused" \
  "$(raw 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx')" \
  "HTTP/1.1 400 Bad Request"
check "a length beside chunks is refused" \
  "$(raw 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n')" \
  "HTTP/1.1 400 Bad Request"
check "others were not disturbed" "$(curl -s -m 5 "$url/healthz")" ok

end
start
ask GET /v1/topics/t
check "a restart keeps topics and messages" "$status $(json 'a["messages"]')" "200 5"
ask POST /v1/queues/q/pull -d '{"max":10}'
check "a restart keeps what is unsettled and nothing that was settled" \
  "$(json 'len(a["messages"])')" 1

ask DELETE /v1/topics/t
check "DELETE removes a topic" "$status" 204
ask GET /v1/topics/t
check "a deleted topic is gone" "$status" 404
ask DELETE /v1/topics/q
check "the topic of a queue is deleted with its queue" "$status" 409
ask DELETE /v1/queues/q
check "DELETE removes a queue" "$status" 204
ask GET /v1/queues/q
check "a deleted queue is gone" "$status" 404

exit $failed
