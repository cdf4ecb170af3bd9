#!/bin/sh
# Each feature of the runtime alone, and every two versions of one client together, without a warning. Too slow for every
# change where the clients' dependencies are not built yet: `sh tests/scripts/features.sh`
set -eu
cd "$(dirname "$0")/../.."

features=$(awk '/^\[/ { inside = $0 == "[features]" } inside && /^[a-z].* = \[/ { print $1 }' genai-runtime/Cargo.toml | grep -v '^default$')

check() {
    echo "$1"
    cargo clippy --quiet -p genai-runtime --no-default-features --features "$1" -- -D warnings
}

for feature in $features; do
    check "$feature"
done
# `client-0_1` and `client-0_2` are versions of `client`.
versions=$(echo "$features" | grep -E -- '-[0-9][0-9_]*$' || true)
for one in $versions; do
    for other in $versions; do
        if [ "${one%-*}" = "${other%-*}" ] && [ "$one" \< "$other" ]; then
            check "$one,$other"
        fi
    done
done
echo "$(echo "$features" | wc -l) features, each alone"
