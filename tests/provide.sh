#!/bin/sh
# Brings up what the tests need and pip cannot: Debian's Chromium and PostgreSQL. Elsewhere the
# tests that need them say that they were left out, and why.
needed=
command -v chromium >/dev/null 2>&1 || needed="$needed chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || needed="$needed postgresql"
[ -z "$needed" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  # The tests start a server of their own: no other one is wanted on the machine.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] \
    || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
  # shellcheck disable=SC2086 # a list of packages
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $needed >/dev/null
else
  echo "left out: tests that need$needed, because they are not installed and this is not Debian as root"
fi
