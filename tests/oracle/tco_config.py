"""Configurations of the reference: defaults, sparse overrides, catalogue, hour-of-week profiles.

A configuration is a JSON document of the shape of defaults.json; what it leaves out keeps its default.
Two groups that the defaults lack may be added:
  engine.model / engine.gpu   an object with the figures of `Shape` / `Gpu` instead of a catalogue name;
  engine.rate_factor   a factor on the request rate of a replica (1 when absent);
  workload.seasons, season_start, fleet.instance_gpus   the extensions E65 and E66 (off when absent);
  fleet.spare_rule "reliability" with gpu_failures, repair_h, spare_miss   spares as after E19.
"""

import copy
import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROFILE_FILE = HERE.parent.parent / "pricing" / "profiles.csv"
HOURS = 168                      # hours of a week
HOURS_PER_MONTH = 730.0          # 8760 / 12
WEEKS_PER_MONTH = HOURS_PER_MONTH / HOURS

PROFILE_COLUMN = {"flat": "flat", "conv": "conversation", "conversation": "conversation", "coding": "coding"}
EXTENSIONS = {
    "workload": {"seasons", "season_start"},
    "engine": {"rate_factor"},
    "fleet": {"instance_gpus", "spare_rule", "gpu_failures", "repair_h", "spare_miss"},
}

OPTIONAL_GROUPS = {"contract", "standby", "hybrid", "cascade"}     # see tco_contract.py and tco_mixed.py

# Where the method can be read in two ways and no worked number decides (README.md says why each default).
READING = {
    "licence_month_0": True,         # the formula of MAU holds for month -1, so a licence can bite in month 0
    "degree_sees_migration": True,   # E11 counts the hours as they will be billed, perf_ratio included
    "ab_test_on_reserved": False,    # E35 takes the fleet's peak; True: max(peak, reserved), as E32 does
    "batch_in_utilisation": True,    # batch requests count as served
}


class BadConfig(ValueError):
    """The configuration cannot be computed: outside the domain of the method, or misspelt."""


@dataclass(frozen=True)
class Shape:
    """A model. Parameter counts; kv_values per token and layer (E4); experts when p_exp > 0."""
    p_tot: float
    p_act: float
    layers: int
    hidden: int
    heads: int
    kv_values: int
    kv_shards: int
    d_head: int = 128
    p_exp: float = 0.0
    sparsity: float = 1.0        # s: experts / active experts

    @property
    def is_moe(self):
        return self.p_exp > 0.0


@dataclass(frozen=True)
class Gpu:
    """An accelerator: bytes, bytes/s, bytes/s one way, FLOP/s."""
    mem: float
    bw: float
    link: float
    flops16: float
    flops8: float

    def flops(self, bytes_w):
        """Peak at the weights' precision; four-bit weights compute at the 8-bit peak."""
        return self.flops8 if bytes_w <= 1.0 else self.flops16


SHAPES = {
    "8B": Shape(8.03e9, 8.03e9, 32, 4096, 32, 2048, 8),
    "70B": Shape(70.55e9, 70.55e9, 80, 8192, 64, 2048, 8),
    "32B": Shape(32.8e9, 32.8e9, 64, 5120, 40, 2048, 8),
    "MoE8x7B": Shape(46.7e9, 12.9e9, 32, 4096, 32, 2048, 8, p_exp=45.1e9, sparsity=4.0),
    "MLA671B": Shape(671e9, 37e9, 61, 7168, 128, 576, 1, p_exp=654e9, sparsity=32.0),
}
GPUS = {
    "H100": Gpu(80e9, 3.35e12, 450e9, 989e12, 1979e12),
    "H200": Gpu(141e9, 4.8e12, 450e9, 989e12, 1979e12),
    "A100": Gpu(80e9, 2.039e12, 300e9, 312e12, 312e12),
    "L4": Gpu(24e9, 0.30e12, 32e9, 121e12, 242e12),
}


def defaults():
    return json.loads((HERE / "defaults.json").read_text())


_DEFAULTS = defaults()


def complete(overrides):
    """The full configuration: defaults with `overrides` laid over, checked."""
    cfg = copy.deepcopy(_DEFAULTS)
    for key, value in overrides.items():
        if key in OPTIONAL_GROUPS:
            cfg[key] = copy.deepcopy(value)
            continue
        if key not in cfg:
            raise BadConfig(f"unknown group {key}")
        if not isinstance(cfg[key], dict):
            cfg[key] = value
            continue
        unknown = set(value) - set(cfg[key]) - EXTENSIONS.get(key, set())
        if unknown:
            raise BadConfig(f"unknown names in {key}: {sorted(unknown)}")
        cfg[key].update(copy.deepcopy(value))
    check(cfg)
    return cfg


def override(base, changes):
    """`base` (sparse) with {"rent.p_od": 2.0, "horizon": 12} laid over: a new sparse document."""
    out = copy.deepcopy(base)
    for name, value in changes.items():
        group, _, leaf = name.partition(".")
        if leaf:
            out.setdefault(group, {})[leaf] = value
        else:
            out[group] = value
    return out


def check(cfg):
    """The domain of the method (section 3.2, last point)."""
    w, e = cfg["workload"], cfg["engine"]
    rules = [
        (cfg["horizon"] >= 1, "horizon is at least one month"),
        (w["lout"] >= 1, "lout is at least 1: an embedding or a classification counts as 1"),
        (w["lin"] > 0, "lin is above 0"),
        (0 <= w["hit"] <= 1, "hit is in 0..1"),
        (0 <= w["batch_frac"] <= 1, "batch_frac is in 0..1"),
        (e["b_max"] >= 1, "b_max is at least 1"),
        (len(e["g_list"]) > 0, "g_list names at least one degree"),
        (cfg["rent"]["res_term"] >= 1, "res_term is at least one month"),
        (cfg["api"]["migrate_every"] >= 1, "migrate_every is at least one month"),
        (cfg["misc"]["upgrade_every"] >= 1, "upgrade_every is at least one month"),
    ]
    for holds, text in rules:
        if not holds:
            raise BadConfig(text)


def shape_of(cfg):
    model = cfg["engine"]["model"]
    return Shape(**model) if isinstance(model, dict) else SHAPES[model]


def gpu_of(cfg):
    gpu = cfg["engine"]["gpu"]
    return Gpu(**gpu) if isinstance(gpu, dict) else GPUS[gpu]


def _read_profiles():
    with open(PROFILE_FILE, newline="") as handle:
        rows = sorted(csv.DictReader(handle), key=lambda row: int(row["hour_of_week"]))
    if len(rows) != HOURS:
        raise BadConfig(f"{PROFILE_FILE}: {len(rows)} rows, a week has {HOURS}")
    table = {}
    for column in ("flat", "conversation", "coding"):
        values = [float(row[column]) for row in rows]
        mean = math.fsum(values) / HOURS
        table[column] = [value / mean for value in values]      # E3: mean exactly 1
    return table


_PROFILES = _read_profiles()


def profile_of(cfg):
    """168 hourly weights of mean 1; a configuration may carry its own list."""
    name = cfg["workload"]["profile"]
    if isinstance(name, list):
        mean = math.fsum(name) / HOURS
        return [value / mean for value in name]
    return _PROFILES[PROFILE_COLUMN[name]]
