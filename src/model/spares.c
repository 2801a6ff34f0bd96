/* Spare replicas out of the reliability of GPUs, instead of a fixed number. Layer: model.
 *
 * A replica is down for A = failures a year x GPUs x hours of repair / 8760 of its time. With R replicas in
 * need, s spares are enough when P(Bin(R + s, A) > s) <= the share of time that is allowed. (Method, after
 * E19.)
 */
#include "model/capacity.h"

#include <gsl/gsl_cdf.h>

#define HOURS_PER_YEAR 8760.0
enum { SPARES_COUNTED };

double replica_down_frac(const Fleet *fleet, int degree)
{
    return fleet->gpu_failures_per_year * degree * fleet->repair_h / HOURS_PER_YEAR;
}

static bool is_enough(double down_frac, double miss_frac, int replicas, int spares)
{
    unsigned n = (unsigned)replicas + (unsigned)spares;
    return gsl_cdf_binomial_Q((unsigned)spares, down_frac, n) <= miss_frac;
}

int spares_for(const Fleet *fleet, int degree, int replicas)
{
    double down = replica_down_frac(fleet, degree);
    if (fleet->spare_rule == SPARES_COUNTED) return fleet->spares;
    if (replicas <= 0 || !(down > 0.0)) return 0;
    int enough = 1, low = -1;
    while (!is_enough(down, fleet->spare_miss_frac, replicas, enough)) {
        low = enough;
        if (enough >= REPLICAS_LIMIT) return REPLICAS_LIMIT;
        enough *= 2;
    }
    while (enough - low > 1) {
        int middle = low + (enough - low) / 2;
        if (is_enough(down, fleet->spare_miss_frac, replicas, middle)) {
            enough = middle;
        } else {
            low = middle;
        }
    }
    return enough;
}

int spares_kept(Spares *kept, const Fleet *fleet, int degree, int replicas)
{
    if (fleet->spare_rule == SPARES_COUNTED) return fleet->spares;
    double down = replica_down_frac(fleet, degree), miss = fleet->spare_miss_frac;
    if (kept->down_frac != down || kept->miss_frac != miss) kept->n = 0;
    kept->down_frac = down;
    kept->miss_frac = miss;
    if (replicas >= SPARES_KEPT_MAX) return spares_for(fleet, degree, replicas);
    for (; kept->n <= replicas; kept->n++) kept->by_replicas[kept->n] = spares_for(fleet, degree, kept->n);
    return kept->by_replicas[replicas];
}
