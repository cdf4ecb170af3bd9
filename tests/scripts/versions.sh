#!/usr/bin/env bash
# What is recorded of the types of clients in old and new versions: compiles them, runs them and compares with the table in docs/clients.md.
# `--write` writes the table anew.
set -euo pipefail
cd "$(dirname "$0")/../versions/clients"
cargo run --quiet --locked -- "$@"
