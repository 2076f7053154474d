#!/bin/sh
# Brings up what the portal needs of Debian: PostgreSQL, Redis, Java and Maven.
needed=
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || needed="$needed postgresql"
command -v redis-server >/dev/null 2>&1 || needed="$needed redis-server"
command -v java >/dev/null 2>&1 || needed="$needed openjdk-17-jre-headless"
command -v mvn >/dev/null 2>&1 || needed="$needed maven"
[ -z "$needed" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "the portal needs$needed: install them, or run this on Debian as root"
  exit 1
fi
# The portal starts servers of its own: no other ones are wanted on the machine.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] \
  || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
export RUNLEVEL=1 # Debian's scripts start no service
# shellcheck disable=SC2086 # a list of packages
apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $needed >/dev/null
