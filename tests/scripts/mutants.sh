#!/bin/sh
# Mutation testing of one module: each small change of its code that compiles must fail a test. It takes
# `cargo install cargo-mutants --locked`, and minutes to hours: `sh tests/scripts/mutants.sh context --sharding round-robin --shard 0/8`.
# The modules are those below; further arguments go to cargo-mutants. The outcome is in `mutants.out`.
set -eu
cd "$(dirname "$0")/../.."

module=$1
shift
case "$module" in
context | content)
    set -- "$@" -p genai-runtime -f "genai-runtime/src/$module/**" --test-package genai-runtime --test-package genai-tests \
        -- --lib --test "$module"
    ;;
operation)
    set -- "$@" -p genai-runtime -f "genai-runtime/src/operation/**" --test-package genai-runtime --test-package genai-tests \
        -- --lib --test operations --test context --test streams
    ;;
pipeline)
    set -- "$@" -p genai-runtime -f "genai-runtime/src/pipeline/**" --test-package genai-runtime --test-package genai-tests \
        -- --lib --test export --test operations --test cost
    ;;
check)
    set -- "$@" -p genai-macros -f "genai-macros/src/check/**" --test-package genai-macros --test-package genai-ui-tests
    ;;
*)
    echo "no such module: $module" >&2
    exit 1
    ;;
esac
exec cargo mutants "$@"
