/* Calibration table: keys of a case at every level, the parameters behind them, bands by regime.
 *
 * Layer: model. log(parameter) = log(value before calibration) + sum of the deviations of the case's levels.
 */
#include "tokentco/calibration.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALIBRATION_LEVEL_NAME(id, name, doc) name,
static const char *const level_names[N_CALIBRATION_LEVELS] = {CALIBRATION_LEVELS(CALIBRATION_LEVEL_NAME)};

static const char *const regime_names[N_THROUGHPUT_REGIMES] = {
    "dense fixed concurrency", "dense saturated",     "dense static batch",   "expert fixed concurrency",
    "expert saturated",        "expert static batch", "single-stream decode", "prefill",
};

/* Which parameter varies at which level, and how far: standard deviation of the log. Engines differ most;
 * within an engine its versions and the chip matter less; `all` collects what nothing explains, tightly. */
static const double level_sd[N_THROUGHPUT_PARAMS][N_CALIBRATION_LEVELS] = {
    [PARAM_E_W] = {[LEVEL_ENGINE] = 0.3,
                   [LEVEL_VERSION] = 0.12,
                   [LEVEL_FAMILY] = 0.08,
                   [LEVEL_ENGINE_FAMILY] = 0.12,
                   [LEVEL_ENGINE_MEMORY] = 0.3,
                   [LEVEL_ENGINE_FAMILY_BITS] = 0.10,
                   [LEVEL_BITS] = 0.2,
                   [LEVEL_ENGINE_BITS] = 0.12},
    [PARAM_E_KV] = {[LEVEL_ENGINE] = 0.3,
                    [LEVEL_VERSION] = 0.12,
                    [LEVEL_FAMILY] = 0.08,
                    [LEVEL_ENGINE_FAMILY] = 0.12,
                    [LEVEL_ENGINE_MEMORY] = 0.1},
    [PARAM_E_FL] = {[LEVEL_ENGINE] = 0.3,
                    [LEVEL_VERSION] = 0.12,
                    [LEVEL_FAMILY] = 0.08,
                    [LEVEL_ENGINE_FAMILY_BITS] = 0.10,
                    [LEVEL_BITS] = 0.2,
                    [LEVEL_ENGINE_BITS] = 0.12},
    [PARAM_E_PF] = {[LEVEL_ENGINE] = 0.3,
                    [LEVEL_VERSION] = 0.12,
                    [LEVEL_FAMILY] = 0.08,
                    [LEVEL_ENGINE_FAMILY_BITS] = 0.10,
                    [LEVEL_BITS] = 0.2,
                    [LEVEL_ENGINE_BITS] = 0.12,
                    [LEVEL_ENGINE_FORMAT] = 0.5,
                    [LEVEL_GPU] = 0.1},
    [PARAM_E_LINK] = {[LEVEL_ENGINE] = 0.3, [LEVEL_LINK] = 0.12, [LEVEL_ENGINE_FAMILY] = 0.4},
    [PARAM_MOE_W] =
        {[LEVEL_ENGINE] = 0.3, [LEVEL_VERSION] = 0.12, [LEVEL_MODEL] = 0.15, [LEVEL_ENGINE_FAMILY] = 0.12},
    [PARAM_MOE_FL] = {[LEVEL_ENGINE] = 0.3,
                      [LEVEL_VERSION] = 0.12,
                      [LEVEL_MODEL] = 0.2,
                      [LEVEL_ENGINE_FAMILY] = 0.12,
                      [LEVEL_BITS] = 0.2},
    [PARAM_T_LAYER] = {[LEVEL_ENGINE] = 0.3,
                       [LEVEL_VERSION] = 0.12,
                       [LEVEL_FAMILY] = 0.08,
                       [LEVEL_ENGINE_FAMILY] = 0.12,
                       [LEVEL_ENGINE_MEMORY] = 0.2,
                       [LEVEL_BITS] = 0.2},
    [PARAM_T_MOE] =
        {[LEVEL_ENGINE] = 0.3, [LEVEL_VERSION] = 0.12, [LEVEL_MODEL] = 0.3, [LEVEL_ENGINE_FAMILY] = 0.12},
    [PARAM_T_LATENT] = {[LEVEL_ENGINE] = 0.3},
    [PARAM_T_FIX] = {[LEVEL_ENGINE] = 0.3, [LEVEL_VERSION] = 0.12},
    [PARAM_T_SEQ] = {[LEVEL_ENGINE] = 0.3, [LEVEL_VERSION] = 0.12, [LEVEL_MODEL] = 0.2},
    [PARAM_T_AR] = {[LEVEL_ENGINE] = 0.3, [LEVEL_LINK] = 0.5, [LEVEL_ENGINE_FAMILY] = 0.12},
    [PARAM_T_PF_LAYER] = {[LEVEL_ENGINE] = 0.3, [LEVEL_VERSION] = 0.12, [LEVEL_FAMILY] = 0.08},
    [PARAM_T_PF_TOK] = {[LEVEL_ENGINE] = 0.3, [LEVEL_VERSION] = 0.12},
    [PARAM_SCORE_BYTES] = {[LEVEL_ENGINE] = 0.8},
    [PARAM_MIX] = {[LEVEL_ENGINE] = 0.3, [LEVEL_VERSION] = 0.12},
    [PARAM_BATCH_CAP] = {[LEVEL_VERSION] = 0.3},
    [PARAM_KV_USE] = {[LEVEL_VERSION] = 0.1},
    [PARAM_T_STAGE] = {[LEVEL_ENGINE] = 0.3},
    [PARAM_UNPACK] = {[LEVEL_ENGINE] = 0.3, [LEVEL_ENGINE_FORMAT] = 0.6},
    [PARAM_PF_SCALING] = {[LEVEL_ENGINE] = 0.15},
    [PARAM_BW_SCALING] = {[LEVEL_ENGINE] = 0.15},
    [PARAM_SPREAD_W] = {[LEVEL_ENGINE] = 0.1},
    [PARAM_SPREAD_FL] = {[LEVEL_ENGINE] = 0.1},
    [PARAM_SPREAD_T] = {[LEVEL_ENGINE] = 0.1},
    [PARAM_ALL] =
        {[LEVEL_MODEL] = 0.05, [LEVEL_GPU] = 0.05, [LEVEL_VERSION_MODEL] = 0.07, [LEVEL_VERSION_GPU] = 0.07},
};

typedef struct FamilyRow {
    const char *prefix, *family, *memory;
} FamilyRow;

/* First match wins. */
static const FamilyRow families[] = {
    {"H100", "hopper", "hbm"},
    {"H200", "hopper", "hbm"},
    {"H20", "hopper", "hbm"},
    {"H800", "hopper", "hbm"},
    {"GH200", "hopper", "hbm"},
    {"A100", "ampere", "hbm"},
    {"A40", "ampere workstation", "gddr"},
    {"A6000", "ampere workstation", "gddr"},
    {"A10", "ampere workstation", "gddr"},
    {"A30", "ampere workstation", "hbm"},
    {"A16", "ampere workstation", "gddr"},
    {"RTX-30", "ampere geforce", "gddr"},
    {"RTX-4000-Ada", "ada workstation", "gddr"},
    {"RTX-5000-Ada", "ada workstation", "gddr"},
    {"RTX-6000-Ada", "ada workstation", "gddr"},
    {"L4", "ada workstation", "gddr"},
    {"RTX-40", "ada geforce", "gddr"},
    {"RTX-PRO", "blackwell workstation", "gddr"},
    {"RTX-50", "blackwell workstation", "gddr"},
    {"B200", "blackwell", "hbm"},
    {"B300", "blackwell", "hbm"},
    {"GB", "blackwell", "hbm"},
    {"MI", "cdna", "hbm"},
    {"RX", "rdna", "gddr"},
    {"M1", "apple", "lpddr"},
    {"M2", "apple", "lpddr"},
    {"M3", "apple", "lpddr"},
    {"M4", "apple", "lpddr"},
    {"TPU", "tpu", "hbm"},
    {"Gaudi", "gaudi", "hbm"},
    {"Trainium", "trainium", "hbm"},
    {"Inferentia", "trainium", "hbm"},
    {"V100", "volta", "hbm"},
    {"T4", "turing", "gddr"},
};
enum { N_FAMILIES = sizeof families / sizeof families[0] };

static const double FAST_LINK_BYTES_S = 250e9; /* NVLink and its like; slower ones are PCIe */

const char *calibration_level_name(CalibrationLevel level)
{
    return level_names[level];
}

double calibration_level_sd(ThroughputParam param, CalibrationLevel level)
{
    return level == LEVEL_ALL ? throughput_params[param].sd : level_sd[param][level];
}

const char *throughput_regime_name(ThroughputRegime regime)
{
    return regime_names[regime];
}

ThroughputRegime throughput_regime(const ThroughputCase *c)
{
    bool is_expert = c->model.shape.experts > 0;
    switch (c->load) {
    case LOAD_CONCURRENCY:
        return is_expert ? REGIME_EXPERT_CONCURRENCY : REGIME_DENSE_CONCURRENCY;
    case LOAD_SATURATED:
        return is_expert ? REGIME_EXPERT_SATURATED : REGIME_DENSE_SATURATED;
    case LOAD_BATCH:
        return is_expert ? REGIME_EXPERT_STATIC : REGIME_DENSE_STATIC;
    case LOAD_DECODE:
        return REGIME_DECODE;
    case LOAD_PREFILL:
        break;
    }
    return REGIME_PREFILL;
}

static const FamilyRow *family_of(const GpuFacts *gpu)
{
    static const FamilyRow cpu = {"", "cpu", "ddr"}, other = {"", "other", "other"};
    if (gpu->is_cpu) {
        return &cpu;
    }
    for (int i = 0; i < N_FAMILIES; i++) {
        if (strncmp(gpu->id, families[i].prefix, strlen(families[i].prefix)) == 0) {
            return &families[i];
        }
    }
    return &other;
}

static const char *bits_of(WeightClass weights)
{
    switch (weights) {
    case WEIGHTS_16:
        return "16";
    case WEIGHTS_FLOAT_8:
        return "8";
    case WEIGHTS_FLOAT_4:
        return "4";
    case WEIGHTS_BLOCKS:
        break;
    }
    return "blocks";
}

/* "0.14" of 0.14.0, "1" of 1.2.0rc6; unknown counts as current. Versions below 1 are told apart by their
 * second number. */
static void version_short(const char *version, char *out, size_t size)
{
    int major = 0, minor = 0;
    version += strspn(version, "vV");
    if (sscanf(version, "%d.%d", &major, &minor) == 2 && major == 0 && minor < 15) {
        snprintf(out, size, "0.%d", minor);
    } else {
        snprintf(out, size, "now");
    }
}

static const char *kind_of_load(LoadKind load)
{
    switch (load) {
    case LOAD_CONCURRENCY:
        return "served";
    case LOAD_SATURATED:
        return "saturated";
    case LOAD_BATCH:
    case LOAD_DECODE:
    case LOAD_PREFILL:
        break;
    }
    return "alone";
}

void calibration_keys_build(const ThroughputCase *c, CalibrationKeys *out)
{
    enum { N = CALIBRATION_KEY_BYTES };
    char version[THROUGHPUT_NAME_BYTES + 32], number[16];
    version_short(c->version, number, sizeof number);
    snprintf(version, sizeof version, "%s %s %s", c->engine, number, kind_of_load(c->load));
    const FamilyRow *chip = family_of(&c->gpu);
    const char *family = chip->family, *bits = bits_of(c->weights);
    snprintf(out->text[LEVEL_ALL], N, "*");
    snprintf(out->text[LEVEL_ENGINE], N, "%s", c->engine);
    snprintf(out->text[LEVEL_VERSION], N, "%s", version);
    snprintf(out->text[LEVEL_FAMILY], N, "%s", family);
    snprintf(out->text[LEVEL_ENGINE_FAMILY], N, "%s+%s", c->engine, family);
    snprintf(out->text[LEVEL_ENGINE_MEMORY], N, "%s+%s", c->engine, chip->memory);
    snprintf(out->text[LEVEL_BITS], N, "%s", bits);
    snprintf(out->text[LEVEL_ENGINE_BITS], N, "%s+%s", c->engine, bits);
    snprintf(out->text[LEVEL_ENGINE_FAMILY_BITS], N, "%s+%s+%s", c->engine, family, bits);
    snprintf(out->text[LEVEL_LINK], N, "%s", c->gpu.spec.link_bytes_s >= FAST_LINK_BYTES_S ? "fast" : "pcie");
    snprintf(out->text[LEVEL_ENGINE_FORMAT], N, "%s+%s", c->engine, c->gpu.is_cpu ? c->format : "-");
    snprintf(out->text[LEVEL_MODEL], N, "%s", c->model.id);
    snprintf(out->text[LEVEL_GPU], N, "%s", c->gpu.id);
    snprintf(out->text[LEVEL_VERSION_MODEL], N, "%s+%s", version, c->model.id);
    snprintf(out->text[LEVEL_VERSION_GPU], N, "%s+%s", version, c->gpu.id);
}

static int entry_compare(const void *key, const void *entry)
{
    return strcmp(key, ((const CalibrationEntry *)entry)->key);
}

static int text_compare(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

ThroughputParams calibration_params(const CalibrationTable *table, const ThroughputCase *c)
{
    ThroughputParams p = throughput_params_default();
    if (!table) {
        return p;
    }
    double sum[N_THROUGHPUT_PARAMS] = {0};
    CalibrationKeys keys;
    calibration_keys_build(c, &keys);
    for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
        const CalibrationEntry *entry = NULL;
        if (table->n_entries[level] > 0) {
            entry = bsearch(keys.text[level], table->entries[level], (size_t)table->n_entries[level],
                            sizeof *table->entries[level], entry_compare);
        }
        for (int i = 0; entry && i < N_THROUGHPUT_PARAMS; i++) {
            sum[i] += entry->deviation[i];
        }
    }
    for (int i = 0; i < N_THROUGHPUT_PARAMS; i++) {
        p.v[i] *= exp(sum[i]);
    }
    return p;
}

void calibration_series_key(const ThroughputCase *c, char out[CALIBRATION_KEY_BYTES])
{
    char number[16];
    version_short(c->version, number, sizeof number);
    snprintf(out, CALIBRATION_KEY_BYTES, "%s %s+%s+%s+%s+%s", c->engine, number, kind_of_load(c->load),
             c->gpu.id, c->model.id, bits_of(c->weights));
}

ThroughputBand calibration_band(const CalibrationTable *table, const ThroughputCase *c)
{
    /* Without a table: the spread that the uncalibrated constants showed on published measurements. */
    static const ThroughputBand UNCALIBRATED = {.p10 = 0.65, .p50 = 1, .p90 = 1.35, .n_rows = 0};
    if (!table || table->n_rows == 0) {
        return UNCALIBRATED;
    }
    char key[CALIBRATION_KEY_BYTES];
    calibration_series_key(c, key);
    bool is_known = table->n_series > 0 &&
                    bsearch(key, table->series, (size_t)table->n_series, sizeof *table->series, text_compare);
    ThroughputBand band = table->bands[throughput_regime(c)][is_known ? FAMILIAR_SERIES : FAMILIAR_NOT];
    return band.n_rows > 0 ? band : UNCALIBRATED;
}

bool calibration_find(const CalibrationTable *table, const ThroughputCase *c, Efficiency *out,
                      ThroughputBand *band)
{
    if (!table || table->n_rows == 0) {
        return false;
    }
    ThroughputParams p = calibration_params(table, c);
    ThroughputScales scales = throughput_scales(c, &p);
    double layer = scales.layer * p.v[PARAM_ALL];
    out->e_w = p.v[PARAM_E_W] * scales.bandwidth / p.v[PARAM_ALL];
    out->e_kv = p.v[PARAM_E_KV] * scales.bandwidth / p.v[PARAM_ALL];
    out->e_pf = p.v[PARAM_E_PF] * scales.peak * scales.prefill / p.v[PARAM_ALL];
    out->e_fl = p.v[PARAM_E_FL] * scales.peak / p.v[PARAM_ALL];
    out->e_link = p.v[PARAM_E_LINK] / p.v[PARAM_ALL];
    out->moe_e_w = p.v[PARAM_MOE_W];
    out->moe_e_fl = p.v[PARAM_MOE_FL] * scales.experts;
    out->t_fix_s = p.v[PARAM_T_FIX] * p.v[PARAM_ALL];
    out->t_layer_s = layer * (p.v[PARAM_T_LAYER] + (c->model.is_latent ? p.v[PARAM_T_LATENT] : 0));
    out->t_seq_s = p.v[PARAM_T_SEQ] * p.v[PARAM_ALL];
    out->t_ar_s = p.v[PARAM_T_AR] * p.v[PARAM_ALL];
    out->moe_t_layer_s = layer * p.v[PARAM_T_MOE];
    if (band) {
        *band = calibration_band(table, c);
    }
    return true;
}
