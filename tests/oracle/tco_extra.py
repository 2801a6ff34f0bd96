"""What stands beside the ledger: reservation (E46), risks (E55, E56), option value (E61), and E65 to E72."""

import math
from statistics import NormalDist

import tco_capacity as capacity
import tco_ledger as ledger
from tco_config import HOURS_PER_MONTH, WEEKS_PER_MONTH


# ---------------------------------------------------------------- E46

def reservations(cfg, chosen):
    """E46: how many replicas to reserve. A spot share makes the alternative cheaper (11b)."""
    count = 0
    while True:
        kept = dearer = 0.0
        for m, month in enumerate(chosen.months):
            df = ledger.discount_factor(cfg, m, "m")
            kept += df * HOURS_PER_MONTH * ledger.price_reserved(cfg, m)
            hours = sum(1 for bill in month.bill if bill >= count + 1)
            dearer += df * WEEKS_PER_MONTH * hours * ledger.price_mixed(cfg, m)
        if not kept < dearer:
            return count
        count += 1


# ---------------------------------------------------------------- risks

def repeatable_risk(cfg, hazard, impact):
    """E55: discounted expected cost of an event that may come again."""
    return sum(hazard / 12.0 * impact * ledger.discount_factor(cfg, m, "m") for m in range(cfg["horizon"]))


def first_event_risk(cfg, hazard, once, after):
    """E56: `once` in the month of the first event, `after` in every later month."""
    total = 0.0
    for m in range(cfg["horizon"]):
        df, alive = ledger.discount_factor(cfg, m, "m"), math.exp(-hazard * m / 12.0)
        total += alive * (1.0 - math.exp(-hazard / 12.0)) * once * df + (1.0 - alive) * after * df
    return total


def two_branch(p, stay, up, down, other_up, other_down, switch, upkeep, other_path=0.0):
    """E61: (commit to this path, commit to the other, stay flexible, value of flexibility).

    Committing now costs stay + the expected remainder; the other path costs other_path + its expected remainder.
    Flexible: stay, pay the upkeep, and when the branch is known take the cheaper remainder plus the switch.
    """
    commit = stay + p * up + (1.0 - p) * down
    other = other_path + p * other_up + (1.0 - p) * other_down
    flexible = stay + upkeep + p * min(up, other_up + switch) + (1.0 - p) * min(down, other_down + switch)
    return commit, other, flexible, min(commit, other) - flexible


# ---------------------------------------------------------------- distributions

def lognormal_from_quantiles(low, high):
    """E47: (mu, sigma) of a lognormal from its 5 and 95 % points."""
    z = NormalDist().inv_cdf(0.95)
    return 0.5 * (math.log(low) + math.log(high)), (math.log(high) - math.log(low)) / (2.0 * z)


# ---------------------------------------------------------------- E67 to E72

def mix(parts, G, engine_cfg):
    """E67: several workloads on one fleet. parts: [(share of requests, workload cfg)].

    Returns (t_pf, L_o, L_bar) of the mix.
    """
    steps = [(x, capacity.StepTime({**engine_cfg, "workload": w}, G), w) for x, w in parts]
    t_pf = sum(x * step.t_pf() for x, step, _ in steps)
    lout = sum(x * w["lout"] for x, _, w in steps)
    context = sum(x * w["lout"] * step.context for x, step, w in steps) / lout
    return t_pf, lout, context


def overflow(cfg, rep, m, cap):
    """E68: (requests sent to the API in month m, hours of the week in which that happens)."""
    w, rho_max = cfg["workload"], cfg["fleet"]["rho_max"]
    limit = cap * rho_max * rep.mu
    over = [lam - limit / w["burst"] for lam in capacity.hourly_rates(cfg, capacity.volume(cfg, m))
            if lam * w["burst"] > limit]
    return sum(over) * 3600.0 * WEEKS_PER_MONTH, len(over)


def loan_payment(principal, rate, months):
    """E69."""
    i = (1.0 + rate) ** (1.0 / 12.0) - 1.0
    return principal * i / (1.0 - (1.0 + i) ** -months) if i else principal / months


def irr(flows, low=-0.99, high=100.0, steps=4000):
    """E70: all yearly rates at which sum of flow * (1+r)^(-t/12) is zero; flows: [(months, amount)]."""
    def value(r):
        return sum(x * (1.0 + r) ** (-t / 12.0) for t, x in flows)

    # A grid even in log(1 + r), then bisection in every cell that changes sign.
    a, b = math.log1p(low), math.log1p(high)
    grid = [math.expm1(a + (b - a) * k / steps) for k in range(steps + 1)]
    roots = []
    for x, y in zip(grid, grid[1:]):
        fx, fy = value(x), value(y)
        if fx == 0.0:
            roots.append(x)
        elif fx * fy < 0.0:
            for _ in range(200):
                z = 0.5 * (x + y)
                x, y = (z, y) if value(z) * fx > 0.0 else (x, z)
            roots.append(0.5 * (x + y))
    return roots


def hired(need, lag):
    """E71: FTE paid when people are hired `lag` months ahead of need."""
    return [max(need[m:m + lag + 1]) for m in range(len(need))]


def tiered(amount, tiers):
    """E72: tiers are (from, to or None, price)."""
    return sum(min(max(amount - low, 0.0), (high if high is not None else math.inf) - low) * price
               for low, high, price in tiers)
