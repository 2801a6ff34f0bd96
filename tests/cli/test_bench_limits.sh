#!/usr/bin/env bash
# tier: check
# `bench` under a limit on memory: fewer layers, or a refusal that names the limit.
. tests/lib.sh

# limited KIB ARGUMENT...: bench with so much address space
limited() { (ulimit -v "$1" && shift && exec "$T" bench --quick --threads 1 --model smollm-135m --records "$TMP/$RANDOM" "$@"); }
if ! (ulimit -v 80000 && "$T" --version) >/dev/null 2>&1; then
    ok "not tried: this build needs more address space than the limits leave"
    exit
fi
said=$(limited 80000 2>&1)
has "fewer layers are run where no more fit" "of 30 layers were run; times are extrapolated" "$said"
has "with figures" "decode" "$said"
has "and what bounds the memory is said" "the address space limit (ulimit -v) left" "$said"
status "less than one layer and the head is a no" 1 limited 50000
has "with the limit" "for one layer and the head, and 32 MiB to measure with; the address space limit (ulimit -v) leaves" \
    "$(limited 50000 2>&1)"
same "in one line" 1 "$(limited 50000 2>&1 | wc -l)"
