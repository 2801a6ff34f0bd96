/* Machine limits. Layer: bench. Every figure is operations over wall time, so it can be checked against clock
 * x width. */
#include "limits.h"

#include "timing.h"
#include "topology.h"

#include <string.h>

enum { TRIES = 4, PEAK_ROUNDS = 60000 };

typedef struct Job {
    const KernelSet *set;
    PeakType type;
    uint8_t *memory; /* [thread][bytes_each] */
    size_t bytes_each;
    int repeats;
    double seconds;
    double ops_each;
    float keep; /* results, so that no work can be left out */
} Job;

static void run_peak(void *context, Pool *pool, int thread)
{
    Job *job = context;
    float (*const loops[N_PEAK_TYPES])(long, double *) = {job->set->peak_f32, job->set->peak_bf16,
                                                          job->set->peak_int8};
    double ops = 0.0;
    pool_wait(pool);
    double start = clock_s();
    float result = loops[job->type](PEAK_ROUNDS, &ops);
    pool_wait(pool);
    if (thread == 0) {
        job->seconds = clock_s() - start;
        job->ops_each = ops;
        job->keep += result;
    }
}

double limit_peak(Pool *pool, const KernelSet *set, PeakType type)
{
    Job job = {.set = set, .type = type};
    double best = 0.0;
    for (int i = 0; i < TRIES; i++) {
        pool_run(pool, run_peak, &job);
        double rate = job.ops_each * pool_threads(pool) / job.seconds;
        if (rate > best) best = rate;
    }
    return best;
}

static void run_read(void *context, Pool *pool, int thread)
{
    Job *job = context;
    const uint8_t *mine = job->memory + (size_t)thread * job->bytes_each;
    float result = 0.0f;
    pool_wait(pool);
    double start = clock_s();
    for (int i = 0; i < job->repeats; i++) result += job->set->read_bytes(mine, job->bytes_each);
    pool_wait(pool);
    if (thread == 0) {
        job->seconds = clock_s() - start;
        job->keep += result;
    }
}

static void run_touch(void *context, Pool *pool, int thread)
{
    Job *job = context;
    (void)pool;
    memset(job->memory + (size_t)thread * job->bytes_each, thread + 1, job->bytes_each);
}

double limit_read(Pool *pool, const KernelSet *set, size_t bytes_each)
{
    const size_t bytes_a_try = (size_t)128 << 20;
    size_t all = bytes_each * (size_t)pool_threads(pool);
    Job job = {.set = set, .bytes_each = bytes_each, .memory = topology_memory_take(all)};
    double best = 0.0;
    if (!job.memory) return 0.0;
    job.repeats = bytes_each >= bytes_a_try ? 1 : (int)(bytes_a_try / bytes_each);
    pool_run(pool, run_touch, &job);
    for (int i = 0; i < TRIES; i++) {
        pool_run(pool, run_read, &job);
        double rate = (double)all * job.repeats / job.seconds;
        if (rate > best) best = rate;
    }
    topology_memory_give(job.memory, all);
    return best;
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
