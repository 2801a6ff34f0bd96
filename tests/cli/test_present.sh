#!/usr/bin/env bash
# tier: check
# The present bill as an option: what the others say against it.
. tests/lib.sh

python3 - "$TMP/bill.json" <<'PY'
import json, sys
scenario = json.load(open("scenarios/reference/S0.json"))
scenario["options"].append({"name": "today", "kind": "bill", "bill": {"usd_by_month": [30000, 40000]}})
json.dump(scenario, open(sys.argv[1], "w"))
PY
"$T" run "$TMP/bill.json" --json >"$TMP/run.json"
check "savings, payback and rates of return against the present bill" python3 - "$TMP/run.json" <<'PY'
import json, math, sys
options = {o["name"]: o for o in json.load(open(sys.argv[1]))["options"]}
today = options["today"]
assert today["total_usd"] == 30000 + 35 * 40000 and today["against_present"] is None
for name in ("rent", "own", "api"):
    move = options[name]["against_present"]
    assert move["present"] == "today"
    assert math.isclose(move["saved_npv_usd"], today["npv_usd"] - options[name]["npv_usd"], rel_tol=1e-12)
assert options["rent"]["against_present"]["payback_month"] == 19
assert options["own"]["against_present"]["payback_month"] is None
assert options["api"]["against_present"]["irr_per_year"] == []
rate = options["rent"]["against_present"]["irr_per_year"]
# Within the month: the purchase and what is saved so far, over what the month saves (at no discount).
months = options["rent"]["months"]
gap = lambda m: months[m]["cumulative_npv_usd"] - today["months"][m]["cumulative_npv_usd"]
assert math.isclose(options["rent"]["against_present"]["payback_months"], 19 + gap(18) / (gap(18) - gap(19)), rel_tol=1e-9)
scenario = json.load(open(sys.argv[1]))
assert len(rate) == 1 and rate[0] > scenario["discount_per_year"]
PY
same "without a bill there is nothing to compare with" "null null null" \
    "$("$T" run reference/S0 --json | python3 -c 'import json, sys
print(*[json.dumps(o["against_present"]) for o in json.load(sys.stdin)["options"]])')"
has "the bill is explained" "the bill as it is paid now" "$("$T" explain "$TMP/bill.json" today api_tokens)"
page=$("$T" run "$TMP/bill.json")
has "the report says what leaving the bill brings" "leaving 4      1  saves" "$page"
has "and when not to" "2  costs" "$page"
has "also on the page" "<h2>Leaving today</h2>" "$("$T" export "$TMP/bill.json" -q --format html)"
printf 'dump overview\n' >"$TMP/script"
has "the terminal app shows the same for the plan under the cursor" "leaving 4: saves 768,203, pays back after 0.4 months" \
    "$("$T" tui "$TMP/bill.json" --script "$TMP/script" 2>&1)"
