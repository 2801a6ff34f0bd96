/* What a record says of its run besides figures. */
#include "test.h"

#include "bench/notes.h"

static const double mib = 0x1p20;
static const ArchShape dense = {"dense", 32, 64, 224, 4, 2, 16, 128, false, 0, 0, 0, 0, 0},
                       mix = {"mix", 16, 64, 224, 4, 2, 16, 128, false, 8, 2, 96, 96, 4};

static void expect(const RunNotes *run, const char *text)
{
    Arena arena;
    arena_init(&arena);
    assert_string_equal(notes_write(run, &arena), text);
    arena_free(&arena);
}

static void notes_say_what_was_left_out(void **state)
{
    (void)state;
    TransformerPlan plan = {.n_layers = {32, 0}};
    RunNotes run = {.shape = &dense,
                    .plan = &plan,
                    .fewest_layers = 32,
                    .weight_bytes = 30 * mib,
                    .reading_bytes = 64 * mib,
                    .cache_bytes = 32 * mib,
                    .room = {90 * mib, "a limit"},
                    .has_kernels = true};
    expect(&run, ""); /* all of it was run: that its weights fit a cache is so for the whole model */
    run.fewest_layers = 2;
    expect(
        &run,
        "long steps of many rows, such as prompts, went through 2 layers at least; their times are told for "
        "all");
    plan.n_layers[LAYER_DENSE] = run.fewest_layers = 3;
    run.weight_bytes = 33 * mib;
    expect(&run, "3 of 32 layers were run; times are extrapolated to the whole model");
    run.is_cut = true;
    run.weight_bytes = 30 * mib;
    expect(&run,
           "3 of 32 layers were run; times are extrapolated to the whole model; their weights (30 MiB) "
           "fit a cache (32 MiB), so decode is shown faster than it is; shorter prompts or fewer batches "
           "than usual, since these kernels are slow");
}

static void notes_say_what_memory_left_out(void **state)
{
    (void)state;
    TransformerPlan plan = {.n_layers = {1, 6}};
    RunNotes run = {.shape = &mix,
                    .plan = &plan,
                    .fewest_layers = 7,
                    .weight_bytes = 33 * mib,
                    .reading_bytes = 9 * mib,
                    .cache_bytes = 32 * mib,
                    .room = {90 * mib, "a limit"}};
    expect(&run,
           "7 of 16 layers were run (1 of 4 dense, 6 of 12 with experts); times are extrapolated to the "
           "whole model; a thread read 9 MiB to find the memory bandwidth, a part of them from a cache of "
           "32 MiB: a limit left 90 MiB; no memory was left for kernels beside their limits");
}

static void notes_say_what_a_quota_does(void **state)
{
    (void)state;
    TransformerPlan plan = {.n_layers = {32, 0}};
    RunNotes run = {.shape = &dense,
                    .plan = &plan,
                    .fewest_layers = 32,
                    .reading_bytes = 64 * mib,
                    .quota_cores = 1.5,
                    .n_threads = 1,
                    .has_kernels = true};
    expect(&run, "");
    run.n_threads = 2;
    expect(&run, "the CPU quota of 1.5 stops the 2 threads in each period");
    run.quota_cores = 0.5;
    run.n_threads = 1;
    expect(&run, "times are processor time over the CPU quota of 0.5, which stops the thread in each period");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_say_what_was_left_out),
        cmocka_unit_test(notes_say_what_memory_left_out),
        cmocka_unit_test(notes_say_what_a_quota_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
