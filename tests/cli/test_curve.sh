#!/usr/bin/env bash
# tier: check
# curve and needs: points are those of runs at that point; what would have to be true makes both options cost the same.
. tests/lib.sh
S0=reference/S0
cat >"$TMP/at.py" <<'PY'
# NPV of an option of reference/S0 with one thing changed.
import copy, json, os, subprocess, sys
base = json.load(open("scenarios/reference/S0.json"))
def run(change):
    scenario = copy.deepcopy(base)
    change(scenario)
    path = os.path.join(sys.argv[1], "at.json")
    json.dump(scenario, open(path, "w"))
    out = subprocess.run([sys.argv[2], "run", path, "--json"], capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    return {o["name"]: o for o in json.loads(out.stdout)["options"]}
PY
for over in volume time context gpu-price api-price utilisation staff; do
    "$T" curve $S0 --over $over --csv >"$TMP/$over.csv" || not_ok "curve over $over"
done
check "points of the curves are what a run at that point costs" python3 - "$TMP" "$T" <<'PY'
import csv, math, sys
sys.path.insert(0, sys.argv[1])
from at import base, run
def curve(over):
    rows = list(csv.DictReader(open(f"{sys.argv[1]}/{over}.csv", newline="")))
    return [(r["option"], float(r["month" if over == "time" else over]), r["value"], r["basis"]) for r in rows]
def near(a, b): return math.isclose(a, b, rel_tol=1e-12)
def set_volume(x): return lambda s: s["workloads"][0].__setitem__("requests_per_month", x)
def set_context(x): return lambda s: s["workloads"][0].update(input_tok=x, max_context_tok=max(s["workloads"][0]["max_context_tok"], math.ceil(x + 211)))
def set_gpu(x): return lambda s: s.setdefault("rent", {}).__setitem__("on_demand_usd_per_gpu_h", x)
def set_use(x): return lambda s: s.setdefault("fleet", {}).__setitem__("utilisation_max_frac", x)
for over, change in (("volume", set_volume), ("context", set_context), ("gpu-price", set_gpu), ("utilisation", set_use)):
    points = curve(over)
    xs = sorted({p[1] for p in points})
    assert len(xs) == 61 and {p[0] for p in points} == {"rent", "own", "api"}
    x = xs[37]
    at = run(change(x))
    for option, where, value, basis in points:
        if where != x or (over == "gpu-price" and option == "own"):
            continue
        assert (value == "") == (not at[option]["feasible"]), (over, option, x)
        assert value == "" or near(float(value), at[option]["npv_usd"]), (over, option, x, value, at[option]["npv_usd"])
        assert basis == ("" if option == "api" else "stated")
# Owned servers do not move with the rent of GPUs; months are those of the run.
assert len({v for o, x, v, b in curve("gpu-price") if o == "own"}) == 1
months = run(lambda s: None)["own"]["months"]
assert all(near(float(v), months[int(x) - 1]["total_usd"]) for o, x, v, b in curve("time") if o == "own")
PY
"$T" needs $S0 --json >"$TMP/needs.json"
check "at what is needed both options cost the same, and the worked break-evens are found" python3 - "$TMP" "$T" <<'PY'
import json, math, sys
sys.path.insert(0, sys.argv[1])
from at import base, run
needs = json.load(open(sys.argv[1] + "/needs.json"))
assert needs["cheapest"] == "api"
rent, own = (o["needs"] for o in needs["options"])
near = lambda a, b, tolerance: math.isclose(a, b, rel_tol=tolerance)
assert near(rent["api-price"]["needed"], 3.8147984, 1e-7) and rent["api-price"]["of"] == "api"  # E44
assert near(rent["volume"]["needed"], 12.6028e6, 1e-4) and near(own["volume"]["needed"], 17.1767e6, 1e-4)
assert own["gpu-price"]["needed"] is None and own["gpu-price"]["present"] == 300000
def even(change, option):
    at = run(change)
    return near(at[option]["npv_usd"], at["api"]["npv_usd"], 1e-6)
x = rent["context"]["needed"]
assert even(lambda s: s["workloads"][0].update(input_tok=x, max_context_tok=max(16384, math.ceil(x + 211))), "rent")
def people(s):
    defaults = {"self_base_fte": .5, "step_fte": .25, "own_extra_fte": .25, "oncall_pool": 8, "min_fte": 0, "api_fte": .25}
    staff = s.setdefault("staff", {})
    for option in s["options"]:
        if option["name"] == "rent":
            option["staff"] = {k: staff.get(k, v) * rent["staff"]["needed"] for k, v in defaults.items()}
assert even(people, "rent")
assert 0 < rent["staff"]["needed"] < 1 and rent["utilisation"]["needed"] is None
PY
has "none in the range is said" "none" "$("$T" needs $S0)"
python3 - "$TMP/none.json" <<'PY'
import json, sys
scenario = json.load(open("scenarios/reference/S3-one-gpu.json"))
scenario["options"] = [o for o in scenario["options"] if o["kind"] != "api"]
json.dump(scenario, open(sys.argv[1], "w"))
PY
status "where nothing can serve, nothing wins: the answer is no" 1 "$T" needs "$TMP/none.json"
"$T" curve support-chat --option 3 --show mtok --csv >"$TMP/band.csv"
check "the band of the speed is in the file: slow is dearer" python3 - "$TMP/band.csv" <<'PY'
import csv, sys
rows = [r for r in csv.DictReader(open(sys.argv[1], newline="")) if r["value"]]
assert len(rows) > 30 and all(r["basis"] == "calibrated" for r in rows)
both = [r for r in rows if r["value_slow"] and r["value_fast"]]
assert all(float(r["value_slow"]) >= float(r["value"]) * (1 - 1e-9) for r in both)
assert any(float(r["value_slow"]) > 1.05 * float(r["value"]) for r in both)
PY
has "and named under the chart" "speed calibrated, p10/p90" "$("$T" curve support-chat)"
"$T" curve $S0 --over staff --svg -o "$TMP/staff.svg"
check "SVG is XML with a title" python3 -c 'import sys, xml.etree.ElementTree as e
root = e.parse(sys.argv[1]).getroot()
assert root.tag.endswith("svg") and "people" in "".join(root.itertext())' "$TMP/staff.svg"
same "categories of one month sum to the total" "$("$T" run $S0 --json | python3 -c '
import json, sys
print(round(json.load(sys.stdin)["options"][0]["months"][5]["total_usd"], 6))')" "$("$T" curve $S0 --over time --show category --option 1 --json | python3 -c '
import json, sys
print(round(sum(line["y"][5] for line in json.load(sys.stdin)["lines"]), 6))')"
has "in another currency" "NPV, EUR" "$("$T" curve $S0 --currency EUR)"
same "a range of one's own" "2.0 4.0" "$("$T" curve $S0 --over gpu-price --range 2:4 --json | python3 -c '
import json, sys
x = json.load(sys.stdin)["x"]; print(round(x[0], 9), round(x[-1], 9))')"
status "an unknown axis" 2 "$T" curve $S0 --over moonlight
status "a range that falls" 2 "$T" curve $S0 --range 4:2
