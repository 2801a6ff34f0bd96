/* What disturbs a measurement. Layer: bench.
 *
 * Where the numbers come from: /proc/stat (time of all programs, and steal), /proc/self/task/N/schedstat
 * (time that a thread was ready but not running), cpu.stat of the control groups (time that the quota stopped
 * threads), the process's own clock, and two limits of the machine that
 * are measured again between the points.
 */
#include "noise.h"

#include "cgroup.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { PROBE_TRIES = 5 };

typedef struct SignRow {
    double limit;
    const char *text;
} SignRow;

static const SignRow sign_rows[N_NOISE_SIGNS] = {
#define NOISE_SIGN_ROW(id, limit, text) [NOISE_##id] = {limit, text},
    NOISE_SIGNS(NOISE_SIGN_ROW)
#undef NOISE_SIGN_ROW
};

NoiseVerdict noise_verdict(const NoiseSeen *seen)
{
    for (int i = 0; i < N_NOISE_SIGNS; i++)
        if (seen->frac[i] > sign_rows[i].limit) return NOISE_NOISY;
    return NOISE_QUIET;
}

void noise_describe(const NoiseSeen *seen, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < N_NOISE_SIGNS && used < size; i++) {
        if (!(seen->frac[i] > sign_rows[i].limit)) continue;
        int n = snprintf(text + used, size - used, "%s%.1f %% %s (limit %.0f %%)", used > 0 ? ", " : "",
                         100.0 * seen->frac[i], sign_rows[i].text, 100.0 * sign_rows[i].limit);
        if (n > 0) used += (size_t)n;
    }
}

/* ---- the system's accounts ---- */

/* The first line of /proc/stat, in ticks of all processors. */
static void machine_time(double *busy_s, double *stolen_s)
{
    double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, stolen = 0;
    double tick_s = 1.0 / (double)sysconf(_SC_CLK_TCK);
    FILE *file = fopen("/proc/stat", "r");
    *busy_s = *stolen_s = 0.0;
    if (!file) return;
    if (fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &user, &nice, &system, &idle, &wait, &irq, &soft,
               &stolen) == 8) {
        *busy_s = (user + nice + system + irq + soft) * tick_s;
        *stolen_s = stolen * tick_s;
    }
    fclose(file);
}

/* Time that our threads were ready and did not run: the second number of each schedstat, in nanoseconds. */
static double waited_time(void)
{
    double all_s = 0.0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *task = tasks ? readdir(tasks) : NULL; task; task = readdir(tasks)) {
        char path[300];
        double ran = 0.0, waited = 0.0;
        if (task->d_name[0] == '.') continue; /* the folder above has a schedstat, too: the first thread's */
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", task->d_name);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        if (fscanf(file, "%lf %lf", &ran, &waited) == 2) all_s += waited * 1e-9;
        fclose(file);
    }
    if (tasks) closedir(tasks);
    return all_s;
}

static double process_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- probes ---- */

static void probe(NoiseWatch *watch)
{
    int all = pool_threads(watch->pool);
    Samples reads =
        limit_reads(watch->pool, watch->set, watch->memory, watch->memory->piece, all, PROBE_TRIES);
    Samples peaks = limit_peaks(watch->pool, watch->set, PEAK_F32, all, PROBE_TRIES);
    NoiseProbe now = {samples_quantile(&reads, 0.5), samples_quantile(&peaks, 0.5)};
    /* The last place is written over: the newest probe is the one that the next point is compared with. */
    if (watch->n_probes == NOISE_PROBES_MAX) watch->n_probes--;
    watch->probes[watch->n_probes++] = now;
}

static double change(double a, double b)
{
    double least = fmin(a, b);
    return least > 0.0 ? fmax(a, b) / least - 1.0 : 0.0;
}

void noise_open(NoiseWatch *watch, Pool *pool, const KernelSet *set, const ReadMemory *memory)
{
    *watch = (NoiseWatch){.pool = pool, .set = set, .memory = memory};
    probe(watch);
}

void noise_begin(NoiseWatch *watch)
{
    watch->cpu_s = process_time();
    watch->waited_s = waited_time();
    machine_time(&watch->busy_s, &watch->stolen_s);
    watch->throttled_s = cgroup_throttled_s("");
    watch->start_s = clock_wall_s();
}

/* Half the reach of the median's confidence interval; of the samples themselves where they are too few. */
static double scatter_of(const Samples *samples)
{
    if (samples->n >= 5) return samples_uncertainty(samples);
    double median = samples_quantile(samples, 0.5);
    return median > 0.0 ? (samples_quantile(samples, 1.0) - samples_quantile(samples, 0.0)) / 2.0 / median
                        : 0.0;
}

NoiseSeen noise_end(NoiseWatch *watch, const Samples *samples)
{
    /* /proc/stat counts in hundredths of a second, rounded for each processor and kind of work. */
    const double least_s = 0.05;
    double busy_s, stolen_s, elapsed = fmax(clock_wall_s() - watch->start_s, 1e-9);
    machine_time(&busy_s, &stolen_s);
    double others_s = busy_s - watch->busy_s - (process_time() - watch->cpu_s);
    double machine_s = elapsed * (double)sysconf(_SC_NPROCESSORS_ONLN);
    double throttled_s = cgroup_throttled_s("") - watch->throttled_s;
    /* A thread that the quota stops is ready all the time. */
    double waited_s = fmax(0.0, waited_time() - watch->waited_s - throttled_s);
    double threads_s = elapsed * pool_threads(watch->pool);
    NoiseSeen seen = {{
        [NOISE_STOLEN] = (stolen_s - watch->stolen_s) / machine_s,
        [NOISE_WAITED] = waited_s / threads_s,
        [NOISE_THROTTLED] = throttled_s / threads_s,
        [NOISE_OTHERS] = others_s > least_s ? others_s / machine_s : 0.0,
        [NOISE_SCATTER] = scatter_of(samples),
    }};
    NoiseProbe before = watch->probes[watch->n_probes - 1];
    probe(watch);
    const NoiseProbe *after = &watch->probes[watch->n_probes - 1];
    seen.frac[NOISE_BANDWIDTH] = change(before.read_b_s, after->read_b_s);
    seen.frac[NOISE_CLOCK] = change(before.fma_op_s, after->fma_op_s);
    return seen;
}

static void probe_range(const NoiseWatch *watch, NoiseProbe *out_least, NoiseProbe *out_most)
{
    NoiseProbe least = watch->probes[0], most = watch->probes[0];
    for (int i = 1; i < watch->n_probes; i++) {
        least.read_b_s = fmin(least.read_b_s, watch->probes[i].read_b_s);
        least.fma_op_s = fmin(least.fma_op_s, watch->probes[i].fma_op_s);
        most.read_b_s = fmax(most.read_b_s, watch->probes[i].read_b_s);
        most.fma_op_s = fmax(most.fma_op_s, watch->probes[i].fma_op_s);
    }
    *out_least = least;
    *out_most = most;
}

void noise_describe_whole(const NoiseWatch *watch, char *text, size_t size)
{
    NoiseSeen whole = noise_whole(watch);
    NoiseProbe least, most;
    const double giga = 1e-9;
    int used = 0;
    probe_range(watch, &least, &most);
    text[0] = '\0';
    if (whole.frac[NOISE_BANDWIDTH] > sign_rows[NOISE_BANDWIDTH].limit)
        used = snprintf(text, size, "memory bandwidth between the points ranged from %.1f to %.1f GB/s",
                        least.read_b_s * giga, most.read_b_s * giga);
    if (whole.frac[NOISE_CLOCK] > sign_rows[NOISE_CLOCK].limit && used >= 0 && (size_t)used < size)
        (void)snprintf(text + used, size - (size_t)used, "%sthe arithmetic rate from %.0f to %.0f GFLOP/s",
                       used > 0 ? ", " : "", least.fma_op_s * giga, most.fma_op_s * giga);
}

NoiseSeen noise_whole(const NoiseWatch *watch)
{
    NoiseProbe least, most;
    probe_range(watch, &least, &most);
    return (NoiseSeen){{[NOISE_BANDWIDTH] = change(least.read_b_s, most.read_b_s),
                        [NOISE_CLOCK] = change(least.fma_op_s, most.fma_op_s)}};
}
