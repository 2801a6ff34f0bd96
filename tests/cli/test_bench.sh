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

# A random-weight GGUF file says what it is, and a damaged one is refused with one line.
check "a GGUF file is written" "$T" bench --model smollm-135m --quant q4_0 --write-gguf "$TMP/small.gguf"
head -c 3000 "$TMP/small.gguf" >"$TMP/cut.gguf"
status "a cut header is bad data" 65 "$T" bench --quick --gguf "$TMP/cut.gguf"
printf 'GGUF\3\0\0\0\377\377\377\377\377\377\377\377\1\0\0\0\0\0\0\0' >"$TMP/hostile.gguf"
status "an absurd number of tensors is bad data" 65 "$T" bench --gguf "$TMP/hostile.gguf"
printf 'GGUF\3\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\377\377\377\377\377\377\377\177abc' >"$TMP/hostile.gguf"
status "so is a name longer than the file" 65 "$T" bench --gguf "$TMP/hostile.gguf"
status "a missing file is no input" 66 "$T" bench --gguf "$TMP/none.gguf"
status "GGUF has no int8" 2 "$T" bench --model smollm-135m --quant int8 --write-gguf "$TMP/int8.gguf"
