#!/usr/bin/env python3
"""Runs the program on the corners and on random configurations and compares it with the reference.

usage: compare.py PROGRAM [N [SEED]] [--crossings K] [--keep DIR] [--verbose]
       N random draws (default 200, seed 1) after the named corners, and half as many with extensions. Exit 1 on any disagreement.
       --crossings K  also the break-even volumes of crossings.json and of K other draws (about 3 s each)
       --keep DIR     the scenario files stay there

The program says itself how a scenario is written: `PROGRAM fields --json` has a row per field with `symbol` (the name
here, such as rent.p_od) and `pointer` (where it stands in a scenario; `*` is every option).
Numbers agree within 1e-9 relative; integers, choices and the reason class must be equal.
When they disagree, the other readings of the method (tco_config.READING) are tried, and one that agrees is named.
"""

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import tco_draw
import tco_ledger as ledger
import tco_mixed as mixed
import tco_model as model
from tco_config import HERE, PROFILE_COLUMN, READING, complete, gpu_of, override, shape_of

RELATIVE = 1e-9
FLEET_SERIES = ("peak_replicas", "trough_replicas", "gpu_hours", "utilisation")
PENNY_DUST = 1e-9          # dollars: below this two amounts are equal
BATCH = 50                 # scenario files a call


class ProgramError(Exception):
    pass


# ---------------------------------------------------------------- the program

class Program:
    def __init__(self, path):
        self.path = path
        self.rows = self._fields()
        self.symbols = {row["symbol"]: row for row in self.rows if row.get("symbol")}

    def _call(self, *arguments):
        done = subprocess.run([self.path, *arguments], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def _fields(self):
        code, out, err = self._call("fields", "--json")
        if code != 0:
            raise ProgramError(f"`{self.path} fields --json` exits {code}: {err.strip()[:300]}")
        try:
            return json.loads(out)["fields"]
        except (ValueError, KeyError, TypeError) as fault:
            raise ProgramError(f"`{self.path} fields --json` is not a field document: {fault}") from fault

    def run(self, files):
        """One result document a file."""
        code, out, err = self._call("run", *map(str, files), "--json")
        if code not in (0, 1):                       # 1: an option is infeasible
            raise ProgramError(f"run exits {code}: {err.strip()[:600]}")
        documents = json.loads(out)
        if isinstance(documents, dict):
            documents = documents.get("runs", [documents])
        if len(documents) != len(files):
            raise ProgramError(f"{len(files)} scenarios, {len(documents)} results")
        return documents

    def needs(self, file):
        """What would have to be true; None when no option is feasible."""
        code, out, err = self._call("needs", str(file), "--json")
        if code not in (0, 1):
            raise ProgramError(f"needs exits {code}: {err.strip()[:600]}")
        return json.loads(out) if code == 0 else None


# ---------------------------------------------------------------- scenario files

EXPERTS = {1.0: (0, 0), 4.0: (8, 2), 32.0: (256, 8)}     # sparsity: experts, active experts
EVENT_TARGETS = {"rent": "/options/*/rent/on_demand_usd_per_gpu_h", "api": "/options/*/api/prices"}
LOOKAHEAD_MAX = 167                                      # a longer look-ahead is the whole week all the same
NOT_WRITTEN = {"cascade.small", "cascade.large", "engine.model", "engine.gpu", "engine.measured", "rent.events", "api.events"}   # written otherwise


def symbols_of(cfg):
    """{symbol: value} of a complete configuration, the catalogue entries spelled out."""
    out = {"horizon": cfg["horizon"], "discount": cfg["discount"]}
    for group, values in cfg.items():
        if isinstance(values, dict):
            out.update({f"{group}.{name}": value for name, value in values.items()})
    shape = asdict(shape_of(cfg))
    out["model.experts"], out["model.experts_active"] = EXPERTS[shape.pop("sparsity")]
    out.update({f"model.{name}": value for name, value in shape.items()})
    gpu = asdict(gpu_of(cfg))
    out["gpu.f16"], out["gpu.f8"] = gpu.pop("flops16"), gpu.pop("flops8")
    out.update({f"gpu.{name}": value for name, value in gpu.items()})
    out.update({f"engine.measured.{name}": value for name, value in (cfg["engine"]["measured"] or {}).items()})
    out["workload.profile"] = PROFILE_COLUMN[cfg["workload"]["profile"]]
    out["fleet.lookahead"] = min(cfg["fleet"]["lookahead"], LOOKAHEAD_MAX)
    return {name: value for name, value in out.items() if value is not None and name not in NOT_WRITTEN}


def place(document, pointer, value):
    """Sets a value at a field's pointer. What holds for every option stands once, at the top level of the scenario."""
    steps = pointer.replace("/options/*/", "/").strip("/").split("/")
    node = document
    for step in steps[:-1]:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    node[steps[-1]] = value


def scenario(program, name, overrides, is_lean=False):
    """The scenario document of a configuration: one workload, the three options, every figure written out.

    Lean: what has its default is left out, so that the program's own defaults are compared too.
    """
    cfg = complete(overrides)
    document = {
        "schema": 1, "name": name, "start": "2027-01",
        "workloads": [{}],
        "options": [{"name": kind, "kind": kind} for kind in model.OPTIONS],
        "events": [{"month": event["month"], "target": target, "factor": event["factor"]}
                   for group, target in EVENT_TARGETS.items() for event in cfg[group]["events"]],
    }
    document["options"] += [{"name": kind, "kind": kind} for kind in mixed.GROUPS if kind in cfg]
    if "cascade" in cfg:
        document["cascade"] = {side: cfg["cascade"][side] for side in ("small", "large")}
    usual = symbols_of(complete({})) if is_lean else {}
    if is_lean:
        document["accept_defaults"] = True
    for symbol, value in symbols_of(cfg).items():
        if symbol not in program.symbols:
            raise ProgramError(f"no field has the symbol {symbol}")
        if usual.get(symbol) == value and not symbol.startswith(("model.", "gpu.")):
            continue
        place(document, program.symbols[symbol]["pointer"], value)
    return document


# ---------------------------------------------------------------- comparison

def expected(overrides):
    """What the program must print for a configuration, per option, flat: {name: value}."""
    result = model.evaluate(overrides)
    out = {}
    for option, found in result["options"].items():
        flat = {"feasible": found["feasible"], "npv": found["npv"], "total": found["total"],
                "levelised": found["levelised"]}
        if found["feasible"]:
            flat.update({f"by_category.{name}": x for name, x in found["by_category"].items()})
            for m, month in enumerate(found["months"]):
                flat.update({f"months.{m}.{name}": x for name, x in month.items()})
        if option in model.SELF_HOSTED and found["feasible"]:
            fleet = result["fleet"]
            flat.update({f"replica.{name}": x for name, x in fleet["replica"].items()})
            for name in FLEET_SERIES:
                flat.update({f"{name}.{m}": x for m, x in enumerate(fleet[name])})
        out[option] = flat
    return out


def obtained(document):
    """The same from the program's document."""
    out = {}
    for found in document["options"]:
        flat = {"feasible": found["feasible"], "npv": found.get("npv_usd"), "total": found.get("total_usd"),
                "levelised": found.get("levelised_usd_per_mtok")}
        flat.update({f"by_category.{name}": x for name, x in (found.get("by_category_usd") or {}).items()})
        for m, month in enumerate(found.get("months") or []):
            flat.update({f"months.{m}.{name}": month.get(name, 0.0) for name in ledger.CATEGORIES})
        flat.update({f"replica.{name}": x for name, x in (found.get("replica") or {}).items()})
        for name in FLEET_SERIES:
            flat.update({f"{name}.{m}": x for m, x in enumerate(found.get(name) or [])})
        out[found["name"]] = flat
    return out


def equal(a, b):
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return a == b
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    return math.isclose(a, b, rel_tol=RELATIVE, abs_tol=PENNY_DUST)


def disagreements(want, got):
    """[(option, name, ours, theirs)]; a value that the program does not print at all is named too."""
    out = []
    for option, names in want.items():
        theirs = got.get(option)
        if theirs is None:
            out.append((option, "option", "present", "absent"))
            continue
        out += [(option, name, x, theirs.get(name, "absent")) for name, x in names.items()
                if name not in theirs or not equal(x, theirs[name])]
    return out


def other_reading(overrides, got):
    """The name of a single other reading of the method under which there is no disagreement, or None."""
    for name in READING:
        READING[name] = not READING[name]
        try:
            if not disagreements(expected(overrides), got):
                return name
        finally:
            READING[name] = not READING[name]
    return None


def report(name, overrides, found, got, verbose):
    print(f"not ok - {name}: {len(found)} values differ")
    for option, what, ours, theirs in found[:None if verbose else 6]:
        print(f"    {option} {what}: reference {ours!r}, program {theirs!r}")
    reading = other_reading(overrides, got)
    if reading:
        print(f"    agrees under the other reading of `{reading}`")
    print(f"    configuration: {json.dumps(overrides)}")


def compare(program, cases, folder, verbose=False):
    """Number of cases that disagree. cases: [(name, overrides)]."""
    bad = 0
    for start in range(0, len(cases), BATCH):
        part = cases[start:start + BATCH]
        files = []
        for k, (name, overrides) in enumerate(part):
            file = Path(folder) / f"{start + k:05d}.json"
            file.write_text(json.dumps(scenario(program, name, overrides, is_lean=k % 2 == 1), indent=1))
            files.append(file)
        for (name, overrides), document in zip(part, program.run(files)):
            got = obtained(document)
            found = disagreements(expected(overrides), got)
            if found:
                bad += 1
                report(name, overrides, found, got, verbose)
    return bad


# ---------------------------------------------------------------- break-even

REACH = 90.0               # the program looks two decades to each side of the nearest power of ten: nearly all of that
STEPS_PER_DECADE = 16
NUDGE = 1e-7               # a crossing is checked this far to both sides
JUMP_PART = 1e-5           # jumps agree to this part of the NPV: the nudge itself costs something


def crossing_draws(n, seed):
    """Draws whose break-even can be searched: a volume to start from, no table, self-hosting feasible; a year long."""
    rng, out = random.Random(seed), []
    while len(out) < n:
        config = override(tco_draw.draw(rng), {"workload.volume_table": None, "horizon": 12})
        if 1e4 <= config["workload"]["req0"] <= 1e8 and model.npvs(config)["rent"] is not None:
            out.append(config)
    return out


def crossing_faults(overrides, duel):
    """What is wrong with one pair's crossings: each must change who is cheaper, and none may be missing."""
    a, b = duel["a"], duel["b"]
    where = [x["requests_per_month"] for x in duel["crossings"]]
    faults = []
    for x in duel["crossings"]:
        v = x["requests_per_month"]
        below, above = (model.difference(overrides, b, a, v * (1.0 + side * NUDGE)) for side in (-1, 1))
        if (below > 0.0) == (above > 0.0):
            faults.append(f"{a}, {b}: no crossing at {v!r}: {below!r} below, {above!r} above")
            continue
        if x["cheaper_above"] != (b if above < 0.0 else a):
            faults.append(f"{a}, {b}: the wrong side is cheaper above {v!r}")
        scale = abs(model.npvs(override(overrides, {"workload.req0": v}))[a])
        if abs(abs(above - below) - abs(x["jump_usd"])) > JUMP_PART * scale:
            faults.append(f"{a}, {b}: jump at {v!r} is {above - below!r}, printed {x['jump_usd']!r}")
    middle = 10.0 ** round(math.log10(overrides["workload"]["req0"]))
    steps = int(2 * math.log10(REACH) * STEPS_PER_DECADE)
    grid = [middle / REACH * (REACH * REACH) ** (k / steps) for k in range(steps + 1)]
    dearer = [model.difference(overrides, b, a, v) > 0.0 for v in grid]
    for low, high, before, after in zip(grid, grid[1:], dearer, dearer[1:]):
        if (before != after) != (sum(low < v <= high for v in where) % 2 == 1):
            faults.append(f"{a}, {b}: from {low:.6g} to {high:.6g} the cheaper one "
                          f"{'changes' if before != after else 'is the same'}, crossings {where}")
    return faults


def compare_crossings(program, cases, folder):
    """Number of cases with a wrong or missing crossing. cases: [(name, overrides)]."""
    bad = 0
    for k, (name, overrides) in enumerate(cases):
        file = Path(folder) / f"crossing-{k:03d}.json"
        file.write_text(json.dumps(scenario(program, name, overrides), indent=1))
        faults = [fault for duel in program.run([file])[0]["break_even"] for fault in crossing_faults(overrides, duel)]
        if faults:
            bad += 1
            print(f"not ok - break-even, {name}", *faults, f"configuration: {json.dumps(overrides)}", sep="\n    ")
    return bad


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("n", nargs="?", type=int, default=200)
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("--crossings", type=int, default=0, metavar="K")
    parser.add_argument("--keep")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if not Path(options.program).is_file():
        sys.exit(f"compare.py: no program at {options.program}: run make first")
    cases = [(name, tco_draw.corner(name)) for name in tco_draw.CORNERS]
    cases += [(f"draw {options.seed}/{k}", c) for k, c in enumerate(tco_draw.draws(options.n, options.seed))]
    cases += [(f"extended {options.seed}/{k}", c)
              for k, c in enumerate(tco_draw.extended_draws(options.n // 2, options.seed))]
    cases += [(f"mixed {options.seed}/{k}", c) for k, c in enumerate(tco_draw.mixed_draws(options.n // 2, options.seed))]
    duels = []
    if options.crossings:
        duels = list(json.loads((HERE / "crossings.json").read_text()).items())
        duels += [(f"draw {options.seed}/{k}", c)
                  for k, c in enumerate(crossing_draws(options.crossings, options.seed))]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(options.keep) if options.keep else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            program = Program(options.program)
            bad = compare(program, cases, folder, options.verbose)
            lost = compare_crossings(program, duels, folder)
        except ProgramError as fault:
            sys.exit(f"not ok - {fault}")
    print(f"{len(cases) - bad} of {len(cases)} configurations agree within {RELATIVE:g}")
    if duels:
        print(f"{len(duels) - lost} of {len(duels)} break-evens agree")
    sys.exit(1 if bad or lost else 0)


if __name__ == "__main__":
    main()
