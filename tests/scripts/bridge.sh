#!/bin/sh
# Runs the small application of each older OpenTelemetry; with an argument (`0_31`) that one alone, with another its scenario.
set -eu
cd "$(dirname "$0")/../versions/opentelemetry"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-../../../target/versions}"

for version in ${1:-0_27 0_28 0_29 0_30 0_31 0_32}; do
    RUSTFLAGS="-D warnings" cargo run --quiet -p "on-$version" -- ${2:-}
done
