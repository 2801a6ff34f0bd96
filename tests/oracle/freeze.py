#!/usr/bin/env python3
"""Writes frozen.json: forty configurations with the reference's results, so that a change of the reference shows.

usage: freeze.py [--check]      --check: only say whether the file still holds what the reference computes

Each case has `config` (sparse overrides of defaults.json), the fleet, and per option npv, total, levelised, the
undiscounted categories that are not zero and the sum of each month. The figures of every model and accelerator named
in a configuration are in `catalogue`; `break_even` holds the answers E43 to E46 for a few configurations.
"""

import json
import random
import sys
from dataclasses import asdict
from pathlib import Path

import tco_draw
import tco_extra as extra
import tco_model as model
from tco_config import GPUS, HERE, SHAPES, complete

FILE = Path(HERE) / "frozen.json"
N_CASES = 40
SEED = 20261125
LEFT_OUT = {"licence never reached", "16 bit does not fit one", "small servers", "no discounting, no decay",
            "options and minimum staff", "scale to zero with volume", "look-ahead 0", "look-ahead beyond the week",
            "table longer than the horizon", "one month", "measured, too slow", "growing fast", "no prefix cache",
            "zero volume", "floating api price", "32B on A100"}


def rounded(value, digits=6):
    """Random inputs are rounded, so that the file stays small; results never are."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, list):
        return [rounded(x) for x in value]
    if isinstance(value, dict):
        return {name: rounded(x) for name, x in value.items()}
    return value


def configurations():
    cases = [(name, tco_draw.corner(name)) for name in tco_draw.CORNERS if name not in LEFT_OUT]
    rng, k = random.Random(SEED), 0
    while len(cases) < N_CASES:
        config = rounded(tco_draw.draw(rng))
        if model.npvs(config)["rent"] is not None:
            cases.append((f"random {k}", config))
            k += 1
    return cases


def result_of(config):
    found = model.evaluate(config)
    options = {}
    for name, option in found["options"].items():
        short = {key: option[key] for key in ("feasible", "reason", "npv", "total", "levelised")}
        if option["feasible"]:
            short["by_category"] = {key: x for key, x in option["by_category"].items() if x != 0.0}
            short["month_totals"] = [sum(month.values()) for month in option["months"]]
        options[name] = short
    return {"fleet": found["fleet"], "options": options}


def break_even_of(config):
    """E43 to E46, and every crossing of the volume."""
    cfg = complete(config)
    found, chosen = model.books(cfg)
    out = {"config": config, "rent_price_usd_per_gpu_h": model.gpu_price(config),
           "reserved_replicas": extra.reservations(cfg, chosen)}
    for option in model.SELF_HOSTED:
        crossings = model.break_even_volumes(config, option)
        out[option] = {"volumes": [v for v, _, _ in crossings],
                       "jumps": [after - before for _, before, after in crossings],
                       "api_multiplier": model.api_multiplier(config, option),
                       "api_multiplier_from_month_12": model.api_multiplier(config, option, 12),
                       "payback_month": model.payback_month(found[option], found["api"])}
    return out


BREAK_EVEN = [{}, {"workload": {"req0": 4e7}},
              {"workload": {"profile": "coding", "req0": 2e7}, "engine": {"model": "MoE8x7B"},
               "rent": {"reserved": 2, "spot_share": 0.25}, "api": {"decline": 0.7, "migrate_every": 6}}]


def frozen():
    return {
        "schema": "tokentco/oracle-frozen/1",
        "catalogue": {"models": {name: asdict(x) for name, x in SHAPES.items()},
                      "gpus": {name: asdict(x) for name, x in GPUS.items()}},
        "cases": [{"name": name, "config": config, **result_of(config)} for name, config in configurations()],
        "break_even": [break_even_of(config) for config in BREAK_EVEN],
    }


def text():
    document = frozen()
    head = json.dumps({key: document[key] for key in ("schema", "catalogue", "break_even")}, separators=(",", ":"))
    cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in document["cases"])
    return f"{head[:-1]},\"cases\":[\n{cases}\n]}}\n"


def close(a, b):
    """Equal up to the last bits, which differ between C libraries."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 1e-11 * max(abs(a), abs(b))
    return a == b


def main():
    if sys.argv[1:] == ["--check"]:
        if not close(json.loads(text()), json.loads(FILE.read_text())):
            sys.exit("frozen.json is not what the reference computes: run tests/oracle/freeze.py and review the change")
        return
    FILE.write_text(text())


if __name__ == "__main__":
    main()
