/* Limits of control groups, versions 1 and 2. Layer: bench. */
#include "cgroup.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 1024, LINE_BYTES = 4096, LEVELS_MAX = 32 };

typedef struct Folders {
    int n;
    char paths[2 * LEVELS_MAX][PATH_BYTES]; /* of both versions, our own group's first */
} Folders;

/* ---- where the group's files are ---- */

/* "cpu" is in "rw,cpu,cpuacct". */
static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = list; at; at = strchr(at, ',')) {
        if (*at == ',') at++;
        if (strncmp(at, word, n) == 0 && (at[n] == ',' || at[n] == '\0')) return true;
    }
    return false;
}

/* The path of our group in a hierarchy: lines are "4:memory:/a/b", of version 2 "0::/a/b". */
static bool find_group(const char *root, const char *controller, bool is_v2, char *out)
{
    char path[PATH_BYTES], line[LINE_BYTES];
    bool is_found = false;
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "r");
    while (file && !is_found && fgets(line, sizeof line, file)) {
        char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *group++ = '\0';
        group[strcspn(group, "\n")] = '\0';
        is_found = is_v2 ? strcmp(controllers, ":") == 0 : has_word(controllers + 1, controller);
        if (is_found) (void)snprintf(out, PATH_BYTES, "%.*s", PATH_BYTES - 1, group);
    }
    if (file) fclose(file);
    return is_found;
}

/* Where the hierarchy is mounted, and which of its folders is mounted there (a container sees its own only).
 * Lines are "32 31 0:29 /folder /mount rw - cgroup cgroup rw,cpu". */
static bool find_mount(const char *root, const char *controller, bool is_v2, char *folder, char *mount)
{
    char path[PATH_BYTES], line[LINE_BYTES], type[32], options[LINE_BYTES];
    bool is_found = false;
    (void)snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
    FILE *file = fopen(path, "r");
    while (file && !is_found && fgets(line, sizeof line, file)) {
        const char *rest = strstr(line, " - ");
        if (!rest || sscanf(line, "%*s %*s %*s %1023s %1023s", folder, mount) != 2 ||
            sscanf(rest, " - %31s %*s %4095s", type, options) != 2)
            continue;
        is_found = is_v2 ? strcmp(type, "cgroup2") == 0
                         : strcmp(type, "cgroup") == 0 && has_word(options, controller);
    }
    if (file) fclose(file);
    return is_found;
}

/* Our group's folder and those above it, up to the mount. */
static void add_folders(const char *root, const char *controller, bool is_v2, Folders *out)
{
    char group[PATH_BYTES], folder[PATH_BYTES], mount[PATH_BYTES], top[2 * PATH_BYTES];
    if (!find_group(root, controller, is_v2, group) || !find_mount(root, controller, is_v2, folder, mount))
        return;
    size_t n = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    bool is_below = strncmp(group, folder, n) == 0 && (group[n] == '/' || group[n] == '\0');
    char *below = group + (is_below ? n : strlen(group));
    (void)snprintf(top, sizeof top, "%s%s", root, mount);
    for (int level = 0; level < LEVELS_MAX; level++) {
        if (strcmp(below, "/") == 0) *below = '\0';
        int length = snprintf(out->paths[out->n], PATH_BYTES, "%s%s", top, below);
        if (length < PATH_BYTES) out->n++;
        char *last = strrchr(below, '/');
        if (!last) break;
        *last = '\0';
    }
}

static void find_folders(const char *root, const char *controller, Folders *out)
{
    out->n = 0;
    add_folders(root, controller, true, out);
    add_folders(root, controller, false, out);
}

/* ---- what they say ---- */

static FILE *open_file(const char *folder, const char *name)
{
    char path[PATH_BYTES + 64];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return fopen(path, "r");
}

/* Up to two numbers; how many there were ("max" is none). */
static int read_numbers(const char *folder, const char *name, double *a, double *b)
{
    FILE *file = open_file(folder, name);
    int n = file ? fscanf(file, "%lf %lf", a, b) : 0;
    if (file) fclose(file);
    return n > 0 ? n : 0;
}

/* The number behind a word of a file of "word number" lines; 0 when it is not there. */
static double read_word(const char *folder, const char *name, const char *word)
{
    char key[64];
    double value, found = 0.0;
    FILE *file = open_file(folder, name);
    while (file && fscanf(file, "%63s %lf", key, &value) == 2)
        if (strcmp(key, word) == 0) found = value;
    if (file) fclose(file);
    return found;
}

static double quota_of(const char *folder)
{
    double quota = 0.0, period = 0.0, unused;
    bool is_read = read_numbers(folder, "cpu.max", &quota, &period) == 2 ||
                   (read_numbers(folder, "cpu.cfs_quota_us", &quota, &unused) > 0 &&
                    read_numbers(folder, "cpu.cfs_period_us", &period, &unused) > 0);
    return is_read && quota > 0.0 && period > 0.0 ? quota / period : 0.0;
}

double cgroup_quota_cores(const char *root)
{
    Folders folders;
    double least = 0.0;
    find_folders(root, "cpu", &folders);
    for (int i = 0; i < folders.n; i++) {
        double quota = quota_of(folders.paths[i]);
        if (quota > 0.0 && (least <= 0.0 || quota < least)) least = quota;
    }
    return least;
}

/* One limit of one folder: its file, that of the use, and the word of memory.stat for what can be dropped. */
typedef struct MemoryFiles {
    const char *limit, *use, *droppable;
} MemoryFiles;

static const MemoryFiles memory_files[] = {
    {"memory.max", "memory.current", "inactive_file"},
    {"memory.high", "memory.current", "inactive_file"},
    {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"},
};

bool cgroup_memory_left(const char *root, double *bytes, char *limit, size_t limit_size)
{
    /* Version 1 says so when there is no limit: the greatest number of whole pages. */
    const double no_limit = 0x1p62;
    Folders folders;
    double least = INFINITY;
    find_folders(root, "memory", &folders);
    for (int i = 0; i < folders.n; i++) {
        for (size_t f = 0; f < sizeof memory_files / sizeof *memory_files; f++) {
            const MemoryFiles *files = &memory_files[f];
            double most = 0.0, use = 0.0, unused;
            if (read_numbers(folders.paths[i], files->limit, &most, &unused) == 0 || most >= no_limit ||
                read_numbers(folders.paths[i], files->use, &use, &unused) == 0)
                continue;
            double left =
                fmax(0.0, most - use + read_word(folders.paths[i], "memory.stat", files->droppable));
            if (left >= least) continue;
            least = left;
            (void)snprintf(limit, limit_size, "the control group's %s", files->limit);
        }
    }
    *bytes = least;
    return isfinite(least);
}

double cgroup_throttled_s(const char *root)
{
    Folders folders;
    double most = 0.0;
    find_folders(root, "cpu", &folders);
    for (int i = 0; i < folders.n; i++) {
        double v2_us = read_word(folders.paths[i], "cpu.stat", "throttled_usec"),
               v1_ns = read_word(folders.paths[i], "cpu.stat", "throttled_time");
        most = fmax(most, fmax(v2_us * 1e-6, v1_ns * 1e-9));
    }
    return most;
}
