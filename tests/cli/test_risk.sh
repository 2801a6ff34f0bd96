#!/usr/bin/env bash
# tier: check
# risk and sensitivity: the same bits at any number of threads, draws in a file, faults, Ctrl-C.
. tests/lib.sh

risk() { "$T" risk support-chat --as-of 2026-09-23 -q "$@"; }

risk --samples 1024 --json --threads 1 >"$TMP/one.json"
risk --samples 1024 --json --threads 3 >"$TMP/three.json"
check "one thread and three give the same bytes" cmp "$TMP/one.json" "$TMP/three.json"
risk --samples 1024 --json --seed 2 >"$TMP/other.json"
status "another seed gives other draws" 1 cmp -s "$TMP/one.json" "$TMP/other.json"

check "draws in a file agree with the document" python3 - "$T" "$TMP" <<'PY'
import csv, json, math, subprocess, sys
program, folder = sys.argv[1:]
document = json.loads(subprocess.run([program, "risk", "support-chat", "--as-of", "2026-09-23", "--samples", "1024", "--json",
                                      "-q", "--draws", f"{folder}/draws.csv"], capture_output=True, check=True).stdout)
rows = list(csv.DictReader(open(f"{folder}/draws.csv", newline="")))
assert document["schema"] == "tokentco/risk/1" and len(rows) == document["draws"] == 1024
options = {o["name"]: o for o in document["options"]}
served = [n for n, o in options.items() if o["mean_usd"] is not None]
assert len(served) == 4
best = dict.fromkeys(served, 0)
least = regret = 0.0
for row in rows:
    cost = {n: float(row[n]) for n in served}
    winner = min(served, key=cost.get)
    best[winner] += 1
    least += cost[winner] / len(rows)
for n in served:
    values = sorted(float(r[n]) for r in rows)
    mean = math.fsum(values) / len(values)
    assert math.isclose(mean, options[n]["mean_usd"]["value"], rel_tol=1e-9)
    assert math.isclose(best[n] / len(rows), options[n]["best_frac"]["value"])
    assert math.isclose(mean - least, options[n]["mean_regret_usd"], rel_tol=1e-6, abs_tol=1e-6)
    assert values[50] <= options[n]["quantiles_usd"]["p5"]["value"] <= values[51]
    tail = 0.05 * 1024
    cvar = (math.fsum(values[-51:]) + (tail - 51) * values[-52]) / tail
    assert math.isclose(cvar, options[n]["cvar95_usd"]["value"], rel_tol=1e-9)
    months = options[n]["cumulative_usd_by_month"]
    assert len(months) == 36 and all(m == sorted(m) for m in months)
    assert math.isclose(months[-1][2], options[n]["quantiles_usd"]["p50"]["value"], rel_tol=0.01)
cheapest_mean = min(o["mean_usd"]["value"] for o in options.values() if o["mean_usd"])
assert math.isclose(cheapest_mean - least, document["evpi_usd"]["value"], rel_tol=1e-6, abs_tol=1e-6)
fields = [i["field"] for i in document["inputs"]]
assert set(fields) <= set(rows[0]) and any(f.endswith("engine/rate_factor") for f in fields), "the band is missing"
assert options["this-machine"]["reason"] and options["this-machine"]["best_frac"]["value"] == 0
# E49: rank correlation of volume and growth is 0.2 by default
def ranks(name):
    order = sorted(range(len(rows)), key=lambda i: float(rows[i][name]))
    out = [0] * len(rows)
    for r, i in enumerate(order):
        out[i] = r
    return out
a, b = ranks("/workloads/0/requests_per_month"), ranks("/workloads/0/growth_per_month")
n = len(rows)
spearman = 1 - 6 * sum((x - y) ** 2 for x, y in zip(a, b)) / (n * (n * n - 1))
assert abs(spearman - 0.2) < 0.03, spearman
PY

# An ordinary evaluation of a drawn scenario gives the draw's NPV.
check "a draw is the scenario with its values written in" python3 - "$T" "$TMP" <<'PY'
import csv, json, math, subprocess, sys
program, folder = sys.argv[1:]
rows = list(csv.DictReader(open(f"{folder}/draws.csv", newline="")))
document = json.load(open(f"{folder}/one.json"))
relative = {i["field"]: i["relative"] for i in document["inputs"]}
for row in (rows[3], rows[700]):
    scenario = json.load(open("scenarios/support-chat.json"))
    del scenario["uncertain"]
    for pointer, value in row.items():
        if not pointer.startswith("/"):
            continue
        value, parts = float(value), pointer[1:].split("/")
        if parts[0] == "workloads":
            scenario["workloads"][0][parts[2]] = value
        elif parts[-1] == "rate_factor":
            for o in scenario["options"][2:4]:
                o.setdefault("engine", {})["rate_factor"] = value
        elif relative[pointer]:
            for o in scenario["options"]:
                if "own" in o:
                    o["own"][parts[3]] *= value
        else:
            group, name = parts[-2:]
            scenario.setdefault(group, {})[name] = value
    json.dump(scenario, open(f"{folder}/drawn.json", "w"))
    run = json.loads(subprocess.run([program, "run", f"{folder}/drawn.json", "--json"], capture_output=True, check=True).stdout)
    for o in run["options"][:4]:
        assert math.isclose(o["npv_usd"], float(row[o["name"]]), rel_tol=1e-9), (o["name"], o["npv_usd"], row[o["name"]])
PY

has "the page says what to measure" "measure first" "$(risk --samples 512)"
has "the table for a spreadsheet has errors" "mean_error_usd" "$(risk --samples 512 --csv)"
"$T" sensitivity support-chat --as-of 2026-09-23 -q --samples 64 --json >"$TMP/sensitivity.json"
"$T" run support-chat --as-of 2026-09-23 --json >"$TMP/run.json"
check "sensitivity: flips, indices with errors, Morris" python3 - "$TMP/sensitivity.json" "$TMP/run.json" <<'PY'
import json, math, sys
d, run = (json.load(open(name)) for name in sys.argv[1:])
assert d["schema"] == "tokentco/sensitivity/1" and len(d["tornado"]) == len(d["inputs"]) == 12
volume = d["tornado"][0]
winner = volume["flip"]["winner"]
assert winner == "llama-70b on rented H100"
# `run` says the same as its break-even with the cheapest.
pair = next(x for x in run["break_even"] if x["a"] == run["cheapest"] and x["b"] == winner)
assert pair["crossings"][0]["cheaper_above"] == winner
assert math.isclose(volume["flip"]["value"], pair["crossings"][0]["requests_per_month"], rel_tol=1e-9), volume["flip"]
assert len(d["indices"]) == 6 and all("error" in i["first"] for i in d["indices"][0]["inputs"])
PY

status "samples must be a power of two" 2 "$T" risk support-chat --samples 1000
status "a scenario without anything uncertain says so" 1 "$T" risk reference/S0
status "no option serves in any draw" 1 "$T" risk "$(python3 - "$TMP/none.json" <<'PY'
import json, sys
scenario = json.load(open("scenarios/support-chat.json"))
scenario["options"] = scenario["options"][4:]
json.dump(scenario, open(sys.argv[1], "w"))
print(sys.argv[1])
PY
)" -q --samples 64

# Everything that a distribution can be, in one scenario.
printf 'kind,tokens\na,100.5\nb,180\nb,210\nc,400\n' >"$TMP/lengths.csv"
python3 - "$TMP/all.json" <<'PY'
import json, sys
scenario = json.load(open("scenarios/support-chat.json"))
scenario["uncertain"] = {
    "/workloads/support chat/output_tok": {"dist": "empirical", "file": "lengths.csv", "column": "tokens"},
    "/workloads/*/cache_hit_frac": {"p10": 0.1, "p90": 0.5, "max": 0.9},
    "/options/*/api/prices": {"dist": "triangular", "min": 0.5, "mode": 1, "max": 1.2, "relative": True},
    "/options/llama-70b on rented H100/rent/on_demand_usd_per_gpu_h": {"dist": "forecast"},
    "/fleet/spares": {"dist": "discrete", "values": [0, 1, 2], "weights": [1, 8, 1]},
    "/discount_per_year": {"dist": "uniform", "min": 0.06, "max": 0.15},
    "/staff/salary_usd_per_year": "140k to 200k",
}
scenario["correlations"] = [{"between": ["/discount_per_year", "/staff/salary_usd_per_year"], "rank": 0.3}]
json.dump(scenario, open(sys.argv[1], "w"))
PY
"$T" risk "$TMP/all.json" -q --samples 512 --draws "$TMP/all.csv" --json >"$TMP/all-risk.json" 2>"$TMP/err"
check "each kind of distribution draws what it should" python3 - "$TMP/all.csv" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
def column(name):
    return [float(r[name]) for r in rows]
assert min(column("/workloads/support chat/output_tok")) == 100.5 and max(column("/workloads/support chat/output_tok")) == 400
assert 0 < min(column("/workloads/*/cache_hit_frac")) and max(column("/workloads/*/cache_hit_frac")) <= 0.9
assert {*column("/fleet/spares")} == {0, 1, 2} and abs(column("/fleet/spares").count(1) / len(rows) - 0.8) < 0.01
assert abs(sum(column("/options/*/api/prices")) / len(rows) - 0.9) < 0.002
forecast = column("/options/llama-70b on rented H100/rent/on_demand_usd_per_gpu_h")
rent = column("llama-70b on rented H100")
assert min(forecast) < 0.01 and max(forecast) > 0.99 and max(rent) > min(rent)
assert sum(1 for s in column("/staff/salary_usd_per_year") if s < 140e3) / len(rows) - 0.05 < 0.004
PY

for n in 1 3; do
    "$T" risk "$TMP/all.json" -q --samples 512 --threads $n --draws "$TMP/all-$n.csv" >/dev/null 2>&1
done
check "drawn price paths are the same on one thread and on three" cmp "$TMP/all-1.csv" "$TMP/all-3.csv"

# A hybrid's fleet and a reservation are chosen before anything is known, and are those of the plain run.
python3 - "$TMP/chosen.json" <<'PY'
import json, sys
scenario = json.load(open("scenarios/coding-assistant.json"))
scenario["options"] = scenario["options"][3:5]
scenario["workloads"][0]["requests_per_month"] = 3e7
scenario["uncertain"] = {"/staff/salary_usd_per_year": "169999 to 170001", "/engine/rate_factor": "0.999999 to 1.000001"}
json.dump(scenario, open(sys.argv[1], "w"))
PY
"$T" run "$TMP/chosen.json" --csv >"$TMP/chosen-run.csv"
"$T" risk "$TMP/chosen.json" -q --samples 64 --csv >"$TMP/chosen-risk.csv"
check "what a plan leaves to be found is found once" python3 - "$TMP/chosen-run.csv" "$TMP/chosen-risk.csv" <<'PY'
import csv, math, sys
run, risk = (list(csv.DictReader(open(path, newline=""))) for path in sys.argv[1:])
for a, b in zip(run, risk):
    assert math.isclose(float(a["npv_usd"]), float(b["mean_usd"]), rel_tol=1e-5), (a["name"], a["npv_usd"], b["mean_usd"])
PY

# A part is nobody's choice, and what moves it moves the cascade that is made of it.
python3 - >"$TMP/composed.json" <<'PY'
import json
scenario = json.load(open("scenarios/support-chat.json"))
api, hosted = scenario["options"][:2]
hosted["part"] = True
cascade = {"name": "both", "kind": "cascade",
           "cascade": {"small": hosted["name"], "large": api["name"], "escalate_frac": 0.1}}
scenario["options"] = [api, hosted, cascade]
scenario["uncertain"] = {f"/options/{hosted['name']}/api/output_usd_per_mtok": {"p5": 0.5, "p95": 2, "relative": True}}
scenario["correlations"] = []
print(json.dumps(scenario))
PY
"$T" risk "$TMP/composed.json" -q --samples 512 --json >"$TMP/composed-risk.json"
"$T" sensitivity "$TMP/composed.json" -q --samples 64 --json >"$TMP/composed-moves.json"
check "parts: no candidates, but felt by what is composed of them" python3 - "$TMP/composed-risk.json" "$TMP/composed-moves.json" <<'PY'
import json, sys
risk, moves = (json.load(open(path)) for path in sys.argv[1:])
api, hosted, both = risk["options"]
assert hosted["part"] and hosted["best_frac"] is None and hosted["mean_usd"]["value"] < api["mean_usd"]["value"]
assert risk["best"] == api["name"] and api["best_frac"]["value"] + both["best_frac"]["value"] == 1
assert both["deviation_usd"] > 0
bar = next(o for o in moves["tornado"][0]["options"] if o["name"] == "both")
assert bar["low_usd"] < bar["high_usd"], bar
PY

# Ctrl-C: no page, no file, no left-over.
mkdir "$TMP/stop"
same "Ctrl-C ends the program as it should" 130 "$(interrupted 0.7 "$T" risk support-chat -q --samples 4194304 \
    --draws "$TMP/stop/draws.csv" -o "$TMP/stop/page.txt" 2>"$TMP/stop.err")"
same "and leaves nothing behind" "" "$(ls "$TMP/stop")"
