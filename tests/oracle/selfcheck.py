#!/usr/bin/env python3
"""Prints every worked number of the method beside what this implementation computes.

A number passes when ours, rounded to the digits of the worked one, is the worked one.
usage: selfcheck.py [--quiet]      exit 1 when one fails; --quiet shows failures only
"""

import sys
from decimal import ROUND_HALF_EVEN, Decimal

import tco_capacity as capacity
import tco_extra as extra
import tco_ledger as ledger
import tco_model as model
from tco_config import complete, override

QUIET = "--quiet" in sys.argv[1:]
CHAT_4E7 = {"workload": {"req0": 4e7}}
failures = passes = 0


def section(title):
    if not QUIET:
        print(f"\n# {title}")


def show(what, worked, ours, mark):
    global failures, passes
    good = mark == "pass"
    passes, failures = passes + good, failures + (not good)
    if not (QUIET and good):
        print(f"{mark}  {what:<62} {worked:>20} {ours!r:>26}")


def number(what, worked, ours):
    """`worked` is text, as printed: its last digit is the resolution of the comparison."""
    text = worked.replace(" ", "")
    want = Decimal(text)
    got = Decimal(ours).quantize(Decimal(1).scaleb(want.as_tuple().exponent), rounding=ROUND_HALF_EVEN)
    show(what, worked, ours, "pass" if got == want else "FAIL")


def fact(what, worked, ours):
    show(what, str(worked), ours, "pass" if worked == ours else "FAIL")


def within(what, worked, ours, good):
    """For a statement in words (`below 0.4 %`)."""
    show(what, worked, ours, "pass" if good else "FAIL")


# ---------------------------------------------------------------- section 3

def demand():
    section("3.1 demand")
    cfg = complete({})
    lam = capacity.hourly_rates(cfg, 3e6)
    number("3e6 req/mo: mean req/s", "1.152968", sum(lam) / 168)
    number("3e6 req/mo: peak hour", "1.911689", max(lam))
    peak = max(capacity.hourly_rates(cfg, 4e7))
    number("4e7 req/mo: peak hour", "25.48919", peak)
    number("4e7 req/mo: peak hour x burst", "29.56746", peak * cfg["workload"]["burst"])
    number("requests conserved over the week (ratio)", "1.000000000000",
           sum(lam) * 3600 * 730 / 168 / (3e6 * 1.01))


TABLE_70B = {
    2: ("211 944.580078", 77, "0.06108", "0.027418", "0.049708", "7.341445", "774.522492"),
    4: ("639 190.673828", 137, "0.041006", "0.02315", "0.049775", "13.044557", "688.100399"),
    8: ("1 493 682.861328", 199, "0.03097", "0.020663", "0.049871", "18.91124", "498.783967"),
}


def one_replica():
    section("3.2 one replica, 70B fp8 on H100")
    cfg = complete({})
    number("kappa, bytes a token", "327 680", capacity.kv_bytes_per_token(cfg))
    number("resident context, chat", "1323.05095", capacity.resident_context(cfg["workload"]))
    fact("G=1 infeasible", "memory", capacity.replica(cfg, 1).reason)
    within("G=1 KV tokens (0)", "<= 0", capacity.replica(cfg, 1).kv_tokens, capacity.replica(cfg, 1).kv_tokens <= 0)
    for G, (tokens, B, t_pf, t_step, tpot, mu, out) in TABLE_70B.items():
        rep = capacity.replica(cfg, G)
        number(f"G={G} KV tokens", tokens, rep.kv_tokens)
        fact(f"G={G} B*", B, rep.B)
        number(f"G={G} t_pf", t_pf, rep.t_pf)
        number(f"G={G} t_step", t_step, rep.t_step)
        number(f"G={G} TPOT", tpot, rep.tpot)
        number(f"G={G} mu", mu, rep.mu)
        number(f"G={G} output tok/s per GPU", out, rep.mu * cfg["workload"]["lout"] / G)
    rep = capacity.replica(cfg, 4)
    number("G=4 TPOT at load 0.5 (fixed point)", "0.018", capacity.fixed_point_tpot(cfg, rep, 0.5 * rep.mu))
    number("G=4 TPOT at load 0.8 (fixed point)", "0.029", capacity.fixed_point_tpot(cfg, rep, 0.8 * rep.mu))
    number("Little's law: B / (mu L_o TPOT)", "1.000000000000", rep.B / (rep.mu * 211 * rep.tpot))


def queue():
    section("3.4 fleet")
    for c, rho, worked in ((8, 0.7, "1.16"), (8, 0.9, "1.013"), (64, 0.8, "1.75"), (64, 0.9, "1.08"),
                           (256, 0.8, "24"), (256, 0.95, "1.05"), (64, 0.95, "0.997")):
        number(f"Sakasegawa / Erlang-C, c={c}, rho={rho}", worked, capacity.p_wait(c, rho) / capacity.erlang_c(c, rho))
    number("Sakasegawa at c=1, rho=0.37", "0.370000000000", capacity.p_wait(1, 0.37))
    number("Erlang-C at c=1, rho=0.37", "0.370000000000", capacity.erlang_c(1, 0.37))
    cfg = complete({})
    rep, w = capacity.replica(cfg, 2), cfg["workload"]
    K = 0.5 * (w["ca2"] + w["cvo"] ** 2)
    at_08 = capacity.tail(1, 0.8 * rep.mu, rep.mu, rep.B, rep.slack, K)
    within("tail at rho 0.8, one replica", "< 0.004", at_08, at_08 < 0.004)
    number("tail at rho 0.9, one replica", "0.06", capacity.tail(1, 0.9 * rep.mu, rep.mu, rep.B, rep.slack, K))
    high = complete({"fleet": {"rho_max": 0.9}})
    fact("rho_max 0.9: the queue forces a second", 2, capacity.replicas_for(0.9 * rep.mu, rep.mu, rep, high))
    fleet = model.evaluate(CHAT_4E7)["fleet"]
    fact("4e7: G", 2, fleet["replica"]["G"])
    fact("4e7: peak replicas, month 0", 7, fleet["peak_replicas"][0])
    fact("4e7: trough replicas, month 0", 3, fleet["trough_replicas"][0])
    number("4e7: GPU-hours, month 0", "6735.1", fleet["gpu_hours"][0])
    number("4e7: utilisation, month 0, %", "45.4", 100 * fleet["utilisation"][0])


# ---------------------------------------------------------------- sections 4, 5, 6

def prices():
    section("4 prices, 5 ledger, 6 break-even")
    number("spot effective at p=3", "1.921922", ledger.price_spot(complete({}), 0))
    cfg = complete(CHAT_4E7)
    chosen = ledger.fleet_plan(cfg)
    fact("E46: replicas reserved at 4e7", 4, extra.reservations(cfg, chosen))
    best = min(range(13), key=lambda r: model.books(complete(override(CHAT_4E7, {
        "rent.reserved": r, "staff.step_fte": 0.0, "misc.host_obs": 0.0, "misc.ab_frac": 0.0})))[0]["rent"].npv())
    fact("E46: the same by exhaustive search", 4, best)
    number("E36: attempt cost, $", "0.00189815", ledger.attempt_cost(complete({}), 0))
    number("own: residual share after 3 years, %", "30", 100 * 90358.26 / 300000)
    number("x* at 3e6", "3.8147984", model.api_multiplier({}))
    number("x* at 4e7", "0.4146693", model.api_multiplier(CHAT_4E7))
    number("p* at 4e7, $/GPU-h", "12.043451", model.gpu_price(CHAT_4E7))
    found, _ = model.books(complete(CHAT_4E7))
    fact("own pays back in month index", 13, model.payback_month(found["own"], found["api"]))
    x = model.api_multiplier(CHAT_4E7)
    again = model.npvs(override(CHAT_4E7, {f"api.{k}": v * x for k, v in
                                           (("p_in", 1.0), ("p_cached", 0.1), ("p_out", 5.0))}))
    number("x* fed back: rent / api", "1.000000000000", again["rent"] / again["api"])
    again = model.npvs(override(CHAT_4E7, {"rent.p_od": model.gpu_price(CHAT_4E7)}))
    number("p* fed back: rent / api", "1.000000000000", again["rent"] / again["api"])


# ---------------------------------------------------------------- section 8, 11b

def risks():
    section("8 risks and options")
    cfg = complete({})
    number("E55: 0.5/yr, 30 k$", "39 138.19", extra.repeatable_risk(cfg, 0.5, 30e3))
    number("E56: 0.15/yr, 150 k$ + 10 k$/mo", "104 460.86", extra.first_event_risk(cfg, 0.15, 150e3, 10e3))
    commit, other, flexible, value = extra.two_branch(0.5, 100, 300, 100, 150, 140, 20, 5, other_path=120)
    number("E61: commit to the present path", "300", commit)
    number("E61: commit to the other", "265", other)
    number("E61: flexible", "240", flexible)
    number("E61: value", "25", value)


def beyond():
    section("11b beyond the reference")
    on_8 = complete({"fleet": {"instance_gpus": 8}})
    number("E65: 7 replicas of G=2 on 8: GPUs billed", "16", extra.capacity.gpus_billed(on_8, 2, 7))
    number("E65: GPUs used", "14", extra.capacity.gpus_billed(complete({}), 2, 7))
    cfg = complete(CHAT_4E7)
    rep = capacity.replica(cfg, 2)
    for cap, requests, hours in ((4, "701 962", 20), (3, "5 244 175", 91)):
        sent, often = extra.overflow(cfg, rep, 0, cap)
        number(f"E68: R_cap={cap}: requests to the API", requests, sent)
        fact(f"E68: R_cap={cap}: hours a week", hours, often)
    number("E69: 320 000 at 8 % over 36 months", "9 986.48", extra.loan_payment(320e3, 0.08, 36))
    number("E72: 60 000 GB", "5 019.20",
           extra.tiered(60e3, [(0, 10240, 0.09), (10240, 51200, 0.085), (51200, None, 0.07)]))
    one = extra.mix([(1.0, cfg["workload"])], 2, cfg)
    fact("E67: one workload gives itself", (rep.t_pf, 211.0, capacity.resident_context(cfg["workload"])), one)
    payments = [(0, 320e3)] + [(m + 1, -extra.loan_payment(320e3, 0.08, 36)) for m in range(36)]
    number("E70: rate of that loan, found again", "0.0800000000", extra.irr(payments)[0])
    fact("E71: lag 2", [3, 3, 3, 2, 2], extra.hired([1, 2, 3, 2, 2], 2))


# ---------------------------------------------------------------- section 9

SMALL = {"workload": {"req0": 5e4, "growth": 0.0}, "engine": {"model": "8B", "g_list": [1]}, "fleet": {"n_spare": 0}}
CPU_BOX = override(SMALL, {
    "engine.measured": {"r_pf": 400.0, "r_dec": 60.0, "B": 4}, "workload.slo_tpot": 0.30, "workload.slo_ttft": 10.0,
    "own.srv_gpus": 1, "own.capex": 6000.0, "own.kw": 0.45, "own.colo_kw": 0.0, "own.setup": 0.0, "own.maint": 0.03,
    "staff.own_extra": 0.0})
HALF = {"engine": {"bytes_w": 2.0}}
FLAT_PRICE = override(CHAT_4E7, {"rent.decline": 0.0})
SCENARIOS = [
    ("S0", {}, "1 194 086.34", "1 496 245.98", "474 259.26"),
    ("S1 zero volume, always on", {"workload": {"req0": 0.0}}, "1 193 469.80", "1 495 629.44", "217 892.23"),
    ("S1 zero volume, scale to zero", {"workload": {"req0": 0.0}, "fleet": {"scale_to_zero": True}},
     "810 863.93", "966 883.54", "217 892.23"),
    ("S2 8B, one H100", SMALL, "1 024 341.59", "1 494 972.54", "220 901.04"),
    ("S2 on L4", override(SMALL, {"engine.gpu": "L4", "rent.p_od": 0.70}), "981 152.61", "1 494 837.34", "220 901.04"),
    ("S2 CPU box", CPU_BOX, None, "974 268.37", "220 901.04"),
    ("S3 16 bit, G list [1]", override(HALF, {"engine.g_list": [1]}), "memory", "memory", "474 259.26"),
    ("S3 16 bit", HALF, "1 419 572.60", "1 497 103.81", "474 259.26"),
    ("S5 4e7, GPU price flat", FLAT_PRICE, "1 802 939.05", "2 064 737.02", "3 636 119.24"),
    ("S6 price -40 % from month 18", override(FLAT_PRICE, {"rent.events": [{"month": 18, "factor": 0.6}]}),
     "1 627 761.25", "2 063 743.73", "3 636 119.24"),
]
S0_RENT = {"compute_rent": "255 540.69", "network": "1 572.11", "storage": "181.07", "observability": "1 483.04",
           "evaluation": "78 809.44", "staffing": "898 829.02", "security": "90 000", "setup": "40 000"}
S0_OWN = {**S0_RENT, "compute_capex": "320 000", "residual": "-90 358.26", "colo_power": "91 427.29",
          "maintenance": "45 000", "staffing": "1 078 594.82"}
del S0_OWN["compute_rent"]
S0_API = {"api_tokens": "299 040.12", "network": "696.61", "storage": "5.82", "observability": "43.04",
          "evaluation": "26 000", "staffing": "179 765.80", "security": "36 000", "setup": "8 000"}


def scenarios():
    section("9 worked scenarios, NPV")
    for name, config, *worked in SCENARIOS:
        options = model.evaluate(config)["options"]
        for option, want in zip(model.OPTIONS, worked):
            if want == "memory":
                fact(f"{name}: {option}", want, options[option]["reason"])
            elif want is not None:
                number(f"{name}: {option}", want, options[option]["npv"])


def scenario_details():
    section("9 details")
    result = model.evaluate({})
    fleet, options = result["fleet"], result["options"]
    number("S0: rent $/Mtok", "6.5532", options["rent"]["levelised"])
    number("S0: api $/Mtok", "2.6028", options["api"]["levelised"])
    fact("S0: G, B, replicas", (2, 77, 2),
         (fleet["replica"]["G"], fleet["replica"]["B"], fleet["peak_replicas"][0]))
    number("S0: utilisation, month 0, %", "7.9", 100 * fleet["utilisation"][0])
    for option, worked in (("rent", S0_RENT), ("own", S0_OWN), ("api", S0_API)):
        for name in ledger.CATEGORIES:
            number(f"S0 {option}: {name}", worked.get(name, "0"), options[option]["by_category"][name])
    idle = model.evaluate({"workload": {"req0": 0.0}})["options"]
    number("S1: what volume costs self-hosting, $", "617", options["rent"]["npv"] - idle["rent"]["npv"])
    fact("S1: levelised cost of zero volume", None, idle["rent"]["levelised"])
    for name, config, B, mu, used in (("S2", SMALL, 256, "31.2359", None),
                                      ("S2 L4", SCENARIOS[4][1], 16, "1.5388", None),
                                      ("S2 CPU box", CPU_BOX, 4, "0.1806", "10.6"),
                                      ("S3", HALF, 79, "7.5295", None)):
        found = model.evaluate(config)["fleet"]
        fact(f"{name}: B", B, found["replica"]["B"])
        number(f"{name}: mu", mu, found["replica"]["mu"])
        if used:
            number(f"{name}: utilisation, month 0, %", used, 100 * found["utilisation"][0])
    fact("S3: picks G", 4, model.evaluate(HALF)["fleet"]["replica"]["G"])
    peaks = model.evaluate(FLAT_PRICE)["fleet"]
    fact("S5: replicas in month 0", (3, 7), (peaks["trough_replicas"][0], peaks["peak_replicas"][0]))
    for option, worked in (("rent", "12.6028"), ("own", "17.1767")):
        crossings = model.break_even_volumes({}, option)
        fact(f"break-even, {option}: crossings", 1, len(crossings))
        number(f"break-even, {option}: M requests a month", worked, crossings[0][0] / 1e6)
    hosted = {"api": {"p_in": 0.13, "p_cached": 0.13, "p_out": 0.40}}
    fact("hosted open weights: crossings", 0, len(model.break_even_volumes(hosted)))


def by_hand():
    section("9 by hand")
    first = 3e6 * 1.01 * 0.00189815
    number("api tokens of month 0", "5751.3945", first)
    number("S0 api tokens = 5751.3945 (1.02^36 - 1)/0.02", "299 040.12", first * (1.02 ** 36 - 1) / 0.02)
    options = model.evaluate({"workload": {"req0": 0.0}, "fleet": {"scale_to_zero": True}})["options"]
    number("S1 scale to zero: steady month", "3029.86795", 500 + 2500 + 25 + 70.55 * 3 * 0.023)
    number("S1 scale to zero: total", "928 138.46", options["rent"]["total"])
    number("S1 scale to zero: staffing", "719 063.22", options["rent"]["by_category"]["staffing"])
    # The worked sum prints the people line rounded; it adds up only with the unrounded one.
    wages = 170000 * 1.35 / 12 * sum(1.03 ** (m / 12) for m in range(36))
    number("S1 scale to zero: staffing = 1.0 FTE x wages", "719 063.22", wages)
    number("S1 scale to zero: 36 x 3029.86795 + 60 000 + 40 000 + people", "928 138.46",
           36 * 3029.86795 + 60e3 + 40e3 + wages)
    number("S0 rent: staffing = 1.25 FTE x wages", "898 829.02", 1.25 * wages)
    number("S0 rent: compute = 4 x 730 x 3 x sum of prices", "255 540.69",
           4 * 730 * 3 * sum(2.718281828459045 ** (-0.15 * m / 12) for m in range(36)))
    number("S0 own: colo and power", "91 427.29", 36 * (10.2 * 180 + 10.2 * 0.7 * 1.35 * 730 * 0.10))
    number("S0 own: residual", "-90 358.26", -300e3 * 2.718281828459045 ** -1.2)


# ---------------------------------------------------------------- section 10

CODE = {"workload.profile": "coding"}
ERRORS = [
    ("full use, no spare, no peak", "0.61", {"workload.profile": "flat", "workload.burst": 1.0, "fleet.n_spare": 0,
                                             "fleet.rho_max": 1.0}),
    ("flat profile", "0.87", {"workload.profile": "flat", "workload.burst": 1.0}),
    ("prefill ignored", "0.41", {"workload.lin": 1e-9}),
    ("prefix cache ignored", "1.21", {"workload.hit": 0.0}),
    ("GPU price flat", "1.26", {"rent.decline": 0.0}),
    ("no TPOT limit", "0.88", {"workload.slo_tpot": 1e9, "workload.slo_ttft": 1e9}),
    ("25 ms TPOT", "1.68", {"workload.slo_tpot": 0.025}),
    ("static scaling", "1.45", {"fleet.autoscale": "static"}),
    ("coding profile, autoscaled", "1.03", CODE),
    ("coding profile, static", "2.43", {**CODE, "fleet.autoscale": "static"}),
]


def calculators():
    section("10 errors of calculators: compute line at 4e7 relative to the full model")
    full = model.evaluate(CHAT_4E7)["options"]["rent"]["by_category"]["compute_rent"]
    for name, worked, changes in ERRORS:
        wrong = model.evaluate(override(CHAT_4E7, changes))["options"]["rent"]
        number(name, worked, wrong["by_category"]["compute_rent"] / full)


def main():
    for part in (demand, one_replica, queue, prices, risks, beyond, scenarios, scenario_details, by_hand, calculators):
        part()
    print(f"{passes} worked numbers agree, {failures} do not")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
