#!/usr/bin/env bash
# tier: check
# run: the report, its plain form, JSON for programs, and what is said about wrong input.
. tests/lib.sh
S0=reference/S0

"$T" run $S0 | golden "the report of S0" tests/golden/run-S0.txt
LC_ALL=C "$T" run $S0 | golden "the report of S0 without UTF-8" tests/golden/run-S0-ascii.txt
same "no line is wider than 100 columns" "" \
    "$("$T" run $S0 | python3 -c 'import sys; [print(line) for line in sys.stdin if len(line) > 101]')"
same "no colour in a pipe" 0 "$("$T" run $S0 | grep -c $'\033')"
same "colour when asked for" yes "$("$T" run $S0 --color=always | grep -q $'\033' && echo yes)"
same "without its escapes, the coloured report is the plain one" "$("$T" run $S0)" \
    "$("$T" run $S0 --color=always | sed 's/\x1b\[[0-9;]*m//g')"
same "the same input gives the same bytes" "$("$T" run $S0 --json | sha256sum)" "$("$T" run $S0 --json | sha256sum)"

# JSON
"$T" run $S0 --json >"$TMP/run.json"
check "run --json is what a program needs" python3 - "$TMP/run.json" <<'PY'
import json, math, sys
run = json.load(open(sys.argv[1]))
assert run["schema"] == "tokentco/run/1", run["schema"]
assert [o["name"] for o in run["options"]] == ["rent", "own", "api"]
for option in run["options"]:
    assert option["feasible"] and option["reason"] is None
    assert len(option["months"]) == run["horizon_months"] == 36
    categories = option["by_category_usd"]
    assert math.isclose(sum(categories.values()), option["total_usd"], rel_tol=1e-12)
    for name, usd in categories.items():
        assert math.isclose(sum(m[name] for m in option["months"]), usd, rel_tol=1e-12, abs_tol=1e-9)
    assert math.isclose(option["months"][-1]["cumulative_npv_usd"], option["npv_usd"], rel_tol=1e-12)
rent, own, api = run["options"]
assert f'{rent["npv_usd"]:.0f} {own["npv_usd"]:.0f} {api["npv_usd"]:.0f}' == "1194086 1496246 474259"
assert {"G", "B", "t_pf", "t_step", "tpot", "mu", "kv_tokens"} == set(rent["replica"])
assert rent["replica"]["G"] == 2 and rent["replica"]["B"] == 77 and api["replica"] is None
assert len(rent["gpu_hours"]) == len(rent["utilisation"]) == len(rent["peak_replicas"]) == 36
pairs = {(d["a"], d["b"]): d for d in run["break_even"]}
assert round(pairs["api", "rent"]["crossings"][0]["requests_per_month"] / 1e6, 1) == 12.6
PY

# Composed options, a contract and events, in a scenario that shows them all
"$T" run routes-and-moves --json >"$TMP/routes.json"
check "a plan is its first option until it moves; a credit and events are felt" python3 - "$TMP/routes.json" <<'PY'
import json, math, sys
run = json.load(open(sys.argv[1]))
api, fleet, part, hybrid, cascade, plan = run["options"]
for month, moved in enumerate(plan["months"]):
    if month < 7: assert math.isclose(moved["total_usd"], api["months"][month]["total_usd"], rel_tol=1e-12), month
    if month > 8: assert math.isclose(moved["compute_rent"], fleet["months"][month]["compute_rent"], rel_tol=1e-12), month
# a fifth of the requests escalates; the credit pays 50,000 USD of either bill, and the commitment discount both
full, fifth = ([m["api_tokens"] for m in o["months"][6:11]] for o in (api, cascade))
assert all(math.isclose(f, 0.2 * a, rel_tol=1e-9) for f, a in zip(fifth, full)), (fifth, full)
assert api["months"][0]["api_tokens"] < 0.1 * api["months"][6]["api_tokens"]
assert math.isclose(api["months"][12]["api_tokens"] / api["months"][11]["api_tokens"], 0.8 * 1.02, rel_tol=1e-9)
# the hybrid's fleet serves all but the fallback of a hundredth, which has no contract
whole = [m["api_tokens"] / 0.95 for m in api["months"][6:11]]
assert all(0.009 < m["api_tokens"] / w < 0.011 for m, w in zip(hybrid["months"][6:11], whole))
PY
check "a part is no candidate in what would have to be true, nor in a rerun" python3 - "$("$T" needs routes-and-moves --json)" \
    "$("$T" rerun routes-and-moves --from 2026-09-01 --to 2026-09-23 --csv)" <<'PY'
import csv, io, sys
assert "llama-70b" in sys.argv[1] and "llama-8b" not in sys.argv[1]
rows = {r["option"]: r for r in csv.DictReader(io.StringIO(sys.argv[2]))}
ranks = [rows.pop("llama-8b on rented H100")["rank_after"], *sorted(r["rank_after"] for r in rows.values())]
assert ranks == ["", "1", "2", "3", "4", "5"], ranks
PY
has "a price of another day is not taken for a misspelt name" "it is in the book for other days or tiers" \
    "$("$T" run routes-and-moves --as-of 2025-10-01 --json)"
has "a part of others is called one" " part" "$("$T" run routes-and-moves | grep '3  llama-8b')"

"$T" run $S0 reference/S2-l4 --json >"$TMP/runs.json"
check "several scenarios make one document, and an infeasible option has a reason and no number" python3 - "$TMP/runs.json" <<'PY'
import json, sys
runs = json.load(open(sys.argv[1]))["runs"]
assert [r["scenario"] for r in runs] == ["S0", "S2-l4"], [r["scenario"] for r in runs]
for run in runs:
    for option in run["options"]:
        if not option["feasible"]:
            assert option["reason"] and option["npv_usd"] is None and option["months"] is None
PY
"$T" run $S0 --csv | golden "the comparison as CSV" tests/golden/run-S0.csv

# Wrong input: one line a fault, with its place, on standard error only.
fault() {
    local text=$1 code=$2 want=$3
    shift 3
    status "$text: exit $code" "$code" "$@"
    has "$text: says so" "$want" "$("$@" 2>&1)"
    same "$text: nothing on standard output" "" "$("$@" 2>/dev/null)"
}
fault "a file that is not there" 66 "$TMP/none.json" "$T" run "$TMP/none.json"
fault "a folder" 66 "folder" "$T" run "$TMP/"
printf '{"schema": 1,\n "name": "x",\n "name": "y"}' >"$TMP/twice.json"
fault "a key twice" 65 "twice.json:3:" "$T" run "$TMP/twice.json"
printf '{"schema": 1, "name": "x", "options": [' >"$TMP/cut.json"
fault "a file that is cut off" 65 "cut.json:1:" "$T" run "$TMP/cut.json"
jq_like() { python3 -c 'import json, sys
d = json.load(open("scenarios/reference/S0.json")); exec(sys.argv[1]); json.dump(d, sys.stdout)' "$1"; }
jq_like 'd["optoins"] = []' >"$TMP/key.json"
fault "an unknown key" 65 "/optoins" "$T" run "$TMP/key.json"
jq_like 'd["workloads"][0]["input_tok"] = -3; d["horizon_months"] = 0.5' >"$TMP/range.json"
fault "a value out of range" 65 "/workloads/0/input_tok" "$T" run "$TMP/range.json"
same "every fault is told" 2 "$("$T" run "$TMP/range.json" 2>&1 | wc -l)"
same "the faults of every file are told" 3 "$("$T" run "$TMP/range.json" "$TMP/none.json" 2>&1 | wc -l)"
fault "a day that does not exist" 2 "--as-of" "$T" run $S0 --as-of 2026-02-30
fault "a price folder that is not there" 66 "$TMP/nowhere" "$T" run $S0 --pricing "$TMP/nowhere"
fault "a folder that cannot be written to" 74 "$TMP/no/such/out.txt" "$T" run $S0 -o "$TMP/no/such/out.txt"
"$T" run $S0 -o "$TMP/report.txt"
same "-o writes what would be printed" "$("$T" run $S0)" "$(cat "$TMP/report.txt")"
printf 'keep' >"$TMP/keep.txt"
"$T" run "$TMP/cut.json" -o "$TMP/keep.txt" 2>/dev/null || true
same "a run that fails leaves the old file alone" keep "$(cat "$TMP/keep.txt")"
same "a scenario on standard input" "$("$T" run $S0 --csv)" "$("$T" run - --csv <scenarios/reference/S0.json)"
fault "a full disk" 74 "standard output" bash -c "'$T' run $S0 >/dev/full"
fault "a full disk, of help" 74 "standard output" bash -c "'$T' throughput --help >/dev/full"
