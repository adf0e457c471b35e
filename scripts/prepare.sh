#!/bin/sh
# Brings a bare Debian machine to where pgk runs from this folder: Debian packages, npm packages, a build.
# Sourced by the other scripts; every step is skipped when its result is already there.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\033[2m%s\033[0m\n' "$*" >&2; }

debian_packages='containerd runc containernetworking-plugins nftables iproute2 mmdebstrap busybox-static'

# Arguments: packages wanted besides the sandbox's own.
install_debian_packages() {
  missing=''
  for package in $debian_packages "$@"; do
    [ -n "$package" ] || continue
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" != 0 ]; then
    echo "pgk: the sandbox needs the packages$missing; run as root: apt-get install -y$missing" >&2
    exit 6
  fi
  say "Installing Debian packages:$missing"
  apt-get update -qq >&2
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

install_npm_packages() {
  if [ -z "$(find node_modules/.package-lock.json -newer package-lock.json -print 2>/dev/null)" ]; then
    say 'Installing npm packages'
    npm ci --no-fund --no-audit --loglevel=error >&2
  fi
  PATH="$PWD/node_modules/.bin:$PATH"
  export PATH
}

build() {
  if [ ! -f dist/.built ] || [ -n "$(find src package.json tsconfig.build.json -newer dist/.built -print -quit)" ]; then
    say 'Building'
    npm run --silent build >&2
    touch dist/.built
  fi
}
