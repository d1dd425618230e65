#!/bin/bash
# Node's amqplib against Rialto; the package is installed under build/clients-node.
here=$(dirname "$(readlink -f "$0")")
home="$here/../../build/clients-node"
version=2.3.1

skip() {
  echo "skip - amqplib publishes, consumes and is refused as by RabbitMQ # $1"
  exit 0
}

command -v node > /dev/null || skip "no node"
command -v npm > /dev/null || skip "no npm"
mkdir -p "$home"
if [ ! -d "$home/node_modules/amqplib" ]; then
  timeout 180 npm install --silent --no-audit --no-fund --prefix "$home" "amqplib@$version" \
    > "$home/npm.log" 2>&1 || skip "amqplib $version could not be had"
fi
cp "$here/amqp_amqplib_test.mjs" "$home/amqp_amqplib_test.mjs"
exec /usr/bin/python3 "$here/rialto_server.py" node "$home/amqp_amqplib_test.mjs"
