#!/bin/sh
# Builds the program and puts it where it is wanted, build/demo unless told otherwise. The lock file says which crates.
set -eu
cd "$(dirname "$0")"
cargo build --quiet --release --locked --target-dir build/target
cp build/target/release/demo "${1:-build/demo}"
