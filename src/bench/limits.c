/* Machine limits. Layer: bench. Every figure is operations over wall time, so it can be checked against clock
 * x width. */
#include "limits.h"

#include "timing.h"
#include "topology.h"

#include <string.h>

enum {
    TRIES = 5,
    PEAK_ROUNDS = 60000,
    BURST_ROUNDS = 12000,
    LIMITS_MAX = 2 * (N_PEAK_TYPES + 3) + SCALING_MAX
};
static const size_t bytes_a_try = (size_t)128 << 20;
static const double cap_s = 0.15; /* after two tries; only slow machines come near */

typedef struct Job {
    const KernelSet *set;
    PeakType type;
    int n_threads;         /* those that work; the others wait */
    long rounds;           /* of arithmetic */
    const uint8_t *memory; /* [thread][stride] */
    size_t stride, bytes_each;
    ReadPattern pattern;
    int repeats;
    double seconds;
    double ops_each;
    float keep; /* results, so that no work can be left out */
} Job;

const char *limit_peak_name(PeakType type)
{
    static const char *const names[N_PEAK_TYPES] = {"fma_f32", "fma_bf16", "fma_int8"};
    return names[type];
}

const char *limit_peak_unit(PeakType type)
{
    return type == PEAK_INT8 ? "OP/s" : "FLOP/s";
}

static void run_peak(void *context, Pool *pool, int thread)
{
    Job *job = context;
    float (*const loops[N_PEAK_TYPES])(long, double *) = {job->set->peak_f32, job->set->peak_bf16,
                                                          job->set->peak_int8};
    double ops = 0.0;
    float result = 0.0f;
    pool_wait(pool);
    double start = clock_s();
    if (thread < job->n_threads) result = loops[job->type](job->rounds, &ops);
    pool_wait(pool);
    if (thread == 0) {
        job->seconds = clock_s() - start;
        job->ops_each = ops;
        job->keep += result;
    }
}

Samples limit_peaks(Pool *pool, const KernelSet *set, PeakType type, int n_threads, int n_tries)
{
    Job job = {.set = set, .type = type, .n_threads = n_threads, .rounds = PEAK_ROUNDS};
    Samples rates = {0};
    double start = clock_s();
    while (rates.n < n_tries && (rates.n < 2 || clock_s() - start < cap_s)) {
        pool_run(pool, run_peak, &job);
        rates.values[rates.n++] = job.ops_each * n_threads / job.seconds;
    }
    return rates;
}

double limit_arithmetic_now(Pool *pool, const KernelSet *set, PeakType type)
{
    Job job = {.set = set, .type = type, .n_threads = pool_threads(pool), .rounds = BURST_ROUNDS};
    pool_run(pool, run_peak, &job);
    return job.ops_each * job.n_threads / job.seconds;
}

static double best_peak(Pool *pool, const KernelSet *set, PeakType type, int n_threads)
{
    Samples rates = limit_peaks(pool, set, type, n_threads, TRIES);
    return samples_quantile(&rates, 1.0);
}

double limit_peak(Pool *pool, const KernelSet *set, PeakType type)
{
    return best_peak(pool, set, type, pool_threads(pool));
}

static void run_read(void *context, Pool *pool, int thread)
{
    Job *job = context;
    const uint8_t *mine = job->memory + (size_t)thread * job->stride;
    float result = 0.0f;
    pool_wait(pool);
    double start = clock_s();
    for (int i = 0; thread < job->n_threads && i < job->repeats; i++)
        result += job->set->read_bytes(mine, job->bytes_each, job->pattern);
    pool_wait(pool);
    if (thread == 0) {
        job->seconds = clock_s() - start;
        job->keep += result;
    }
}

static void run_touch(void *context, Pool *pool, int thread)
{
    const ReadMemory *memory = context;
    (void)pool;
    memset(memory->bytes + (size_t)thread * memory->piece, thread + 1, memory->piece);
}

/* A turn of every pattern, and again: what disturbs one turn disturbs all of them. */
static ReadPattern fastest_pattern(Pool *pool, const KernelSet *set, const ReadMemory *memory)
{
    enum { PATTERN_TURNS = 3 };
    Samples rates[N_READ_PATTERNS] = {0};
    ReadMemory tried = *memory;
    int best = 0;
    for (int turn = 0; turn < PATTERN_TURNS; turn++) {
        for (int p = 0; p < N_READ_PATTERNS; p++) {
            tried.pattern = (ReadPattern)p;
            Samples now = limit_reads(pool, set, &tried, tried.piece, pool_threads(pool), 1);
            rates[p].values[rates[p].n++] = now.values[0];
        }
    }
    for (int p = 1; p < N_READ_PATTERNS; p++)
        if (samples_quantile(&rates[p], 0.5) > samples_quantile(&rates[best], 0.5)) best = p;
    return (ReadPattern)best;
}

bool read_memory_take(Pool *pool, const KernelSet *set, double piece_bytes, double most_bytes,
                      ReadMemory *out)
{
    const size_t least = (size_t)256 << 20;
    const Topology *here = topology_get();
    size_t piece = (size_t)piece_bytes;
    if (piece_bytes <= 0.0) piece = 4 * here->l3_bytes > least ? 4 * here->l3_bytes : least;
    double most = most_bytes / pool_threads(pool);
    if ((double)piece > most) piece = (size_t)most / KERNEL_READ_AHEAD * KERNEL_READ_AHEAD;
    *out = (ReadMemory){.piece = piece, .total = piece * (size_t)pool_threads(pool)};
    if (piece > 0) out->bytes = topology_memory_take(out->total);
    if (!out->bytes) return false;
    pool_run(pool, run_touch, out);
    out->pattern = fastest_pattern(pool, set, out);
    return true;
}

void read_memory_give(ReadMemory *memory)
{
    topology_memory_give(memory->bytes, memory->total);
    *memory = (ReadMemory){0};
}

Samples limit_reads(Pool *pool, const KernelSet *set, const ReadMemory *memory, size_t bytes_each,
                    int n_threads, int n_tries)
{
    Job job = {.set = set,
               .n_threads = n_threads,
               .memory = memory->bytes,
               .stride = memory->piece,
               .bytes_each = bytes_each < memory->piece ? bytes_each : memory->piece};
    Samples rates = {0};
    double start = clock_s();
    if (job.bytes_each == memory->piece) job.pattern = memory->pattern;
    size_t bytes = memory->piece < bytes_a_try ? memory->piece : bytes_a_try;
    job.repeats = job.bytes_each >= bytes ? 1 : (int)(bytes / job.bytes_each);
    while (rates.n < n_tries && (rates.n < 2 || clock_s() - start < cap_s)) {
        pool_run(pool, run_read, &job);
        rates.values[rates.n++] = (double)job.bytes_each * n_threads * job.repeats / job.seconds;
    }
    return rates;
}

double limit_read_at(Pool *pool, const KernelSet *set, const ReadMemory *memory, size_t at, size_t bytes_each)
{
    int n_threads = pool_threads(pool);
    Job job = {.set = set,
               .n_threads = n_threads,
               .memory = memory->bytes + at,
               .stride = memory->piece,
               .bytes_each = bytes_each,
               .repeats = 1};
    pool_run(pool, run_read, &job);
    return (double)bytes_each * n_threads / job.seconds;
}

static double best_read(Pool *pool, const KernelSet *set, const ReadMemory *memory, size_t bytes_each,
                        int n_threads)
{
    Samples rates = limit_reads(pool, set, memory, bytes_each, n_threads, TRIES);
    return samples_quantile(&rates, 1.0);
}

int limit_scaling(int n_threads, int out[SCALING_MAX])
{
    int n = 0;
    for (int power = 1; power < n_threads && n + 3 < SCALING_MAX; power *= 2) {
        out[n++] = power;
        int between = power + power / 2;
        if (power >= 2 && between < n_threads) out[n++] = between;
    }
    out[n++] = n_threads;
    return n;
}

int limits_measure(Pool *pool, const KernelSet *set, const ReadMemory *memory, Arena *arena,
                   MeasureLimit **out)
{
    const Topology *here = topology_get();
    int all = pool_threads(pool), n = 0, counts[SCALING_MAX], n_counts = limit_scaling(all, counts);
    /* A part of each cache: all of the last level's share would leave no room for anything else. */
    const struct {
        const char *name;
        size_t bytes;
    } caches[] = {{"read_l1", here->l1_bytes / 2},
                  {"read_l2", here->l2_bytes / 2},
                  {"read_l3", here->l3_bytes / 2 / (size_t)all}};
    MeasureLimit *rows = arena_array(arena, LIMITS_MAX, sizeof *rows);
    for (int i = 0; i < (all > 1 ? 2 : 1); i++) {
        int threads = i == 0 ? all : 1;
        for (int type = 0; type < N_PEAK_TYPES; type++) {
            rows[n++] = (MeasureLimit){limit_peak_name((PeakType)type), limit_peak_unit((PeakType)type),
                                       threads, best_peak(pool, set, (PeakType)type, threads)};
        }
        for (size_t c = 0; c < sizeof caches / sizeof *caches; c++) {
            /* A share of L3 that fits L2 would measure that again. */
            if (caches[c].bytes == 0 || (c > 0 && caches[c].bytes <= caches[c - 1].bytes * 2)) continue;
            rows[n++] = (MeasureLimit){caches[c].name, "B/s", threads,
                                       best_read(pool, set, memory, caches[c].bytes, threads)};
        }
    }
    for (int i = n_counts; i-- > 0;) {
        rows[n++] = (MeasureLimit){"read_dram", "B/s", counts[i],
                                   best_read(pool, set, memory, memory->piece, counts[i])};
    }
    *out = rows;
    return n;
}

PeakType limit_peak_of(WeightFormat format)
{
    switch (format) {
    case WEIGHT_BF16:
        return PEAK_BF16;
    case WEIGHT_INT8:
    case WEIGHT_Q8_0:
    case WEIGHT_Q4_0:
        return PEAK_INT8;
    case WEIGHT_F32:
    case WEIGHT_F16:
    case N_WEIGHT_FORMATS:
        break;
    }
    return PEAK_F32;
}
