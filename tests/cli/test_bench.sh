#!/usr/bin/env bash
# tier: check
# `bench`: what it refuses, and a record that the store takes.
. tests/lib.sh

status "an unknown model is a usage error" 2 "$T" bench --model no-such-model
has "and the message names what there is" "choose from llama-3.1-8b" "$("$T" bench --model no-such-model 2>&1)"
status "an unknown format is a usage error" 2 "$T" bench --model smollm-135m --quant q9
status "zero threads are a usage error" 2 "$T" bench --threads 0
status "an unknown instruction set is a usage error" 2 "$T" bench --isa avx9
status "the override is checked too" 2 env TOKENTCO_ISA=sse1 "$T" bench --quick --model smollm-135m
same "nothing is stored after a refusal" "" "$(ls "$XDG_DATA_HOME" 2>/dev/null)"
