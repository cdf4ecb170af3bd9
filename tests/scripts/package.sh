#!/bin/sh
# Packs both crates as they would be published and builds them from the packages, one against the other. Packed together, the
# runtime finds the macros of the same version in a registry made for the occasion; alone it would look for them on crates.io.
# More arguments go to cargo: `sh tests/scripts/package.sh --offline`.
set -eu
cd "$(dirname "$0")/../.."
cargo package -p genai-macros -p genai-runtime "$@"
