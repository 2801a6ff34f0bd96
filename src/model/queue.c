/* Replicas for an arrival rate (E12 to E15). Layer: model.
 *
 * A replica of B concurrent sequences is B servers: slots c = R B, holding time S = B / mu. The probability
 * of waiting is Sakasegawa's form, the tail is exponential with the Allen-Cunneen spread.
 */
#include "model/capacity.h"

#include <math.h>
#include <string.h>

#define CEIL_FORGIVES 1e-12

double ceil_safe(double x)
{
    return ceil(x - CEIL_FORGIVES);
}

double queue_wait_probability(double slots, double rho)
{
    return pow(rho, sqrt(2.0 * (slots + 1.0)) - 1.0);
}

double queue_erlang_c(int slots, double rho)
{
    double load = rho * slots, blocking = 1.0; /* Erlang B by recurrence */
    for (int k = 1; k <= slots; k++) blocking = load * blocking / (k + load * blocking);
    return blocking / (1.0 - rho * (1.0 - blocking));
}

bool queue_is_enough(const QueueRule *rule, double req_s, int replicas)
{
    double rho = req_s / (replicas * rule->rate_req_s);
    if (!(rho <= rule->utilisation_max_frac)) return false;
    if (rho >= 1.0) return rule->miss_frac >= 1.0;
    double slots = (double)replicas * rule->batch;
    double holding_s = rule->batch / rule->rate_req_s;
    double decay = rule->slack_s * slots * (1.0 - rho) / (holding_s * rule->spread);
    const double vanishes = 746.0; /* exp of less is 0 in a double */
    /* Of those that wait; mostly enough by itself. */
    double late = rule->spread > 0.0 && decay < vanishes ? exp(-decay) : 0.0;
    return late <= rule->miss_frac || queue_wait_probability(slots, rho) * late <= rule->miss_frac;
}

int queue_replicas(const QueueRule *rule, double req_s)
{
    if (req_s <= 0.0) return 0;
    double guess = ceil(req_s / (rule->rate_req_s * rule->utilisation_max_frac));
    if (guess >= REPLICAS_LIMIT) return REPLICAS_LIMIT;
    int r = guess < 1.0 ? 1 : (int)guess;
    while (r < REPLICAS_LIMIT && !queue_is_enough(rule, req_s, r)) r++;
    while (r > 1 && queue_is_enough(rule, req_s, r - 1)) r--;
    return r;
}

/* The largest double that r replicas carry. The limit of utilisation is tried first: mostly it binds. */
static double find_threshold(const QueueRule *rule, int r)
{
    double bound = r * rule->rate_req_s * rule->utilisation_max_frac;
    for (int i = 0; i < 4 && !queue_is_enough(rule, bound, r); i++) bound = nextafter(bound, 0.0);
    if (queue_is_enough(rule, bound, r)) {
        for (double next = nextafter(bound, HUGE_VAL); queue_is_enough(rule, next, r);
             next = nextafter(next, HUGE_VAL))
            bound = next;
        return bound;
    }
    double good = 0.0, bad = bound;
    for (;;) {
        double middle = good + 0.5 * (bad - good);
        if (middle <= good || middle >= bad) return good;
        if (queue_is_enough(rule, middle, r)) {
            good = middle;
        } else {
            bad = middle;
        }
    }
}

static bool same_rule(const QueueRule *a, const QueueRule *b)
{
    return a->rate_req_s == b->rate_req_s && a->batch == b->batch && a->slack_s == b->slack_s &&
           a->spread == b->spread && a->utilisation_max_frac == b->utilisation_max_frac &&
           a->miss_frac == b->miss_frac;
}

void thresholds_set(Thresholds *thresholds, const QueueRule *rule)
{
    if (thresholds->is_set && same_rule(&thresholds->rule, rule)) return;
    thresholds->is_set = true;
    thresholds->rule = *rule;
    thresholds->n = thresholds->last = 0;
    thresholds->req_s[0] = 0.0;
}

/* Would the list end below this rate? The limit of utilisation alone says so, with room for its last bits. */
static bool is_beyond_list(const QueueRule *rule, double req_s)
{
    return req_s > (THRESHOLDS_MAX + 1) * rule->rate_req_s * rule->utilisation_max_frac;
}

int thresholds_find(Thresholds *thresholds, double req_s)
{
    if (req_s <= 0.0) return 0;
    if (is_beyond_list(&thresholds->rule, req_s)) return queue_replicas(&thresholds->rule, req_s);
    while (thresholds->n < THRESHOLDS_MAX && thresholds->req_s[thresholds->n] < req_s) {
        thresholds->n++;
        thresholds->req_s[thresholds->n] = find_threshold(&thresholds->rule, thresholds->n);
    }
    if (thresholds->req_s[thresholds->n] < req_s) return queue_replicas(&thresholds->rule, req_s);
    /* Where utilisation binds, as it mostly does, the first guess is right. */
    double guess = req_s / (thresholds->rule.rate_req_s * thresholds->rule.utilisation_max_frac);
    int at = guess < thresholds->n ? (int)guess + 1 : thresholds->n;
    if (!(thresholds->req_s[at - 1] < req_s && req_s <= thresholds->req_s[at])) {
        int low = 0; /* req_s[low] < req <= req_s[at] */
        for (at = thresholds->n; at - low > 1;) {
            int middle = low + (at - low) / 2;
            if (thresholds->req_s[middle] < req_s) {
                low = middle;
            } else {
                at = middle;
            }
        }
    }
    thresholds->last = at;
    return at;
}
