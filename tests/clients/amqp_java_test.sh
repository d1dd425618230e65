#!/bin/bash
# RabbitMQ's Java client against Rialto; the jars are fetched to build/clients-java.
here=$(dirname "$(readlink -f "$0")")
home="$here/../../build/clients-java"
client=com.rabbitmq:amqp-client:5.25.0
logging=org.slf4j:slf4j-api:1.7.36

skip() {
  echo "skip - the Java client publishes, consumes and is refused as by RabbitMQ # $1"
  exit 0
}

# fetch <artifact>: into $home/lib, once
fetch() {
  local name=${1#*:}
  [ -f "$home/lib/${name/:/-}.jar" ] && return 0
  timeout 180 mvn -q -B dependency:copy "-Dartifact=$1" "-DoutputDirectory=$home/lib" \
    >> "$home/mvn.log" 2>&1
}

command -v java > /dev/null || skip "no java"
command -v javac > /dev/null || skip "no Java compiler"
mkdir -p "$home/lib"
if [ ! -f "$home/lib/amqp-client-${client##*:}.jar" ]; then
  command -v mvn > /dev/null || skip "no maven"
fi
fetch "$client" && fetch "$logging" || skip "$client could not be had"
exec /usr/bin/python3 "$here/rialto_server.py" \
  java -cp "$home/lib/*" "$here/amqp_java_test.java"
