/* Kernels beside the limits that bound them.
 *
 * Layer: bench. Share of the limit = time that the limit alone would take / time taken; of arithmetic and
 * traffic the one that takes longer is the limit (Williams, Waterman and Patterson 2009). Products with one
 * row run over weights far larger than any cache, those with more rows over WIDTH outputs of them.
 */
#include "roofline.h"

#include "formats.h"
#include "room.h"
#include "topology.h"

#include <math.h>
#include <string.h>

enum {
    WIDTH = 4096, /* k, and outputs of a product with several rows */
    GEMM_ROWS = 512,
    QUICK_GEMM_ROWS = 128,
    BATCH_ROWS = 16,
    TURNS = 5,
    QUICK_TURNS = 3,
    DEPTH = 2048, /* tokens that attention sees */
    HEAD_DIM = 128,
    GROUP = 4, /* queries that share a key-value head */
    ELEMENTS = 4096,
    ROWS_MAX = N_WEIGHT_FORMATS * 3 * SCALING_MAX + 16
};
/* A run is repeated until it takes this long, and a product is narrowed until it takes no longer than that.
 */
static const double least_run_s = 0.004, most_run_s = 0.06;

typedef struct Roofline Roofline;
typedef struct ElementKernel ElementKernel;
typedef void (*WorkFn)(Roofline *line, Pool *pool, int thread);

/* Something to time, and what it must at least compute and move. */
typedef struct Work {
    const char *name;
    int m, n, k;
    WorkFn run;
    double ops, bytes; /* of one run, all threads together; no ops: only traffic counts */
    PeakType peak;
    const char *read_name;
    size_t read_each; /* bytes that a thread reads where that bandwidth is measured */
} Work;

typedef enum Buffer {
    BUFFER_X,
    BUFFER_C,
    BUFFER_SCRATCH,
    BUFFER_PANELS,
    BUFFER_COLUMN_SCALES,
    BUFFER_ROW_VALUES,
    BUFFER_ROW_SCALES,
    BUFFER_ROW_CORRECTIONS,
    N_BUFFERS
} Buffer;

struct Roofline {
    Pool *pool;
    const KernelSet *set;
    const ReadMemory *memory;
    const RooflineOptions *options;
    MeasureKernel *rows;
    int n_rows;
    /* the work in hand */
    const Work *work;
    const ElementKernel *element;
    int n_threads, n_panels, repeats;
    double seconds;
    PackedWeights weights; /* with panels and scales */
    PackedRows packed;
    /* buffers, shared by all works */
    float *x, *c, *scratch; /* [GEMM_ROWS][WIDTH], products, [thread][THREAD_FLOATS] */
    uint8_t *panels;
    float *column_scales;
    size_t weight_bytes; /* of `panels` */
    void *row_values, *row_scales, *row_corrections;
    struct {
        void *bytes;
        size_t n;
    } owned[N_BUFFERS];
    int n_owned;
};

enum { THREAD_FLOATS = ATTENTION_SCRATCH + 4 * ELEMENTS, OUTPUTS_MAX = 1 << 18 };
static const size_t weight_bytes_max = (size_t)256 << 20;

/* ---- timing ---- */

static void run_repeats(void *context, Pool *pool, int thread)
{
    Roofline *line = context;
    pool_wait(pool);
    double start = clock_s();
    for (int i = 0; i < line->repeats; i++) {
        line->work->run(line, pool, thread);
        pool_wait(pool);
    }
    if (thread == 0) line->seconds = clock_s() - start;
}

static double run_seconds(Roofline *line)
{
    pool_run(line->pool, run_repeats, line);
    return line->seconds / line->repeats;
}

static void measure(Roofline *line, const Work *work, int n_threads)
{
    Samples seconds = {0}, computing = {0}, moving = {0};
    line->work = work;
    line->n_threads = n_threads;
    line->repeats = 1;
    double first_s = run_seconds(line); /* warms up, too */
    if (first_s < least_run_s) line->repeats = (int)ceil(least_run_s / fmax(first_s, 1e-7));
    for (int turn = 0; turn < (line->options->is_quick ? QUICK_TURNS : TURNS); turn++) {
        Samples reads = limit_reads(line->pool, line->set, line->memory, work->read_each, n_threads, 2);
        Samples peaks = limit_peaks(line->pool, line->set, work->peak, n_threads, 2);
        double took_s = run_seconds(line);
        seconds.values[seconds.n++] = took_s;
        moving.values[moving.n++] = work->bytes / samples_quantile(&reads, 1.0) / took_s;
        computing.values[computing.n++] = work->ops / samples_quantile(&peaks, 1.0) / took_s;
    }
    double by_traffic = samples_quantile(&moving, 0.5), by_work = samples_quantile(&computing, 0.5);
    bool is_traffic = by_traffic >= by_work;
    double share = is_traffic ? by_traffic : by_work;
    double value = (is_traffic ? work->bytes : work->ops) / samples_quantile(&seconds, 0.5);
    line->rows[line->n_rows++] = (MeasureKernel){
        .name = work->name,
        .m = work->m,
        .n = work->n,
        .k = work->k,
        .threads = n_threads,
        .value = value,
        .limit = value / share,
        .limit_name = is_traffic ? work->read_name : limit_peak_name(work->peak),
        .share_frac = share,
    };
}

/* On one thread and on all, or over the scaling curve. */
static void measure_scaling(Roofline *line, const Work *work, bool is_curve)
{
    int counts[SCALING_MAX], all = pool_threads(line->pool), n = limit_scaling(all, counts);
    for (int i = n; i-- > 0;) {
        bool is_end = counts[i] == all || (counts[i] == 1 && !line->options->is_quick);
        if (is_end || is_curve) measure(line, work, counts[i]);
    }
}

/* ---- products ---- */

static void run_product(Roofline *line, Pool *pool, int thread)
{
    const FormatOps *ops = &line->set->formats[line->weights.format];
    bool is_working = thread < line->n_threads;
    int from, to, step = line->n_panels / (16 * line->n_threads);
    step = step < 1 ? 1 : step > 64 ? 64 : step;
    while (is_working && pool_take(pool, line->packed.n_tiles, 1, &from, &to))
        ops->pack_rows(&ops->layout, line->weights.format, line->x, WIDTH, &line->packed, from, to);
    pool_wait(pool);
    while (is_working && pool_take(pool, line->n_panels, step, &from, &to))
        ops->gemm(&line->packed, &line->weights, from, to, line->c, (size_t)line->work->n, false);
}

static void fill_weights(void *context, Pool *pool, int thread)
{
    Roofline *line = context;
    long n = line->weights.n_panels, all = pool_threads(pool);
    weights_fill_panels(&line->weights, line->options->seed, (int)(n * thread / all),
                        (int)(n * (thread + 1) / all));
}

/* As many outputs as the memory holds, random. */
static void weights_make(Roofline *line, WeightFormat format)
{
    const PanelLayout *layout = &line->set->formats[format].layout;
    weights_plan(format, layout, layout->nr, WIDTH, &line->weights);
    size_t n_panels = (line->weight_bytes - KERNEL_READ_AHEAD) / line->weights.panel_bytes;
    size_t most = (size_t)(OUTPUTS_MAX / layout->nr);
    weights_plan(format, layout, (int)(n_panels < most ? n_panels : most) * layout->nr, WIDTH,
                 &line->weights);
    line->weights.panels = line->panels;
    line->weights.scales = line->column_scales;
    pool_run(line->pool, fill_weights, line);
}

static Work product_work(Roofline *line, int m, int n)
{
    static const char *const names[N_WEIGHT_FORMATS][2] = {
#define PRODUCT_NAMES(id, name, bytes) [WEIGHT_##id] = {"gemv_" name, "gemm_" name},
        WEIGHT_FORMATS(PRODUCT_NAMES)
#undef PRODUCT_NAMES
    };
    WeightFormat format = line->weights.format;
    rows_plan(format, &line->weights.layout, m, WIDTH, &line->packed);
    line->packed.values = line->row_values;
    line->packed.scales = line->row_scales;
    line->packed.corrections = line->row_corrections;
    line->n_panels = n / line->weights.layout.nr;
    return (Work){.name = names[format][m > 1],
                  .m = m,
                  .n = n,
                  .k = WIDTH,
                  .run = run_product,
                  .ops = 2.0 * m * n * WIDTH,
                  .bytes = (double)line->n_panels * (double)line->weights.panel_bytes,
                  .peak = limit_peak_of(format),
                  .read_name = "read_dram",
                  .read_each = line->memory->piece};
}

/* All of one row's, WIDTH of several, or as few as a slow kernel can do in time. */
static int outputs_for(Roofline *line, int m)
{
    int nr = line->weights.layout.nr, few = m == 1 ? WIDTH : nr * pool_threads(line->pool);
    int most = (m == 1 || line->weights.n < WIDTH ? line->weights.n : WIDTH) / nr * nr;
    if (few >= most) return most;
    Work trial = product_work(line, m, few);
    line->work = &trial;
    line->n_threads = pool_threads(line->pool);
    line->repeats = 1;
    (void)run_seconds(line);
    double room = most_run_s / fmax(run_seconds(line), 1e-7) * few;
    int n = room < most ? (int)room / nr * nr : most;
    return n < few ? few : n;
}

static void measure_format(Roofline *line, WeightFormat format)
{
    bool is_record = format == line->options->format, is_quick = line->options->is_quick;
    const int rows[] = {1, BATCH_ROWS, is_quick ? QUICK_GEMM_ROWS : GEMM_ROWS};
    weights_make(line, format);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i] == BATCH_ROWS && !line->options->is_every_kernel) continue;
        int n = outputs_for(line, rows[i]);
        Work work = product_work(line, rows[i], n);
        measure_scaling(line, &work, is_record && !is_quick);
    }
}

/* ---- attention ---- */

/* Heads lie one behind the other in the weights' memory, which holds random halves. */
static void run_attention(Roofline *line, Pool *pool, int thread)
{
    const size_t head_bytes = (size_t)DEPTH * HEAD_DIM * sizeof(uint16_t);
    int from, to;
    float *mine = line->scratch + (size_t)thread * THREAD_FLOATS, *out = mine + ATTENTION_SCRATCH;
    while (thread < line->n_threads && pool_take(pool, line->n_panels, 1, &from, &to)) {
        uint8_t *at = line->panels + (size_t)from * 2 * head_bytes;
        KvHead head = {(uint16_t *)(void *)at, (uint16_t *)(void *)(at + head_bytes), HEAD_DIM, DEPTH, false};
        AttentionTask task = {.head = &head,
                              .n_rows = line->work->m,
                              .token_to = DEPTH,
                              .scale = 1.0f / sqrtf((float)HEAD_DIM),
                              .scratch = mine};
        for (int r = 0; r < task.n_rows; r++) {
            task.q[r] = line->x + r * HEAD_DIM;
            task.out[r] = out + r * HEAD_DIM;
            task.n_visible[r] = DEPTH;
        }
        line->set->attention(&task);
    }
}

static void measure_attention(Roofline *line)
{
    static const int rows[] = {GROUP, ATTENTION_ROWS_MAX}; /* one token of decode, three of prefill */
    const double head_bytes = 2.0 * DEPTH * HEAD_DIM * sizeof(uint16_t);
    weights_make(line, WEIGHT_F16);
    line->n_panels = (int)((double)line->weights.n_panels * (double)line->weights.panel_bytes / head_bytes);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Work work = {.name = "attention_f16",
                     .m = rows[i],
                     .n = DEPTH,
                     .k = HEAD_DIM,
                     .run = run_attention,
                     .ops = 4.0 * rows[i] * DEPTH * HEAD_DIM * line->n_panels,
                     .bytes = head_bytes * line->n_panels,
                     .peak = PEAK_F32,
                     .read_name = "read_dram",
                     .read_each = line->memory->piece};
        measure_scaling(line, &work, false);
    }
}

/* ---- element-wise kernels ---- */

enum { CALLS = 64 };
/* Rows of each thread: values that kernels change, cosines, sines, values that stay. */
enum { ROW_OUT, ROW_COS, ROW_SIN, ROW_IN, N_ELEMENT_ROWS };

static void element_rms_norm(const KernelSet *set, float row[][ELEMENTS])
{
    set->rms_norm(row[ROW_IN], row[ROW_COS], ELEMENTS, 1e-5f, row[ROW_OUT]);
}

static void element_rope(const KernelSet *set, float row[][ELEMENTS])
{
    set->rope(row[ROW_OUT], row[ROW_COS], row[ROW_SIN], ELEMENTS);
}

/* Used on its own result again and again the gate would fade into subnormal numbers. */
static void element_swiglu(const KernelSet *set, float row[][ELEMENTS])
{
    memcpy(row[ROW_OUT], row[ROW_IN], sizeof row[ROW_OUT]);
    set->swiglu(row[ROW_OUT], row[ROW_COS], ELEMENTS);
}

static void element_softmax(const KernelSet *set, float row[][ELEMENTS])
{
    set->softmax(row[ROW_OUT], ELEMENTS);
}

/* Floats that each element must at least read and write; the copy before swiglu is counted. */
struct ElementKernel {
    const char *name;
    void (*run)(const KernelSet *set, float row[][ELEMENTS]);
    double floats;
};
static const ElementKernel element_kernels[] = {{"rms_norm", element_rms_norm, 3.0},
                                                {"rope", element_rope, 3.0},
                                                {"swiglu", element_swiglu, 5.0},
                                                {"softmax", element_softmax, 2.0}};

static void run_elements(Roofline *line, Pool *pool, int thread)
{
    float(*row)[ELEMENTS] = (float(*)[ELEMENTS])(line->scratch + (size_t)thread * THREAD_FLOATS);
    (void)pool;
    for (int i = 0; thread < line->n_threads && i < CALLS; i++) line->element->run(line->set, row);
}

/* Every thread works on rows of its own, which stay in its second-level cache. */
static void measure_elements(Roofline *line)
{
    size_t l2 = topology_get()->l2_bytes / 2, all = (size_t)pool_threads(line->pool);
    for (size_t i = 0; i < all * N_ELEMENT_ROWS * ELEMENTS; i++) {
        size_t thread = i / ELEMENTS / N_ELEMENT_ROWS, row = i / ELEMENTS % N_ELEMENT_ROWS, at = i % ELEMENTS;
        float angle = (float)at, value = line->x[at];
        if (row == ROW_COS) value = cosf(angle);
        if (row == ROW_SIN) value = sinf(angle);
        line->scratch[thread * THREAD_FLOATS + row * ELEMENTS + at] = value;
    }
    for (size_t i = 0; i < sizeof element_kernels / sizeof *element_kernels; i++) {
        line->element = &element_kernels[i];
        Work work = {.name = line->element->name,
                     .m = CALLS,
                     .n = ELEMENTS,
                     .k = 1,
                     .run = run_elements,
                     .bytes = line->element->floats * sizeof(float) * CALLS * ELEMENTS * (double)all,
                     .peak = PEAK_F32,
                     .read_name = "read_l2",
                     .read_each = l2 > 0 ? l2 : line->memory->piece};
        measure(line, &work, (int)all);
    }
}

/* ---- all of it ---- */

/* False where memory would not hold them all. */
static bool take_owned(Roofline *line, const size_t n_bytes[N_BUFFERS])
{
    double all = 0.0;
    for (int i = 0; i < N_BUFFERS; i++) all += (double)n_bytes[i];
    if (all > memory_room("").bytes) return false;
    for (; line->n_owned < N_BUFFERS; line->n_owned++) {
        void *bytes = topology_memory_take(n_bytes[line->n_owned]);
        if (!bytes) return false;
        line->owned[line->n_owned].bytes = bytes;
        line->owned[line->n_owned].n = n_bytes[line->n_owned];
    }
    return true;
}

static bool take_buffers(Roofline *line)
{
    const size_t values = (size_t)GEMM_ROWS * WIDTH, scales = values / BLOCK_VALUES;
    uint64_t state = line->options->seed;
    line->weight_bytes = line->memory->total < weight_bytes_max ? line->memory->total : weight_bytes_max;
    const size_t n_bytes[N_BUFFERS] = {
        [BUFFER_X] = values * sizeof(float),
        [BUFFER_C] = (values > OUTPUTS_MAX ? values : OUTPUTS_MAX) * sizeof(float),
        [BUFFER_SCRATCH] = (size_t)pool_threads(line->pool) * THREAD_FLOATS * sizeof(float),
        [BUFFER_PANELS] = line->weight_bytes,
        [BUFFER_COLUMN_SCALES] = OUTPUTS_MAX * sizeof(float),
        [BUFFER_ROW_VALUES] = values * sizeof(float),
        [BUFFER_ROW_SCALES] = scales * sizeof(float) + KERNEL_ALIGN,
        [BUFFER_ROW_CORRECTIONS] = scales * sizeof(int32_t) + KERNEL_ALIGN,
    };
    if (!take_owned(line, n_bytes)) return false;
    line->x = line->owned[BUFFER_X].bytes;
    line->c = line->owned[BUFFER_C].bytes;
    line->scratch = line->owned[BUFFER_SCRATCH].bytes;
    line->panels = line->owned[BUFFER_PANELS].bytes;
    line->column_scales = line->owned[BUFFER_COLUMN_SCALES].bytes;
    line->row_values = line->owned[BUFFER_ROW_VALUES].bytes;
    line->row_scales = line->owned[BUFFER_ROW_SCALES].bytes;
    line->row_corrections = line->owned[BUFFER_ROW_CORRECTIONS].bytes;
    for (size_t i = 0; i < values; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        line->x[i] = (float)((double)(state >> 11) * 0x1p-52 - 1.0);
    }
    return true;
}

int roofline_measure(Pool *pool, const KernelSet *set, const ReadMemory *memory,
                     const RooflineOptions *options, Arena *arena, MeasureKernel **out)
{
    Roofline line = {.pool = pool, .set = set, .memory = memory, .options = options};
    line.rows = arena_array(arena, ROWS_MAX, sizeof *line.rows);
    if (take_buffers(&line)) {
        for (int f = 0; f < N_WEIGHT_FORMATS; f++)
            if (options->is_every_kernel || f == (int)options->format) measure_format(&line, (WeightFormat)f);
        if (options->is_every_kernel) {
            measure_attention(&line);
            measure_elements(&line);
        }
    }
    for (int i = 0; i < line.n_owned; i++) topology_memory_give(line.owned[i].bytes, line.owned[i].n);
    *out = line.rows;
    return line.n_rows;
}
