/* How much of a model is built and run, and what is made of its steps. */
#include "test.h"

#include "bench/dispatch.h"
#include "bench/plan.h"
#include "bench/steps.h"

#include <stdlib.h>

/* 4 dense layers of (2 x 64 + 2 x 32 + 3 x 224) x 64 weights, 12 with experts: (192 + 8 + 3 x 96) x 64 and 8
 * x 3 x 96 x 64; a head of 128 x 64. In f32. */
static const ArchShape mix = {"mix", 16, 64, 224, 4, 2, 16, 128, false, 8, 2, 96, 96, 4};
static const double dense_bytes = 4.0 * 864 * 64, expert_bytes = 4.0 * (488 * 64 + 8 * 288 * 64),
                    head_bytes = 4.0 * 128 * 64;
static const Case one = {PHASE_DECODE, 2, 1, 31};

static const double mib = 0x1p20, measuring = 32 * 0x1p20;
static KernelSet set;

static PlanRoom room_of(double weight_bytes, double free_bytes)
{
    assert_true(kernels_choose("ref", &set, NULL));
    return (PlanRoom){{free_bytes, "a limit"}, weight_bytes, &set, 1};
}

static TransformerPlan plan_for(double weight_bytes, double free_bytes)
{
    TransformerPlan plan = {.is_kv_bf16 = false};
    PlanRoom room = room_of(weight_bytes, free_bytes);
    double reading;
    assert_true(plan_transformer(&mix, WEIGHT_F32, &one, 1, &room, &plan, &reading, NULL));
    return plan;
}

static void both_kinds_keep_their_proportion(void **state)
{
    (void)state;
    TransformerPlan all = plan_for(1e12, 1e12);
    assert_int_equal(all.n_layers[LAYER_DENSE], 4);
    assert_int_equal(all.n_layers[LAYER_EXPERTS], 12);
    assert_int_equal(all.max_rows, 2);
    assert_int_equal(all.max_context, 32);
    TransformerPlan half = plan_for(head_bytes + 2 * dense_bytes + 6.2 * expert_bytes, 1e12);
    assert_int_equal(half.n_layers[LAYER_DENSE], 2);
    assert_int_equal(half.n_layers[LAYER_EXPERTS], 6);
    TransformerPlan least = plan_for(1.0, 1e12); /* one of each, whatever the effort */
    assert_int_equal(plan_layers(&least), 2);
}

static void too_little_memory_is_refused(void **state)
{
    (void)state;
    TransformerPlan plan = {.is_kv_bf16 = false}, least = plan_for(1.0, 1e12);
    double bytes = transformer_bytes(&mix, WEIGHT_F32, &least, &set, 1), reading = 0.0;
    assert_true(bytes > head_bytes + dense_bytes + expert_bytes); /* cache and buffers */
    PlanRoom room = room_of(1e12, bytes + measuring - 1.0);
    Err err = {0};
    assert_false(plan_transformer(&mix, WEIGHT_F32, &one, 1, &room, &plan, &reading, &err));
    assert_int_equal(err.code, ERR_NO);
    assert_string_equal(err.text, "mix in f32 needs 2 MiB for one layer and the head, and 32 MiB to measure "
                                  "with; a limit leaves 33 MiB");
    room.memory.bytes += 1.0;
    assert_true(plan_transformer(&mix, WEIGHT_F32, &one, 1, &room, &plan, &reading, NULL));
    assert_true(reading <= 0.25 * room.memory.bytes);
}

/* Layers are counted with their cache: 10 MiB a sequence here, beside weights of less than one. */
static void layers_fit_the_memory(void **state)
{
    (void)state;
    enum { DEPTH = 1 << 15, SEQUENCES = 3 };
    const Case deep = {PHASE_DECODE, SEQUENCES, 1, DEPTH - 1};
    for (double free_bytes = 130 * mib; free_bytes < 1000 * mib; free_bytes *= 1.3) {
        TransformerPlan plan = {.is_kv_bf16 = false};
        PlanRoom room = room_of(1e12, free_bytes);
        double reading;
        assert_true(plan_transformer(&mix, WEIGHT_F32, &deep, 1, &room, &plan, &reading, NULL));
        double bytes = transformer_bytes(&mix, WEIGHT_F32, &plan, &set, 1);
        assert_true(bytes + reading < free_bytes);
        TransformerPlan more = plan;
        more.n_layers[LAYER_EXPERTS]++;
        more.n_layers[LAYER_DENSE]++;
        if (plan_layers(&plan) < mix.layers)
            assert_true(transformer_bytes(&mix, WEIGHT_F32, &more, &set, 1) > 0.7 * free_bytes);
    }
}

/* One second a million weights and rows: layers go first, then prompts, then batches. */
static void slow_kernels_run_less(void **state)
{
    (void)state;
    Case cases[] = {{PHASE_PREFILL, 1, 64, 0}, {PHASE_DECODE, 1, 1, 9}, {PHASE_DECODE, 4, 1, 9}};
    TransformerPlan plan = plan_for(1e12, 1e12);
    PlanPace pace = {.pass_s = 1e-6, .row_s = 1e-6, .n_runs = 1, .seconds = 1e9, .may_cut_cases = true};
    assert_int_equal(plan_cut(&mix, WEIGHT_F32, &pace, cases, 3, &plan), 3);
    assert_int_equal(plan_layers(&plan), 16);
    pace.seconds = 40.0;
    assert_int_equal(plan_cut(&mix, WEIGHT_F32, &pace, cases, 3, &plan), 3);
    assert_int_equal(cases[0].n_tokens, 64);
    assert_true(plan_layers(&plan) < 16 && plan.n_layers[LAYER_DENSE] > 1);
    pace.seconds = 2.0;
    assert_int_equal(plan_cut(&mix, WEIGHT_F32, &pace, cases, 3, &plan), 3);
    assert_int_equal(plan_layers(&plan), 2);
    assert_true(cases[0].n_tokens >= 8 && cases[0].n_tokens < 64);
    pace.seconds = 0.1;
    assert_int_equal(plan_cut(&mix, WEIGHT_F32, &pace, cases, 3, &plan), 2);
    assert_int_equal(cases[0].n_tokens, 8);
    assert_int_equal(cases[1].n_sequences, 1);
}

static void what_was_asked_for_is_run(void **state)
{
    (void)state;
    Case cases[] = {{PHASE_PREFILL, 1, 64, 0}, {PHASE_DECODE, 4, 1, 9}};
    TransformerPlan plan = plan_for(1e12, 1e12);
    PlanPace pace = {.pass_s = 1e-6,
                     .row_s = 1e-6,
                     .n_runs = 1,
                     .seconds = 0.1,
                     .least_weight_bytes = head_bytes + dense_bytes + 4 * expert_bytes};
    assert_int_equal(plan_cut(&mix, WEIGHT_F32, &pace, cases, 2, &plan), 2);
    assert_int_equal(cases[0].n_tokens, 64);
    double built =
        head_bytes + plan.n_layers[LAYER_DENSE] * dense_bytes + plan.n_layers[LAYER_EXPERTS] * expert_bytes;
    assert_true(built >= pace.least_weight_bytes); /* no cache holds them */
    assert_true(plan_layers(&plan) < 16);
}

/* Memory of 40, 20 and 10 GB/s: steps of 1, 2 and 4 ms that wait for nothing but their 40 MB are one step. */
static void steps_of_drifting_memory_are_alike(void **state)
{
    (void)state;
    StepSamples *steps = calloc(1, sizeof *steps);
    assert_non_null(steps);
    for (int i = 0; i < 3; i++) {
        double slower = 1 << i;
        steps->times[i] = (StepTime){{0.6e-3 * slower, 0.4e-3 * slower}, 5e-4};
        steps->paces[i] = (MachinePace){40e9 / slower, 0};
    }
    steps->n = 3;
    assert_close(steps_pace(steps).read_b_s, 20e9, 0);
    assert_close(steps_part_s(steps, PART_LAYERS, 40e6, (MachinePace){20e9, 0}), 2e-3, 1e-12);
    assert_close(steps_part_s(steps, PART_LAYERS, 40e6, (MachinePace){80e9, 0}), 0.5e-3, 1e-12);
    assert_close(steps_part_s(steps, PART_HEAD, 0.0, (MachinePace){20e9, 0}), 5e-4, 1e-12); /* no weights */
    /* Without weights, steps of 1, 2 and 4 ms at 100, 50 and 25 GOP/s are one step. */
    for (int i = 0; i < 3; i++) steps->paces[i].arithmetic_op_s = 100e9 / (1 << i);
    assert_close(steps_part_s(steps, PART_LAYERS, 0.0, (MachinePace){0, 200e9}), 0.5e-3, 1e-12);
    assert_close(steps_pace(steps).arithmetic_op_s, 50e9, 0);
    free(steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds_keep_their_proportion),
        cmocka_unit_test(too_little_memory_is_refused),
        cmocka_unit_test(layers_fit_the_memory),
        cmocka_unit_test(slow_kernels_run_less),
        cmocka_unit_test(what_was_asked_for_is_run),
        cmocka_unit_test(steps_of_drifting_memory_are_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
