#!/usr/bin/env python3
"""Properties that the method says must hold, on random configurations of the reference itself.

usage: properties.py [N [SEED]]      exit 1 when one fails, with the configuration
"""

import json
import math
import sys

import tco_capacity as capacity
import tco_draw
import tco_extra as extra
import tco_ledger as ledger
import tco_model as model
from tco_config import complete, override, profile_of

DOLLARS = {"rent": ["p_od"], "own": ["capex", "setup", "colo_kw", "kwh"], "staff": ["salary"],
           "api": ["p_in", "p_cached", "p_out", "min_commit"], "net": ["egress", "inter_az", "nat", "lb"],
           "licence": ["fee_month", "freeze_month", "switch_cost"],
           "misc": ["api_migrate_fixed", "eval_month_api", "eval_month_self", "host_obs", "log_gb_price", "opt_month",
                    "opt_setup", "sec_api", "sec_self", "setup_api", "setup_self", "storage_gb_price",
                    "upgrade_fixed"]}


def near(a, b, relative=1e-9):
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=relative, abs_tol=1e-6)


def same_npvs(a, b):
    return all(near(a[name], b[name]) for name in model.OPTIONS)


def sums_agree(config):
    """1. Categories sum to total and to months; at no discount the NPV is the total; the last cumulative NPV is it."""
    free = model.evaluate(override(config, {"discount": 0.0}))["options"]
    for name, option in model.evaluate(config)["options"].items():
        if option["feasible"]:
            months = sum(sum(month.values()) for month in option["months"])
            if not (near(months, option["total"]) and near(sum(option["by_category"].values()), option["total"])
                    and near(option["cumulative_npv"][-1], option["npv"])
                    and near(free[name]["npv"], option["total"])):
                return False
    return True


def week_may_turn(config):
    """4. Rotating the week changes nothing (but rounding)."""
    week = profile_of(complete(config))
    return same_npvs(model.npvs(config), model.npvs(override(config, {"workload.profile": week[29:] + week[:29]})))


def dollars_scale(config):
    """4. Scaling every dollar input by k scales every NPV by k."""
    cfg, k = complete(config), 2.385
    scaled = override(config, {f"{group}.{name}": cfg[group][name] * k
                               for group, names in DOLLARS.items() for name in names})
    before, after = model.npvs(config), model.npvs(scaled)
    return all(near(after[name], None if x is None else x * k) for name, x in before.items())


def hours_monotone(config):
    """3. At fixed G: more volume, burst, look-ahead, spares need no fewer GPU-hours; static is look-ahead 167."""
    cfg = complete(config)
    rep = next((r for r in (capacity.replica(cfg, G) for G in cfg["engine"]["g_list"]) if r.feasible), None)
    if rep is None:
        return True
    v = capacity.volume(cfg, 0)

    def hours(volume=v, **changes):
        other = complete(override(config, {name.replace("__", "."): x for name, x in changes.items()}))
        return capacity.fleet_month(other, rep, volume, rep.mu).gpu_hours

    if cfg["workload"]["batch_frac"] > 0.0:          # filling gaps is not monotone: a larger fleet has more gaps
        return True
    base, ahead = hours(), cfg["fleet"]["lookahead"]
    return (base <= hours(volume=v * 1.3 + 1.0) and base <= hours(workload__burst=cfg["workload"]["burst"] * 1.1)
            and base <= hours(fleet__lookahead=ahead + 3) and base <= hours(fleet__n_spare=cfg["fleet"]["n_spare"] + 1)
            and hours(fleet__autoscale="static") == hours(fleet__autoscale="hourly", fleet__lookahead=167))


def step_monotone(config):
    """2. Little's law; TPOT and mu increase with the batch."""
    cfg = complete(config)
    if cfg["engine"]["measured"]:
        return True
    for G in cfg["engine"]["g_list"]:
        step, lout = capacity.StepTime(cfg, G), cfg["workload"]["lout"]
        t_pf, seen = step.t_pf(), []
        for B in (1, 2, 3, 7, 30, 31, 200, 2047):
            t = step.t_step(B)
            seen.append((capacity.tpot(t_pf, t, B, lout), capacity.rate(t_pf, t, B, lout)))
            if not near(seen[-1][1] * lout * seen[-1][0], B):
                return False
        if any(a[0] >= b[0] or a[1] >= b[1] for a, b in zip(seen, seen[1:])):
            return False
    return True


def late_events_inert(config):
    """6. Events at or after the horizon change nothing."""
    late = [{"month": complete(config)["horizon"], "factor": 7.0}]
    cfg = complete(config)
    return same_npvs(model.npvs(config), model.npvs(override(
        config, {"rent.events": cfg["rent"]["events"] + late, "api.events": cfg["api"]["events"] + late})))


def residual_returns_capex(config):
    """7. No decay: the residual returns what was paid for servers."""
    kept = model.evaluate(override(config, {"own.resid_decay": 0.0, "own.setup": 0.0}))["options"]["own"]
    return not kept["feasible"] or near(kept["by_category"]["compute_capex"] + kept["by_category"]["residual"], 0.0)


def api_affine(config):
    """5. API NPV is affine in volume when there is no commitment."""
    free = override(config, {"workload.volume_table": None, "api.min_commit": 0.0})
    at = [model.npvs(override(free, {"workload.req0": v}))["api"] for v in (0.0, 1e6, 3e6)]
    return near((at[2] - at[0]) / 3.0, at[1] - at[0], 1e-8)


def neutral_reservation(config):
    """6. A reservation below the trough at no reduction, signed every month, changes nothing."""
    found = model.evaluate(config)["fleet"]
    if not found["replica"]:
        return True
    plain = override(config, {"rent.res_disc": 0.0, "rent.res_term": 1, "rent.spot_share": 0.0, "rent.reserved": 0})
    trough = min(found["trough_replicas"])
    return near(model.npvs(plain)["rent"], model.npvs(override(plain, {"rent.reserved": trough}))["rent"])


def hazards_sum(config):
    """8. Chances of a first event sum to 1 - e^(-hazard H/12), those of repeatable ones to hazard H/12."""
    cfg, hazard = complete(override(config, {"discount": 0.0})), 0.37
    years = cfg["horizon"] / 12.0
    return (near(extra.first_event_risk(cfg, hazard, 1.0, 0.0), 1.0 - math.exp(-hazard * years))
            and near(extra.repeatable_risk(cfg, hazard, 1.0), hazard * years))


def options_gain_from_spread(config):
    """9. The value of an option does not fall when its outcomes spread around the same mean."""
    middle, seen = complete(config)["api"]["p_out"] * 20.0, []
    for spread in (0.0, 10.0, 40.0, 90.0, 160.0):
        seen.append(extra.two_branch(0.5, 100.0, middle + spread, middle - spread, middle, middle, 20.0, 5.0)[3])
    return all(a <= b + 1e-9 for a, b in zip(seen, seen[1:])) and seen[-1] > seen[0]


PROPERTIES = [sums_agree, week_may_turn, dollars_scale, hours_monotone, step_monotone, late_events_inert,
              residual_returns_capex, api_affine, neutral_reservation, hazards_sum, options_gain_from_spread]


def main():
    given = [int(x) for x in sys.argv[1:]]
    n, seed = given + [40, 1][len(given):]
    configs = [tco_draw.corner(name) for name in tco_draw.CORNERS] + tco_draw.draws(n, seed)
    bad = 0
    for holds in PROPERTIES:
        broken = [config for config in configs if not holds(config)]
        bad += len(broken)
        print(f"{'not ok' if broken else 'ok'} - {holds.__doc__.splitlines()[0]}")
        for config in broken[:2]:
            print("    " + json.dumps(config))
    print(f"{len(configs)} configurations, {bad} breaches")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
