#!/bin/sh
# Runs the small application of each older OpenTelemetry, then the one that has two; with an argument (`0_31`, `two`) that one alone,
# with another its scenario.
set -eu
cd "$(dirname "$0")/../versions/opentelemetry"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-../../../target/versions}"
export RUSTFLAGS="-D warnings"

for version in ${1:-0_27 0_28 0_29 0_30 0_31 0_32 two}; do
    cargo run --quiet -p "on-$version" -- ${2:-}
done
if [ $# = 0 ]; then
    # With bound instruments.
    cargo run --quiet -p on-0_31 --features bound -- same
fi
