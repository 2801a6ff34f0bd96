#!/usr/bin/env bash
# tier: check
# `search`: the command line, its files, and that parts join to the whole.
. tests/lib.sh
corner="--as-of 2026-09-23 --gpu H100,L40S --model llama-3.3-70b,qwen3-32b,llama-3.1-8b --engine vllm"
# shellcheck disable=SC2086
search() { $T search support-chat $corner "$@"; }

text=$(search --top 3)
has "search: counts its space" "3 models, 2 accelerators" "$text"
has "search: a ranking" "cheapest plans" "$text"
has "search: what latency costs" "what less time per token costs" "$text"
has "search: what each constraint stops" "memory" "$text"
has "search: the step down in size" "one size class smaller saves" "$text"

search --json -o "$TMP/whole.json"
search --json --threads 1 -o "$TMP/one.json"
same "search: any number of threads gives the same bytes" "$(cat "$TMP/whole.json")" "$(cat "$TMP/one.json")"
for i in 3 1 2; do search --shard $i/3 --json -o "$TMP/part-$i.json"; done
same "search merge: three parts are the whole, byte for byte" "$(cat "$TMP/whole.json")" \
    "$($T search merge "$TMP"/part-*.json --json)"
status "search merge: a missing part" 65 "$T" search merge "$TMP/part-1.json" "$TMP/part-2.json"
status "search merge: a part twice" 65 "$T" search merge "$TMP"/part-[123].json "$TMP/part-2.json"
search --shard 2/3 --json --privacy rented -o "$TMP/other.json"
status "search merge: parts of different searches" 65 "$T" search merge "$TMP/part-1.json" "$TMP/other.json" "$TMP/part-3.json"
sed 's/"horizon_months": 36/"horizon_months": 35/' scenarios/support-chat.json >"$TMP/support-chat.json"
# shellcheck disable=SC2086
"$T" search "$TMP/support-chat.json" $corner --shard 2/3 --json -o "$TMP/shorter.json"
status "search merge: parts of two scenarios of one name" 65 "$T" search merge "$TMP/part-1.json" "$TMP/shorter.json" "$TMP/part-3.json"
sed 's/"blocks_done": [0-9]*/"blocks_done": 1/' "$TMP/part-1.json" >"$TMP/stopped.json"
stopped=$("$T" search merge "$TMP/stopped.json" "$TMP/part-2.json" "$TMP/part-3.json" 2>&1) && code=0 || code=$?
same "search merge: a part that was stopped" 65 "$code"
has "search merge: says so" "part 1 was stopped at 1 of" "$stopped"
status "search merge: not a search file" 65 "$T" search merge scenarios/support-chat.json
sed 's/"npv_usd": [0-9.]*/"npv_usd": "much"/' "$TMP/part-1.json" >"$TMP/broken.json"
status "search merge: a broken part" 65 "$T" search merge "$TMP/broken.json" "$TMP/part-2.json" "$TMP/part-3.json"

check "search --csv: as many columns as fields, sorted by cost, the same plans as --json" python3 - "$T" "$TMP" <<PY
import csv, io, json, subprocess, sys
text = subprocess.run([sys.argv[1], "search", "support-chat", *"$corner".split(), "--csv"], capture_output=True, text=True, check=True).stdout
rows = list(csv.DictReader(io.StringIO(text)))
plans = json.load(open(sys.argv[2] + "/whole.json"))["plans"]
assert len(rows) == len(plans) == 20, (len(rows), len(plans))
assert list(rows[0]) == list(plans[0])
cost = [float(r["npv_usd"]) for r in rows]
assert cost == sorted(cost) and cost == [p["npv_usd"] for p in plans]
PY

none=$(search --region mars-1 --term on_demand 2>&1) && code=0 || code=$?
same "search: nothing feasible is the answer no" 1 "$code"
has "search: nothing feasible says which constraint stops how many" "region   stops" "$none"
status "search: filters that leave nothing" 65 "$T" search support-chat --model nosuchmodel
status "search: --min-quality without scores" 2 "$T" search support-chat --min-quality 50
status "search: a shard that is not" 2 "$T" search support-chat --shard 4/3
status "search: a privacy that is not" 2 "$T" search support-chat --privacy secret
status "search: a size that is not" 2 "$T" search support-chat --size large
status "search: no such scenario" 66 "$T" search nowhere

sed 's/"horizon_months": 36/"horizon_months": 36, "users": 400e6, "revenue_usd_per_year": 2e6/' scenarios/support-chat.json >"$TMP/users.json"
# 400 million users grow by 2 % a month to 800 million, beyond the 700 million of the Llama licences.
# shellcheck disable=SC2086
"$T" search "$TMP/users.json" $corner --json -o "$TMP/users-out.json"
check "search: users and revenue against the thresholds of licences" python3 - "$TMP/whole.json" "$TMP/users-out.json" <<'PY'
import json, sys
plain, users = (json.load(open(path)) for path in sys.argv[1:])
assert plain["licence_unchecked"] == 2 and users["licence_unchecked"] == 0
models = lambda d: {p["model"] for p in d["plans"] if p["kind"] == "rent"}
assert any(m.startswith("llama") for m in models(plain)) and models(users) == set()
assert users["relaxed"]["licence"]["model"].startswith("llama")
PY
has "search: says what was not checked" "licences of 2 models have a threshold that was not checked" "$text"

printf 'model,score,note\nllama-3.3-70b,71.5,mine\nqwen3-32b,66.25,mine\n' >"$TMP/scores.csv"
scored=$(search --quality "$TMP/scores.csv" --min-quality 70)
has "search --quality: scores are shown" "71.5" "$scored"
same "search --min-quality: a model below it is no plan" 0 "$(search --quality "$TMP/scores.csv" --min-quality 70 --csv | grep -c qwen3 || true)"
printf 'model,score\na,1\na,2\nb,much\n' >"$TMP/scores.csv"
bad=$(search --quality "$TMP/scores.csv" 2>&1) && code=0 || code=$?
same "search --quality: faults" 65 "$code"
has "search --quality: a model twice" "scores.csv:3" "$bad"
has "search --quality: not a number" "scores.csv:4" "$bad"
printf 'name,points\na,1\n' >"$TMP/scores.csv"
has "search --quality: other columns" "columns model and score" "$(search --quality "$TMP/scores.csv" 2>&1 || true)"

# Ctrl-C: what was found until then, marked, and the exit status of an interrupt.
sed 's/"requests_per_month": 3000000.0/"requests_per_month": 3e10/' scenarios/support-chat.json >"$TMP/large.json"
same "search: Ctrl-C ends the program as it should" 130 "$(interrupted 1.2 "$T" search "$TMP/large.json" \
    --as-of 2026-09-23 --threads 1 -o "$TMP/partial.txt" 2>"$TMP/partial.err")"
has "search: Ctrl-C prints what was found, as a part" "partial: stopped after" "$(cat "$TMP/partial.txt")"
has "search: Ctrl-C says so" "interrupted after" "$(cat "$TMP/partial.err")"
