/* The pool's barrier: who waits for long sleeps, is woken, and waits awake for the one that it woke. */
#include "test.h"

#include "bench/pool.h"
#include "bench/timing.h"

#include <time.h>
#include <unistd.h>

enum { LATE_US = 200000, ROUNDS = 200 };

static double thread_cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef struct Wait {
    int late_thread;
    double wall_s[2], cpu_s[2];
} Wait;

static void wait_for_late(void *context, Pool *pool, int thread)
{
    Wait *wait = context;
    pool_wait(pool);
    double wall_s = clock_s(), cpu_s = thread_cpu_s();
    if (thread == wait->late_thread) (void)usleep(LATE_US);
    pool_wait(pool);
    wait->wall_s[thread] = clock_s() - wall_s;
    wait->cpu_s[thread] = thread_cpu_s() - cpu_s;
}

/* Whichever thread is late, the other one is held until it comes, and takes next to no processor time
 * meanwhile: it may watch the gate for 2 ms at most. */
static void a_long_wait_is_slept_through(void **state)
{
    (void)state;
    Pool *pool = pool_new(2, NULL);
    assert_non_null(pool);
    for (int late = 0; late < 2; late++) {
        Wait wait = {.late_thread = late};
        pool_run(pool, wait_for_late, &wait);
        assert_true(wait.wall_s[1 - late] > 0.9e-6 * LATE_US);
        assert_true(wait.cpu_s[1 - late] < 10e-3);
    }
    pool_free(pool);
}

typedef struct Turns {
    int reached[2]; /* rounds that a thread has begun */
    int n_early;    /* times that a thread passed a barrier before the other one had come to it */
} Turns;

/* Threads take turns being late by more than they spin, so that every barrier has a sleeper to wake. */
static void take_turns(void *context, Pool *pool, int thread)
{
    enum { NAP_US = 300 };
    Turns *turns = context;
    for (int round = 1; round <= ROUNDS; round++) {
        if (round % 2 == thread) (void)usleep(NAP_US);
        turns->reached[thread] = round;
        pool_wait(pool);
        if (turns->reached[1 - thread] < round) turns->n_early++;
        pool_wait(pool);
    }
}

/* No wake-up is lost (the test would hang) and none comes early. */
static void every_sleeper_is_woken_in_time(void **state)
{
    (void)state;
    Turns turns = {0};
    Pool *pool = pool_new(2, NULL);
    assert_non_null(pool);
    pool_run(pool, take_turns, &turns);
    assert_int_equal(turns.reached[0], ROUNDS);
    assert_int_equal(turns.reached[1], ROUNDS);
    assert_int_equal(turns.n_early, 0);
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_wait_is_slept_through),
        cmocka_unit_test(every_sleeper_is_woken_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
