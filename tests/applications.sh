#!/bin/sh
# The applications' own tests, where their tools are; what was left out is said at the end.
set -eu
cd "$(dirname "$0")/.."
left=

if command -v go >/dev/null; then
  (cd api && go test ./...)
else
  left="$left api (Go is not installed)"
fi
if command -v npm >/dev/null; then
  (cd frontend && npm ci --no-audit --no-fund --loglevel=error && npm test)
else
  left="$left frontend (Node.js is not installed)"
fi
[ -z "$left" ] || echo "Left out:$left"
