#!/bin/sh
# The end-to-end suite. With PGK_E2E_KUBECONFIG it runs against that Kubernetes (and needs no root, no
# sandbox); without, it starts a sandbox of its own and removes it afterwards.
set -eu
# shellcheck source=scripts/prepare.sh
. "$(dirname "$0")/prepare.sh"

[ -n "${PGK_E2E_KUBECONFIG:-}" ] || install_debian_packages ''
install_npm_packages
build
[ "${1:-}" = --project ] || set -- --project e2e "$@"
exec vitest run "$@"
