/* Decode of a step that cuts its cache into slices equals the one that does not. */
#include "test.h"

#include "bench/attention_split.h"
#include "bench/dispatch.h"
#include "bench/transformer_state.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 700, VOCAB = 50 };

static const ArchShape shape = {.name = "two heads",
                                .layers = 1,
                                .hidden = 64,
                                .heads = 6,
                                .kv_heads = 2,
                                .head_dim = 32,
                                .intermediate = 96,
                                .vocab = VOCAB};

static void run(int n_threads, float logits[VOCAB])
{
    TransformerPlan plan = {.n_layers = {1, 0}, .max_rows = 1, .max_sequences = 1, .max_context = DEPTH + 1};
    KernelSet set;
    Err err = {0};
    Pool *pool = pool_new(n_threads, &err);
    assert_true(kernels_choose_default(&set, &err));
    Transformer *t = transformer_new(&shape, WEIGHT_F32, &plan, &set, pool, 11, &err);
    assert_non_null(t);
    transformer_step(t, 1, 1, DEPTH);
    memcpy(logits, t->logits, VOCAB * sizeof *logits);
    transformer_free(t);
    pool_free(pool);
}

static void test_decode(void **state)
{
    (void)state;
    float whole[VOCAB], sliced[VOCAB];
    assert_int_equal(attention_slices(shape.kv_heads, 2, DEPTH + 1), 2);
    run(1, whole);
    run(2, sliced);
    double largest = 0.0;
    for (int i = 0; i < VOCAB; i++) {
        assert_true(fabs((double)whole[i] - (double)sliced[i]) < 1e-4);
        largest = fmax(largest, fabs((double)whole[i]));
    }
    assert_true(largest > 0.01); /* something was computed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_decode)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
