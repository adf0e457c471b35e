#!/bin/sh
# The tests, on a bare Debian machine as root: style, types, unit, conformance, real containers, end to end. Suites that
# break the sandbox or take long are apart: npm run e2e:long.
# Ends with one line `N passed, N failed` over all of them.
set -eu
# shellcheck source=scripts/prepare.sh
. "$(dirname "$0")/prepare.sh"

install_debian_packages shellcheck
install_npm_packages
build

status=0
tsc --noEmit || status=1
biome check . || status=1

reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
run() {
  printf '\n== %s\n' "$1"
  vitest run --project "$1" --reporter=default --reporter=json --outputFile.json="$reports/$1.json" || status=1
}
run unit
run conformance
if [ "$(id -u)" = 0 ]; then
  run node
  run e2e
else
  echo 'not root: the tests with real containers (node, e2e) were not run' >&2
  status=1
fi

node scripts/summary.ts "$reports" || status=1
exit $status
