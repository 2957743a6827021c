#!/bin/sh
# Installs the emulators and the type checker, by name and exact version, into the folder given. There is no lock file,
# because npm's names the registry's host; what they depend on is pinned here too. Needs npm and Node.js 18 or newer.
set -eu
folder=$1
packages="emulate@0.11.2 commander@14.0.3 picocolors@1.1.1 yaml@2.9.1 typescript@5.9.3 @slack/types@3.2.0"
# A program for one kind of machine only; elsewhere its tests are skipped.
[ "$(uname -sm)" != "Linux x86_64" ] || packages="$packages local-slack-linux-x64@0.1.8"
mkdir -p "$folder"
# shellcheck disable=SC2086 # one word a package
npm install --prefix "$folder" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error \
  $packages
ln -sfn local-slack-linux-x64/bin/local-slack "$folder/node_modules/local-slack"
