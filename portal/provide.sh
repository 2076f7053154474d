#!/bin/sh
# Brings up what the portal needs of Debian: PostgreSQL, Redis, Java and Maven; and the programs
# that are named to it, each of which Debian has in a package of its name.
needed=
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || needed="$needed postgresql"
command -v java >/dev/null 2>&1 || needed="$needed default-jre-headless"
command -v mvn >/dev/null 2>&1 || needed="$needed maven"
for program in redis-server "$@"; do
  command -v "$program" >/dev/null 2>&1 || needed="$needed $program"
done
[ -z "$needed" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "not installed:$needed; install them, or run this on Debian as root"
  exit 1
fi
# The portal and the tests start servers of their own: no other ones are wanted on the machine.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] \
  || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
export RUNLEVEL=1 # Debian's scripts start no service
# shellcheck disable=SC2086 # a list of packages
apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $needed >/dev/null
