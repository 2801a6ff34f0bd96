"""Prices of an option over the months (E20 to E23, E33), and when its licence and its checkpoint change (E35, E38)."""

import math

import tco_fleet as fleets
from tco_scenario_config import NEVER


def price(option, series, base, decay, m):
    """A price path: base or the value that an event set it to, its decline since then, factors of events since then."""
    s = option["series"][series]
    level = fleets.series_level(s["levels"], m)
    value, since = (level["value"], level["month"]) if level else (base, 0)
    return value * decay(m - since) * fleets.series_factors(s["factors"], m, level)


def newer(option, m):
    return 0 < option["fleet"]["generation"] <= m


def newer_price(option, series, m):
    """What the next generation costs relative to this one; a value that an event set since stands as it is."""
    level = fleets.series_level(option["series"][series]["levels"], m)
    stands = level is not None and level["month"] >= option["fleet"]["generation"]
    return option["fleet"]["generation_price"] if newer(option, m) and not stands else 1.0


def on_demand(option, m):
    r = option["rent"]
    return price(option, "gpu", r["p_od"], lambda t: math.exp(-r["decline"] * t / 12.0), m) * newer_price(option, "gpu", m)


def mixed(option, m):
    r, p = option["rent"], on_demand(option, m)
    q, s = r["spot_unavail"], r["spot_share"]
    spot = ((1.0 - q) * (1.0 - r["spot_disc"]) * p * (1.0 + r["spot_over"]) + q * p) / (1.0 - r["spot_int_rate"] * r["spot_trec"])
    return (1.0 - s) * p + s * spot


def reserved(option, begin, m):
    r = option["rent"]
    signed = begin + r["res_term"] * ((m - begin) // r["res_term"])
    if newer(option, m):
        signed = max(signed, option["fleet"]["generation"])         # other GPUs are another reservation
    return (1.0 - r["res_disc"]) * on_demand(option, signed)


def server(option, m):
    o = option["own"]
    return price(option, "server", o["capex"], lambda t: (1.0 - o["capex_decline"]) ** (t / 12.0), m) * newer_price(option, "server", m)


def salary(option, m):
    s = option["staff"]
    return price(option, "wage", s["salary"], lambda t: (1.0 + s["wage_growth"]) ** (t / 12.0), m)


def wage(option, m):
    return salary(option, m) * option["staff"]["loaded"] / 12.0


def token_price(option, field, series, begin, m):
    """E23: the decline is collected at migrations, which count from the month in which the part begins."""
    a = option["api"]
    T = a["migrate_every"]
    signed = begin + T * ((m - begin) // T)
    if begin < a["retire"] <= m:
        signed = max(signed, a["retire"])                           # a forced move is a migration too
    decline = lambda t: math.exp(-a["decline"] * max(0, t - (m - signed)) / 12.0)
    level = fleets.series_level(option["series"][series]["levels"], m)
    p = price(option, series, a[field], decline, m) * fleets.series_factors(option["series"]["api"]["factors"], m, level)
    stands = level is not None and level["month"] >= a["retire"]
    return p * (a["retire_factor"] if 0 < a["retire"] <= m and not stands else 1.0)


# ---------------------------------------------------------------- licence

def licence_trigger(option, begin, end):
    li = option["licence"]
    for m in range(begin, end):
        due = li["mode"] == "continuous" or (li["mode"] == "release" and upgrade_due(option, begin, m))
        if due and li["mau0"] * (1.0 + li["mau_growth"]) ** (m - 1) > li["threshold"]:
            return m
    return NEVER


def upgrade_due(option, begin, m):
    return m > begin and (m - begin) % option["misc"]["upgrade_every"] == 0
