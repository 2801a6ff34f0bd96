/* Cores, caches, quota, memory, by hwloc and the control groups.
 *
 * Layer: bench. A quota of 7.65 cores means 7 threads: the eighth would be stopped for a part of every
 * period, and the others would wait for it.
 */
#include "topology.h"

#include "cgroup.h"
#include "places.h"

#include <hwloc.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

static hwloc_topology_t machine;
static hwloc_cpuset_t allowed_before; /* owned: where the calling thread ran at first */
static Places places;
static Topology found;

static size_t cache_bytes(hwloc_obj_type_t type)
{
    hwloc_obj_t cache = hwloc_get_obj_by_type(machine, type, 0);
    return cache ? (size_t)cache->attr->cache.size : 0;
}

/* The value of "key : value" in a file of /proc; false when it has none. */
static bool proc_find(const char *path, const char *key, char *out, size_t size)
{
    char line[512];
    FILE *file = fopen(path, "r");
    bool is_found = false;
    while (file && !is_found && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (!colon || strncmp(line, key, strlen(key)) != 0) continue;
        colon++;
        while (*colon == ' ' || *colon == '\t') colon++;
        colon[strcspn(colon, "\n")] = '\0';
        (void)snprintf(out, size, "%s", colon);
        is_found = true;
    }
    if (file) fclose(file);
    return is_found;
}

static double proc_kib(const char *key)
{
    char text[64];
    double value = 0.0;
    if (!proc_find("/proc/meminfo", key, text, sizeof text) || sscanf(text, "%lf", &value) != 1) return 0.0;
    return value * 1024.0;
}

/* The first line of a file of /sys, or `otherwise`. */
static void line_read(const char *path, const char *otherwise, char *out, size_t size)
{
    (void)snprintf(out, size, "%s", otherwise);
    FILE *file = fopen(path, "r");
    if (!file) return;
    if (fgets(out, (int)size, file)) out[strcspn(out, "\n")] = '\0';
    fclose(file);
}

#define CPUFREQ "/sys/devices/system/cpu/cpu0/cpufreq/"

static void governor_read(void)
{
    char name[32], least[24], most[24];
    line_read(CPUFREQ "scaling_governor", "not shown", name, sizeof name);
    line_read(CPUFREQ "scaling_min_freq", "", least, sizeof least);
    line_read(CPUFREQ "scaling_max_freq", "", most, sizeof most);
    (void)snprintf(found.governor, sizeof found.governor, "%s%s%s%s%s%s", name, least[0] ? ", " : "", least,
                   least[0] ? " to " : "", most, least[0] ? " kHz" : "");
}

/* "always [madvise] never": the word in brackets is in force. */
static void system_read(void)
{
    struct utsname kernel;
    char pages[64];
    line_read("/sys/kernel/mm/transparent_hugepage/enabled", "[unknown]", pages, sizeof pages);
    char *from = strchr(pages, '['), *to = strchr(pages, ']');
    if (uname(&kernel) != 0) return;
    (void)snprintf(found.system, sizeof found.system, "%.30s %.60s, huge pages %.*s", kernel.sysname,
                   kernel.release, from && to > from ? (int)(to - from - 1) : 0, from ? from + 1 : "");
}

const Topology *topology_get(void)
{
    if (machine) return &found;
    hwloc_topology_init(&machine);
    hwloc_topology_load(machine);
    allowed_before = hwloc_bitmap_alloc();
    if (hwloc_get_cpubind(machine, allowed_before, HWLOC_CPUBIND_THREAD) != 0) {
        hwloc_bitmap_copy(allowed_before, hwloc_topology_get_allowed_cpuset(machine));
    }
    places_find(machine, allowed_before, &places);
    found.n_cores = places.n > 0 ? places.n_cores : 1;
    found.n_threads = places.n > 0 ? places.n : 1;
    found.n_packages = hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_PACKAGE);
    found.n_nodes = hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_NUMANODE);
    found.l1_bytes = cache_bytes(HWLOC_OBJ_L1CACHE);
    found.l2_bytes = cache_bytes(HWLOC_OBJ_L2CACHE);
    found.l3_bytes = cache_bytes(HWLOC_OBJ_L3CACHE);
    found.quota_cores = cgroup_quota_cores("");
    found.memory_bytes = proc_kib("MemTotal");
    governor_read();
    system_read();
    if (!proc_find("/proc/cpuinfo", "model name", found.cpu, sizeof found.cpu)) {
        (void)snprintf(found.cpu, sizeof found.cpu, "unknown CPU");
    }
    char quota[32] = "";
    if (found.quota_cores > 0.0) (void)snprintf(quota, sizeof quota, ", CPU quota %.3g", found.quota_cores);
    (void)snprintf(found.text, sizeof found.text,
                   "%d cores, %d hardware threads, %d packages, L2 %zu KiB, L3 %zu MiB%s", found.n_cores,
                   found.n_threads, found.n_packages, found.l2_bytes >> 10, found.l3_bytes >> 20, quota);
    return &found;
}

int threads_default(int n_cores, double quota_cores)
{
    int n = quota_cores > 0.0 && floor(quota_cores) < n_cores ? (int)floor(quota_cores) : n_cores;
    return n < 1 ? 1 : n;
}

int threads_most(int n_threads, double quota_cores)
{
    return quota_cores > 0.0 && ceil(quota_cores) < n_threads ? (int)ceil(quota_cores) : n_threads;
}

void topology_pin(int i)
{
    if (places.n == 0) return;
    hwloc_cpuset_t set = hwloc_bitmap_alloc();
    hwloc_bitmap_only(set, places.numbers[i % places.n]);
    (void)hwloc_set_cpubind(machine, set, HWLOC_CPUBIND_THREAD);
    hwloc_bitmap_free(set);
}

void topology_unpin(void)
{
    if (machine) (void)hwloc_set_cpubind(machine, allowed_before, HWLOC_CPUBIND_THREAD);
}

void *topology_memory_take(size_t n_bytes)
{
    void *memory = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    (void)madvise(memory, n_bytes, MADV_HUGEPAGE);
    return memory;
}

void topology_memory_give(void *memory, size_t n_bytes)
{
    if (memory) (void)munmap(memory, n_bytes);
}
