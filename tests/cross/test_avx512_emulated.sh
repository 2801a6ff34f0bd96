#!/usr/bin/env bash
# The AVX-512 kernels, built with SIMDe in place of each AVX-512 instruction: against sums in f64 at odd sizes, under
# the sanitizers, on any x86-64 processor. The assembler of gemm_integer_avx512.c is the one thing that does not run.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
if [ "$(uname -m)" != x86_64 ]; then
    ok 'this is no x86-64 machine: the program has no AVX-512 kernels here'
    exit 0
fi
program=build/emulated/test_kernels_emulated
# The tests may run twice at once (plain and sanitizer build), which must not build twice at once.
check 'the AVX-512 kernels build without AVX-512' flock tests/cross/test_avx512_emulated.sh \
    make -s -j2 BUILD=build/emulated EMULATE_AVX512=1 $program
if output=$($program 2>&1); then ok 'kernel tests with emulated AVX-512'; else not_ok 'kernel tests with emulated AVX-512' "$output"; fi
same 'they ran the AVX-512 set' 'avx512 ref' "$(printf '%s\n' "$output" | sed -n 's/^sets: //p')"
