#!/bin/sh
# Brings up what the tests need and pip cannot: what the portal needs, and Debian's Chromium.
# Elsewhere the tests that need them say that they were left out, and why.
sh "$(dirname "$0")/../portal/provide.sh" chromium || echo "left out: the tests that need these"
