/* Billed replicas of a month (E16 to E19). Layer: model.
 *
 * The hours of a month that are billed the same are counted in the sorted week instead of one by one; since
 * replicas never fall when the rate rises, this gives what the loop over the hours gives (a test compares
 * them).
 */
#include "model/capacity.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS_PER_HOUR 3600.0
/* Beyond this many different fleet sizes in a week the plain loop is as fast. */
enum { RUNS_MAX = 48 };

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The most in the window that begins at hour h. */
static double most_ahead(const double week[HOURS_PER_WEEK], int window, int h)
{
    double most = week[h];
    for (int j = 1; j < window; j++) {
        double other = week[(h + j) % HOURS_PER_WEEK];
        if (other > most) most = other;
    }
    return most;
}

void week_shape_set(WeekShape *shape, const double week[HOURS_PER_WEEK], int window)
{
    double pairs[HOURS_PER_WEEK][2]; /* ahead, week: ordered by the first */
    size_t n_bytes = sizeof shape->week;
    if (shape->is_set && shape->window == window && memcmp(shape->week, week, n_bytes) == 0) return;
    shape->is_set = true;
    shape->window = window;
    memcpy(shape->week, week, n_bytes);
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        pairs[h][0] = most_ahead(week, window, h);
        pairs[h][1] = week[h];
    }
    qsort(pairs, HOURS_PER_WEEK, sizeof pairs[0], compare_doubles);
    memcpy(shape->rising, week, n_bytes);
    qsort(shape->rising, HOURS_PER_WEEK, sizeof shape->rising[0], compare_doubles);
    shape->own_sums[0] = shape->sums[0] = 0.0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        shape->sorted[h] = pairs[h][0];
        shape->own[h] = pairs[h][1];
        shape->own_sums[h + 1] = shape->own_sums[h] + shape->own[h];
        shape->sums[h + 1] = shape->sums[h] + shape->rising[h];
    }
}

/* E16. `thresholds` holds the spares found so far; NULL: they are found anew. */
static int need(const Fleet *fleet, Thresholds *thresholds, int degree, int replicas)
{
    int r = replicas > fleet->replicas_min ? replicas : fleet->replicas_min;
    if (thresholds == NULL) return r + spares_for(fleet, degree, r);
    return r + spares_kept(&thresholds->spares, fleet, degree, r);
}

long long billed_gpus(const Billing *billing, int replicas)
{
    long long n = replicas, degree = billing->degree, z = billing->instance_gpus;
    if (z == 0) return n * degree;
    if (degree > z) return n * ((degree + z - 1) / z) * z;
    long long per_instance = z / degree;
    return (n + per_instance - 1) / per_instance * z;
}

/* Adds `hours` hours in which `bill` replicas are billed. */
static void add_run(HourRuns *out, int bill, int hours)
{
    if (out->n > 0 && out->items[out->n - 1].bill == bill) {
        out->items[out->n - 1].hours += hours;
    } else {
        out->items[out->n++] = (HourRun){bill, hours};
    }
}

int hours_within(const double ascending[HOURS_PER_WEEK], double rate, double burst, double limit, int first)
{
    int low = first, high = HOURS_PER_WEEK;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (rate * ascending[middle] * burst <= limit) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The peak in an hour of this weight, one workload. */
static double weight_peak(const MonthDemand *demand, double weight)
{
    double peak = demand->rate_req_s * weight * demand->burst;
    return demand->is_capped && peak > demand->peak_max_req_s ? demand->peak_max_req_s : peak;
}

/* Hour by hour, those of the same rate at once. */
static void count_rates(const Fleet *fleet, const MonthDemand *demand, const WeekShape *shape,
                        Thresholds *thresholds, int degree, HourRuns *out)
{
    for (int h = 0, upto; h < HOURS_PER_WEEK; h = upto) {
        double peak = weight_peak(demand, shape->sorted[h]);
        for (upto = h + 1; upto < HOURS_PER_WEEK && weight_peak(demand, shape->sorted[upto]) == peak;) upto++;
        add_run(out, need(fleet, thresholds, degree, thresholds_replicas(thresholds, peak)), upto - h);
    }
}

static void count_hours(const Fleet *fleet, const MonthDemand *demand, const WeekShape *shape,
                        Thresholds *thresholds, int degree, HourRuns *out)
{
    out->n = 0;
    double rate = demand->rate_req_s, burst = demand->burst;
    int most = thresholds_replicas(thresholds, weight_peak(demand, shape->sorted[HOURS_PER_WEEK - 1]));
    int least = thresholds_replicas(thresholds, weight_peak(demand, shape->sorted[0]));
    int at_most = need(fleet, thresholds, degree, most);
    if (at_most == need(fleet, thresholds, degree, least)) {
        add_run(out, at_most, HOURS_PER_WEEK);
        return;
    }
    if (most - least > RUNS_MAX || most > THRESHOLDS_MAX) {
        count_rates(fleet, demand, shape, thresholds, degree, out);
        return;
    }
    int done = 0;
    for (int r = least; r <= most && done < HOURS_PER_WEEK; r++) {
        int upto =
            r == most ? HOURS_PER_WEEK : hours_within(shape->sorted, rate, burst, thresholds->req_s[r], done);
        if (upto > done) add_run(out, need(fleet, thresholds, degree, r), upto - done);
        done = upto;
    }
}

/* Several workloads: the hours differ from month to month. */
static void count_mixed_hours(const Fleet *fleet, const MonthDemand *demand, int window,
                              Thresholds *thresholds, int degree, int extra, HourRuns *out)
{
    int by_hour[HOURS_PER_WEEK];
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        by_hour[h] = need(fleet, thresholds, degree, thresholds_replicas(thresholds, demand->peaks_req_s[h]));
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        int bill = by_hour[h];
        for (int j = 1; j < window; j++) {
            int ahead = by_hour[(h + j) % HOURS_PER_WEEK];
            if (ahead > bill) bill = ahead;
        }
        add_run(out, bill + extra, 1);
    }
}

static double hour_rate(const MonthDemand *demand, const double week[HOURS_PER_WEEK], int h)
{
    if (demand->hours_req_s != NULL) return demand->hours_req_s[h];
    double rate = demand->rate_req_s * week[h];
    bool is_cut = demand->is_capped && rate * demand->burst > demand->peak_max_req_s;
    return is_cut ? demand->peak_max_req_s / demand->burst : rate;
}

static double hour_peak(const MonthDemand *demand, const double week[HOURS_PER_WEEK], int h)
{
    return demand->peaks_req_s != NULL ? demand->peaks_req_s[h] : weight_peak(demand, week[h]);
}

static int window_of(const Fleet *fleet)
{
    enum { STATIC = 0 };
    return fleet->autoscale == STATIC ? HOURS_PER_WEEK : 1 + fleet->lookahead_h;
}

/* E18: what the billed hours leave to batch work, a request rate summed over the hours of a week. */
static double week_room(const MonthDemand *demand, const double week[HOURS_PER_WEEK],
                        const int bill[HOURS_PER_WEEK], double per_replica_req_s)
{
    double room = 0.0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double spare = bill[h] * per_replica_req_s - hour_rate(demand, week, h);
        if (spare > 0.0) room += spare;
    }
    return room;
}

/* The same for one workload. Where the busiest hour of a run leaves room and is not cut, every hour does, and
 * the run is one sum. */
static double runs_room(const MonthDemand *demand, const WeekShape *shape, const HourRuns *runs,
                        double per_replica_req_s)
{
    double room = 0.0;
    for (int i = 0, from = 0, upto; i < runs->n; i++, from = upto) {
        upto = from + runs->items[i].hours;
        double carried = runs->items[i].bill * per_replica_req_s;
        double most = demand->rate_req_s * shape->sorted[upto - 1];
        bool is_cut = demand->is_capped && most * demand->burst > demand->peak_max_req_s;
        if (!is_cut && most <= carried) {
            room += (upto - from) * carried -
                    demand->rate_req_s * (shape->own_sums[upto] - shape->own_sums[from]);
            continue;
        }
        for (int h = from; h < upto; h++) {
            double spare = carried - hour_rate(demand, shape->own, h);
            if (spare > 0.0) room += spare;
        }
    }
    return room;
}

/* E18: replicas that batch work needs in every hour beyond that room. */
static int batch_replicas(const MonthDemand *demand, double room_req_s, double per_replica_req_s)
{
    double rest = demand->batch_requests - room_req_s * SECONDS_PER_HOUR * HOURS_PER_MONTH / HOURS_PER_WEEK;
    if (!(rest > 0.0)) return 0;
    double extra = ceil_safe(rest / (HOURS_PER_MONTH * SECONDS_PER_HOUR * per_replica_req_s));
    return extra >= REPLICAS_LIMIT ? REPLICAS_LIMIT : (int)extra;
}

/* Interactive need by hour with the look-ahead (E16, E17), the definition. */
static void interactive_hours(const Fleet *fleet, const MonthDemand *demand,
                              const double week[HOURS_PER_WEEK], const QueueRule *rule,
                              Thresholds *thresholds, int degree, int out[HOURS_PER_WEEK])
{
    int by_hour[HOURS_PER_WEEK];
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double peak = hour_peak(demand, week, h);
        int r = thresholds != NULL ? thresholds_replicas(thresholds, peak) : queue_replicas(rule, peak);
        by_hour[h] = need(fleet, thresholds, degree, r);
    }
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        out[h] = by_hour[h];
        for (int j = 1; j < window_of(fleet); j++) {
            int ahead = by_hour[(h + j) % HOURS_PER_WEEK];
            if (ahead > out[h]) out[h] = ahead;
        }
    }
}

void capacity_hours(const Fleet *fleet, const MonthDemand *demand, const double week[HOURS_PER_WEEK],
                    const QueueRule *rule, int degree, int out[HOURS_PER_WEEK])
{
    if (demand->is_empty && fleet->scale_to_zero) {
        memset(out, 0, HOURS_PER_WEEK * sizeof *out);
        return;
    }
    interactive_hours(fleet, demand, week, rule, NULL, degree, out);
    if (!(demand->batch_requests > 0.0)) return;
    double per_replica = fleet->batch_utilisation_frac * rule->rate_req_s;
    int extra = batch_replicas(demand, week_room(demand, week, out, per_replica), per_replica);
    for (int h = 0; h < HOURS_PER_WEEK; h++) out[h] += extra;
}

void capacity_runs(const Fleet *fleet, const MonthDemand *demand, const WeekShape *shape,
                   Thresholds *thresholds, int degree, HourRuns *out)
{
    out->n = 0;
    if (demand->is_empty && fleet->scale_to_zero) {
        add_run(out, 0, HOURS_PER_WEEK);
        return;
    }
    bool is_mixed = demand->peaks_req_s != NULL, has_batch = demand->batch_requests > 0.0;
    const MonthDemand *busy = has_batch && demand->room != NULL ? demand->room : demand;
    double per_replica = fleet->batch_utilisation_frac * thresholds->rule.rate_req_s;
    int extra = 0;
    if (is_mixed && has_batch) {
        int bill[HOURS_PER_WEEK];
        interactive_hours(fleet, busy, shape->week, &thresholds->rule, thresholds, degree, bill);
        extra = batch_replicas(demand, week_room(demand, shape->week, bill, per_replica), per_replica);
    }
    if (is_mixed) {
        count_mixed_hours(fleet, demand, window_of(fleet), thresholds, degree, extra, out);
        return;
    }
    count_hours(fleet, busy, shape, thresholds, degree, out);
    if (!has_batch) return;
    extra = batch_replicas(demand, runs_room(demand, shape, out, per_replica), per_replica);
    if (busy != demand) count_hours(fleet, demand, shape, thresholds, degree, out);
    for (int i = 0; i < out->n; i++) out->items[i].bill += extra;
}

int runs_hours_from(const HourRuns *runs, int replicas)
{
    int hours = 0;
    for (int i = 0; i < runs->n; i++)
        if (runs->items[i].bill >= replicas) hours += runs->items[i].hours;
    return hours;
}

static void set_utilisation(const MonthDemand *demand, const Thresholds *thresholds, MonthCapacity *out)
{
    out->replica_req_s = thresholds->rule.rate_req_s;
    double capacity = (double)out->replica_hours_week * HOURS_PER_MONTH / HOURS_PER_WEEK * SECONDS_PER_HOUR *
                      out->replica_req_s;
    out->utilisation_frac = capacity > 0.0 ? demand->attempts / capacity : 0.0;
}

void capacity_month(const Fleet *fleet, const MonthDemand *demand, const WeekShape *shape,
                    Thresholds *thresholds, const Billing *billing, MonthCapacity *out)
{
    HourRuns runs;
    capacity_runs(fleet, demand, shape, thresholds, billing->degree, &runs);
    *out = (MonthCapacity){
        .trough = INT32_MAX,
        .attempts = demand->attempts,
        .batch_attempts = demand->batch_requests,
        .rest_attempts = demand->attempts,
    };
    long long reserved = billed_gpus(billing, billing->reserved);
    for (int i = 0; i < runs.n; i++) {
        int bill = runs.items[i].bill, hours = runs.items[i].hours;
        long long gpus = billed_gpus(billing, bill);
        if (bill > out->peak) out->peak = bill;
        if (bill < out->trough) out->trough = bill;
        out->replica_hours_week += (long long)bill * hours;
        out->gpu_hours_week += gpus * hours;
        if (gpus > reserved) out->above_reserved_week += (gpus - reserved) * hours;
    }
    out->peak_before = out->peak;
    set_utilisation(demand, thresholds, out);
}

/* ---- many caps on one demand ---- */

static void add_sums(WeekSums *sums, int at, int bill, int hours, const Billing *billing)
{
    long long gpus = billed_gpus(billing, bill), reserved = billed_gpus(billing, billing->reserved);
    sums->bill[at] = bill;
    sums->hours[at + 1] = sums->hours[at] + hours;
    sums->replica_hours[at + 1] = sums->replica_hours[at] + (long long)bill * hours;
    sums->gpu_hours[at + 1] = sums->gpu_hours[at] + gpus * hours;
    sums->above_reserved[at + 1] =
        sums->above_reserved[at] + (gpus > reserved ? (gpus - reserved) * hours : 0);
}

void week_sums_set(WeekSums *sums, const Fleet *fleet, const MonthDemand *demand, const WeekShape *shape,
                   Thresholds *thresholds, const Billing *billing)
{
    HourRuns runs;
    capacity_runs(fleet, demand, shape, thresholds, billing->degree, &runs);
    sums->is_set = true;
    sums->n = runs.n;
    sums->hours[0] = 0;
    sums->replica_hours[0] = sums->gpu_hours[0] = sums->above_reserved[0] = 0;
    for (int i = 0; i < runs.n; i++) add_sums(sums, i, runs.items[i].bill, runs.items[i].hours, billing);
}

void capacity_capped(const WeekSums *sums, const Fleet *fleet, const MonthDemand *demand,
                     const WeekShape *shape, Thresholds *thresholds, const Billing *billing,
                     MonthCapacity *out)
{
    double peak = weight_peak(demand, shape->sorted[HOURS_PER_WEEK - 1]);
    int most = need(fleet, thresholds, billing->degree, thresholds_replicas(thresholds, peak));
    if (demand->is_empty && fleet->scale_to_zero) most = 0;
    int low = 0, high = sums->n; /* runs before `low` bill fewer than the most */
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (sums->bill[middle] < most) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    int hours = HOURS_PER_WEEK - sums->hours[low];
    long long gpus = billed_gpus(billing, most), reserved = billed_gpus(billing, billing->reserved);
    *out = (MonthCapacity){
        .peak = most,
        .trough = low > 0 ? sums->bill[0] : most,
        .replica_hours_week = sums->replica_hours[low] + (long long)most * hours,
        .gpu_hours_week = sums->gpu_hours[low] + gpus * hours,
        .above_reserved_week = sums->above_reserved[low] + (gpus > reserved ? (gpus - reserved) * hours : 0),
        .attempts = demand->attempts,
        .rest_attempts = demand->attempts,
        .peak_before = most,
    };
    set_utilisation(demand, thresholds, out);
}
