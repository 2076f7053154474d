#!/bin/sh
# Brings up what the tests need and pip cannot: Debian's Chromium. Elsewhere the browser
# tests say that they were left out, and why.
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
  echo "left out: the browser tests, because Chromium is not installed and this is not Debian as root"
fi
