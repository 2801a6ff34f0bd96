/* The benchmark around the kernels: pool, statistics, refusals, and a whole run of a small model. No test
 * asserts speed. */
#include "test.h"

#include "bench/pool.h"
#include "bench/timing.h"
#include "bench/topology.h"
#include "tokentco/bench.h"

#include <stdatomic.h>

enum { PIECES = 1003, ROUNDS = 50 };

typedef struct Tally {
    atomic_int seen[PIECES];
    atomic_int wrong;
} Tally;

/* In each round every item is taken exactly once before anybody starts the next. */
static void count_pieces(void *context, Pool *pool, int thread)
{
    Tally *tally = context;
    int from, to;
    (void)thread;
    for (int round = 1; round <= ROUNDS; round++) {
        while (pool_take(pool, PIECES, 7, &from, &to)) {
            for (int i = from; i < to; i++) atomic_fetch_add(&tally->seen[i], 1);
        }
        pool_wait(pool);
        for (int i = 0; i < PIECES; i++) {
            if (atomic_load(&tally->seen[i]) != round) atomic_fetch_add(&tally->wrong, 1);
        }
        pool_wait(pool);
    }
}

static void test_pool(void **state)
{
    (void)state;
    for (int n = 1; n <= 3; n++) {
        static Tally tally;
        memset(&tally, 0, sizeof tally);
        Pool *pool = pool_new(n, NULL);
        assert_non_null(pool);
        pool_run(pool, count_pieces, &tally);
        assert_int_equal(atomic_load(&tally.wrong), 0);
        pool_free(pool);
    }
    Err err = {0};
    assert_null(pool_new(0, &err));
    assert_int_equal(err.code, ERR_USAGE);
}

static void test_quantiles(void **state)
{
    (void)state;
    Samples samples = {5, {3.5, 1.25, 9.0, 2.0, 4.0}};
    assert_close(samples_quantile(&samples, 0.5), 3.5, 0);
    assert_close(samples_quantile(&samples, 0.1), 1.55, 1e-15); /* 0.4 of the way from 1.25 to 2 */
    assert_close(samples_quantile(&samples, 1.0), 9.0, 0);
    samples.n = 4;
    assert_close(samples_uncertainty(&samples), 1.0, 0); /* too few to say */
}

static const ArchShape small = {"small", 3, 96, 160, 6, 2, 16, 173, true, 0, 0, 0, 0, 0};

static void test_small_run(void **state)
{
    (void)state;
    static const char *const formats[] = {"f16", "bf16", "int8", "q4_0"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        Arena arena;
        Measurement record;
        Err err = {0};
        arena_init(&arena);
        BenchOptions options = {.shape = small,
                                .weight_format = formats[i],
                                .threads = topology_get()->n_threads > 1 ? 2 : 1,
                                .is_quick = true,
                                .isa = i % 2 ? "ref" : NULL,
                                .seed = 5,
                                .stream_bytes = 2 << 20,
                                .seconds_a_point = 0.01};
        if (i % 2) { /* plain loops take their time: shorter prompts */
            options.prompts = (BenchList){1, {17}};
            options.batches = (BenchList){2, {1, 3}};
            options.depths = (BenchList){2, {0, 9}};
        }
        if (!bench_run(&options, NULL, NULL, &arena, &record, &err)) fail_msg("%s: %s", formats[i], err.text);
        /* A machine that something stops for a moment may cut the run short, and then says so. */
        assert_true(record.n_points >= 5 || (record.n_points > 0 && strstr(record.note, "fewer batches")));
        assert_true(record.layers_run == 3 || (record.layers_run > 0 && strstr(record.note, " of 3 layers")));
        for (int p = 0; p < record.n_points; p++) {
            const MeasurePoint *point = &record.points[p];
            assert_true(isfinite(point->rate_tok_s) && point->rate_tok_s > 0.0);
            assert_true(point->rate_p10_tok_s <= point->rate_tok_s &&
                        point->rate_tok_s <= point->rate_p90_tok_s);
            assert_true(point->n_samples >= 2 && point->n_samples_read == point->n_samples);
            for (int k = 0; k < point->n_samples; k++)
                assert_true(point->samples_tok_s[k] > 0.0 && point->samples_read_b_s[k] > 0.0 &&
                            point->samples_arithmetic_op_s[k] > 0.0);
        }
        assert_true(measurement_pace(&record).read_b_s > 0.0 &&
                    measurement_pace(&record).arithmetic_op_s > 0.0);
        /* 3 layers of (2 x 96 + 2 x 32 + 3 x 160) x 96, and 173 x 96 */
        assert_close(record.shape.params_total, 3 * 736 * 96 + 173 * 96, 0);
        arena_free(&arena);
    }
}

static void refuse(BenchOptions options, ErrCode code, const char *text)
{
    Arena arena;
    Measurement record;
    Err err = {0};
    arena_init(&arena);
    assert_false(bench_run(&options, NULL, NULL, &arena, &record, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.text, text)) fail_msg("'%s' is not in '%s'", text, err.text);
    arena_free(&arena);
}

static void test_refusals(void **state)
{
    (void)state;
    BenchOptions options = {.shape = small, .weight_format = "q5_k", .threads = 1, .is_quick = true};
    refuse(options, ERR_USAGE, "no weight format 'q5_k'");
    options.weight_format = "f32";
    options.isa = "avx9";
    refuse(options, ERR_USAGE, "no instruction set 'avx9'");
    options.isa = NULL;
    options.threads = 100000;
    refuse(options, ERR_USAGE, "100000 threads");
    options.threads = 1;
    options.shape.kv_heads = 4;
    refuse(options, ERR_DATA, "6 heads are no multiple of 4");
    options.shape.kv_heads = 0;
    refuse(options, ERR_DATA, "kv_heads is 0");
    options.shape = (ArchShape){"huge", 2, 65536, 262144, 1024, 1024, 512, 4000000, false, 0, 0, 0, 0, 0};
    refuse(options, ERR_NO, "MiB for one layer and the head");
}

static const ArchShape experts = {"experts", 2, 64, 0, 4, 2, 16, 131, false, 6, 2, 96, 0, 0};

/* A layer has 2 x 64 x (64 + 32) of attention, 6 scores of 64, and 6 experts of 3 x 96 x 64. */
static void test_arch(void **state)
{
    (void)state;
    ModelShape shape = arch_model_shape(&experts);
    double layer = 12288 + 384, expert = 18432, embedding = 2 * 131 * 64;
    assert_close(shape.params_total, 2 * (layer + 6 * expert) + embedding, 0);
    assert_close(shape.params_active, 2 * (layer + 2 * expert) + embedding, 0);
    assert_close(shape.params_routed, 12 * expert, 0);
    assert_close(shape.kv_values_per_layer, 64, 0);
    Err err = {0};
    ArchShape bad = experts;
    bad.experts_active = 7;
    assert_false(arch_check(&bad, &err));
    assert_string_equal(err.text, "experts: experts_active is 7, outside 1 to 6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool),     cmocka_unit_test(test_quantiles), cmocka_unit_test(test_small_run),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_arch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
