#!/bin/sh
# The documentation as docs.rs builds it, with a nightly toolchain, into target/docsrs: no warning, every public module of the
# runtime has its page, and pages of what needs a feature name it.
set -eu
cd "$(dirname "$0")/../.."
out="${CARGO_TARGET_DIR:-target}/docsrs"
features=$(awk '
    /^\[package.metadata.docs.rs\]/ { inside = 1; next }
    /^\[/ { inside = 0 }
    inside && /^    "/ { gsub(/[ ",]/, ""); print }' genai-runtime/Cargo.toml | paste -s -d , -)
CARGO_TARGET_DIR="$out" RUSTDOCFLAGS="-D warnings" \
    cargo +nightly rustdoc --quiet -p genai-runtime --lib --features "$features" "$@" -- --cfg docsrs

pages="$out/doc/genai"
failed=0
# A page, and the feature that it must name.
check() {
    if ! [ -f "$pages/$1" ]; then
        echo "no page $1"
        failed=1
    elif ! grep -q "crate feature <code>$2</code>" "$pages/$1"; then
        echo "$1 does not name the feature $2"
        failed=1
    fi
}
check console/index.html console
check otlp/index.html otlp
check redact/index.html redact
check services/index.html tower
check testing/index.html testing
check upload/index.html upload
check bridge/v0_31/index.html opentelemetry-0_31
check clients/bedrock/index.html aws-bedrock-1
check clients/rig/index.html rig-0_44
# The front page's example is compiled where `testing` is on; else it would be marked as not tested.
if grep -q 'class="tooltip' "$pages/index.html"; then
    echo "the front page has an example that is not compiled"
    failed=1
fi
exit $failed
