/* Hybrid options: which requests go to the API (E68). Layer: model.
 *
 * By share, a fraction of the requests goes to the API in every hour. By peak, the fleet has at most so many
 * replicas (without the spare) and an hour beyond what they carry sends the rest. Batch work stays on the
 * fleet: it fills quiet hours.
 */
#include "model/workspace.h"

#include <math.h>

enum { SPLIT_SHARE, SPLIT_PEAK };
#define SECONDS_PER_HOUR 3600.0

static void split_share(double share, MonthDemand *demand, double *hours, double *peaks)
{
    double kept = 1.0 - share;
    demand->rate_req_s *= kept;
    demand->batch_requests *= kept;
    demand->attempts *= kept;
    for (int h = 0; demand->hours_req_s != NULL && h < HOURS_PER_WEEK; h++) {
        hours[h] *= kept;
        peaks[h] *= kept;
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

static void split_peak(const Inputs *inputs, int cap, Thresholds *thresholds, MonthDemand *demand,
                       double *hours, double *peaks)
{
    double limit = peak_limit(thresholds, cap), kept = 0.0, rate = 0.0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        if (demand->hours_req_s == NULL) {
            hours[h] = demand->rate_req_s * inputs->week[0][h];
            peaks[h] = hours[h] * demand->burst;
        }
        if (peaks[h] > limit) {
            hours[h] *= limit / peaks[h];
            peaks[h] = limit;
        }
        kept += hours[h] * SECONDS_PER_HOUR * HOURS_PER_MONTH / HOURS_PER_WEEK;
        rate += hours[h] / HOURS_PER_WEEK;
    }
    demand->hours_req_s = hours;
    demand->peaks_req_s = peaks;
    demand->attempts = kept + demand->batch_requests;
    demand->rate_req_s = rate;
}

void hybrid_split(const Inputs *inputs, const OptionInputs *option, int cap, Thresholds *thresholds,
                  MonthDemand *demand, double *hours, double *peaks)
{
    if (option->hybrid.split == SPLIT_SHARE) {
        split_share(option->hybrid.api_share_frac, demand, hours, peaks);
    } else {
        split_peak(inputs, cap, thresholds, demand, hours, peaks);
    }
}
