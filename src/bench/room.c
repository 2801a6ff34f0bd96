/* Memory that can still be taken. Layer: bench. */
#include "room.h"

#include "cgroup.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { PATH_BYTES = 1024 };

static const double kib = 1024.0;

/* The number of a line "key:   123 kB" in bytes; false when there is none. */
static bool read_kib(const char *root, const char *name, const char *key, double *bytes)
{
    char path[PATH_BYTES], line[256], word[64];
    bool is_found = false;
    (void)snprintf(path, sizeof path, "%s%s", root, name);
    FILE *file = fopen(path, "r");
    while (file && !is_found && fgets(line, sizeof line, file))
        is_found = sscanf(line, "%63s %lf", word, bytes) == 2 && strcmp(word, key) == 0;
    if (file) fclose(file);
    if (is_found) *bytes *= kib;
    return is_found;
}

static void bound(MemoryRoom *room, double bytes, const char *limit)
{
    if (bytes >= room->bytes) return;
    room->bytes = fmax(bytes, 0.0);
    (void)snprintf(room->limit, sizeof room->limit, "%s", limit);
}

static void bound_by_limits(MemoryRoom *room, const char *root)
{
    const struct {
        int resource;
        const char *used, *limit;
    } rows[] = {{RLIMIT_AS, "VmSize:", "the address space limit (ulimit -v)"},
                {RLIMIT_DATA, "VmData:", "the data limit (ulimit -d)"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rlimit most;
        double used;
        if (getrlimit(rows[i].resource, &most) == 0 && most.rlim_cur != RLIM_INFINITY &&
            read_kib(root, "/proc/self/status", rows[i].used, &used))
            bound(room, (double)most.rlim_cur - used, rows[i].limit);
    }
}

MemoryRoom memory_room(const char *root)
{
    MemoryRoom room = {INFINITY, "nothing"};
    double bytes;
    char limit[sizeof room.limit];
    if (read_kib(root, "/proc/meminfo", "MemAvailable:", &bytes))
        bound(&room, bytes, "the machine's free memory");
    if (cgroup_memory_left(root, &bytes, limit, sizeof limit)) bound(&room, bytes, limit);
    bound_by_limits(&room, root);
    return room;
}
