#!/usr/bin/env python3
"""Whole scenarios (tco_scenario.py) against the program.

usage: compare_scenarios.py PROGRAM [N [SEED [TOPIC...]]]     N draws of each topic (default 20, seed 1); exit 1 on a disagreement
"""

import json
import sys
import tempfile
from pathlib import Path

import tco_scenario as reference
import tco_scenario_draw as drawing
from compare import EXPERTS, Program, equal, place, symbols_of
from tco_config import complete
from tco_ledger import CATEGORIES
from tco_scenario_config import EXTRA, complete_scenario

FLEET = {"shape", "accelerator", "efficiency", "serving", "engine", "fleet", "rent", "staff", "network", "operations", "extras",
         "licence", "standby"}
READS = {"rent": FLEET | {"contract"}, "own": FLEET | {"own"}, "api": {"api", "staff", "network", "operations", "contract", "standby"},
         "hybrid": FLEET | {"api", "hybrid", "contract"}, "plan": {"plan"}, "cascade": {"cascade"}, "bill": {"bill"}}
TEXTS = {"cascade": ("small", "large"), "plan": ("first", "second", "third")}
SHOWN = 6
BEYOND_FRAC = 1e-6      # a share that is larger without doubt


def scenario(program, name, sparse):
    """The scenario document; every figure of an option stands in the option."""
    document = {"schema": 1, "name": name, "start": f"2027-{sparse.get('season_start', 0) + 1:02d}",
                "horizon_months": sparse["horizon"], "discount_per_year": sparse["discount"],
                "workloads": [], "options": [], "events": sparse.get("events", [])}
    if sparse.get("units_per_usd", 1.0) != 1.0:
        document["currency"] = "EUR"
        document["fx"] = {"units_per_usd": sparse["units_per_usd"], "date": "2027-01-01", "source": "drawn"}
    for w in sparse["workloads"]:
        full = complete({"workload": {k: v for k, v in w.items() if k not in EXTRA["workload"]}})
        node = {}
        for symbol, value in symbols_of(full).items():
            if symbol.startswith("workload."):
                place(node, program.symbols[symbol]["pointer"].replace("/workloads/0/", "/"), value)
        for k in EXTRA["workload"]:
            if w.get(k) is not None:
                place(node, program.symbols["workload." + k]["pointer"].replace("/workloads/0/", "/"), w[k])
        document["workloads"].append(node)
    for option in sparse["options"]:
        extra = {g: v for g, v in option["set"].items() if g in EXTRA}
        known = {g: {k: x for k, x in v.items() if k not in EXTRA.get(g, {}) or g in ("contract", "standby")}
                 for g, v in option["set"].items() if g not in ("extras", "hybrid", "cascade", "plan", "bill")}
        node = {"name": option["name"], "kind": option["kind"]}
        for symbol, value in symbols_of(complete(known)).items():
            if symbol.split(".")[0] not in ("workload", "horizon", "discount"):
                place(node, program.symbols[symbol]["pointer"], value)
        for group, values in extra.items():
            for k, value in values.items():
                if k in TEXTS.get(group, ()):
                    node.setdefault(group, {})[k] = value
                elif k in EXTRA[group] and value is not None:
                    place(node, program.symbols[f"{group}.{k}"]["pointer"], value)
        document["options"].append({k: v for k, v in node.items() if k in READS[option["kind"]] | {"name", "kind"}})
    return document


def disagreements(want, document):
    out, unit = [], document["currency"].lower() if "currency" in document else "usd"
    got = {o["name"]: o for o in document["options"]}
    for name, mine in want.items():
        theirs = got[name]
        if (mine is not None) != theirs["feasible"]:
            out.append((name, "feasible", mine is not None, (theirs["feasible"], theirs.get("reason"))))
            continue
        if mine is None:
            continue
        pairs = [("npv", mine["npv"], theirs[f"npv_{unit}"]), ("total", mine["total"], theirs[f"total_{unit}"]),
                 ("levelised", mine["levelised"], theirs[f"levelised_{unit}_per_mtok"])]
        pairs += [(c, mine["by_category"][c], theirs[f"by_category_{unit}"].get(c, 0.0)) for c in CATEGORIES]
        pairs += [(f"month {m} {c}", mine["months"][m][c], theirs["months"][m].get(c, 0.0))
                  for m in range(len(mine["months"])) for c in CATEGORIES]
        out += [(name, what, a, b) for what, a, b in pairs if not equal(a, b)]
        out += [(name, *x) for x in move_disagreements(mine.get("move"), theirs["against_present"], unit)]
    return out


def move_disagreements(mine, theirs, unit):
    """E70; a payback within its month is an interpolation of the program's own, so the month is compared."""
    if mine is None or theirs is None:
        return [] if mine is theirs else [("move", mine, theirs)]
    pairs = [("saved", mine["saved"], theirs[f"saved_npv_{unit}"]), ("payback", mine["month"], theirs["payback_month"]),
             ("rates", len(mine["irr"]), len(theirs["irr_per_year"]))]
    pairs += [("rate", a, b) for a, b in zip(mine["irr"], theirs["irr_per_year"])]
    return [x for x in pairs if not equal(x[1], x[2])]


def escalation_disagreements(sparse, needs):
    """E64: the ratio to 1e-9; the share that is found costs no more than the large option, and any share beyond it does."""
    S, out = complete_scenario(sparse), []
    found = {c["option"]: c for c in needs["cascades"]} if needs else {}
    for name, option in S["options"].items():
        if option["kind"] != "cascade":
            continue
        mine, theirs = reference.escalation(S, option), found.get(name)
        if mine is None or theirs is None:
            out += [] if mine is theirs else [(name, "escalation", mine, theirs)]
            continue
        ratio, more = mine
        share = theirs["indifference_frac"]
        least = 1e-9 * max(abs(more(0.0)), abs(more(1.0)))
        pairs = [("indifference by ratio", ratio, theirs["indifference_by_ratio_frac"]),
                 ("is indifferent", more(0.0) <= least, share is not None)]
        if share is not None:
            beyond = share + BEYOND_FRAC
            pairs += [("costs no more", True, more(share) <= least), ("beyond", beyond < 1.0, beyond < 1.0 and more(beyond) > -least)]
        out += [(name, *x) for x in pairs if not equal(x[1], x[2])]
    return out


def compare(program, topic, n, seed, folder):
    cases, bad = drawing.draws(topic, n, seed), 0
    files = []
    for k, sparse in enumerate(cases):
        file = Path(folder) / f"{topic}-{seed}-{k}.json"
        file.write_text(json.dumps(scenario(program, f"{topic}{k}", sparse), indent=1))
        files.append(file)
    for k, (sparse, document) in enumerate(zip(cases, program.run(files))):
        found = disagreements(reference.evaluate(sparse), document)
        if topic == "escalations":
            found += escalation_disagreements(sparse, program.needs(files[k]))
        if found:
            bad += 1
            print(f"not ok - {topic} {seed}/{k}: {len(found)} values differ")
            for name, what, a, b in found[:SHOWN]:
                print(f"    {name} {what}: reference {a!r}, program {b!r}")
    print(f"{topic}: {n - bad} of {n} agree")
    return bad


def main():
    words = sys.argv[1:]
    n, seed = (int(x) for x in (words[1:3] + ["20", "1"][len(words[1:3]):]))
    program, bad = Program(words[0]), 0
    with tempfile.TemporaryDirectory() as scratch:
        for topic in words[3:] or drawing.TOPICS:
            bad += compare(program, topic, n, seed, scratch)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
