/* The choice under uncertainty: who is best, regret, and what knowledge is worth (E58 to E60). Layer: model.
 *
 * EVPI = min_a E[C_a] - E[min_a C_a]. For one item, the draws are sorted into bins of its quantile; knowing
 * it means to choose by bin (EVPPI). The choice of a bin is made on one half of the replicates and paid on
 * the other, and the reverse, so that noise in a bin's mean is not taken for knowledge.
 */
#include "model/risk_state.h"

#include <math.h>

enum { FOLDS = 2 };

/* Sums over some draws. */
typedef struct Tally {
    long n;
    long n_best[INPUT_OPTIONS_MAX];
    double usd[INPUT_OPTIONS_MAX];
    double best_usd; /* sum of the least */
} Tally;

/* An option that is a part of others is nobody's choice. */
static bool is_candidate(const Risk *risk, int o)
{
    return !risk->inputs->options[o].is_part;
}

static bool is_always(const Risk *risk, int o)
{
    return is_candidate(risk, o) && risk->result.options[o].feasible_frac >= 1.0;
}

/* The cheapest of a draw; -1 when none can serve. */
static int cheapest(const Risk *risk, const double *npv, bool only_always)
{
    int best = -1;
    for (int o = 0; o < risk->n_options; o++) {
        if (isnan(npv[o]) || !is_candidate(risk, o) || (only_always && !is_always(risk, o))) continue;
        if (best < 0 || npv[o] < npv[best]) best = o;
    }
    return best;
}

static void tally_add(const Risk *risk, const double *npv, Tally *tally)
{
    int winner = cheapest(risk, npv, false), best = cheapest(risk, npv, true);
    tally->n++;
    if (winner >= 0) tally->n_best[winner]++;
    if (best >= 0) tally->best_usd += npv[best];
    for (int o = 0; o < risk->n_options; o++)
        if (is_always(risk, o)) tally->usd[o] += npv[o];
}

/* ---- choice, perfect information, convergence ---- */

static double best_frac(const Tally *tally, int o)
{
    return tally->n > 0 ? (double)tally->n_best[o] / (double)tally->n : 0.0;
}

static double evpi_of(const Risk *risk, const Tally *tally)
{
    double least = HUGE_VAL;
    for (int o = 0; o < risk->n_options; o++)
        if (is_always(risk, o)) least = fmin(least, tally->usd[o]);
    return tally->n > 0 ? fmax(0.0, (least - tally->best_usd) / (double)tally->n) : 0.0;
}

static Tally total(const Tally parts[REPLICATES])
{
    Tally sum = {0};
    for (int r = 0; r < REPLICATES; r++) {
        sum.n += parts[r].n;
        sum.best_usd += parts[r].best_usd;
        for (int o = 0; o < INPUT_OPTIONS_MAX; o++) {
            sum.usd[o] += parts[r].usd[o];
            sum.n_best[o] += parts[r].n_best[o];
        }
    }
    return sum;
}

static RiskLevel level_of(const Risk *risk, const Tally parts[REPLICATES], int best, long n)
{
    Tally all = total(parts);
    double mean[REPLICATES], frac[REPLICATES], evpi[REPLICATES];
    for (int r = 0; r < REPLICATES; r++) {
        mean[r] = parts[r].usd[best] / (double)parts[r].n;
        frac[r] = best_frac(&parts[r], best);
        evpi[r] = evpi_of(risk, &parts[r]);
    }
    return (RiskLevel){n, estimate_of(mean, all.usd[best] / (double)all.n),
                       estimate_of(frac, best_frac(&all, best)), estimate_of(evpi, evpi_of(risk, &all))};
}

static int find_best(const Risk *risk)
{
    int best = -1;
    for (int o = 0; o < risk->n_options; o++)
        if (is_always(risk, o) &&
            (best < 0 || risk->result.options[o].mean.value < risk->result.options[best].mean.value))
            best = o;
    return best;
}

static void fill_choice(Risk *risk)
{
    RiskResult *result = &risk->result;
    Tally parts[REPLICATES] = {{0}};
    result->best = find_best(risk);
    result->n_levels = 0;
    for (long draw = 0; draw < risk->n_done; draw++) {
        tally_add(risk, &risk->npv_usd[draw * risk->n_options], &parts[draw % REPLICATES]);
        long n = draw + 1;
        bool is_level = n >= RISK_DRAWS_MIN && (n & (n - 1)) == 0;
        if (is_level && result->best >= 0 && result->n_levels < RISK_LEVELS_MAX)
            result->levels[result->n_levels++] = level_of(risk, parts, result->best, n);
    }
    Tally all = total(parts);
    for (int o = 0; o < risk->n_options; o++) {
        double frac[REPLICATES];
        for (int r = 0; r < REPLICATES; r++) frac[r] = best_frac(&parts[r], o);
        result->options[o].best_frac = estimate_of(frac, best_frac(&all, o));
    }
    double evpi[REPLICATES];
    for (int r = 0; r < REPLICATES; r++) evpi[r] = evpi_of(risk, &parts[r]);
    result->evpi = result->best >= 0 ? estimate_of(evpi, evpi_of(risk, &all)) : (Estimate){0};
}

/* ---- regret ---- */

static void fill_regret(Risk *risk)
{
    double sum[INPUT_OPTIONS_MAX] = {0}, most[INPUT_OPTIONS_MAX] = {0};
    long n[INPUT_OPTIONS_MAX] = {0};
    for (long draw = 0; draw < risk->n_done; draw++) {
        const double *npv = &risk->npv_usd[draw * risk->n_options];
        int winner = cheapest(risk, npv, false);
        for (int o = 0; winner >= 0 && o < risk->n_options; o++) {
            if (isnan(npv[o]) || !is_candidate(risk, o)) continue;
            double regret = npv[o] - npv[winner];
            sum[o] += regret;
            most[o] = fmax(most[o], regret);
            n[o]++;
        }
    }
    for (int o = 0; o < risk->n_options; o++) {
        risk->result.options[o].mean_regret_usd = n[o] > 0 ? sum[o] / (double)n[o] : 0.0;
        risk->result.options[o].max_regret_usd = most[o];
    }
}

/* ---- what one item is worth ---- */

/* Bins that leave each enough draws for a mean: 8 at 512 draws, 64 from 2^18 on. */
static int bin_count(long n_draws)
{
    int n = 8;
    while (n < ITEM_BINS && (long)n * n * 128 < n_draws * 4) n *= 2;
    return n;
}

typedef struct BinSums {
    double usd[ITEM_BINS][REPLICATES][INPUT_OPTIONS_MAX];
    long n[ITEM_BINS][REPLICATES];
} BinSums;

static void sum_bins(const Risk *risk, int item, int n_bins, BinSums *sums)
{
    *sums = (BinSums){0};
    for (long draw = 0; draw < risk->n_done; draw++) {
        const double *npv = &risk->npv_usd[draw * risk->n_options];
        int r = (int)(draw % REPLICATES);
        int bin = risk->item_bin[draw * risk->n_items + item] * n_bins / ITEM_BINS;
        sums->n[bin][r]++;
        for (int o = 0; o < risk->n_options; o++) sums->usd[bin][r][o] += npv[o];
    }
}

/* The option that replicates of the other fold find cheapest in a bin; `fallback` when they have no draw
 * there. */
static int choose(const Risk *risk, const BinSums *sums, int bin, int fold, int fallback)
{
    int best = fallback;
    double least = HUGE_VAL;
    for (int o = 0; o < risk->n_options; o++) {
        double usd = 0.0;
        long n = 0;
        for (int r = 0; r < REPLICATES; r++) {
            if (r % FOLDS == fold) continue;
            usd += sums->usd[bin][r][o];
            n += sums->n[bin][r];
        }
        if (n == 0 || !is_always(risk, o) || !(usd < least)) continue;
        least = usd;
        best = o;
    }
    return best;
}

static Estimate evppi_of(const Risk *risk, const BinSums *sums, int n_bins)
{
    int best = risk->result.best;
    double saved[REPLICATES] = {0}, all = 0.0;
    for (int bin = 0; bin < n_bins; bin++) {
        int chosen[FOLDS];
        for (int fold = 0; fold < FOLDS; fold++) chosen[fold] = choose(risk, sums, bin, fold, best);
        for (int r = 0; r < REPLICATES; r++)
            saved[r] += sums->usd[bin][r][best] - sums->usd[bin][r][chosen[r % FOLDS]];
    }
    for (int r = 0; r < REPLICATES; r++) {
        all += saved[r] / (double)risk->n_done;
        saved[r] *= REPLICATES / (double)risk->n_done;
    }
    return estimate_of(saved, fmax(0.0, all));
}

static void fill_items(Risk *risk)
{
    RiskResult *result = &risk->result;
    int n_bins = bin_count(risk->n_done);
    BinSums sums;
    result->measure_first = -1;
    for (int i = 0; i < risk->n_items; i++) {
        result->items[i] = (RiskItem){0};
        if (result->best < 0) continue;
        sum_bins(risk, i, n_bins, &sums);
        Estimate *evppi = &result->items[i].evppi;
        *evppi = evppi_of(risk, &sums, n_bins);
        /* Worth is said only where it stands out of the sampling error. */
        bool is_clear = evppi->value > 2.0 * evppi->error;
        int first = result->measure_first;
        if (is_clear && (first < 0 || evppi->value > result->items[first].evppi.value))
            result->measure_first = i;
    }
}

void risk_summarise_choice(Risk *risk)
{
    fill_choice(risk);
    fill_regret(risk);
    fill_items(risk);
}
