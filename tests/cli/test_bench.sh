#!/usr/bin/env bash
# tier: check
# `bench`: what it refuses, and a record that the store takes.
. tests/lib.sh

status "an unknown model is a usage error" 2 "$T" bench --model no-such-model
has "and the message names where it was looked for" "no model 'no-such-model' in models.csv" "$("$T" bench --model no-such-model 2>&1)"
status "a model with parts that are not run is refused" 2 "$T" bench --model deepseek-v3
status "two shapes exclude each other" 2 "$T" bench --model mistral-7b --gguf x.gguf
status "an unknown format of the cache is a usage error" 2 "$T" bench --model smollm-135m --kv fp8
status "an unknown format is a usage error" 2 "$T" bench --model smollm-135m --quant q9
status "zero threads are a usage error" 2 "$T" bench --threads 0
too_many=$(($(nproc --all) + 1))
status "more threads than the machine has are a usage error" 2 "$T" bench --threads $too_many --model smollm-135m
has "and it says how many there are" "hardware threads that may be used" "$("$T" bench --threads $too_many --model smollm-135m 2>&1)"
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

# A config.json: dimensions as families spell them; faults with their pointers.
cat >"$TMP/config.json" <<'EOF'
{"model_type": "mixtral", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
 "intermediate_size": 96, "num_local_experts": 4, "num_experts_per_tok": 2, "vocab_size": 32000, "extra": [1, {"a": null}]}
EOF
check "a config.json is run" "$T" bench --quick --threads 1 --config "$TMP/config.json" --records "$TMP/records"
has "its experts are in the record" '"experts": 4' "$(cat "$TMP"/records/*.json)"
check "a GGUF file of experts is written" "$T" bench --config "$TMP/config.json" --write-gguf "$TMP/experts.gguf"
sed 's/"hidden_size": 64/"hidden_size": -64/; s/"vocab_size": 32000/"vocab_size": "many"/' "$TMP/config.json" >"$TMP/bad.json"
status "absurd dimensions are bad data" 65 "$T" bench --config "$TMP/bad.json"
has "with a pointer each" "/hidden_size" "$("$T" bench --config "$TMP/bad.json" 2>&1)"
has "all of them" "/vocab_size" "$("$T" bench --config "$TMP/bad.json" 2>&1)"
sed 's/"hidden_size": 64/"hidden_size": 1e300/' "$TMP/config.json" >"$TMP/bad.json"
status "so are numbers that no machine has" 65 "$T" bench --config "$TMP/bad.json"
sed 's/"num_attention_heads": 4, //' "$TMP/config.json" >"$TMP/bad.json"
has "a missing one is said" "/num_attention_heads: is missing" "$("$T" bench --config "$TMP/bad.json" 2>&1)"
sed 's/"extra"/"kv_lora_rank": 512, "extra"/' "$TMP/config.json" >"$TMP/bad.json"
has "what is not run is refused" "/kv_lora_rank: the model has latent attention" "$("$T" bench --config "$TMP/bad.json" 2>&1)"
sed 's/32000/320/' "$TMP/config.json" >"$TMP/bad.json"
has "so is a toy" "make 213504 parameters" "$("$T" bench --config "$TMP/bad.json" 2>&1)"
head -c 100 "$TMP/config.json" >"$TMP/bad.json"
status "a cut file is bad data" 65 "$T" bench --config "$TMP/bad.json"
status "a missing one is no input" 66 "$T" bench --config "$TMP/none.json"

check "lists are measured" "$T" bench --quick --threads 1 --config "$TMP/config.json" --records "$TMP/lists" -p 16,40 --batches 3 -d 0,9
same "prompts, then each batch at each depth" "prefill,16,0,1 prefill,40,0,1 decode,,0,3 decode,,9,3" \
    "$("$T" bench show --csv --records "$TMP/lists" | tail -n +2 | cut -d, -f1,4,6,7 | xargs)"
status "a list is of numbers" 2 "$T" bench -p 16, --config "$TMP/config.json"
status "within a range" 2 "$T" bench --batches 0 --config "$TMP/config.json"
status "and not endless" 2 "$T" bench -d 1,2,3,4,5,6,7,8 --config "$TMP/config.json"

# What was run says what another model does.
rec=$(ls "$TMP"/records/*.json | head -1)
has "the step time is fitted" '"rows_1"' "$(cat "$rec")"
value() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" "$rec" | head -1; }
has "how the program was compiled is in the record" "-ffp-contract=off" "$(value flags)"
# Files of the kernels that have flags of their own, as gcc takes them.
case $(value compiler) in [0-9]*)
    while read -r file flags; do
        has "with the flags of $file" "($file: $flags)" "$(value flags)"
    done < <(sed -n "s/^FILE_FLAGS_\(.*_$(value isa)\) *:= *\$(call gcc_flags,\(.*\))$/\1 \2/p" Makefile) ;;
esac
has "the fit is shown" "step time fitted to the points" "$("$T" bench show "$rec")"
check "another model is predicted" "$T" bench predict --model smollm-135m "$rec"
has "the prediction says what it is" "predicted from steps of tmp" "$("$T" bench predict --model smollm-135m --json "$rec")"
has "and for which memory" "for memory that reads 7.5 GB/s" \
    "$("$T" bench predict --model smollm-135m --bandwidth 7.5 --json "$rec")"
has "and for which arithmetic" "for arithmetic of 3.5 GOP/s" \
    "$("$T" bench predict --model smollm-135m --arithmetic 3.5 --json "$rec")"
prefill() { "$T" bench predict --model smollm-135m --csv "$@" "$rec" | awk -F, 'NR == 2 {print $8}'; }
check "slower arithmetic takes longer" awk "BEGIN {exit !($(prefill --arithmetic 1) < 0.9 * $(prefill --arithmetic 2))}"
status "no memory is no bandwidth" 2 "$T" bench predict --model smollm-135m --bandwidth 0 "$rec"
status "a model must be named" 2 "$T" bench predict "$rec"
status "a record must be there" 66 "$T" bench predict --model smollm-135m --records "$TMP/empty"
weights=$(sed -n 's/.*"weight_format": "\([^"]*\)".*/\1/p' "$rec" | head -1)
measured=(throughput --model smollm-135m --gpu CPU --basis measured --records "$TMP/records")
has "throughput takes the fitted step times" "step times fitted by record" "$("$T" "${measured[@]}" --quant "$weights")"
depth=$("$T" bench predict --model smollm-135m --csv "$rec" | awk -F, '$1 == "decode" {print $6; exit}')
"$T" bench predict --model smollm-135m --json "$rec" >"$TMP/predicted.json"
"$T" "${measured[@]}" --quant "$weights" --concurrency 1 --isl $((depth - 1)) --osl 2 --json >"$TMP/fitted.json"
check "and its step is the one that bench predicts" python3 - "$TMP/predicted.json" "$TMP/fitted.json" <<'EOF'
import json, sys
predicted, fitted = (json.load(open(f)) for f in sys.argv[1:])
point = next(p for p in predicted["points"] if p["phase"] == "decode" and p["batch"] == 1)
step = sum(fitted["terms"].values())
assert abs(step * point["rate_tok_s"] - 1) < 0.02, (step, 1 / point["rate_tok_s"])
EOF
has "only of the same weights" "is of $weights weights, not fp16" "$("$T" "${measured[@]}" 2>&1)"
has "a plan for another model takes the prediction, and says so" "projected" \
    "$("$T" run support-chat --as-of 2026-09-23 --records "$TMP/records" 2>&1 | grep this-machine)"
sed 's/"basis": "auto"/"basis": "measured"/; s/"record": "latest"/"record": "latest", "basis": "measured"/' \
    scenarios/support-chat.json >"$TMP/measured.json"
has "unless it wants a measurement" "engine/basis is measured, but the record is of" \
    "$("$T" run "$TMP/measured.json" --as-of 2026-09-23 --records "$TMP/records" 2>&1)"

# An engine beside: the share of this machine that it delivers. A program in its place says what it was asked.
cat >"$TMP/llama-bench" <<'EOF'
#!/bin/sh
echo "$@" >>"$0.asked"
while [ $# -gt 1 ]; do case $1 in -m) m=$2 ;; -p) p=$2 ;; -n) n=$2 ;; -t) t=$2 ;; -d) d=$2; [ ! -e "$0.old" ] || exit 1 ;; esac; shift 2; done
head -c 4 "$m" >"$0.magic"
echo "[{\"build_commit\": \"abc\", \"cpu_info\": \"CPU\", \"backends\": \"CPU\", \"model_type\": \"any Q4_0\", \"n_threads\": $t,"
echo " \"n_prompt\": $p, \"n_gen\": $n, \"n_depth\": ${d:-0}, \"avg_ts\": 2.0, \"samples_ts\": [1.5, 2.0, 2.5]}]"
EOF
chmod +x "$TMP/llama-bench"
check "an engine is measured too" env TMPDIR="$TMP" "$T" bench --quick --threads 1 --config "$TMP/config.json" \
    --records "$TMP/beside" --engine-bench "$TMP/llama-bench"
same "on a GGUF file" "GGUF" "$(cat "$TMP/llama-bench.magic")"
has "with our prompt" "-t 1 -p 128 -n 0 -r 3 -o json" "$(head -1 "$TMP/llama-bench.asked")"
has "and behind our depth" "-t 1 -p 0 -n 32 -r 3 -o json -d 128" "$(tail -1 "$TMP/llama-bench.asked")"
has "its share is in the record" "llama.cpp prefill q4_0" "$("$T" bench show --records "$TMP/beside")"
touch "$TMP/llama-bench.old"
check "an old build has no -d" "$T" bench --quick --threads 1 --config "$TMP/config.json" --records "$TMP/old" \
    --engine-bench "$TMP/llama-bench"
has "which the record says" "behind an empty cache: this llama-bench has no -d" "$("$T" bench show --records "$TMP/old")"
same "nothing is left behind" "" "$(find "$TMP" -maxdepth 1 -name '*tokentco-engine*')"
status "an engine that is not there is no input" 66 "$T" bench --quick --config "$TMP/config.json" --engine-bench "$TMP/none"
printf '#!/bin/sh\nexit 3\n' >"$TMP/llama-bench"
status "one that fails is said" 65 "$T" bench --quick --threads 1 --config "$TMP/config.json" --records "$TMP/failed" \
    --engine-bench "$TMP/llama-bench"
same "and leaves no record" "" "$(ls "$TMP/failed" 2>/dev/null)"
