#!/usr/bin/env python3
"""Reference cost model: configuration in, results of rent, own and api out; break-even.

usage: tco_model.py [CONFIG.json]       prints the results of a (sparse) configuration as JSON
"""

import json
import sys

import tco_contract as contract
import tco_ledger as ledger
import tco_mixed as mixed
from tco_config import complete, override

SELF_HOSTED = ("rent", "own")
OPTIONS = ("rent", "own", "api")
GRID_PER_DECADE = 8


def books(cfg):
    """{option: Ledger, or None when infeasible}, and the fleet plan, of a complete configuration."""
    chosen = ledger.fleet_plan(cfg)
    out = {"rent": None, "own": None, "api": ledger.api_ledger(cfg)}
    if chosen.replica:
        out["rent"], out["own"] = ledger.rent_ledger(cfg, chosen), ledger.own_ledger(cfg, chosen)
    _add_agreements(cfg, out)
    if "hybrid" in cfg:
        out["hybrid"] = mixed.hybrid_ledger(cfg)
    if "cascade" in cfg:
        out["cascade"] = mixed.cascade_ledger(cfg)
    return out, chosen


def _add_agreements(cfg, out):
    """Contracts and the second model family, where the configuration has them."""
    for name, book in out.items():
        if book and "contract" in cfg and name == "rent":
            contract.apply_contract(book, "compute_rent", "gpus", [x["compute_rent"] for x in book.months])
        if book and "contract" in cfg and name == "api":
            contract.apply_contract(book, "api_tokens", "api", ledger.token_bills(cfg))
        if book and "standby" in cfg:
            contract.apply_standby(book, lambda m: ledger.price_on_demand(cfg, m), lambda m: ledger.wage(cfg, m))


def why_infeasible(chosen):
    """One word for all degrees: the fault of the largest, which memory limits least."""
    return chosen.reasons[max(chosen.reasons)]


def _result(cfg, book, mtok):
    npv = book.npv()
    return {
        "feasible": True, "reason": None, "npv": npv, "total": book.total(),
        "levelised": npv / mtok if mtok > 0.0 else None,
        "by_category": {name: book.total(name) for name in ledger.CATEGORIES},
        "months": book.months,
        "cumulative_npv": book.cumulative_npv(),
    }


def evaluate(overrides):
    """All results of a (sparse) configuration."""
    cfg = complete(overrides)
    found, chosen = books(cfg)
    mtok = ledger.discounted_mtok(cfg)
    options = {}
    for name in found:
        if found[name] is None:
            options[name] = {"feasible": False, "reason": why_infeasible(chosen), "npv": None, "total": None,
                             "levelised": None}
            continue
        options[name] = _result(cfg, found[name], mtok)
    return {"options": options, "fleet": _fleet(chosen), "discounted_mtok": mtok,
            "volume": [ledger.volume(cfg, m) for m in range(cfg["horizon"])]}


def _fleet(chosen):
    if not chosen.replica:
        return {"replica": None, "reasons": {str(g): why for g, why in chosen.reasons.items()}}
    rep = chosen.replica
    return {
        "replica": {key: getattr(rep, key) for key in ("G", "B", "t_pf", "t_step", "tpot", "mu", "kv_tokens")},
        "reasons": {str(g): why for g, why in chosen.reasons.items()},
        "peak_replicas": [month.peak for month in chosen.months],
        "trough_replicas": [min(month.bill) for month in chosen.months],
        "gpu_hours": [month.gpu_hours for month in chosen.months],
        "utilisation": [month.utilisation for month in chosen.months],
    }


def npvs(overrides):
    """{option: NPV or None}, quickly."""
    found, _ = books(complete(overrides))
    return {name: book.npv() if book else None for name, book in found.items()}


# ---------------------------------------------------------------- break-even (section 6)

def difference(base, option, against, requests):
    pair = npvs(override(base, {"workload.req0": requests, "workload.volume_table": None}))
    return None if pair[option] is None else pair[option] - pair[against]


def break_even_volumes(base, option="rent", against="api", low=1e4, high=1e9):
    """Every volume at which the cheaper of two options changes: [(requests, difference before, after)].

    Costs are step functions, so a crossing may be a jump; the differences on both sides show it.
    """
    decades = 0
    while low * 10.0 ** decades < high:
        decades += 1
    grid = [low * 10.0 ** (k / GRID_PER_DECADE) for k in range(decades * GRID_PER_DECADE + 1)]
    seen = [difference(base, option, against, v) for v in grid]
    out = []
    for (a, da), (b, db) in zip(zip(grid, seen), zip(grid[1:], seen[1:])):
        if da is None or db is None or (da > 0.0) == (db > 0.0):
            continue
        out.append(_bisect(base, option, against, a, da, b, db))
    return out


def _bisect(base, option, against, a, da, b, db):
    while b / a - 1.0 > 1e-12:
        middle = (a * b) ** 0.5
        d = difference(base, option, against, middle)
        if (d > 0.0) == (da > 0.0):
            a, da = middle, d
        else:
            b, db = middle, d
        if middle in (a, b) and b / a - 1.0 < 4e-16:
            break
    return b, da, db


def payback_month(new, old):
    """E43: the first month from which the cumulative NPV of `new` stays below that of `old`, or None."""
    first = None
    for m, (x, y) in enumerate(zip(new.cumulative_npv(), old.cumulative_npv())):
        if x < y:
            first = m if first is None else first
        else:
            first = None
    return first


def api_multiplier(overrides, option="rent", cut_month=0):
    """E44, E44b: the factor on API token prices (from a month on) at which NPVs are equal."""
    found, _ = books(complete(overrides))
    tokens = sum(month["api_tokens"] for month in found["api"].discounted[cut_month:])
    return (found[option].npv() - found["api"].npv() + tokens) / tokens


def gpu_price(overrides, against="api"):
    """E45: the on-demand price at which renting costs as much as `against`; NPV is linear in the price."""
    p0 = complete(overrides)["rent"]["p_od"]
    at_price = npvs(overrides)
    at_zero = npvs(override(overrides, {"rent.p_od": 0.0}))
    slope = (at_price["rent"] - at_zero["rent"]) / p0
    return (at_price[against] - at_zero["rent"]) / slope


def main():
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    text = open(sys.argv[1]).read() if len(sys.argv) == 2 else "{}"
    json.dump(evaluate(json.loads(text)), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
