#!/bin/bash
# Spring AMQP against Rialto; the jars are fetched to build/clients-spring.
here=$(dirname "$(readlink -f "$0")")
home="$here/../../build/clients-spring"
version=3.2.8

skip() {
  echo "skip - Spring AMQP declares, listens, confirms and calls as with RabbitMQ # $1"
  exit 0
}

command -v java > /dev/null || skip "no java"
command -v javac > /dev/null || skip "no Java compiler"
mkdir -p "$home"
if [ ! -d "$home/lib-$version" ]; then
  command -v mvn > /dev/null || skip "no maven"
  cat > "$home/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>clients</groupId><artifactId>spring</artifactId><version>1</version>
<packaging>pom</packaging><dependencies><dependency>
<groupId>org.springframework.amqp</groupId><artifactId>spring-rabbit</artifactId>
<version>$version</version></dependency></dependencies></project>
POM
  (cd "$home" && timeout 300 mvn -q -B dependency:copy-dependencies \
    "-DoutputDirectory=$home/fetched" > mvn.log 2>&1) || skip "spring-rabbit could not be had"
  mv "$home/fetched" "$home/lib-$version"
fi
exec /usr/bin/python3 "$here/rialto_server.py" \
  java -cp "$home/lib-$version/*" "$here/amqp_spring_test.java"
