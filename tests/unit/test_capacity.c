/* Fleet size: worked numbers, the queue, and the counted week against the loop over its hours. */
#include "test.h"
#include "model/workspace.h"
#include "random.h"

#include <stdlib.h>

static void queue_is_exact_for_one_slot(void **state)
{
    (void)state;
    for (int i = 1; i < 20; i++) {
        double rho = 0.05 * i;
        assert_close(queue_wait_probability(1.0, rho), rho, 1e-12);
        assert_close(queue_erlang_c(1, rho), rho, 1e-12);
    }
}

/* Section 3.4: Sakasegawa over Erlang C. */
static void queue_form_matches_the_table(void **state)
{
    (void)state;
    static const struct {
        int slots;
        double rho, ratio, half_unit;
    } wanted[] = {{8, 0.7, 1.16, 0.005},    {8, 0.9, 1.013, 0.0005}, {64, 0.8, 1.75, 0.005},
                  {64, 0.9, 1.08, 0.005},   {256, 0.8, 24, 0.5},     {256, 0.95, 1.05, 0.005},
                  {64, 0.95, 0.997, 0.0005}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        double ratio = queue_wait_probability(wanted[i].slots, wanted[i].rho) /
                       queue_erlang_c(wanted[i].slots, wanted[i].rho);
        if (!(fabs(ratio - wanted[i].ratio) <= wanted[i].half_unit))
            fail_msg("c=%d rho=%g: %g, wanted %g", wanted[i].slots, wanted[i].rho, ratio, wanted[i].ratio);
    }
}

static QueueRule random_rule(void)
{
    return (QueueRule){.rate_req_s = between_log(0.01, 50.0),
                       .batch = (int)between_log(1.0, 300.0),
                       .slack_s = between_log(0.01, 10.0),
                       .spread = between(0.0, 4.0),
                       .utilisation_max_frac = between(0.3, 1.0),
                       .miss_frac = between_log(0.001, 0.5)};
}

/* E15 by its definition: count up until it is enough. */
static int replicas_by_counting(const QueueRule *rule, double req_s)
{
    int r = 1;
    while (!queue_is_enough(rule, req_s, r)) r++;
    return req_s > 0.0 ? r : 0;
}

static void replicas_are_the_least(void **state)
{
    (void)state;
    for (int i = 0; i < 3000; i++) {
        QueueRule rule = random_rule();
        double req_s = between_log(1e-4, 60.0) * rule.rate_req_s;
        int want = replicas_by_counting(&rule, req_s);
        Thresholds thresholds = {0};
        thresholds_set(&thresholds, &rule);
        assert_int_equal(queue_replicas(&rule, req_s), want);
        assert_int_equal(thresholds_replicas(&thresholds, req_s), want);
        /* The threshold itself is carried, the next double is not. */
        assert_true(queue_is_enough(&rule, thresholds.req_s[want], want));
        assert_false(queue_is_enough(&rule, nextafter(thresholds.req_s[want], HUGE_VAL), want));
    }
}

static Fleet random_fleet(void)
{
    return (Fleet){.utilisation_max_frac = 0.8,
                   .replicas_min = (int)between(0.0, 3.0),
                   .spares = (int)between(0.0, 3.0),
                   .spare_rule = uniform() < 0.5 ? 0 : 1,
                   .gpu_failures_per_year = between(0.0, 4.0),
                   .repair_h = between(0.0, 60.0),
                   .spare_miss_frac = between_log(1e-5, 0.1),
                   .lookahead_h = (int)between(0.0, 6.0),
                   .autoscale = uniform() < 0.3 ? 0 : 1,
                   .scale_to_zero = uniform() < 0.3,
                   .batch_utilisation_frac = between(0.5, 1.0)};
}

static void random_week(double week[HOURS_PER_WEEK])
{
    double sum = 0.0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) sum += week[h] = uniform() < 0.1 ? 0.0 : between(0.2, 3.0);
    for (int h = 0; h < HOURS_PER_WEEK; h++) week[h] *= HOURS_PER_WEEK / sum;
}

/* A hybrid by peak, one workload: the sorted week against a walk over the hours that cuts each of them. */
static void capped_week_equals_the_hour_loop(void **state)
{
    (void)state;
    for (int i = 0; i < 4000; i++) {
        Fleet fleet = random_fleet();
        QueueRule rule = random_rule();
        double week[HOURS_PER_WEEK], peaks[HOURS_PER_WEEK], hours[HOURS_PER_WEEK], kept = 0.0;
        random_week(week);
        int cap = (int)between(0.0, 12.0), degree = 1 << (int)between(0.0, 4.0), bill[HOURS_PER_WEEK];
        double rate = between_log(0.1, 30.0) * rule.rate_req_s, burst = between(1.0, 1.5);
        double batch = uniform() < 0.5 ? 0.0 : rate * between(0.0, 3.0) * HOURS_PER_MONTH * 3600.0;
        WeekShape shape = {0};
        Thresholds thresholds = {0};
        week_shape_set(&shape, week, fleet.autoscale == 0 ? HOURS_PER_WEEK : 1 + fleet.lookahead_h);
        thresholds_set(&thresholds, &rule);
        MonthDemand demand = {.rate_req_s = rate, .burst = burst, .batch_requests = batch, .attempts = 1.0};
        hybrid_split(&(Hybrid){.split = SPLIT_PEAK}, cap, &shape, &thresholds, &demand, NULL);
        assert_true(demand.is_capped);
        assert_true(queue_replicas(&rule, demand.peak_max_req_s) <= cap);
        for (int h = 0; h < HOURS_PER_WEEK; h++) {
            peaks[h] = fmin(rate * week[h] * burst, demand.peak_max_req_s);
            hours[h] = peaks[h] / burst;
            kept += hours[h] * 3600.0 * HOURS_PER_MONTH / HOURS_PER_WEEK;
        }
        assert_true(fabs(demand.attempts - kept - batch) <= 1e-12 * (kept + batch));
        MonthDemand walked = {.rate_req_s = rate,
                              .burst = 1.0,
                              .batch_requests = batch,
                              .hours_req_s = hours,
                              .peaks_req_s = peaks};
        MonthCapacity month;
        Billing billing = {.degree = degree, .reserved = (int)between(0.0, 4.0)};
        capacity_hours(&fleet, &walked, week, &rule, degree, bill);
        capacity_month(&fleet, &demand, &shape, &thresholds, &billing, &month);
        long long sum = 0;
        int peak = 0;
        for (int h = 0; h < HOURS_PER_WEEK; h++) {
            sum += bill[h];
            peak = bill[h] > peak ? bill[h] : peak;
        }
        assert_int_equal(month.peak, peak);
        assert_true(month.replica_hours_week == sum);
    }
}

static void counted_week_equals_the_hour_loop(void **state)
{
    (void)state;
    for (int i = 0; i < 4000; i++) {
        Fleet fleet = random_fleet();
        QueueRule rule = random_rule();
        double week[HOURS_PER_WEEK], peaks[HOURS_PER_WEEK], hours[HOURS_PER_WEEK];
        random_week(week);
        double rate = uniform() < 0.05 ? 0.0 : between_log(1e-3, 400.0) * rule.rate_req_s;
        double batch = uniform() < 0.5 ? 0.0 : rate * between(0.0, 3.0) * HOURS_PER_MONTH * 3600.0;
        MonthDemand demand = {.rate_req_s = rate,
                              .burst = between(1.0, 1.5),
                              .batch_requests = batch,
                              .attempts = rate * HOURS_PER_MONTH * 3600.0 + batch,
                              .is_empty = rate == 0.0 && batch == 0.0};
        int reserved = (int)between(0.0, 20.0), bill[HOURS_PER_WEEK];
        if (uniform() < 0.2) { /* as several workloads give it */
            for (int h = 0; h < HOURS_PER_WEEK; h++) {
                hours[h] = rate * week[h];
                peaks[h] = hours[h] * demand.burst;
            }
            demand.hours_req_s = hours;
            demand.peaks_req_s = peaks;
        }
        int degree = 1 << (int)between(0.0, 4.0);
        capacity_hours(&fleet, &demand, week, &rule, degree, bill);
        WeekShape shape = {0};
        Thresholds *thresholds = calloc(1, sizeof *thresholds);
        assert_non_null(thresholds);
        week_shape_set(&shape, week, fleet.autoscale == 0 ? HOURS_PER_WEEK : 1 + fleet.lookahead_h);
        thresholds_set(thresholds, &rule);
        MonthCapacity month;
        Billing billing = {.degree = degree,
                           .instance_gpus = uniform() < 0.5 ? 0 : (int)between(1.0, 17.0),
                           .reserved = reserved};
        capacity_month(&fleet, &demand, &shape, thresholds, &billing, &month);
        free(thresholds);
        long long sum = 0, above = 0, gpus = 0;
        int peak = 0, trough = INT32_MAX;
        for (int h = 0; h < HOURS_PER_WEEK; h++) {
            sum += bill[h];
            long long beyond = billed_gpus(&billing, bill[h]) - billed_gpus(&billing, reserved);
            gpus += billed_gpus(&billing, bill[h]);
            above += beyond > 0 ? beyond : 0;
            peak = bill[h] > peak ? bill[h] : peak;
            trough = bill[h] < trough ? bill[h] : trough;
        }
        assert_int_equal(month.peak, peak);
        assert_int_equal(month.trough, trough);
        assert_true(month.replica_hours_week == sum);
        assert_true(month.above_reserved_week == above);
        assert_true(month.gpu_hours_week == gpus);
        assert_true(isfinite(month.utilisation_frac));
    }
}

/* By hand: a replica of 4 GPUs that each fail twice a year for 109.5 h is down a tenth of its time. More than
 * s of 3 + s down: s = 1 0.0523, s = 2 0.00856, s = 3 0.00127, s = 4 0.0001765. */
static void spares_follow_reliability(void **state)
{
    (void)state;
    static const struct {
        double miss;
        int spares;
    } cases[] = {{0.053, 1},   {0.052, 2}, {0.0086, 2},   {0.0085, 3},
                 {0.00128, 3}, {0.001, 4}, {0.000177, 4}, {0.000176, 5}};
    Fleet fleet = {.spare_rule = 1, .gpu_failures_per_year = 2.0, .repair_h = 109.5};
    assert_close(replica_down_frac(&fleet, 4), 0.1, 1e-15);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fleet.spare_miss_frac = cases[i].miss;
        assert_int_equal(spares_for(&fleet, 4, 3), cases[i].spares);
    }
    /* Failures as measured, a day of repair: one spare for two replicas, none for none. */
    Fleet usual = {.spare_rule = 1, .gpu_failures_per_year = 0.17, .repair_h = 24.0, .spare_miss_frac = 1e-3};
    assert_int_equal(spares_for(&usual, 2, 2), 1);
    assert_int_equal(spares_for(&usual, 2, 0), 0);
    usual.repair_h = 0.0;
    assert_int_equal(spares_for(&usual, 2, 1000), 0);
    fleet.spare_rule = 0;
    fleet.spares = 7;
    assert_int_equal(spares_for(&fleet, 4, 3), 7);
}

/* Counting hours in runs needs a billed fleet that never falls when the need rises. */
static void spares_never_fall_with_the_need(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        Fleet fleet = random_fleet();
        int degree = 1 << (int)between(0.0, 4.0), before = 0;
        Spares kept = {0};
        fleet.spare_rule = 1;
        for (int r = 0; r < 300; r++) {
            int spares = spares_kept(&kept, &fleet, degree, r);
            assert_int_equal(spares, spares_for(&fleet, degree, r));
            assert_true(spares >= before);
            before = spares;
        }
    }
}

/* E65, worked by hand: 7 replicas of 2 GPUs on instances of 8 are 2 instances, 16 GPUs. */
static void instances_are_whole(void **state)
{
    (void)state;
    assert_int_equal(billed_gpus(&(Billing){.degree = 2, .instance_gpus = 8}, 7), 16);
    assert_int_equal(billed_gpus(&(Billing){.degree = 2}, 7), 14);
    assert_int_equal(billed_gpus(&(Billing){.degree = 16, .instance_gpus = 8}, 3), 48);
    assert_int_equal(billed_gpus(&(Billing){.degree = 3, .instance_gpus = 8}, 3), 16);
    assert_int_equal(billed_gpus(&(Billing){.degree = 3, .instance_gpus = 8}, 0), 0);
}

/* Property 4: turning the week changes nothing. */
static void the_week_may_be_turned(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        Fleet fleet = random_fleet();
        QueueRule rule = random_rule();
        double week[HOURS_PER_WEEK], turned[HOURS_PER_WEEK];
        random_week(week);
        int by = (int)between(1.0, 167.0);
        for (int h = 0; h < HOURS_PER_WEEK; h++) turned[(h + by) % HOURS_PER_WEEK] = week[h];
        MonthDemand demand = {
            .rate_req_s = between_log(0.1, 50.0) * rule.rate_req_s, .burst = 1.2, .attempts = 1.0};
        MonthCapacity months[2];
        for (int k = 0; k < 2; k++) {
            WeekShape shape = {0};
            Thresholds thresholds = {0};
            week_shape_set(&shape, k == 0 ? week : turned,
                           fleet.autoscale == 0 ? HOURS_PER_WEEK : 1 + fleet.lookahead_h);
            thresholds_set(&thresholds, &rule);
            Billing billing = {.degree = 2};
            capacity_month(&fleet, &demand, &shape, &thresholds, &billing, &months[k]);
        }
        assert_true(months[0].replica_hours_week == months[1].replica_hours_week);
        assert_int_equal(months[0].peak, months[1].peak);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capped_week_equals_the_hour_loop),
        cmocka_unit_test(queue_is_exact_for_one_slot),
        cmocka_unit_test(queue_form_matches_the_table),
        cmocka_unit_test(replicas_are_the_least),
        cmocka_unit_test(counted_week_equals_the_hour_loop),
        cmocka_unit_test(spares_follow_reliability),
        cmocka_unit_test(spares_never_fall_with_the_need),
        cmocka_unit_test(instances_are_whole),
        cmocka_unit_test(the_week_may_be_turned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
