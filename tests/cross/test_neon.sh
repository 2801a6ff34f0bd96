#!/usr/bin/env bash
# The NEON kernels, built with the cross-compiler and run by qemu's user mode: against sums in f64 and `ref` at odd
# sizes, on a processor that has every extension and on one of Armv8.0. On an Arm host the unit tests do that already.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
if [ "$(uname -m)" = aarch64 ]; then
    ok 'this is an Arm machine: the unit tests run the NEON kernels'
    exit 0
fi
arm=build/aarch64
# The tests may run twice at once (plain and sanitizer build), which must not build twice at once.
check 'the kernels build for aarch64' flock tests/cross/test_neon.sh \
    make -s -j2 BUILD=$arm CC=aarch64-linux-gnu-gcc $arm/test_kernels_static $arm/test_dispatch_static
check 'each set of features of an Arm processor chooses kernels' qemu-aarch64 $arm/test_dispatch_static

# on CPU TEXT SETS: the kernel tests pass and ran these sets
on() {
    local output
    if output=$(qemu-aarch64 -cpu "$1" $arm/test_kernels_static 2>&1); then
        ok "kernel tests on $2"
    else
        not_ok "kernel tests on $2" "$output"
    fi
    same "they ran the sets of $2" "$3" "$(printf '%s\n' "$output" | sed -n 's/^sets: //p')"
}
on max 'a processor with everything' 'neon-i8mm neon-dotprod neon ref'
on cortex-a57 'Armv8.0' 'neon ref'
