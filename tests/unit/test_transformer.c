/* The transformer step: sequences do not meet, and experts compute what the formula says. */
#include "test.h"

#include "bench/dispatch.h"
#include "bench/formats.h"
#include "bench/steps.h"
#include "bench/transformer_state.h"

#include <stdlib.h>

enum { SEQUENCES = 7, THREADS = 2 };

static Transformer *build(const ArchShape *shape, const char *isa, WeightFormat format, bool is_kv_bf16,
                          Pool *pool, KernelSet *set)
{
    Err err = {0};
    TransformerPlan plan = {{arch_layers_of(shape, LAYER_DENSE), arch_layers_of(shape, LAYER_EXPERTS)},
                            40,
                            SEQUENCES,
                            64,
                            is_kv_bf16};
    if (!kernels_choose(isa, set, &err)) fail_msg("%s", err.text);
    Transformer *model = transformer_new(shape, format, &plan, set, pool, 11, &err);
    if (!model) fail_msg("%s", err.text);
    return model;
}

static const ArchShape shapes[] = {
    {"dense", 2, 96, 160, 6, 2, 16, 173, true, 0, 0, 0, 0, 0},
    {"wide group", 2, 64, 96, 17, 1, 32, 61, true, 0, 0, 0, 0, 0},
    {"experts", 2, 96, 0, 6, 2, 16, 173, true, 5, 2, 64, 0, 0},
    {"shared", 2, 64, 0, 4, 4, 16, 90, false, 8, 3, 32, 96, 0},
    {"mixed", 3, 64, 224, 4, 4, 16, 90, false, 8, 3, 32, 96, 2},
};

static float largest(const float *x, int n)
{
    float most = 0.0f;
    for (int i = 0; i < n; i++) most = fmaxf(most, fabsf(x[i]));
    return most;
}

/* What is said to be needed is what is taken. */
static void test_bytes_are_those_taken(void **state)
{
    (void)state;
    Pool *pool = pool_new(THREADS, NULL);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (WeightFormat format = WEIGHT_F32; format < N_WEIGHT_FORMATS; format++) {
            KernelSet set;
            double taken = 0.0;
            Transformer *model = build(&shapes[s], "ref", format, false, pool, &set);
            for (int i = 0; i < model->n_pieces; i++) taken += (double)model->pieces[i].n_bytes;
            assert_close(transformer_bytes(&shapes[s], format, &model->plan, &set, THREADS), taken, 0);
            transformer_free(model);
        }
    }
    pool_free(pool);
}

/* The first sequence gets the same answer alone (each thread packs for itself) and beside six others (packed
 * together, gathered by expert). */
static void test_sequences_do_not_meet(void **state)
{
    static const WeightFormat formats[] = {WEIGHT_F32, WEIGHT_BF16, WEIGHT_INT8, WEIGHT_Q4_0};
    (void)state;
    Pool *pool = pool_new(THREADS, NULL);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
            KernelSet set;
            Transformer *model = build(&shapes[s], "ref", formats[f], f == 1, pool, &set);
            int vocab = shapes[s].vocab;
            float *alone = malloc((size_t)vocab * sizeof *alone);
            (void)transformer_step(model, 1, 1, 20);
            memcpy(alone, model->logits, (size_t)vocab * sizeof *alone);
            float size = largest(alone, vocab);
            assert_true(size > 0.0f && isfinite(size));
            (void)transformer_step(model, SEQUENCES, 1, 20);
            for (int i = 0; i < vocab; i++) {
                if (fabsf(model->logits[i] - alone[i]) > 2e-4f * size)
                    fail_msg("%s in %s: logit %d is %g beside others, %g alone", shapes[s].name,
                             weight_format_name(formats[f]), i, (double)model->logits[i], (double)alone[i]);
            }
            free(alone);
            transformer_free(model);
        }
    }
    pool_free(pool);
}

/* A prompt of several tokens ends as the same tokens one after the other do. */
static void test_prefill_is_decode_in_turns(void **state)
{
    enum { TOKENS = 5 };
    (void)state;
    Pool *pool = pool_new(THREADS, NULL);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        KernelSet set;
        Transformer *model = build(&shapes[s], "ref", WEIGHT_F32, false, pool, &set);
        size_t hidden = (size_t)shapes[s].hidden;
        int vocab = shapes[s].vocab;
        float *all = malloc((size_t)vocab * sizeof *all), *source = malloc(TOKENS * hidden * sizeof *source);
        memcpy(source, model->source, TOKENS * hidden * sizeof *source);
        (void)transformer_step(model, 1, TOKENS, 3);
        memcpy(all, model->logits, (size_t)vocab * sizeof *all);
        for (int i = 0; i < TOKENS; i++) {
            memcpy(model->source, source + (size_t)i * hidden, hidden * sizeof *source);
            (void)transformer_step(model, 1, 1, 3 + i);
        }
        float size = largest(all, vocab);
        for (int i = 0; i < vocab; i++) assert_true(fabsf(model->logits[i] - all[i]) <= 1e-4f * size);
        free(all);
        free(source);
        transformer_free(model);
    }
    pool_free(pool);
}

/* Half of two layers is a model of one: rows leave it alike. */
static void test_a_part_of_the_layers(void **state)
{
    enum { TOKENS = 5 };
    (void)state;
    Pool *pool = pool_new(THREADS, NULL);
    ArchShape two = shapes[0], one = shapes[0];
    KernelSet set;
    two.vocab = one.vocab = 4;
    one.layers = 1;
    Transformer *models[] = {build(&two, "ref", WEIGHT_F32, false, pool, &set),
                             build(&one, "ref", WEIGHT_F32, false, pool, &set),
                             build(&shapes[4], "ref", WEIGHT_F32, false, pool, &set)};
    size_t n = (size_t)two.hidden;
    float size = largest(models[0]->source, (int)n);
    (void)transformer_step(models[1], 1, TOKENS, 3);
    (void)transformer_step_part(models[0], 1, TOKENS, 3, 0.0);
    for (size_t i = 0; i < n; i++) assert_true(fabsf(models[0]->x[i] - models[1]->x[i]) < 1e-5f * size);
    (void)transformer_step_part(models[0], 1, TOKENS, 3, 0.51);
    float apart = 0.0f;
    for (size_t i = 0; i < n; i++) apart = fmaxf(apart, fabsf(models[0]->x[i] - models[1]->x[i]));
    assert_true(apart > 1e-3f * size);
    /* A layer of each kind at least. */
    StepTime mixed = transformer_step_part(models[2], 1, TOKENS, 3, 0.0);
    assert_true(mixed.layers_s[LAYER_DENSE] > 0.0 && mixed.layers_s[LAYER_EXPERTS] > 0.0);
    for (int i = 0; i < 3; i++) transformer_free(models[i]);
    pool_free(pool);
}

/* ---- experts by hand ---- */

enum { HIDDEN = 32, WIDTH = 32, EXPERTS = 4, ACTIVE = 2, SHARED = 64, ROWS = 6 };

static float noise(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) * 0x1p-23f - 1.0f;
}

static float *refill(PackedWeights *w, unsigned *state)
{
    size_t n = (size_t)w->n * (size_t)w->k;
    float *values = malloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++) values[i] = 0.3f * noise(state);
    weights_pack(values, NULL, w);
    return values;
}

static void run_experts(void *context, Pool *pool, int thread)
{
    const Step *step = context;
    (void)pool;
    (void)thread;
    experts_step(step, &step->model->layers[0]);
}

/* gate, up and down of one block on one normalised row, in double. */
static void add_block(float *const *w, int width, const double *row, double share, double *out)
{
    for (int j = 0; j < width; j++) {
        double gate = 0, up = 0;
        for (int i = 0; i < HIDDEN; i++) {
            gate += row[i] * (double)w[BLOCK_GATE][j * HIDDEN + i];
            up += row[i] * (double)w[BLOCK_UP][j * HIDDEN + i];
        }
        double inner = gate / (1 + exp(-gate)) * up;
        for (int i = 0; i < HIDDEN; i++) out[i] += share * inner * (double)w[BLOCK_DOWN][i * width + j];
    }
}

static void expect_row(float *const *router, float *blocks[][N_BLOCK_WEIGHTS], const float *x, double *out)
{
    double square = 0, row[HIDDEN], scores[EXPERTS] = {0}, sum = 0;
    int order[EXPERTS] = {0, 1, 2, 3};
    for (int i = 0; i < HIDDEN; i++) square += (double)x[i] * (double)x[i];
    for (int i = 0; i < HIDDEN; i++) row[i] = (double)x[i] / sqrt(square / HIDDEN + 1e-5);
    for (int e = 0; e < EXPERTS; e++)
        for (int i = 0; i < HIDDEN; i++) scores[e] += row[i] * (double)router[0][e * HIDDEN + i];
    for (int a = 0; a < EXPERTS; a++)
        for (int b = a + 1; b < EXPERTS; b++)
            if (scores[order[b]] > scores[order[a]]) {
                int swap = order[a];
                order[a] = order[b];
                order[b] = swap;
            }
    for (int a = 0; a < ACTIVE; a++) sum += exp(scores[order[a]]);
    for (int i = 0; i < HIDDEN; i++) out[i] = (double)x[i];
    for (int a = 0; a < ACTIVE; a++)
        add_block(blocks[order[a]], WIDTH, row, exp(scores[order[a]]) / sum, out);
    add_block(blocks[EXPERTS], SHARED, row, 1.0, out);
}

static void test_experts_by_hand(void **state)
{
    (void)state;
    const ArchShape shape = {"four", 1, HIDDEN, 0, 2, 1, 16, 40, true, EXPERTS, ACTIVE, WIDTH, SHARED, 0};
    Pool *pool = pool_new(THREADS, NULL);
    KernelSet set;
    Transformer *model = build(&shape, "ref", WEIGHT_F32, false, pool, &set);
    unsigned seed = 77;
    Layer *layer = &model->layers[0];
    float *router = refill(&layer->router, &seed), *blocks[EXPERTS + 1][N_BLOCK_WEIGHTS], x[ROWS * HIDDEN];
    for (int b = 0; b <= EXPERTS; b++)
        for (int w = 0; w < N_BLOCK_WEIGHTS; w++) blocks[b][w] = refill(&layer->blocks[b].weights[w], &seed);
    for (int i = 0; i < ROWS * HIDDEN; i++) x[i] = model->x[i] = 2.0f * noise(&seed);
    Step step = {model, ROWS, 1, 0, ROWS, {0, 1}};
    pool_run(pool, run_experts, &step);
    for (int r = 0; r < ROWS; r++) {
        double wanted[HIDDEN];
        expect_row(&router, blocks, x + r * HIDDEN, wanted);
        for (int i = 0; i < HIDDEN; i++)
            assert_true(fabs((double)model->x[r * HIDDEN + i] - wanted[i]) < 2e-5);
    }
    for (int b = 0; b <= EXPERTS; b++)
        for (int w = 0; w < N_BLOCK_WEIGHTS; w++) free(blocks[b][w]);
    free(router);
    transformer_free(model);
    pool_free(pool);
}

/* Weights of mean zero: after many layers rows still differ, and choose different experts. */
static void test_rows_stay_apart(void **state)
{
    (void)state;
    const ArchShape deep = {"deep", 10, 256, 0, 4, 4, 64, 64, true, 12, 2, 64, 0, 0};
    static const WeightFormat formats[] = {WEIGHT_F16, WEIGHT_Q8_0, WEIGHT_Q4_0};
    Pool *pool = pool_new(1, NULL);
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        KernelSet set;
        Transformer *model = build(&deep, "ref", formats[f], false, pool, &set);
        (void)transformer_step(model, SEQUENCES, 1, 8);
        assert_true(largest(model->x, SEQUENCES * deep.hidden) < 20.0f);
        /* 12 (1 - (10 / 12)^7) = 8.7 are expected */
        if (model->routing.n_visits < 6)
            fail_msg("%s: %d experts visited", weight_format_name(formats[f]), model->routing.n_visits);
        transformer_free(model);
    }
    pool_free(pool);
}

/* A tenth of a second is enough of 64 rows, and twice the cache is the least. */
static void test_share_of_long_steps(void **state)
{
    (void)state;
    const double mib = 0x1p20;
    assert_close(steps_share(63, 4.0, 1000 * mib, 32 * mib), 1.0, 0);
    assert_close(steps_share(64, 0.05, 1000 * mib, 32 * mib), 1.0, 0);
    assert_close(steps_share(64, 1.0, 1000 * mib, 32 * mib), 0.1, 1e-15);
    assert_close(steps_share(64, 4.0, 1000 * mib, 32 * mib), 0.064, 1e-15);
    assert_close(steps_share(64, 4.0, 50 * mib, 32 * mib), 1.0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_those_taken),
        cmocka_unit_test(test_sequences_do_not_meet),
        cmocka_unit_test(test_prefill_is_decode_in_turns),
        cmocka_unit_test(test_a_part_of_the_layers),
        cmocka_unit_test(test_share_of_long_steps),
        cmocka_unit_test(test_experts_by_hand),
        cmocka_unit_test(test_rows_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
