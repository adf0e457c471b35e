#!/bin/sh
# From nothing to a Postgres cluster on this machine: packages, build, sandbox, cluster, first query.
set -eu
# shellcheck source=scripts/prepare.sh
. "$(dirname "$0")/prepare.sh"

install_debian_packages ''
install_npm_packages
build

step() { printf '\n\033[1m$ %s\033[0m\n' "$*"; "$@"; }
pgk() { node bin/run.js "$@"; }

step pgk sandbox up
step pgk create cluster hippo --replicas 3
step pgk status hippo
step pgk psql hippo -- -c 'select version()'

printf '\nYour cluster runs. Next: npx pgk status hippo --watch, npx pgk psql hippo, npx pgk --help\n'
printf 'Remove everything again with: npx pgk sandbox down --purge\n'
