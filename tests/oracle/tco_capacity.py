"""Capacity: demand (E1 to E3), one replica (E4 to E11), the fleet (E13 to E19, E65, E66)."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Optional

from tco_config import HOURS, HOURS_PER_MONTH, READING, WEEKS_PER_MONTH, gpu_of, profile_of, shape_of

SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600.0
CEIL_SLACK = 1e-12               # exactness rule (iii)


def ceil_int(x):
    return math.ceil(x - CEIL_SLACK)


# ---------------------------------------------------------------- demand

def volume(cfg, m):
    """E1, E66: requests of month m."""
    w = cfg["workload"]
    table = w["volume_table"]
    if table:
        return float(table[min(m, len(table) - 1)])
    v = w["req0"] * (1.0 + w["growth"]) ** m
    seasons = w.get("seasons")
    return v * seasons[(w.get("season_start", 0) + m) % 12] if seasons else v


def hourly_rates(cfg, v):
    """E2: interactive arrivals per second in each hour of the week."""
    w = cfg["workload"]
    scale = v * (1.0 - w["batch_frac"]) * (1.0 + w["retry"]) / SECONDS_PER_MONTH
    return [scale * weight for weight in profile_of(cfg)]


# ---------------------------------------------------------------- one replica

@dataclass
class Replica:
    """A replica of G accelerators at its planning batch B, or the reason why there is none."""
    G: int
    reason: Optional[str] = None          # memory, slo_tpot, slo_ttft
    B: Optional[int] = None
    kv_tokens: Optional[float] = None     # unknown for a measured replica
    t_pf: Optional[float] = None
    t_step: Optional[float] = None
    tpot: Optional[float] = None
    mu: Optional[float] = None
    slack: Optional[float] = None

    @property
    def feasible(self):
        return self.reason is None


def resident_context(w):
    """E5."""
    return w["lin"] + 0.5 * w["lout"] * (1.0 + w["cvo"] ** 2)


def kv_bytes_per_token(cfg):
    """E4."""
    shape = shape_of(cfg)
    return shape.layers * shape.kv_values * cfg["engine"]["bytes_kv"]


class StepTime:
    """E7 to E10 for one degree G."""

    def __init__(self, cfg, G):
        self.w, self.e = cfg["workload"], cfg["engine"]
        self.shape, self.gpu, self.G = shape_of(cfg), gpu_of(cfg), G
        self.kappa, self.context = kv_bytes_per_token(cfg), resident_context(self.w)
        self.flops = self.gpu.flops(self.e["bytes_w"])
        self.m_fl = self.e["moe_e_fl"] if self.shape.is_moe else 1.0
        self.m_w = self.e["moe_e_w"] if self.shape.is_moe else 1.0

    def kv_tokens(self):
        """E6; negative when the weights alone do not fit."""
        e, s = self.e, self.shape
        free = self.gpu.mem * e["u_mem"] - e["reserve"] - s.p_tot * e["bytes_w"] / self.G
        return free * min(self.G, s.kv_shards) / self.kappa

    def t_allreduce(self, n):
        """Two ring allreduces a layer over n activations of two bytes."""
        if self.G <= 1:
            return 0.0
        size = 2.0 * self.shape.layers * self.shape.hidden * 2.0 * n
        return size * 2.0 * (self.G - 1) / self.G / (self.gpu.link * self.e["e_link"])

    def t_pf(self):
        """E7."""
        w, e, s = self.w, self.e, self.shape
        new = (1.0 - w["hit"]) * w["lin"]
        dense = 2.0 * s.p_act * new / (self.G * self.flops * e["e_pf"] * self.m_fl)
        square = w["lin"] ** 2 * (1.0 + w["cvi"] ** 2) * (1.0 - w["hit"] ** 2)
        attention = 2.0 * s.layers * s.heads * s.d_head * square / (self.G * self.gpu.flops16 * e["e_pf"])
        return dense + attention + self.t_allreduce(new)

    def weight_bytes(self, B):
        """W(B): the experts that a batch of B touches."""
        s = self.shape
        touched = s.p_exp * (1.0 - (1.0 - 1.0 / s.sparsity) ** B) if s.is_moe else 0.0
        return self.e["bytes_w"] * ((s.p_tot - s.p_exp) + touched)

    def t_step(self, B):
        """E8."""
        e, s, g = self.e, self.shape, self.gpu
        layer = e["t_layer"] + (e["moe_t_layer"] if s.is_moe else 0.0)
        return (e["t_fix"] + s.layers * layer + B * e["t_seq"]
                + (2.0 * s.layers * e["t_ar"] if self.G > 1 else 0.0)
                + self.weight_bytes(B) / (self.G * g.bw * e["e_w"] * self.m_w)
                + B * self.context * self.kappa / (min(self.G, s.kv_shards) * g.bw * e["e_kv"])
                + 2.0 * s.p_act * B / (self.G * self.flops * e["e_fl"] * self.m_fl)
                + self.t_allreduce(B))


def tpot(t_pf, t_step, B, lout):
    """E10."""
    return t_step + B * t_pf / lout


def rate(t_pf, t_step, B, lout):
    """E9."""
    return 1.0 / (t_pf + lout * t_step / B)


def replica(cfg, G):
    """E6 to E10 and the zero-load check for degree G."""
    w, e = cfg["workload"], cfg["engine"]
    if e["measured"]:
        return _measured_replica(cfg, G)
    step = StepTime(cfg, G)
    out = Replica(G, kv_tokens=step.kv_tokens())
    b_mem = math.floor(e["eta_kv"] * out.kv_tokens / step.context)
    if out.kv_tokens < w["max_ctx"] or b_mem < 1:
        out.reason = "memory"
        return out
    t_pf = step.t_pf()

    def meets(B):
        return tpot(t_pf, step.t_step(B), B, w["lout"]) <= w["slo_tpot"]

    if not meets(1):
        out.reason = "slo_tpot"
        return out
    low, high = 1, min(b_mem, int(e["b_max"])) + 1       # meets(low); high is not allowed or not met
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if meets(middle) else (low, middle)
    return _settle(out, w, low, t_pf, step.t_step(low))


def _measured_replica(cfg, G):
    """The measured override: unmixed rates at the measured batch; memory is what ran."""
    w, seen = cfg["workload"], cfg["engine"]["measured"]
    B = int(seen["B"])
    t_pf = (1.0 - w["hit"]) * w["lin"] / seen["r_pf"]
    t_step = B / seen["r_dec"]
    out = Replica(G)
    if tpot(t_pf, t_step, B, w["lout"]) > w["slo_tpot"]:
        out.reason = "slo_tpot"
        return out
    return _settle(out, w, B, t_pf, t_step)


def _settle(out, w, B, t_pf, t_step):
    slack = w["slo_ttft"] - t_pf - t_step
    if slack <= 0.0:
        out.reason = "slo_ttft"
        return out
    out.B, out.t_pf, out.t_step, out.slack = B, t_pf, t_step, slack
    out.tpot, out.mu = tpot(t_pf, t_step, B, w["lout"]), rate(t_pf, t_step, B, w["lout"])
    return out


# ---------------------------------------------------------------- the queue

def p_wait(c, rho):
    """E13, Sakasegawa's form."""
    return rho ** (math.sqrt(2.0 * (c + 1.0)) - 1.0)


def erlang_c(c, rho):
    """E12, exact M/M/c: the chance to wait, by the Erlang-B recurrence."""
    load, blocked = c * rho, 1.0
    for k in range(1, c + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked / (1.0 - rho * (1.0 - blocked))


def tail(R, lam, mu, B, slack, K):
    """E14: the chance that a request waits longer than the slack."""
    rho, c = lam / (R * mu), R * B
    if rho >= 1.0:
        return 1.0
    if K == 0.0:
        return 0.0                   # neither arrivals nor lengths vary
    return p_wait(c, rho) * math.exp(-slack * c * (1.0 - rho) / (B / mu * K))


def replicas_for(lam, mu, rep, cfg):
    """E15: the least R with rho <= rho_max and tail <= eps."""
    if lam <= 0.0:
        return 0
    w = cfg["workload"]
    K = 0.5 * (w["ca2"] + w["cvo"] ** 2)
    R = max(1, ceil_int(lam / (cfg["fleet"]["rho_max"] * mu)))
    while tail(R, lam, mu, rep.B, rep.slack, K) > w["eps"]:
        R += 1
    return R


# ---------------------------------------------------------------- the fleet

def gpus_billed(cfg, G, replicas):
    """Accelerators billed for a number of replicas: G each, or whole instances of Z (E65)."""
    Z = cfg["fleet"].get("instance_gpus")
    if not Z:
        return replicas * G
    per_instance = Z // G
    instances = ceil_int(replicas / per_instance) if per_instance else replicas * ceil_int(G / Z)
    return instances * Z


def spares(cfg, G, replicas):
    """After E19: a fixed number, or the least s with P(Bin(replicas + s, A) > s) <= miss."""
    f = cfg["fleet"]
    if f.get("spare_rule", "count") == "count":
        return f["n_spare"]
    down = f["gpu_failures"] * G * f["repair_h"] / 8760.0
    s = 0
    while _more_than(replicas + s, down, s) > f["spare_miss"]:
        s += 1
    return s


@lru_cache(maxsize=None)
def _more_than(n, p, s):
    """P(Bin(n, p) > s), from the upper end so that small tails keep their digits."""
    if p <= 0.0:
        return 0.0
    return math.fsum(math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
                              + k * math.log(p) + (n - k) * math.log1p(-p)) for k in range(s + 1, n + 1))


@dataclass
class Month:
    """The fleet of one month: replicas billed in each hour of the week, and what follows."""
    bill: list
    peak: int
    gpu_hours: float
    utilisation: float


def fleet_month(cfg, rep, v, mu):
    """E16 to E19. `mu` is passed apart: a licence migration changes it and nothing else."""
    w, f = cfg["workload"], cfg["fleet"]
    lam = hourly_rates(cfg, v)
    if v == 0.0 and f["scale_to_zero"]:
        bill = [0] * HOURS
    else:
        seen = {}
        for x in lam:
            if x not in seen:
                need = max(replicas_for(x * w["burst"], mu, rep, cfg), f["r_min"])
                seen[x] = need + spares(cfg, rep.G, need)
        bill = _billed([seen[x] for x in lam], f)
        bill = _add_batch(bill, cfg, v, mu, lam)
    hours = WEEKS_PER_MONTH * sum(gpus_billed(cfg, rep.G, r) for r in bill)
    served = v * (1.0 + w["retry"]) * (1.0 if READING["batch_in_utilisation"] else 1.0 - w["batch_frac"])
    room = sum(bill) * WEEKS_PER_MONTH * 3600.0 * mu
    return Month(bill, max(bill), hours, served / room if room > 0.0 else 0.0)


def _billed(need, f):
    """E17."""
    if f["autoscale"] == "static":
        return [max(need)] * HOURS
    ahead = min(int(f["lookahead"]), HOURS - 1)
    return [max(need[(h + j) % HOURS] for j in range(ahead + 1)) for h in range(HOURS)]


def _add_batch(bill, cfg, v, mu, lam):
    """E18: batch work fills the gaps of the billed replicas, the rest adds replicas to every hour."""
    w, rate_b = cfg["workload"], cfg["fleet"]["rho_batch"] * mu
    demand = v * w["batch_frac"] * (1.0 + w["retry"])
    gaps = sum(max(0.0, r * rate_b - x) for r, x in zip(bill, lam)) * 3600.0 * WEEKS_PER_MONTH
    rest = demand - gaps
    if rest <= 0.0:
        return bill
    more = ceil_int(rest / (SECONDS_PER_MONTH * rate_b))
    return [r + more for r in bill]


# ---------------------------------------------------------------- the plan

@dataclass
class Plan:
    """The replica that E11 picks and its fleet month by month."""
    replica: Replica
    months: list
    reasons: dict                 # degree -> why it is out


def plan(cfg, volumes, mus_factor):
    """E11: the feasible degree with the fewest billed accelerator-hours; ties to the smaller."""
    best, reasons = None, {}
    for G in sorted(set(cfg["engine"]["g_list"])):
        rep = replica(cfg, G)
        if not rep.feasible:
            reasons[G] = rep.reason
            continue
        months = _months(cfg, rep, volumes, mus_factor)
        counted = months if READING["degree_sees_migration"] else _months(cfg, rep, volumes, [1.0] * len(volumes))
        # Sums of whole numbers, so that a tie is a tie.
        billed = sum(gpus_billed(cfg, G, r) for month in counted for r in month.bill)
        if best is None or billed < best[0]:
            best = (billed, rep, months)
    if best is None:
        return Plan(None, [], reasons)
    return Plan(best[1], best[2], reasons)


def _months(cfg, rep, volumes, factors):
    @lru_cache(maxsize=None)
    def month(v, factor):
        return fleet_month(cfg, rep, v, rep.mu * factor)
    return [month(v, factor) for v, factor in zip(volumes, factors)]


def fixed_point_tpot(cfg, rep, lam):
    """Section 3.3: the TPOT that a server loaded with `lam` requests/s shows."""
    w, step = cfg["workload"], StepTime(cfg, rep.G)
    low, high = 0.0, float(rep.B)
    for _ in range(200):
        n = 0.5 * (low + high)
        if n < lam * w["lout"] * tpot(rep.t_pf, step.t_step(n), n, w["lout"]):
            low = n
        else:
            high = n
    return tpot(rep.t_pf, step.t_step(low), low, w["lout"])
