/* Hybrid options: which requests go to the API (E68). Layer: model.
 *
 * Routes work one after the other. Requests above a length leave first: input lengths are taken as lognormal
 * with the workload's mean and spread, so that the share that leaves and the lengths on both sides follow. Of
 * the rest a share of every hour may leave; by peak, the fleet has at most so many replicas (without the
 * spare) and an hour beyond what they carry sends the rest. Batch work stays on the fleet: it fills quiet
 * hours.
 */
#include "model/workspace.h"

#include <math.h>

#define SECONDS_PER_HOUR 3600.0

/* P(Z > z) of a standard normal. */
static double normal_above(double z)
{
    return 0.5 * erfc(z / sqrt(2.0));
}

LengthCut length_cut(double mean_tok, double cv, double threshold_tok)
{
    LengthCut all_below = {1.0, mean_tok, cv, mean_tok}, all_above = {0.0, 0.0, 0.0, mean_tok};
    double sigma = sqrt(log1p(cv * cv));
    if (!(sigma > 0.0)) return mean_tok > threshold_tok ? all_above : all_below;
    /* Of a lognormal, the part of the k-th moment that lies above t is P(Z > z - k sigma). */
    double z = (log(threshold_tok / mean_tok) + 0.5 * sigma * sigma) / sigma;
    double above = normal_above(z), below = normal_above(-z);
    double below_sum = mean_tok * normal_above(sigma - z);
    double below_squares = mean_tok * mean_tok * (1.0 + cv * cv) * normal_above(2.0 * sigma - z);
    if (!(above > 0.0)) return all_below;
    if (!(below_sum > 0.0)) return all_above;
    double below_tok = below_sum / below;
    double variance = below_squares / below - below_tok * below_tok;
    return (LengthCut){.below_frac = below,
                       .below_tok = below_tok,
                       .below_cv = variance > 0.0 ? sqrt(variance) / below_tok : 0.0,
                       .above_tok = mean_tok * normal_above(z - sigma) / above};
}

static void split_share(double share, MonthDemand *demand, HourRoom *room)
{
    double kept = 1.0 - share;
    demand->rate_req_s *= kept;
    demand->batch_requests *= kept;
    demand->attempts *= kept;
    for (int h = 0; demand->hours_req_s != NULL && h < HOURS_PER_WEEK; h++) {
        room->hours_req_s[h] *= kept;
        room->peaks_req_s[h] *= kept;
    }
}

/* The rate at its peak that `cap` replicas carry within the utilisation and the waiting limits. */
static double peak_limit(Thresholds *thresholds, int cap)
{
    if (cap <= 0) return 0.0;
    double bound = cap * thresholds->rule.utilisation_max_frac * thresholds->rule.rate_req_s;
    if (cap > THRESHOLDS_MAX) return bound;
    thresholds_replicas(thresholds, bound); /* fills the list as far as the bound */
    return thresholds->n >= cap ? fmin(bound, thresholds->req_s[cap]) : bound;
}

/* What is left of several workloads, hour by hour; their sum over the week's hours. */
static double cut_hours(double limit, HourRoom *room)
{
    double sum = 0.0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double peak = room->peaks_req_s[h], kept = peak > limit ? limit / peak : 1.0;
        room->kept_frac[h] = kept;
        room->hours_req_s[h] *= kept;
        room->peaks_req_s[h] = fmin(peak, limit);
        sum += room->hours_req_s[h];
    }
    return sum;
}

/* The same for one workload, out of the sorted week: what lies below the limit, and the limit beyond it. */
static double cut_week(double limit, const WeekShape *shape, const MonthDemand *demand)
{
    double rate = demand->rate_req_s, burst = demand->burst;
    int n_below = hours_within(shape->rising, rate, burst, limit, 0);
    return rate * shape->sums[n_below] + (HOURS_PER_WEEK - n_below) * (limit / burst);
}

static void split_peak(const WeekShape *shape, int cap, Thresholds *thresholds, MonthDemand *demand,
                       HourRoom *room)
{
    double limit = peak_limit(thresholds, cap), sum;
    if (demand->hours_req_s != NULL) {
        sum = cut_hours(limit, room);
        demand->kept_frac = room->kept_frac;
    } else {
        sum = cut_week(limit, shape, demand);
        demand->is_capped = true;
        demand->peak_max_req_s = limit;
    }
    demand->attempts = sum * SECONDS_PER_HOUR * HOURS_PER_MONTH / HOURS_PER_WEEK + demand->batch_requests;
}

void hybrid_split(const Hybrid *hybrid, int cap, const WeekShape *shape, Thresholds *thresholds,
                  MonthDemand *demand, HourRoom *room)
{
    if (hybrid->split != SPLIT_PEAK) split_share(hybrid->api_share_frac, demand, room);
    if (hybrid->split != SPLIT_SHARE) split_peak(shape, cap, thresholds, demand, room);
}

double hybrid_now_kept_frac(const Inputs *inputs, const Hybrid *hybrid, const MonthDemand *demand, int k)
{
    double stays = hybrid->split == SPLIT_PEAK ? 1.0 : 1.0 - hybrid->api_share_frac;
    if (demand->kept_frac == NULL) return stays;
    double sum = 0.0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) sum += inputs->week[k][h] * demand->kept_frac[h];
    return stays * sum / HOURS_PER_WEEK; /* the mean of a week is 1 */
}
