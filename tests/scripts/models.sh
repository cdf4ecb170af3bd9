#!/bin/sh
# The models of what threads share, in the orders that loom finds, with their numbers: `sh tests/scripts/models.sh`. A part of a
# test's name runs those alone. They are built in a folder of their own, since a flag of the compiler is set.
set -eu
cd "$(dirname "$0")/../.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/models"
export RUSTFLAGS="--cfg loom"
cargo test -p genai-runtime --lib --features upload -- "models::${1:-}"
