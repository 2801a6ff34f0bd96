/* Which processors a run may use, and how many threads it takes. */
#include "test.h"

#include "bench/places.h"
#include "bench/timing.h"
#include "bench/topology.h"

#include <time.h>

/* The places of a machine of two cores with two hardware threads each: 0 and 1, 2 and 3. */
static Places places_of(const char *allowed)
{
    Places places;
    hwloc_topology_t machine;
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    assert_int_equal(hwloc_topology_init(&machine), 0);
    assert_int_equal(hwloc_topology_set_synthetic(machine, "core:2 pu:2"), 0);
    assert_int_equal(hwloc_topology_load(machine), 0);
    assert_int_equal(hwloc_bitmap_list_sscanf(set, allowed), 0);
    places_find(machine, set, &places);
    hwloc_bitmap_free(set);
    hwloc_topology_destroy(machine);
    return places;
}

static void cores_come_before_their_further_threads(void **state)
{
    (void)state;
    Places all = places_of("0-3");
    const unsigned order[] = {0, 2, 1, 3};
    assert_int_equal(all.n_cores, 2);
    assert_int_equal(all.n, 4);
    assert_memory_equal(all.numbers, order, sizeof order);
    assert_int_equal(places_of("2").n_cores, 1);
    assert_int_equal(places_of("").n, 0);
}

/* A cpuset may leave us the second hardware thread of a core alone. */
static void a_second_thread_alone_is_a_core(void **state)
{
    (void)state;
    Places second = places_of("1,3"), mixed = places_of("1-2");
    assert_int_equal(second.n_cores, 2);
    assert_int_equal(second.n, 2);
    assert_int_equal(second.numbers[1], 3);
    assert_int_equal(mixed.n_cores, 2);
    assert_int_equal(mixed.n, 2);
}

static void threads_follow_the_quota(void **state)
{
    (void)state;
    assert_int_equal(threads_default(8, 0.0), 8);
    assert_int_equal(threads_default(8, 7.65), 7);
    assert_int_equal(threads_default(2, 7.65), 2);
    assert_int_equal(threads_default(8, 0.5), 1);
    assert_int_equal(threads_most(16, 0.0), 16);
    assert_int_equal(threads_most(16, 7.65), 8);
    assert_int_equal(threads_most(16, 0.2), 1);
    assert_int_equal(threads_most(2, 7.65), 2);
}

/* A quota of half a processor: work takes twice its processor time, waiting takes none. */
static void time_under_a_quota_is_work(void **state)
{
    (void)state;
    clock_set_quota(0.5);
    struct timespec pause = {0, 50000000};
    double start = clock_s(), wall = clock_wall_s();
    nanosleep(&pause, NULL);
    double slept = clock_s() - start, wall_slept = clock_wall_s() - wall;
    start = clock_s();
    double cpu = (double)clock() / CLOCKS_PER_SEC, now = cpu;
    while (now - cpu < 0.02) now = (double)clock() / CLOCKS_PER_SEC;
    double worked = clock_s() - start;
    clock_set_quota(1.5); /* not less than a processor */
    double after = clock_wall_s();
    double same = clock_s() - after;
    clock_set_quota(0.0);
    assert_true(wall_slept >= 0.05 && slept < 0.04);
    assert_true(worked >= 0.0399 && worked < 0.08);
    assert_true(same >= 0.0 && same < 10.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cores_come_before_their_further_threads),
        cmocka_unit_test(a_second_thread_alone_is_a_core),
        cmocka_unit_test(threads_follow_the_quota),
        cmocka_unit_test(time_under_a_quota_is_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
