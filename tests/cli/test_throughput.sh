#!/usr/bin/env bash
# tier: check
# Throughput predictions from the command line: the answer, the score, and one clear line for each mistake.
. tests/lib.sh

truth=pricing/throughput_truth.csv
base=(throughput --model llama31-70b --gpu H100-SXM --tp 4 --quant fp8)

for name in meta-llama/Llama-3.1-70B-Instruct llama31-70b llama-3.1-70b; do
    has "the model is found as $name" "llama-3.1-70b on 4 x H100" \
        "$("$T" throughput --model "$name" --gpu H100 --tp 4 --quant fp8)"
done
json=$("$T" "${base[@]}" --rate 3 --json)
for key in out_tok_s total_tok_s tpot_s ttft_mean_s ttft_p50_s ttft_p95_s running utilisation_frac saturated \
    usd_per_mtok_out tpot_s_p10 tpot_s_p90 basis feasible reason terms; do
    has "the JSON has $key" "\"$key\":" "$json"
done
has "the curve is drawn" "tok/s/user" "$("$T" "${base[@]}" --curve)"
has "a price that is given is used" "at 2.5 USD" "$("$T" "${base[@]}" --price-per-hour 2.5)"

# Every shipped measurement is predicted, and the errors stay where the calibration left them.
# A model's name that ends in a format chooses the weights, and the answer says so; --quant wins.
named() { "$T" throughput --model "$1" --gpu "${@:2}" | sed -n 's/.* \([a-z0-9_]*\) weights, .*/\1/p'; }
same "the name says fp8" fp8 "$(named meta-llama/Meta-Llama-3.1-70B-Instruct-FP8 'NVIDIA H100 80GB HBM3' --tp 4)"
same "the name says int8, not gptq" int8 "$(named Qwen/Qwen3-32B-GPTQ-Int8 mi300x)"
same "the name says nvfp4" nvfp4 "$(named nvidia/DeepSeek-R1-NVFP4 b200 --tp 8)"
same "the name says awq, then int4" int4 "$(named hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4 h100-sxm --tp 2)"
same "the name says nothing" fp16 "$(named meta-llama/Llama-3.1-8B-Instruct h100-sxm)"
same "--quant wins over the name" fp16 "$(named meta-llama/Llama-3.1-8B-Instruct-FP8 h100-sxm --quant fp16)"
has "and it is said" "as the model's name says" \
    "$("$T" throughput --model meta-llama/Llama-3.1-8B-Instruct-FP8 --gpu h100-sxm)"

summary=$("$T" throughput --score "$truth" --json)
read -r total predicted < <(printf '%s' "$summary" | tr -d ' \n' | sed -E 's/.*"all":\{[^}]*"n_total":([0-9]+)[.0]*,"n":([0-9]+).*/\1 \2/')
same "every measurement is predicted" "$total" "$predicted"
median=$(printf '%s' "$summary" | tr -d ' \n' | sed -E 's/.*"all":\{[^}]*"median_ape":([0-9.e-]+).*/\1/')
check "the median error is below 0.10" awk -v m="$median" 'BEGIN {exit !(m > 0 && m < 0.10)}'

# What repeats of a configuration differ by stands apart from the groups, so that nobody takes it for a score.
has "repeats have a list of their own" '"repeats":[{"by":"repeats","key":"dense saturated"' \
    "$(printf '%s' "$summary" | tr -d ' \n' | sed 's/densesaturated/dense saturated/g')"
same "and are not among the groups" 0 \
    "$(printf '%s' "$summary" | tr -d ' \n' | sed 's/"repeats":\[.*//' | grep -c '"by":"repeats"')"

# One's own measurement: of this very configuration it is the figure; its neighbours move with it, in a narrower band.
own=$(mktemp -d)
sed 's/"gpu": "2xCARD_Y", //; s#org/some-8b#meta-llama/Llama-3.1-8B-Instruct#; s/"max_concurrency": null/"max_concurrency": 16/
    s/"request_rate": 12.5/"request_rate": "inf"/' tests/feed/measurements/vllm.json >"$own/vllm.in"
"$T" bench import -q "$own/vllm.in" --records "$own/records" --hardware H100 --gpus 1 --weights fp8 >/dev/null
load=(--gpu H100 --quant fp8 --concurrency 16 --isl 500 --osl 250 --json)
field() { python3 -c "import json,sys; d = json.load(sys.stdin); print(eval(sys.argv[1]))" "$1"; }
mine=$("$T" throughput --model llama-3.1-8b "${load[@]}" --records "$own/records")
sed 's#org/some-8b#meta-llama/Llama-3.1-8B-Instruct#; s/2xCARD_Y/1xNVIDIA_L4/' tests/feed/measurements/vllm.json >"$own/offered.in"
has "an import says why predictions pass over it" \
    "pass over this record: no weight format (--weights); runs at a given arrival rate" \
    "$("$T" bench import "$own/offered.in" --records "$own/offered" 2>&1)"
has "and so does the prediction that finds no other" "no imported record of this model, accelerator, engine and format; record" \
    "$("$T" throughput --model llama-3.1-8b --gpu L4 --basis imported --records "$own/offered" 2>&1)"
near=$("$T" throughput --model qwen3-8b "${load[@]}" --records "$own/records")
none=$("$T" throughput --model qwen3-8b "${load[@]}" --records "$own/empty")
has "an imported record is the basis" "imported (1 point)" "$mine"
same "the figure is near the 1,250 tok/s that were measured" True "$(printf '%s' "$mine" | field "1000 < d['out_tok_s'] < 1500")"
has "a neighbour is re-centred" "re-centred by own measurements" "$near"
check "towards the measurement, in a narrower band" python3 -c "import json,sys
near, none = (json.loads(t) for t in sys.argv[1:])
width = lambda d: d['out_tok_s_p90'] / d['out_tok_s_p10']
sys.exit(not (near['out_tok_s'] < 0.8 * none['out_tok_s'] and width(near) < width(none)))" "$near" "$none"
none=$("$T" throughput --model qwen3-8b "${load[@]}" --basis projected --records "$own/records" 2>&1)
same "nothing is projected without a fitted record of this machine" 1 $?
has "and the answer says what to do" "run \`tokentco bench\`" "$none"
has "a wrong basis is told the right ones" "it is one of: measured imported calibrated projected uncalibrated" \
    "$("$T" throughput --model qwen3-8b "${load[@]}" --basis guessed 2>&1)"
rm -rf "$own"

# A row that cannot be predicted is kept, with its reason, and counts as an error of 1.
bad=$(mktemp)
{
    head -2 "$truth"
    sed -n 3p "$truth" | sed 's/gptj-6b/no-such-model/'
} >"$bad"
has "an unknown model is listed with the reason" "no-such-model" "$("$T" throughput --score "$bad" --csv)"
printf 'value,metric,gpu,model\n100,per_user_tok_s,H100-SXM,llama31-8b-FP8\n100,per_user_tok_s,H100-SXM,llama31-8b\n' >"$bad.named"
has "a score says for how many rows the name gave the format" "1 rows state no precision" \
    "$("$T" throughput --score "$bad.named" --csv 2>&1)"
rm -f "$bad.named"
has "and counts" '"n": 1' "$("$T" throughput --score "$bad" --json)"
sed -i '1s/metric/what/' "$bad"
status "a header without a needed column: exit 65" 65 "$T" throughput --score "$bad"
has "and says which" "metric" "$("$T" throughput --score "$bad" 2>&1)"
predicted() {
    printf 'model,gpu,gpus,precision_weights_kv,engine,engine_version,metric,value\n%s\n' "$1" >"$bad"
    "$T" throughput --score "$bad" --csv | sed 1d | cut -d, -f7
}
same "a number in the accelerator's name stands for gpus; words of the same card change nothing" \
    "$(predicted 'llama-3.1-8b,H100,8,fp8,vllm,0.9.1,decode_tok_s,1')" \
    "$(predicted 'RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic,8xH100-SXM,,FP8-dynamic,vLLM V1,v0.9.1,decode_tok_s,1')"
same "gpus wins over the name" "$(predicted 'llama-3.1-8b,H100,4,fp8,vllm,,decode_tok_s,1')" \
    "$(predicted 'llama-3.1-8b,H100x8,4,fp8,vllm,,decode_tok_s,1')"
has "only what must be known is needed" . "$(predicted 'llama-3.1-8b,TPU v6e-8,,,,,prefill_tok_s,1')"
rm -f "$bad"

wrong() {
    local want=$1 code=$2
    shift 2
    status "$want: exit $code" "$code" "$T" throughput "$@"
    has "$want: says so" "$want" "$("$T" throughput "$@" 2>&1)"
}
wrong "not feasible: llama-3.1-70b needs" 1 --model llama31-70b --gpu H100
wrong "tensor parallel 3 does not divide" 2 --model llama31-70b --gpu H100 --tp 3
wrong "7 pipeline stages do not divide" 2 --model llama31-8b --gpu H100 --pp 7
wrong "expert parallel 3 does not divide" 2 --model mixtral-8x7b --gpu H100 --tp 4 --ep 3
wrong "A100 has no 8-bit arithmetic" 2 --model llama31-8b --gpu A100 --quant fp8
wrong "H100 has no 4-bit arithmetic" 2 --model llama31-8b --gpu H100 --quant nvfp4
wrong "needs at least 1" 2 --model llama31-8b --gpu H100 --isl -5
wrong "needs at least 1" 2 --model llama31-8b --gpu H100 --osl 0
wrong "did you mean" 2 --model llama-3.1-9b --gpu H100
wrong "did you mean" 2 --model llama31-8b --gpu H101
wrong "did you mean fp8" 2 --model llama31-8b --gpu H100 --quant fp7
wrong "did you mean vllm" 2 --model llama31-8b --gpu H100 --engine vlm
wrong "did you mean '--rate'" 2 --model llama31-8b --gpu H100 --rats 3
wrong "exclude each other" 2 --model llama31-8b --gpu H100 --rate 3 --batch 4
