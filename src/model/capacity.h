/* Fleet size by the hour of the week (E1 to E3, E11 to E19). Layer: model, private. */
#ifndef MODEL_CAPACITY_H
#define MODEL_CAPACITY_H

#include "tokentco/inputs.h"

/* What the number of replicas at an arrival rate depends on (E12 to E15). */
typedef struct QueueRule {
    double rate_req_s; /* mu of one replica */
    int batch;         /* B */
    double slack_s;
    double spread; /* K: (c_a^2 + c_o^2) / 2 */
    double utilisation_max_frac, miss_frac;
} QueueRule;

/* E13: probability that a request waits, `slots` sequences in all at utilisation rho. Exact for one slot. */
double queue_wait_probability(double slots, double rho);

/* E12: the exact M/M/c probability of waiting, by recurrence; for tests and comparison. */
double queue_erlang_c(int slots, double rho);

/* E14 and E15: do `replicas` carry the rate within the utilisation and the waiting limits? */
bool queue_is_enough(const QueueRule *rule, double req_s, int replicas);

/* Fleets of so many replicas are refused: no plan of that size is meant. */
enum { REPLICAS_LIMIT = 100000000 };

/* E15: least number of replicas for a rate; 0 at rate 0; REPLICAS_LIMIT stands for that many or more. */
int queue_replicas(const QueueRule *rule, double req_s);

/* Spare replicas beside `replicas` of `degree` GPUs: the number of the fleet, or the least s for which more
 * than s of the replicas and spares are down at once with a probability of at most the fleet's share. */
int spares_for(const Fleet *fleet, int degree, int replicas);

/* Share of its time that a replica is down: failures a year x GPUs x hours of repair / 8760. */
double replica_down_frac(const Fleet *fleet, int degree);

/* The same, found once for each number of replicas while the fleet's rule stays the same. */
enum { SPARES_KEPT_MAX = 256 };
typedef struct Spares {
    double down_frac, miss_frac; /* what they were found for */
    int n;                       /* found so far: by_replicas[r] for r < n */
    int by_replicas[SPARES_KEPT_MAX];
} Spares;
int spares_kept(Spares *kept, const Fleet *fleet, int degree, int replicas);

/* The largest rate that r replicas carry, found once each: replicas for a rate become a comparison. */
enum { THRESHOLDS_MAX = 256 };
typedef struct Thresholds {
    bool is_set;
    QueueRule rule;
    int n;    /* found so far: req_s[r] for r = 1..n */
    int last; /* the last answer out of the list */
    double req_s[THRESHOLDS_MAX + 1];
    Spares spares;
} Thresholds;

/* Keeps what was found when the rule is the same to the last bit. */
void thresholds_set(Thresholds *thresholds, const QueueRule *rule);
int thresholds_find(Thresholds *thresholds, double req_s);

/* One hour mostly needs what the one before did, or one more. */
static inline int thresholds_replicas(Thresholds *thresholds, double req_s)
{
    int at = thresholds->last;
    if (at > 0 && thresholds->req_s[at - 1] < req_s) {
        if (req_s <= thresholds->req_s[at]) return at;
        if (at < thresholds->n && req_s <= thresholds->req_s[at + 1]) return thresholds->last = at + 1;
    }
    return thresholds_find(thresholds, req_s);
}

/* The shape of the demand over the week as one option's fleet sees it. */
typedef struct WeekShape {
    bool is_set;
    int window;                    /* hours that are looked over: 1 + look-ahead, 168 for a static fleet */
    double week[HOURS_PER_WEEK];   /* as it was when the others were made */
    double sorted[HOURS_PER_WEEK]; /* maximum over the window, ascending */
    double own[HOURS_PER_WEEK];    /* `week` in the order of `sorted` */
    double own_sums[HOURS_PER_WEEK + 1]; /* of the first n of `own` */
    double rising[HOURS_PER_WEEK];       /* `week`, ascending */
    double sums[HOURS_PER_WEEK + 1];     /* of the first n of `rising` */
} WeekShape;

void week_shape_set(WeekShape *shape, const double week[HOURS_PER_WEEK], int window);

/* How many hours of an ascending week carry at most `limit`, from hour `first` on. */
int hours_within(const double ascending[HOURS_PER_WEEK], double rate, double burst, double limit, int first);

/* Demand of one month on the fleet. With one workload the week is scaled by one rate; with several the hours
 * are summed. */
typedef struct MonthDemand MonthDemand;
struct MonthDemand {
    double rate_req_s;     /* interactive, mean over the month, retries included */
    double burst;          /* of the one workload; for several, 1: the hours below hold it */
    double batch_requests; /* that may wait, retries included */
    double attempts;       /* all requests with retries */
    bool is_empty;         /* no request at all */
    bool is_capped;        /* hybrid by peak, one workload: hours beyond `peak_max_req_s` are cut to it */
    double peak_max_req_s;
    const double *hours_req_s; /* several workloads: mean by hour, else NULL */
    const double *peaks_req_s; /* several workloads: with bursts, else NULL */
    const double *kept_frac;   /* several workloads of a hybrid by peak: what each hour keeps, else NULL */
    const MonthDemand *room;   /* whose fleet leaves the room for batch work; NULL: this one's own */
};

/* Room for the hours of several workloads, to which a MonthDemand points. */
typedef struct HourRoom {
    double hours_req_s[HOURS_PER_WEEK], peaks_req_s[HOURS_PER_WEEK], kept_frac[HOURS_PER_WEEK];
} HourRoom;

/* How replicas become billed GPUs. */
typedef struct Billing {
    int degree;        /* GPUs of a replica */
    int instance_gpus; /* GPUs that are rented together (E65); 0: one by one */
    int reserved;      /* replicas under reservation */
} Billing;

/* GPUs billed for a number of replicas: whole instances where GPUs come in instances (E65). */
long long billed_gpus(const Billing *billing, int replicas);

typedef struct MonthCapacity {
    int peak, trough;              /* billed replicas, spares included */
    long long replica_hours_week;  /* sum over the 168 hours */
    long long gpu_hours_week;      /* billed GPUs, summed over the hours */
    long long above_reserved_week; /* the same beyond the reserved GPUs */
    double utilisation_frac;
    double replica_req_s; /* of the month (QueueRule.rate_req_s) */
    double staffed_gpus;  /* that people look after: held or reserved (E32) */
    double attempts,
        batch_attempts; /* served by this fleet in the month; for a hybrid less than the demand */
    double now_kept_frac[INPUT_WORKLOADS_MAX]; /* hybrid, several workloads: share of each one's interactive
                                                  attempts within the length cut that the fleet serves */
    /* At the far corner of a bound (workspace.h); else the same as here. */
    double rest_attempts; /* served by the fleet that leaves the API its rest */
    double rest_kept_frac[INPUT_WORKLOADS_MAX];
    int peak_before; /* replicas at the peak, for what counts from the month before */
    double staffed_before;
} MonthCapacity;

/* The hours of a week by what they bill: spares, look-ahead and batch work included. One run may follow
 * another of the same size. */
typedef struct HourRun {
    int bill, hours; /* replicas; how many hours of the week */
} HourRun;
typedef struct HourRuns {
    int n;
    HourRun items[HOURS_PER_WEEK];
} HourRuns;
void capacity_runs(const Fleet *fleet, const MonthDemand *demand, const WeekShape *shape,
                   Thresholds *thresholds, int degree, HourRuns *out);

/* Hours of the week that bill at least so many replicas. */
int runs_hours_from(const HourRuns *runs, int replicas);

/* The week of a month before a hybrid caps its fleet, with sums up to each run: the month at any cap follows
 * from it in a few steps. One workload, no batch work. */
typedef struct WeekSums {
    bool is_set;
    int n;
    int bill[HOURS_PER_WEEK]; /* replicas of each run, rising */
    int hours[HOURS_PER_WEEK + 1];
    long long replica_hours[HOURS_PER_WEEK + 1], gpu_hours[HOURS_PER_WEEK + 1],
        above_reserved[HOURS_PER_WEEK + 1]; /* of the runs before */
} WeekSums;
void week_sums_set(WeekSums *sums, const Fleet *fleet, const MonthDemand *demand, const WeekShape *shape,
                   Thresholds *thresholds, const Billing *billing);

/* What capacity_month says of the capped demand. */
void capacity_capped(const WeekSums *sums, const Fleet *fleet, const MonthDemand *demand,
                     const WeekShape *shape, Thresholds *thresholds, const Billing *billing,
                     MonthCapacity *out);

/* E16 to E19 for one month. */
void capacity_month(const Fleet *fleet, const MonthDemand *demand, const WeekShape *shape,
                    Thresholds *thresholds, const Billing *billing, MonthCapacity *out);

/* Billed replicas by hour, the definition itself; capacity_month equals it. `degree`: GPUs of a replica. */
void capacity_hours(const Fleet *fleet, const MonthDemand *demand, const double week[HOURS_PER_WEEK],
                    const QueueRule *rule, int degree, int out[HOURS_PER_WEEK]);

/* ceil that forgives the last bits (rule iii of the method). */
double ceil_safe(double x);

#endif
