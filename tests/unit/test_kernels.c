/* Kernels: every set that this processor runs, against sums in f64 with error bounds, rows packed against the
 * plain packer, at odd sizes and for every number of rows of a tile; formats round trip; the override. */
#include "test.h"

#include "bench/attention_split.h"
#include "bench/dispatch.h"
#include "bench/formats.h"

#include <stdlib.h>

/* Aligned, zeroed, and not a byte longer: kernels may fetch what lies behind, but not read it. */
static void *take(size_t n_bytes)
{
    void *memory = NULL;
    assert_int_equal(posix_memalign(&memory, KERNEL_ALIGN, n_bytes), 0);
    memset(memory, 0, n_bytes);
    return memory;
}

static uint64_t random_state = 20261125;

static float random_float(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (float)((double)(random_state >> 11) * 0x1p-53 * 2.0 - 1.0);
}

static void fill(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) x[i] = random_float();
}

/* The largest sums that integers can reach: activations all at 127, weights at the end of their range (one in
 * each block of 32 at the other end, so that nibbles are 15). */
static void fill_ones(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) x[i] = 1.0f;
}

static void fill_ends(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) x[i] = i % BLOCK_VALUES == 5 ? -1.0f : 0.875f;
}

/* Every f16 value widens and narrows to itself; ties go to even. */
static void test_half_precision(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 0x10000u; bits++) {
        if ((bits & 0x7c00u) == 0x7c00u && (bits & 0x3ffu)) continue; /* not a number */
        assert_int_equal(f32_to_f16(f16_to_f32((uint16_t)bits)), bits);
        if ((bits & 0x7f80u) == 0x7f80u && (bits & 0x7fu)) continue;
        assert_int_equal(f32_to_bf16(bf16_to_f32((uint16_t)bits)), bits);
    }
    assert_int_equal(f32_to_f16(1.0f + 0x1p-11f), 0x3c00);            /* tie, down to even */
    assert_int_equal(f32_to_f16(1.0f + 0x1p-11f + 0x1p-10f), 0x3c02); /* tie, up to even */
    assert_int_equal(f32_to_f16(65519.0f), 0x7bff);
    assert_int_equal(f32_to_f16(65520.0f), 0x7c00);
    assert_int_equal(f32_to_f16(-0x1p-25f), 0x8000);
    assert_int_equal(f32_to_bf16(1.0f + 0x1p-8f), 0x3f80);
}

/* A block by hand: 12.7 is the largest magnitude, so the scale is 0.1 (as an f16) and 3.14 becomes 31. */
static void test_block_rounding(void **state)
{
    (void)state;
    float x[BLOCK_VALUES] = {3.14f, -12.7f, 0.05f, 0.0f}, back[BLOCK_VALUES];
    BlockQ8 block;
    weight_row_quantise(WEIGHT_Q8_0, x, BLOCK_VALUES, &block, NULL);
    assert_int_equal(block.scale, f32_to_f16(0.1f));
    assert_int_equal(block.q[0], 31);
    assert_int_equal(block.q[1], -127);
    BlockQ4 four;
    weight_row_quantise(WEIGHT_Q4_0, x, BLOCK_VALUES, &four, NULL);
    weight_row_expand(WEIGHT_Q4_0, &four, BLOCK_VALUES, 1.0f, back);
    assert_close((double)f16_to_f32(four.scale), 12.7 / 8.0, 1e-3); /* -12.7 becomes level 0, that is -8 */
    assert_close((double)back[1], -12.7, 1e-3);
    assert_close((double)back[0], 2 * 12.7 / 8.0, 1e-3);
}

typedef struct Product {
    int m, n, k;
    float *x, *exact_w;
    double *exact, *size; /* sums of products and of their magnitudes, in f64 */
    float *c;
} Product;

/* The largest error that rounding of activations may cause, as a share of the sum of |x| |w|. */
static double tolerance_of(WeightFormat format)
{
    switch (format) {
    case WEIGHT_F32:
    case WEIGHT_F16:
        return 2e-5;
    case WEIGHT_BF16:
        return 8e-3; /* activations have 8 bits of mantissa */
    case WEIGHT_INT8:
    case WEIGHT_Q8_0:
    case WEIGHT_Q4_0:
        return 3e-2; /* half a step of 1/127 of the largest activation */
    case N_WEIGHT_FORMATS:
        break;
    }
    return 0.0;
}

typedef void (*FillFn)(float *x, size_t n);
typedef struct Fills {
    FillFn rows, weights;
} Fills;

static void product_make(Product *p, WeightFormat format, Fills fills, int m, int n, int k, uint8_t *rows,
                         float *scales)
{
    *p = (Product){.m = m, .n = n, .k = k};
    p->x = take((size_t)(m * k) * sizeof(float));
    p->exact_w = take((size_t)(n * k) * sizeof(float));
    p->exact = take((size_t)(m * n) * sizeof(double));
    p->size = take((size_t)(m * n) * sizeof(double));
    p->c = take((size_t)(m * (n + 3)) * sizeof(float));
    fills.rows(p->x, (size_t)(m * k));
    fills.weights(p->exact_w, (size_t)(n * k));
    for (int i = 0; i < n; i++) {
        uint8_t *row = rows + (size_t)i * weight_row_bytes(format, k);
        weight_row_quantise(format, p->exact_w + i * k, k, row, &scales[i]);
        weight_row_expand(format, row, k, scales[i], p->exact_w + i * k);
    }
    for (int i = 0; i < m * n; i++) {
        for (int j = 0; j < k; j++) {
            double product = (double)p->x[i / n * k + j] * (double)p->exact_w[i % n * k + j];
            p->exact[i] += product;
            p->size[i] += fabs(product);
        }
    }
}

static void product_free(Product *p)
{
    free(p->x), free(p->exact_w), free(p->exact), free(p->size), free(p->c);
}

static void rows_take(WeightFormat format, const PanelLayout *layout, int m, int k, PackedRows *out)
{
    rows_plan(format, layout, m, k, out);
    out->values = take(rows_value_bytes(out));
    out->scales = take(rows_scale_bytes(out));
    out->corrections = take(rows_scale_bytes(out));
}

static void rows_free(PackedRows *rows)
{
    free(rows->values), free(rows->scales), free(rows->corrections);
}

static void product_run(const KernelSet *set, WeightFormat format, Product *p, const uint8_t *rows,
                        const float *scales, bool is_added)
{
    const FormatOps *ops = &set->formats[format];
    PackedWeights w;
    PackedRows packed;
    weights_plan(format, &ops->layout, p->n, p->k, &w);
    w.panels = take(weights_bytes(&w) - KERNEL_READ_AHEAD);
    w.scales = take((size_t)(w.n_panels * w.layout.nr) * sizeof(float));
    weights_pack(rows, scales, &w);
    rows_take(format, &ops->layout, p->m, p->k, &packed);
    ops->pack_rows(&ops->layout, format, p->x, (size_t)p->k, &packed, 0, packed.n_tiles);
    int middle = w.n_panels / 2; /* two calls, as two threads would make */
    ops->gemm(&packed, &w, 0, middle, p->c, (size_t)p->n + 3, is_added);
    ops->gemm(&packed, &w, middle, w.n_panels, p->c, (size_t)p->n + 3, is_added);
    free(w.panels), free(w.scales), rows_free(&packed);
}

static void check_filled(const KernelSet *set, WeightFormat format, Fills fills, int m, int n, int k)
{
    uint8_t *rows = take((size_t)n * weight_row_bytes(format, k));
    float *scales = take((size_t)n * sizeof(float));
    Product p;
    product_make(&p, format, fills, m, n, k, rows, scales);
    for (int pass = 1; pass <= 2; pass++) {
        for (int i = 0; i < m; i++) {
            for (int j = n; j < n + 3; j++) p.c[i * (n + 3) + j] = 7.25f; /* must stay */
        }
        product_run(set, format, &p, rows, scales, pass == 2);
        for (int i = 0; i < m * n; i++) {
            double got = (double)p.c[i / n * (n + 3) + i % n], want = pass * p.exact[i];
            double room = pass * (tolerance_of(format) * p.size[i] / sqrt((double)k) * 4.0 + 1e-6);
            if (fabs(got - want) > room) {
                fail_msg("%s %s %dx%dx%d at %d: %g, not %g within %g", set->name, weight_format_name(format),
                         m, n, k, i, got, want, room);
            }
        }
        for (int i = 0; i < m; i++) assert_true(p.c[i * (n + 3) + n] == 7.25f);
    }
    product_free(&p);
    free(rows), free(scales);
}

static void check_product(const KernelSet *set, WeightFormat format, int m, int n, int k)
{
    check_filled(set, format, (Fills){fill, fill}, m, n, k);
}

static void each_set(void (*check)(const KernelSet *))
{
    for (int i = 0; i < kernels_count(); i++) {
        KernelSet set;
        if ((cpu_features() & kernels_at(i)->features) != kernels_at(i)->features) continue;
        assert_true(kernels_choose(kernels_at(i)->name, &set, NULL));
        check(&set);
    }
}

/* Every number of rows that a tile can have, in one tile and beside others. */
enum { TILE_ROWS_MOST = 17 };

static void check_products(const KernelSet *set)
{
    for (int f = 0; f < N_WEIGHT_FORMATS; f++) {
        WeightFormat format = (WeightFormat)f;
        bool is_block = weight_format_is_block(format);
        for (int m = 1; m <= TILE_ROWS_MOST; m++) {
            check_product(set, format, m, 37, is_block ? 96 : 61);
            check_product(set, format, m, 65, is_block ? 64 : 129);
        }
        check_product(set, format, 1, 1, is_block ? 32 : 1);
        check_product(set, format, 33, 37, is_block ? 96 : 61);
        check_product(set, format, 26, 165, is_block ? 544 : 521);  /* longer than a sliver of widened f16 */
        check_product(set, format, 14, 48, is_block ? 1056 : 1031); /* than another one */
        check_product(set, format, 7, 17, is_block ? 8256 : 8203);  /* than one of AVX2 */
        check_product(set, format, 14, 321, is_block ? 32 : 33);    /* more panels than stay near at once */
        check_product(set, format, 29, 40, is_block ? 1056 : 1031); /* many rows, an odd panel */
        check_filled(set, format, (Fills){fill_ones, fill_ends}, 3, 33, 128);
        check_filled(set, format, (Fills){fill_ones, fill_ends}, 14, 33, 128);
        check_filled(set, format, (Fills){fill_ones, fill_ends}, 26, 33, 640);
        check_filled(set, format, (Fills){fill_ones, fill_ends}, 2, 3, INT8_K_MAX);
    }
}

/* Rounding is exact, so that rows packed by a set are those of the plain packer, bit by bit. */
static void check_packed(const KernelSet *set, WeightFormat format, int m, int k)
{
    const FormatOps *ops = &set->formats[format];
    PackedRows got, want;
    float *x = take((size_t)(m * k) * sizeof(float));
    fill(x, (size_t)(m * k));
    for (int i = 0; i < k; i++) x[i] = 0.0f; /* a row without a largest value */
    rows_take(format, &ops->layout, m, k, &got);
    rows_take(format, &ops->layout, m, k, &want);
    for (int t = got.n_tiles - 1; t >= 0; t--) /* in any order, as threads do */
        ops->pack_rows(&ops->layout, format, x, (size_t)k, &got, t, t + 1);
    pack_rows_ref(&ops->layout, format, x, (size_t)k, &want, 0, want.n_tiles);
    if (memcmp(got.values, want.values, rows_value_bytes(&want)) != 0 ||
        memcmp(got.scales, want.scales, rows_scale_bytes(&want)) != 0 ||
        memcmp(got.corrections, want.corrections, rows_scale_bytes(&want)) != 0)
        fail_msg("%s %s: %d packed rows of %d differ", set->name, weight_format_name(format), m, k);
    rows_free(&got), rows_free(&want), free(x);
}

static void check_packing(const KernelSet *set)
{
    static const int lengths[] = {1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 131};
    for (int f = 0; f < N_WEIGHT_FORMATS; f++) {
        WeightFormat format = (WeightFormat)f;
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            int k = weight_format_is_block(format) ? (int)(i + 1) * BLOCK_VALUES : lengths[i];
            for (int m = 1; m <= TILE_ROWS_MOST; m++) check_packed(set, format, m, k);
        }
    }
}

static void test_packing(void **state)
{
    (void)state;
    each_set(check_packing);
}

static void print_name(const KernelSet *set)
{
    printf(" %s", set->name);
}

static void test_products(void **state)
{
    (void)state;
    printf("sets:");
    each_set(print_name);
    printf("\n");
    each_set(check_products);
}

static void cache_fill(KvHead *head, int n_tokens, float *keys, float *values)
{
    for (int t = 0; t < n_tokens; t++) {
        for (int d = 0; d < head->head_dim; d++) {
            int at = t * head->head_dim + d;
            uint16_t k = head->is_bf16 ? f32_to_bf16(random_float()) : f32_to_f16(random_float());
            uint16_t v = head->is_bf16 ? f32_to_bf16(random_float()) : f32_to_f16(random_float());
            head->keys[(t / KV_PANEL * head->head_dim + d) * KV_PANEL + t % KV_PANEL] = k;
            head->values[(d / KV_PANEL * head->capacity + t) * KV_PANEL + d % KV_PANEL] = v;
            keys[at] = head->is_bf16 ? bf16_to_f32(k) : f16_to_f32(k);
            values[at] = head->is_bf16 ? bf16_to_f32(v) : f16_to_f32(v);
        }
    }
}

/* Slices, added up, are the whole, also where a row sees nothing of the later ones. */
static void check_slices(const KernelSet *set, const AttentionTask *task, int dim)
{
    AttentionTask merged = *task;
    float *out = take((size_t)(task->n_rows * dim) * sizeof(float));
    for (int r = 0; r < task->n_rows; r++) merged.out[r] = out + r * dim;
    for (int n_slices = 1; n_slices <= 3; n_slices++) {
        size_t stride = attention_part_floats(task->n_rows, dim);
        float *parts = take((size_t)n_slices * stride * sizeof(float));
        for (int s = n_slices - 1; s >= 0; s--)
            attention_slice(set, &merged, s, n_slices, task->scratch, parts + (size_t)s * stride);
        attention_merge(&merged, n_slices, parts);
        for (int r = 0; r < task->n_rows; r++) {
            for (int d = 0; d < dim; d++) {
                double want = (double)task->out[r][d] / (double)task->sum[r];
                if (fabs((double)merged.out[r][d] - want) > 2e-6)
                    fail_msg("%s %d slices, row %d: %g, not %g", set->name, n_slices, r,
                             (double)merged.out[r][d], want);
            }
        }
        free(parts);
    }
    free(out);
}

static void test_slice_counts(void **state)
{
    (void)state;
    assert_int_equal(attention_slices(3, 2, 2048), 2); /* 8 pieces wanted, 3 heads */
    assert_int_equal(attention_slices(1, 2, 2048), 8);
    assert_int_equal(attention_slices(1, 2, 600), 2); /* none shorter than 256 */
    assert_int_equal(attention_slices(1, 2, 300), 1);
    assert_int_equal(attention_slices(8, 2, 4096), 1);
    assert_int_equal(attention_slices(1, 1, 4096), 1);
}

static void check_attention_at(const KernelSet *set, int n_rows, int dim, int n_tokens, bool is_bf16)
{
    int capacity = (n_tokens + KV_PANEL - 1) / KV_PANEL * KV_PANEL,
        dim_room = (dim + KV_PANEL - 1) / KV_PANEL * KV_PANEL;
    size_t cache_bytes = (size_t)(capacity * dim_room) * sizeof(uint16_t);
    KvHead head = {take(cache_bytes), take(cache_bytes), dim, capacity, is_bf16};
    float *keys = take((size_t)(n_tokens * dim) * 4), *values = take((size_t)(n_tokens * dim) * 4);
    float *q = take((size_t)(n_rows * dim) * 4), *out = take((size_t)(n_rows * dim) * 4);
    AttentionTask task = {.head = &head,
                          .n_rows = n_rows,
                          .token_to = n_tokens,
                          .scale = 0.125f,
                          .scratch = take(ATTENTION_SCRATCH * sizeof(float))};
    cache_fill(&head, n_tokens, keys, values);
    fill(q, (size_t)(n_rows * dim));
    for (int r = 0; r < n_rows; r++) {
        task.q[r] = q + r * dim;
        task.out[r] = out + r * dim;
        task.n_visible[r] = n_tokens - (n_rows - 1 - r) > 0 ? n_tokens - (n_rows - 1 - r) : 1;
    }
    set->attention(&task);
    check_slices(set, &task, dim);
    double *weight = take((size_t)n_tokens * sizeof(double));
    for (int r = 0; r < n_rows; r++) {
        double sum = 0.0;
        for (int t = 0; t < task.n_visible[r]; t++) {
            double score = 0.0;
            for (int d = 0; d < dim; d++) score += (double)task.q[r][d] * (double)keys[t * dim + d];
            sum += weight[t] = exp(score * 0.125);
        }
        for (int d = 0; d < dim; d++) {
            double want = 0.0, got = (double)task.out[r][d] / (double)task.sum[r];
            for (int t = 0; t < task.n_visible[r]; t++) want += weight[t] / sum * (double)values[t * dim + d];
            if (fabs(got - want) > 2e-5)
                fail_msg("%s attention %dx%dx%d: %g %g", set->name, n_rows, dim, n_tokens, got, want);
        }
    }
    free(head.keys), free(head.values), free(keys), free(values), free(q), free(out), free(task.scratch),
        free(weight);
}

static void check_attention(const KernelSet *set)
{
    for (int is_bf16 = 0; is_bf16 < 2; is_bf16++) {
        check_attention_at(set, 1, 64, 1, is_bf16);
        check_attention_at(set, 4, 64, 31, is_bf16);
        check_attention_at(set, 7, 96, 33, is_bf16);
        check_attention_at(set, 12, 80, 257, is_bf16);
        check_attention_at(set, 3, 128, 600, is_bf16);
        for (int n = 1; n <= ATTENTION_ROWS_MAX; n++) check_attention_at(set, n, 20 + n, 530 + n, is_bf16);
    }
}

static void test_attention(void **state)
{
    (void)state;
    each_set(check_attention);
}

static void check_rope(const KernelSet *set, const float *x, int n)
{
    int half = n / 2;
    size_t bytes = (size_t)half * sizeof(float);
    float *cosines = take(bytes), *sines = take(bytes), *turned = take(2 * bytes);
    for (int i = 0; i < half; i++) cosines[i] = cosf(0.1f * (float)i), sines[i] = sinf(0.1f * (float)i);
    memcpy(turned, x, 2 * bytes);
    set->rope(turned, cosines, sines, n);
    for (int i = 0; i < half; i++) {
        double a = (double)x[i], b = (double)x[i + half], c = (double)cosines[i], s = (double)sines[i];
        assert_true(fabs((double)turned[i] - (a * c - b * s)) < 1e-6);
        assert_true(fabs((double)turned[i + half] - (a * s + b * c)) < 1e-6);
    }
    free(cosines), free(sines), free(turned);
}

static void check_elementwise_at(const KernelSet *set, int n)
{
    size_t count = (size_t)n, bytes = count * sizeof(float);
    float *x = take(bytes), *weight = take(bytes), *up = take(bytes), *out = take(bytes);
    fill(x, count), fill(weight, count), fill(up, count);
    double square = 0.0, sum = 0.0;
    for (int i = 0; i < n; i++) square += (double)x[i] * (double)x[i];
    set->rms_norm(x, weight, n, 1e-5f, out);
    for (int i = 0; i < n; i++)
        assert_close((double)out[i], (double)x[i] * (double)weight[i] / sqrt(square / n + 1e-5), 1e-5);
    memcpy(out, x, bytes);
    set->swiglu(out, up, n);
    for (int i = 0; i < n; i++)
        assert_close((double)out[i], (double)x[i] / (1 + exp(-(double)x[i])) * (double)up[i], 1e-5);
    for (int i = 0; i < n; i++) sum += exp(20.0 * (double)x[i]), out[i] = 20.0f * x[i];
    set->softmax(out, n);
    for (int i = 0; i < n; i++) assert_close((double)out[i], exp(20.0 * (double)x[i]) / sum, 1e-5);
    if (n > 1) check_rope(set, x, n / 2 * 2);
    free(x), free(weight), free(up), free(out);
}

static void check_elementwise(const KernelSet *set)
{
    static const int lengths[] = {1, 2, 7, 15, 16, 17, 31, 33, 75};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) check_elementwise_at(set, lengths[i]);
}

static void test_elementwise(void **state)
{
    (void)state;
    each_set(check_elementwise);
}

/* The loops behind the machine's limits run, and count their work. */
static void check_limits(const KernelSet *set)
{
    float (*const peaks[])(long, double *) = {set->peak_f32, set->peak_bf16, set->peak_int8};
    for (size_t i = 0; i < sizeof peaks / sizeof *peaks; i++) {
        double one = 0.0, three = 0.0;
        assert_true(isfinite(peaks[i](1, &one)) && isfinite(peaks[i](3, &three)));
        assert_true(one > 0.0);
        assert_close(three, 3.0 * one, 1e-12);
    }
    size_t bytes = 64 * 1024;
    float *memory = take(bytes);
    fill(memory, bytes / sizeof *memory);
    for (int i = 0; i < N_READ_PATTERNS; i++)
        assert_true(isfinite(set->read_bytes(memory, bytes, (ReadPattern)i)));
    free(memory);
}

static void test_limits(void **state)
{
    (void)state;
    each_set(check_limits);
}

static void test_override(void **state)
{
    (void)state;
    KernelSet set;
    Err err = {0};
    assert_true(kernels_choose("ref", &set, &err));
    assert_string_equal(set.name, "ref");
    assert_false(kernels_choose("avx9", &set, &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.text, "no instruction set 'avx9' in this build; choose from"));
    assert_non_null(strstr(err.text, "ref"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_half_precision), cmocka_unit_test(test_block_rounding),
        cmocka_unit_test(test_products),       cmocka_unit_test(test_packing),
        cmocka_unit_test(test_attention),      cmocka_unit_test(test_slice_counts),
        cmocka_unit_test(test_elementwise),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_override),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
