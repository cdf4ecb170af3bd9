#!/bin/sh
# Mutation testing of one module (`context`, `content`, `operation`, `pipeline` of the runtime, or all four as `runtime`; `check` of the
# macros): each small change of its code that compiles must fail a test. All changes are planted into a copy of the sources, which is built
# once, and switched on one by one: `sh tests/scripts/mutants.sh context`; `--shard 3/20` tries every twentieth from the fourth on,
# `--only open.rs:120` those of a line, `--again` those that no run before caught; `--jobs 2` tries two at once.
# It takes minutes, prints the fate of each change, and fails if one was missed.
set -eu
cd "$(dirname "$0")/../.."
exec cargo run --quiet --locked --manifest-path tests/mutants/Cargo.toml --target-dir target -- "$@"
