#!/bin/sh
# Prints how many bytes the expansion of each function of tests/tests/functions/expansion.rs has over its plain twin, and fails where
# that is more than is promised. Needs a nightly toolchain for the compiler's printout.
set -eu
cd "$(dirname "$0")/../.."
out="${CARGO_TARGET_DIR:-target}/expansion"
mkdir -p "$out"
CARGO_TARGET_DIR="$out" cargo +nightly rustc -q -p genai-tests --test expansion -- -Zunpretty=expanded > "$out/expanded.rs"
awk '
    /^mod / { name = $2; next }
    /^}/ { name = "" }
    name != "" { bytes[name] += length($0) + 1 }
    function check(what, is, limit) {
        printf "%-40s %5d of %5d\n", what, is, limit
        if (is > limit) { failed = 1 }
    }
    END {
        reference = bytes["bare_by_reference"]
        check("request by reference", bytes["by_reference"] - reference, 750)
        check("request by value", bytes["by_value"] - bytes["bare_by_value"], 900)
        check("per request entry, of six", (bytes["six_entries"] - bytes["by_reference"]) / 6, 60)
        check("per response entry, of five", (bytes["six_and_five_entries"] - bytes["six_entries"]) / 5, 75)
        exit failed
    }' "$out/expanded.rs"
