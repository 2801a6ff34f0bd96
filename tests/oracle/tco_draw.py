#!/usr/bin/env python3
"""Configurations to compare on: the named corners, and random draws from the ranges of the method's section 2.

usage: tco_draw.py N SEED       prints N random configurations, one JSON document a line
"""

import json
import math
import random
import sys

from tco_config import override

REQUESTS = "workload.req0"

# Every corner that has a rule of its own. Names are unique; values are {dotted name: value}.
CORNERS = {
    "defaults": {},
    "zero volume": {REQUESTS: 0.0},
    "zero volume, scale to zero": {REQUESTS: 0.0, "fleet.scale_to_zero": True},
    "scale to zero with volume": {"fleet.scale_to_zero": True},
    "one month": {"horizon": 1},
    "one month, huge volume": {"horizon": 1, REQUESTS: 2e9},
    "no spare, no minimum, tiny volume": {REQUESTS: 3.0, "fleet.n_spare": 0, "fleet.r_min": 0},
    "table with a pause": {"workload.volume_table": [2e6, 0.0, 0.0, 5e7, 1e7], "fleet.scale_to_zero": True},
    "table longer than the horizon": {"workload.volume_table": [1e6 * (k + 1) for k in range(20)], "horizon": 7},
    "shrinking": {REQUESTS: 6e7, "workload.growth": -0.06},
    "growing fast": {REQUESTS: 5e6, "workload.growth": 0.12, "horizon": 48},
    "huge volume": {REQUESTS: 3e9, "workload.growth": 0.01},
    "static": {REQUESTS: 4e7, "fleet.autoscale": "static"},
    "look-ahead 0": {REQUESTS: 4e7, "fleet.lookahead": 0},
    "look-ahead beyond the week": {REQUESTS: 4e7, "fleet.lookahead": 400},
    "coding profile": {REQUESTS: 4e7, "workload.profile": "coding", "workload.lin": 2048.0, "workload.lout": 28.0,
                       "workload.cvo": 2.15},
    "the queue binds": {REQUESTS: 4e7, "fleet.rho_max": 0.97, "workload.ca2": 4.0, "workload.eps": 0.01},
    "tail limit out of reach of rho": {REQUESTS: 1e7, "fleet.rho_max": 0.9, "workload.eps": 1e-6,
                                       "workload.slo_ttft": 0.2, "workload.lin": 400.0},
    "no prefix cache": {REQUESTS: 4e7, "workload.hit": 0.0},
    "all input cached": {REQUESTS: 4e7, "workload.hit": 1.0, "api.hit": 1.0},
    "embeddings": {REQUESTS: 4e7, "workload.lout": 1.0, "workload.cvo": 0.0, "engine.model": "8B"},
    "half batch": {REQUESTS: 4e7, "workload.batch_frac": 0.5},
    "batch only": {REQUESTS: 6e7, "workload.batch_frac": 1.0, "fleet.n_spare": 0, "fleet.r_min": 0},
    "reserved beyond the peak": {REQUESTS: 4e7, "rent.reserved": 60, "rent.res_term": 12},
    "reserved at the trough, price events": {
        REQUESTS: 4e7, "rent.reserved": 3, "rent.res_term": 6,
        "rent.events": [{"month": 5, "factor": 0.7}, {"month": 12, "factor": 1.38}]},
    "reserved while idle": {"workload.volume_table": [4e7, 0.0], "fleet.scale_to_zero": True, "rent.reserved": 2},
    "spot": {REQUESTS: 4e7, "rent.spot_share": 0.6, "rent.spot_disc": 0.7, "rent.spot_int_rate": 0.02},
    "events at and past the end": {
        "horizon": 12, "rent.events": [{"month": 11, "factor": 2.0}, {"month": 12, "factor": 9.0}],
        "api.events": [{"month": 0, "factor": 0.9}, {"month": 30, "factor": 9.0}]},
    "floating api price": {"api.decline": 2.3, "api.migrate_every": 6},
    "api commitment, discounts, reasoning": {
        "api.min_commit": 9000.0, "api.vol_disc": 0.1, "api.out_mult": 2.5, "api.tok_ratio": 1.12,
        "workload.batch_frac": 0.3},
    "licence fee, continuous": {
        "licence.mode": "continuous", "licence.policy": "fee", "licence.fee_month": 7500.0, "licence.mau0": 5e8,
        "licence.mau_growth": 0.03},
    "licence fee from the first month": {
        "licence.mode": "continuous", "licence.policy": "fee", "licence.fee_month": 7500.0, "licence.mau0": 9e8},
    "licence migrate, release": {
        REQUESTS: 4e7, "licence.mode": "release", "licence.policy": "migrate", "licence.switch_cost": 80e3,
        "licence.perf_ratio": 0.7, "licence.mau0": 5e8, "licence.mau_growth": 0.03},
    "licence freeze, release": {
        "licence.mode": "release", "licence.policy": "freeze", "licence.freeze_month": 4000.0, "licence.mau0": 6e8,
        "licence.mau_growth": 0.02},
    "licence never reached": {"licence.mode": "continuous", "licence.policy": "fee", "licence.fee_month": 1e6,
                              "licence.mau0": 1e6},
    "measured here": {
        REQUESTS: 5e4, "workload.growth": 0.0, "engine.model": "8B", "engine.g_list": [1], "fleet.n_spare": 0,
        "engine.measured": {"r_pf": 400.0, "r_dec": 60.0, "B": 4}, "workload.slo_tpot": 0.30,
        "workload.slo_ttft": 10.0, "own.srv_gpus": 1, "own.capex": 6000.0, "own.kw": 0.45},
    "measured, too slow": {"engine.measured": {"r_pf": 400.0, "r_dec": 60.0, "B": 4}, "engine.g_list": [1]},
    "experts": {REQUESTS: 4e7, "engine.model": "MoE8x7B"},
    "latent attention, more accelerators than shards": {
        REQUESTS: 2e7, "engine.model": "MLA671B", "engine.gpu": "H200", "engine.g_list": [8, 16]},
    "16 bit does not fit one": {"engine.bytes_w": 2.0, "engine.g_list": [1]},
    "latency limit out of reach": {"workload.slo_tpot": 0.004},
    "first token out of reach": {"workload.lin": 20000.0, "workload.slo_ttft": 0.2, "workload.slo_tpot": 0.2,
                                 "workload.hit": 0.0, "workload.max_ctx": 32768},
    "four-bit weights, 8-bit cache": {REQUESTS: 4e7, "engine.bytes_w": 0.5, "engine.bytes_kv": 1.0},
    "32B on A100": {REQUESTS: 3e7, "engine.model": "32B", "engine.gpu": "A100", "engine.bytes_w": 2.0},
    "small servers": {REQUESTS: 4e7, "own.srv_gpus": 1, "own.capex": 41e3, "own.kw": 1.3},
    "no discounting, no decay": {"discount": 0.0, "own.resid_decay": 0.0, "staff.wage_growth": 0.0},
    "options and minimum staff": {"misc.opt_setup": 15e3, "misc.opt_month": 900.0, "staff.min_fte": 3.0},
    "upgrade every month": {"misc.upgrade_every": 1, "api.migrate_every": 1, "horizon": 10},
}


def corner(name):
    return override({}, CORNERS[name])


def _log(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _events(rng, horizon):
    return [{"month": rng.randint(0, horizon + 3), "factor": round(rng.uniform(0.5, 1.6), 3)}
            for _ in range(rng.randint(1, 3))]


def draw(rng):
    """One random configuration (sparse). Numbers are awkward on purpose."""
    c = {}
    for part in (_workload, _engine, _fleet, _prices, _people, _rare):
        part(rng, c)
    return override({}, c)


def _workload(rng, c):
    c["horizon"] = rng.choice([1, 2, 7, 12, 24, 36, 36, 36, 36, 60])
    c["discount"] = rng.choice([0.0, rng.uniform(0.06, 0.15), rng.uniform(0.06, 0.15)])
    c[REQUESTS] = _log(rng, 1e3, 3e8)
    c["workload.growth"] = rng.uniform(-0.05, 0.06)
    c["workload.lin"] = _log(rng, 200, 8000)
    c["workload.lout"] = _log(rng, 10, 2000)
    c["workload.cvi"] = rng.uniform(0.5, 2.5)
    c["workload.cvo"] = rng.uniform(0.5, 2.5)
    c["workload.ca2"] = rng.uniform(1.0, 4.0)
    c["workload.profile"] = rng.choice(["conv", "coding", "flat"])
    c["workload.burst"] = rng.uniform(1.1, 1.5)
    c["workload.hit"] = rng.uniform(0.0, 0.7)
    c["workload.retry"] = rng.uniform(0.0, 0.05)
    c["workload.slo_ttft"] = _log(rng, 0.4, 10.0)
    c["workload.slo_tpot"] = _log(rng, 0.025, 0.2)
    c["workload.eps"] = _log(rng, 0.002, 0.1)
    c["workload.max_ctx"] = rng.choice([4096, 8192, 16384, 32768])
    if rng.random() < 0.3:
        c["workload.batch_frac"] = rng.choice([rng.random(), rng.random(), 1.0])


def _engine(rng, c):
    model = rng.choice(["8B", "8B", "32B", "70B", "70B", "70B", "MoE8x7B", "MLA671B"])
    c["engine.model"] = model
    c["engine.gpu"] = rng.choice(["H100", "H100", "H200", "A100", "L4"])
    if model == "MLA671B":
        c["engine.gpu"], c["engine.g_list"] = "H200", [8, 16]
    elif rng.random() < 0.3:
        c["engine.g_list"] = sorted(rng.sample([1, 2, 4, 8, 16], rng.randint(1, 4)))
    c["engine.bytes_w"] = rng.choice([0.5, 1.0, 1.0, 2.0])
    c["engine.bytes_kv"] = rng.choice([1.0, 2.0, 2.0])
    for name, low, high in (("u_mem", 0.85, 0.95), ("reserve", 1e9, 4e9), ("eta_kv", 0.90, 0.99), ("e_w", 0.6, 1.0),
                            ("e_kv", 0.6, 1.0), ("e_pf", 0.25, 0.70), ("e_fl", 0.5, 1.0), ("e_link", 0.2, 0.7),
                            ("t_layer", 20e-6, 120e-6), ("t_seq", 0.0, 30e-6), ("t_ar", 0.0, 50e-6),
                            ("moe_e_w", 0.5, 1.0), ("moe_e_fl", 0.4, 1.0), ("moe_t_layer", 0.0, 60e-6)):
        c["engine." + name] = rng.uniform(low, high)
    c["engine.t_fix"] = rng.choice([0.0, 0.0, rng.uniform(0.0, 0.01)])
    c["engine.b_max"] = rng.choice([8, 64, 256, 256, 512, 2048])


def _fleet(rng, c):
    c["fleet.rho_max"] = rng.uniform(0.6, 0.97)
    c["fleet.rho_batch"] = rng.uniform(0.7, 0.95)
    c["fleet.r_min"] = rng.choice([0, 1, 1, 1, 2, 3])
    c["fleet.n_spare"] = rng.choice([0, 1, 1, 2])
    c["fleet.lookahead"] = rng.choice([0, 1, 1, 2, 5, 24, 167])
    c["fleet.autoscale"] = rng.choice(["hourly", "hourly", "hourly", "static"])
    c["fleet.scale_to_zero"] = rng.random() < 0.3


def _prices(rng, c):
    horizon = c["horizon"]
    for name, low, high in (
            ("rent.p_od", 0.5, 7.0), ("rent.decline", -0.3, 0.5), ("rent.res_disc", 0.2, 0.6),
            ("own.capex", 27e4, 35e4), ("own.capex_decline", 0.0, 0.3), ("own.kw", 5.0, 12.0),
            ("own.colo_kw", 150.0, 250.0), ("own.kwh", 0.06, 0.15), ("own.pue", 1.1, 1.8), ("own.load", 0.4, 0.9),
            ("own.maint", 0.0, 0.1), ("own.resid_decay", 0.2, 0.6), ("own.setup", 0.0, 4e4),
            ("api.p_in", 0.1, 5.0), ("api.p_cached", 0.05, 0.5), ("api.p_out", 0.4, 25.0), ("api.hit", 0.0, 0.7),
            ("api.batch_disc", 0.3, 0.6), ("api.vol_disc", 0.0, 0.2), ("api.tok_ratio", 0.85, 1.25),
            ("api.out_mult", 1.0, 4.0)):
        c[name] = rng.uniform(low, high)
    c["own.srv_gpus"] = rng.choice([1, 4, 8, 8, 8])
    c["rent.res_term"] = rng.choice([1, 6, 12, 36])
    c["api.migrate_every"] = rng.choice([1, 3, 12, 18, 50])
    c["api.decline"] = rng.choice([0.0, rng.uniform(0.0, 3.7)])
    if rng.random() < 0.4:
        c["rent.reserved"] = rng.choice([1, 2, 4, 9, 40])
    if rng.random() < 0.4:
        c["rent.spot_share"] = rng.choice([rng.random(), 1.0])
        c["rent.spot_disc"] = rng.uniform(0.3, 0.9)
        c["rent.spot_over"] = rng.uniform(0.0, 0.5)
        c["rent.spot_unavail"] = rng.uniform(0.0, 0.3)
        c["rent.spot_int_rate"] = rng.uniform(0.0, 0.05)
        c["rent.spot_trec"] = rng.uniform(0.0, 0.5)
    if rng.random() < 0.3:
        c["rent.events"] = _events(rng, horizon)
    if rng.random() < 0.3:
        c["api.events"] = _events(rng, horizon)
    if rng.random() < 0.2:
        c["api.min_commit"] = _log(rng, 100.0, 1e5)


def _people(rng, c):
    for name, low, high in (
            ("staff.salary", 9e4, 25e4), ("staff.loaded", 1.25, 1.46), ("staff.oncall_frac", 0.1, 0.25),
            ("staff.oncall_share", 0.1, 1.0), ("staff.self_base", 0.25, 2.0), ("staff.api_fte", 0.1, 1.0),
            ("staff.step_fte", 0.0, 0.5), ("staff.own_extra", 0.0, 0.5), ("staff.wage_growth", 0.0, 0.06),
            ("net.egress", 0.0, 0.12), ("net.inter_az", 0.0, 0.04), ("net.az_frac", 0.0, 1.0), ("net.nat", 0.0, 0.05),
            ("net.lb", 0.0, 60.0), ("net.bpt_in", 3.0, 6.0), ("net.bpt_out", 4.0, 300.0),
            ("misc.ab_frac", 0.0, 0.3), ("misc.ab_days", 0.0, 14.0), ("misc.eval_month_self", 0.0, 2e3),
            ("misc.eval_month_api", 0.0, 2e3), ("misc.upgrade_fixed", 0.0, 3e4), ("misc.api_migrate_fixed", 0.0, 2e4),
            ("misc.log_sample", 0.0, 1.0), ("misc.log_gb_price", 0.0, 2.0), ("misc.storage_gb_price", 0.0, 0.1),
            ("misc.host_obs", 0.0, 90.0), ("misc.sec_self", 0.0, 5e3), ("misc.sec_api", 0.0, 2e3),
            ("misc.setup_self", 0.0, 9e4), ("misc.setup_api", 0.0, 2e4)):
        c[name] = rng.uniform(low, high)
    c["staff.pool"] = rng.choice([6, 8, 12])
    c["staff.step_gpus"] = rng.choice([8, 16, 32, 32])
    c["staff.min_fte"] = rng.choice([0.0, 0.0, rng.uniform(0.0, 4.0)])
    c["misc.log_retain_months"] = rng.choice([0, 1, 3, 12])
    c["misc.upgrade_every"] = rng.choice([1, 3, 6, 6, 12, 100])
    c["misc.weight_copies"] = rng.choice([1, 2, 3])
    if rng.random() < 0.2:
        c["misc.opt_setup"], c["misc.opt_month"] = rng.uniform(0.0, 3e4), rng.uniform(0.0, 2e3)


def _rare(rng, c):
    if rng.random() < 0.4:
        c["licence.mode"] = rng.choice(["continuous", "release"])
        c["licence.policy"] = rng.choice(["fee", "migrate", "freeze"])
        c["licence.mau0"] = _log(rng, 1e8, 1.5e9)
        c["licence.mau_growth"] = rng.uniform(-0.03, 0.1)
        c["licence.fee_month"] = rng.uniform(1e3, 5e4)
        c["licence.freeze_month"] = rng.uniform(1e3, 2e4)
        c["licence.switch_cost"] = rng.uniform(1e4, 2e5)
        c["licence.perf_ratio"] = rng.uniform(0.5, 1.3)
    if rng.random() < 0.15:
        c["workload.volume_table"] = [rng.choice([0.0, _log(rng, 1e3, 1e8), _log(rng, 1e3, 1e8)])
                                      for _ in range(rng.randint(1, c["horizon"] + 4))]
    if rng.random() < 0.05:
        c[REQUESTS] = rng.choice([0.0, 1e10])
    if rng.random() < 0.25:
        c["engine.rate_factor"] = _log(rng, 0.5, 1.6)
    if rng.random() < 0.06:
        c["engine.measured"] = {"r_pf": _log(rng, 100, 2e5), "r_dec": _log(rng, 20, 2e4), "B": rng.choice([1, 4, 64])}
        c["workload.slo_tpot"], c["workload.slo_ttft"] = 0.5, 30.0


def extended(rng):
    """A random configuration with some of what the defaults lack. A stream of its own: draws() stay as they are."""
    c = {}
    if rng.random() < 0.6:
        c["fleet.spare_rule"], c["fleet.gpu_failures"] = "reliability", _log(rng, 0.05, 1.5)
        c["fleet.repair_h"], c["fleet.spare_miss"] = _log(rng, 1.0, 70.0), _log(rng, 1e-5, 0.1)
    if rng.random() < 0.4:
        c["fleet.instance_gpus"] = rng.choice([1, 2, 4, 8, 16])
    config = override(draw(rng), c)
    if rng.random() < 0.5:
        n_tiers, n_credits = rng.randint(0, 3), rng.randint(0, 3)
        config["contract"] = {
            "covers": rng.choice(["both", "both", "api", "gpus"]),
            "tier_from": [0.0, 2131.7, 40311.9][:n_tiers], "tier_disc": [rng.random() for _ in range(n_tiers)],
            "commit": rng.choice([0.0, _log(rng, 1e3, 1e6)]), "commit_term": rng.choice([1, 5, 12]),
            "commit_disc": rng.uniform(0.0, 0.3), "credit": [_log(rng, 100, 1e5) for _ in range(n_credits)],
            "credit_end": sorted(rng.randint(0, 30) for _ in range(n_credits))}
    if rng.random() < 0.5:
        config["standby"] = {
            "state": rng.choice(["none", "cold", "warm"]), "setup": rng.uniform(0, 3e4), "weights": rng.uniform(0, 900),
            "eval": rng.uniform(0, 900), "fte": rng.uniform(0, 0.5), "drill_every": rng.choice([1, 4, 6]),
            "drill": rng.uniform(0, 5e3), "gpus": rng.randint(0, 16), "gpu_h": rng.uniform(0.5, 5.0)}
    return config


def draws(n, seed):
    """n random configurations; the same ones for the same seed."""
    rng = random.Random(seed)
    return [draw(rng) for _ in range(n)]


def extended_draws(n, seed):
    rng = random.Random(f"extended {seed}")
    return [extended(rng) for _ in range(n)]


def mixed(rng):
    """A random configuration with a hybrid and a cascade beside the three options."""
    config = draw(rng)
    config["hybrid"] = {"split": rng.choice(["share", "peak", "both"]), "share": rng.choice([0.0, rng.random(), 1.0]),
                        "cap": rng.choice([0, 1, 1, 2, 3, 5, 9, 40]), "fallback": rng.choice([0.0, 0.2 * rng.random()])}
    config["cascade"] = {"small": rng.choice(["api", "rent"]), "large": rng.choice(["api", "own"]),
                         "escalate": rng.choice([0.0, rng.random(), rng.random(), 1.0])}
    return config


def mixed_draws(n, seed):
    rng = random.Random(f"mixed {seed}")
    return [mixed(rng) for _ in range(n)]


if __name__ == "__main__":
    for config in draws(int(sys.argv[1]), int(sys.argv[2])):
        print(json.dumps(config))
