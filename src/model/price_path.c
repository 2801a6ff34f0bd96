/* Paths of a price. Layer: model.
 *
 * Monthly changes of the walk are r_m = mu + J_m m + N(0, s^2 + J_m v^2), J_m = 1 with probability p. Given
 * the sum of all changes, the number of jumps k has the weight Binomial(k) N(sum; mean_k, variance_k), the
 * months that jump are any k of them, and given those the changes are normal: free ones, each moved by its
 * share of the variance so that their sum comes out. So a drawn path needs no search, and its end is where
 * the quantile puts it.
 */
#include "tokentco/price_path.h"

#include "model/sobol.h"
#include "tokentco/uncertain.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

/* Beyond the outermost level, in deviations of the normal scale, paths stay. */
enum { LEVELS = 25 };
static const double LEVEL_Z_MAX = 3.0;

void price_paths_build(const Forecast *forecast, int n_months, Arena *arena, PricePaths *out)
{
    const WalkFit *fit = &forecast->fit;
    double *levels = arena_array(arena, (size_t)(LEVELS * n_months), sizeof *levels);
    double *shifts = arena_array(arena, 4 * (size_t)n_months, sizeof *shifts);
    double *log_weights = shifts + n_months, *means = log_weights + n_months, *variances = means + n_months;
    for (int m = 1; m < n_months; m++) shifts[m] = forecast_shift(forecast, m);
    for (int level = 0; level < LEVELS; level++) {
        double z = LEVEL_Z_MAX * (2.0 * level / (LEVELS - 1) - 1.0), prob = normal_cdf(z);
        levels[level * n_months] = 1.0;
        for (int m = 1; m < n_months; m++)
            levels[level * n_months + m] = exp(shifts[m] + walk_quantile(fit, m, prob));
    }
    const int n_changes = n_months - 1;
    for (int k = 0; k <= n_changes; k++) {
        log_weights[k] = log(gsl_ran_binomial_pdf((unsigned)k, fit->jump_prob, (unsigned)n_changes));
        means[k] = n_changes * fit->drift + k * fit->jump_mean;
        variances[k] = n_changes * fit->sigma * fit->sigma + k * fit->jump_sigma * fit->jump_sigma;
    }
    *out = (PricePaths){n_months, *fit, levels, shifts, log_weights, means, variances};
}

/* Where a quantile lies among the levels: the one below it, and the fraction of the way to the next. */
static int level_below(double prob, double *fraction)
{
    double z = fmin(fmax(normal_quantile(prob), -LEVEL_Z_MAX), LEVEL_Z_MAX);
    double at = (z + LEVEL_Z_MAX) / (2.0 * LEVEL_Z_MAX) * (LEVELS - 1);
    int level = at >= LEVELS - 1 ? LEVELS - 2 : (int)at;
    *fraction = at - level;
    return level;
}

void price_path_level(const PricePaths *paths, double prob, double *factors)
{
    double fraction;
    const int n = paths->n_months;
    const double *below = &paths->levels[level_below(prob, &fraction) * n], *above = below + n;
    for (int m = 0; m < n; m++) factors[m] = below[m] + fraction * (above[m] - below[m]);
}

/* The change of the walk's logarithm up to the last month. */
static double end_change(const PricePaths *paths, double prob)
{
    double fraction;
    const int n = paths->n_months;
    const double *below = &paths->levels[level_below(prob, &fraction) * n + n - 1], *above = below + n;
    return log(*below + fraction * (*above - *below)) - paths->shifts[n - 1];
}

/* How many months jump on the way to `end`; `u` in (0, 1) chooses. */
static int jumps_given_end(const PricePaths *paths, double end, double u)
{
    double weights[INPUT_MONTHS_MAX], most = -HUGE_VAL, sum = 0.0;
    const int n = paths->n_months;
    for (int k = 0; k < n; k++) {
        double off = end - paths->means[k];
        weights[k] =
            paths->log_weights[k] - 0.5 * (off * off / paths->variances[k] + log(paths->variances[k]));
        most = fmax(most, weights[k]);
    }
    for (int k = 0; k < n; k++) sum += weights[k] = exp(weights[k] - most);
    int k = 0;
    for (double left = u * sum; k + 1 < n && left >= weights[k]; k++) left -= weights[k];
    return k;
}

void price_path_draw(const PricePaths *paths, double prob, double *factors)
{
    double changes[INPUT_MONTHS_MAX], variances[INPUT_MONTHS_MAX];
    const WalkFit *fit = &paths->fit;
    const int n = paths->n_months;
    uint64_t seed, at = 0;
    _Static_assert(sizeof seed == sizeof prob, "the bits of a quantile are a seed");
    memcpy(&seed, &prob, sizeof seed);
    factors[0] = 1.0;
    if (n == 1) return;
    double missing = end_change(paths, prob);
    const double end = missing;
    const int n_jumps = jumps_given_end(paths, end, splitmix_fraction(seed, at++));
    for (int m = 1, left = n_jumps; m < n; m++) {
        /* Of the months that are left, each is as likely as the others to be one of the jumps that are left.
         */
        const bool is_jump = splitmix_fraction(seed, at++) * (n - m) < left;
        left -= is_jump;
        variances[m] = fit->sigma * fit->sigma + (is_jump ? fit->jump_sigma * fit->jump_sigma : 0.0);
        changes[m] = fit->drift + (is_jump ? fit->jump_mean : 0.0) +
                     sqrt(variances[m]) * normal_quantile(splitmix_fraction(seed, at++));
        missing -= changes[m];
    }
    double change = 0.0;
    for (int m = 1; m < n; m++) {
        change += changes[m] + missing * variances[m] / paths->variances[n_jumps];
        factors[m] = exp(change + paths->shifts[m]);
    }
}
