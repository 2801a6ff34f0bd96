#!/usr/bin/env bash
# Shapes that were not run, predicted from each that was: the table of errors, and their median and worst.
#
#   tests/bench/predict.sh [bench options, such as --quick --threads 1 --quant q8_0]
# A prediction is made for the memory bandwidth and the rate of arithmetic that the run of its model measured: the machine may
# drift between the runs, and what is judged is the prediction, not the neighbours. AS_RECORDED=1 leaves that out.
# MODELS chooses the shapes; the last one here is a small mixture of experts.
set -eu
cd "$(dirname "$0")/../.."
T=${T:-build/tokentco}
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
cat >"$TMP/moe.json" <<'EOF'
{"model_type": "olmoe", "hidden_size": 1024, "num_hidden_layers": 12, "num_attention_heads": 16, "num_key_value_heads": 4,
 "intermediate_size": 768, "num_experts": 16, "num_experts_per_tok": 4, "vocab_size": 32000}
EOF
MODELS=${MODELS:-smollm-135m smollm2-360m qwen2.5-0.5b tinyllama-1.1b llama-3.2-1b moe}

shape() { if [ "$1" = moe ]; then echo "--config $TMP/moe.json"; else echo "--model $1"; fi; }

for m in $MODELS; do
    # shellcheck disable=SC2046
    "$T" bench -q "$@" $(shape "$m") --records "$TMP/$m"
    "$T" bench show --csv --records "$TMP/$m" >"$TMP/$m.csv"
done
# The pace beside the points of a run.
pace() {
    "$T" bench show --records "$TMP/$1" |
        sed -n 's/^memory *reads \([0-9.]*\) GB.*/--bandwidth \1/p; s/^arithmetic *\([0-9.]*\) GOP.*/--arithmetic \1/p'
}

for run in $MODELS; do
    for m in $MODELS; do
        [ "$run" = "$m" ] && continue
        at=
        [ -n "${AS_RECORDED:-}" ] || at=$(pace "$m")
        # shellcheck disable=SC2046,SC2086
        "$T" bench predict --csv $at $(shape "$m") --records "$TMP/$run" >"$TMP/predicted.csv"
        paste -d, <(cut -d, -f1,4,6,7,8 "$TMP/predicted.csv") <(cut -d, -f8 "$TMP/$m.csv") | tail -n +2 |
            awk -F, -v run="$run" -v m="$m" '{printf "%s,%s,%s,%s,%s,%s,%.4f\n", run, m, $1, $2, $3, $4, $5 / $6 - 1}'
    done
done >"$TMP/errors.csv"
echo "run,predicted,phase,prompt,depth,batch,error"
cat "$TMP/errors.csv"
cut -d, -f7 "$TMP/errors.csv" | tr -d - | sort -g | awk '{e[NR] = $1} END {
    printf "%d predictions: median error %.1f %%, p90 %.1f %%, worst %.1f %%\n", NR, 100 * e[int((NR + 1) / 2)],
        100 * e[int(0.9 * NR + 0.5)], 100 * e[NR]}'
