#!/bin/sh
# Run by CKAN's image before it serves, and by the worker: the keys of sessions and tokens.
ckan config-tool "$CKAN_INI" "SECRET_KEY=$PORTAL_SESSION" \
  "api_token.jwt.encode.secret=string:$PORTAL_JWT" "api_token.jwt.decode.secret=string:$PORTAL_JWT"
