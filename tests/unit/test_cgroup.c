/* What control groups and limits leave to a run, read from a folder that stands for the system. */
#include "test.h"

#include "bench/cgroup.h"
#include "bench/room.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };

static char root[PATH_BYTES];

static int forget(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

static int close_root(void **state)
{
    (void)state;
    return nftw(root, forget, 8, FTW_DEPTH | FTW_PHYS);
}

static int open_root(void **state)
{
    (void)state;
    const char *folder = getenv("TMPDIR");
    (void)snprintf(root, sizeof root, "%s/tokentco-cgroup-XXXXXX", folder ? folder : "/tmp");
    return mkdtemp(root) ? 0 : 1;
}

/* A file of the system, with the folders above it. */
static void put(const char *name, const char *text)
{
    char path[2 * PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s%s", root, name);
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(path, 0755);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

static void put_v2(const char *group, const char *mounted)
{
    char line[PATH_BYTES];
    (void)snprintf(line, sizeof line, "0::%s\n", group);
    put("/proc/self/cgroup", line);
    (void)snprintf(line, sizeof line,
                   "30 23 0:26 / /proc rw - proc proc rw\n"
                   "31 23 0:27 %s /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
                   mounted);
    put("/proc/self/mountinfo", line);
}

static void put_v1(void)
{
    put("/proc/self/cgroup", "3:cpuset:/\n2:cpu,cpuacct:/a/b\n1:memory:/c\n0::/\n");
    put("/proc/self/mountinfo", "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                                "34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
                                "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                                "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
}

static void nothing_there_is_no_limit(void **state)
{
    (void)state;
    double bytes;
    char limit[64];
    assert_close(cgroup_quota_cores(root), 0.0, 0);
    assert_close(cgroup_throttled_s(root), 0.0, 0);
    assert_false(cgroup_memory_left(root, &bytes, limit, sizeof limit));
    put_v2("/", "/");
    put("/sys/fs/cgroup/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/memory.max", "max\n");
    put("/sys/fs/cgroup/memory.current", "123\n");
    assert_close(cgroup_quota_cores(root), 0.0, 0);
    assert_false(cgroup_memory_left(root, &bytes, limit, sizeof limit));
}

static void quotas_of_folders_above_bind_too(void **state)
{
    (void)state;
    put_v2("/slice/job", "/");
    put("/sys/fs/cgroup/slice/job/cpu.max", "765000 100000\n");
    assert_close(cgroup_quota_cores(root), 7.65, 1e-15);
    put("/sys/fs/cgroup/slice/cpu.max", "25000 50000\n");
    assert_close(cgroup_quota_cores(root), 0.5, 0);
    put("/sys/fs/cgroup/slice/cpu.max", "max 50000\n");
    assert_close(cgroup_quota_cores(root), 7.65, 1e-15);
    put("/sys/fs/cgroup/slice/job/cpu.max", "damaged\n");
    assert_close(cgroup_quota_cores(root), 0.0, 0);
}

/* A container mounts its own folder only, and may name it from the host's root or from there. */
static void a_container_sees_its_own_folder(void **state)
{
    (void)state;
    put("/sys/fs/cgroup/cpu.max", "150000 100000\n");
    put_v2("/docker/abc", "/docker/abc");
    assert_close(cgroup_quota_cores(root), 1.5, 0);
    put_v2("/docker/abc/inner", "/docker/abc");
    put("/sys/fs/cgroup/inner/cpu.max", "40000 100000\n");
    assert_close(cgroup_quota_cores(root), 0.4, 1e-15);
    put_v2("/elsewhere", "/docker/abc");
    assert_close(cgroup_quota_cores(root), 1.5, 0);
    put_v2("/", "/");
    assert_close(cgroup_quota_cores(root), 1.5, 0);
}

static void version_1_is_read(void **state)
{
    (void)state;
    put_v1();
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    assert_close(cgroup_quota_cores(root), 0.0, 0);
    put("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "150000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.stat",
        "nr_periods 9\nnr_throttled 3\nthrottled_time 250000000\n");
    assert_close(cgroup_quota_cores(root), 1.5, 0);
    assert_close(cgroup_throttled_s(root), 0.25, 1e-15);
    double bytes = 0.0;
    char limit[64];
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "500\n");
    assert_false(cgroup_memory_left(root, &bytes, limit, sizeof limit));
    put("/sys/fs/cgroup/memory/c/memory.limit_in_bytes", "1000000\n");
    put("/sys/fs/cgroup/memory/c/memory.usage_in_bytes", "700000\n");
    put("/sys/fs/cgroup/memory/c/memory.stat", "cache 9\ninactive_file 5\ntotal_inactive_file 200000\n");
    assert_true(cgroup_memory_left(root, &bytes, limit, sizeof limit));
    assert_close(bytes, 500000.0, 0);
    assert_string_equal(limit, "the control group's memory.limit_in_bytes");
}

static void memory_that_can_be_dropped_is_free(void **state)
{
    (void)state;
    double bytes = 0.0;
    char limit[64];
    put_v2("/job", "/");
    put("/sys/fs/cgroup/job/memory.max", "8000\n");
    put("/sys/fs/cgroup/job/memory.high", "7000\n");
    put("/sys/fs/cgroup/job/memory.current", "6500\n");
    assert_true(cgroup_memory_left(root, &bytes, limit, sizeof limit));
    assert_close(bytes, 500.0, 0);
    assert_string_equal(limit, "the control group's memory.high");
    put("/sys/fs/cgroup/job/memory.stat", "anon 4000\nfile 2500\ninactive_file 1500\n");
    assert_true(cgroup_memory_left(root, &bytes, limit, sizeof limit));
    assert_close(bytes, 2000.0, 0);
    put("/sys/fs/cgroup/memory.max", "9000\n");
    put("/sys/fs/cgroup/memory.current",
        "9500\n"); /* beyond its limit: nothing is left, not less than that */
    assert_true(cgroup_memory_left(root, &bytes, limit, sizeof limit));
    assert_close(bytes, 0.0, 0);
}

static void throttling_is_read(void **state)
{
    (void)state;
    put_v2("/job", "/");
    put("/sys/fs/cgroup/job/cpu.stat",
        "usage_usec 9000000\nnr_periods 12\nnr_throttled 4\nthrottled_usec 1500000\n");
    assert_close(cgroup_throttled_s(root), 1.5, 1e-15);
}

static void the_smallest_room_binds(void **state)
{
    (void)state;
    MemoryRoom room = memory_room(root);
    assert_true(isinf(room.bytes));
    put("/proc/meminfo",
        "MemTotal:       24684544 kB\nMemFree:  1 kB\nMemAvailable:      90 kB\nHugePages_Total: 0\n");
    room = memory_room(root);
    assert_close(room.bytes, 90 * 1024.0, 0);
    assert_string_equal(room.limit, "the machine's free memory");
    put_v2("/", "/");
    put("/sys/fs/cgroup/memory.max", "80000\n");
    put("/sys/fs/cgroup/memory.current", "10000\n");
    room = memory_room(root);
    assert_close(room.bytes, 70000.0, 0);
    assert_string_equal(room.limit, "the control group's memory.max");
}

/* Limits so high that they do not hinder the test itself; what is mapped is said to be a little less. */
static void limits_of_the_process_bind(void **state)
{
    (void)state;
    const double pib = 0x1p50, kib = 1024.0;
    struct rlimit space, data;
    char status[PATH_BYTES];
    (void)snprintf(status, sizeof status, "Name:\tx\nVmPeak:\t 1 kB\nVmSize:\t%.0f kB\nVmData:\t%.0f kB\n",
                   pib / kib - 300.0, pib / kib - 40.0);
    put("/proc/meminfo", "MemAvailable:      900 kB\n");
    put("/proc/self/status", status);
    assert_int_equal(getrlimit(RLIMIT_AS, &space), 0);
    assert_int_equal(getrlimit(RLIMIT_DATA, &data), 0);
    struct rlimit high = {(rlim_t)pib, space.rlim_max};
    if (space.rlim_max != RLIM_INFINITY || data.rlim_max != RLIM_INFINITY) skip();
    assert_int_equal(setrlimit(RLIMIT_AS, &high), 0);
    MemoryRoom by_space = memory_room(root);
    assert_int_equal(setrlimit(RLIMIT_DATA, &high), 0);
    MemoryRoom by_data = memory_room(root);
    assert_int_equal(setrlimit(RLIMIT_AS, &space), 0);
    assert_int_equal(setrlimit(RLIMIT_DATA, &data), 0);
    assert_close(by_space.bytes, 300.0 * kib, 0);
    assert_string_equal(by_space.limit, "the address space limit (ulimit -v)");
    assert_close(by_data.bytes, 40.0 * kib, 0);
    assert_string_equal(by_data.limit, "the data limit (ulimit -d)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_there_is_no_limit, open_root, close_root),
        cmocka_unit_test_setup_teardown(quotas_of_folders_above_bind_too, open_root, close_root),
        cmocka_unit_test_setup_teardown(a_container_sees_its_own_folder, open_root, close_root),
        cmocka_unit_test_setup_teardown(version_1_is_read, open_root, close_root),
        cmocka_unit_test_setup_teardown(memory_that_can_be_dropped_is_free, open_root, close_root),
        cmocka_unit_test_setup_teardown(throttling_is_read, open_root, close_root),
        cmocka_unit_test_setup_teardown(the_smallest_room_binds, open_root, close_root),
        cmocka_unit_test_setup_teardown(limits_of_the_process_bind, open_root, close_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
