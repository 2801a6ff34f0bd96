/* The throughput model: a case worked by hand, properties, and what is refused. */
#include "test.h"

#include "tokentco/throughput.h"

/* 7.25e9 parameters, 32 layers, hidden 4096, 16-bit weights and cache, on 2 GPUs of an A100's figures. */
static ThroughputCase case_7b(void)
{
    ThroughputCase c = {.engine = "vllm",
                        .gpus = 2,
                        .pipeline = 1,
                        .attention_groups = 1,
                        .kv_bytes = 2,
                        .input_tok = 777,
                        .output_tok = 333,
                        .load = LOAD_CONCURRENCY,
                        .batch = 24};
    c.model = (ModelFacts){.id = "seven", .vocab = 32768, .cache_layer_frac = 1};
    c.model.shape = (ModelShape){.params_total = 7.25e9,
                                 .params_active = 7.25e9,
                                 .layers = 32,
                                 .hidden = 4096,
                                 .heads = 32,
                                 .head_dim = 128,
                                 .kv_values_per_layer = 2048,
                                 .kv_shards = 8};
    c.gpu = (GpuFacts){.id = "A100"};
    c.gpu.spec = (AccelSpec){.memory_bytes = 80e9,
                             .bandwidth_bytes_s = 2.039e12,
                             .link_bytes_s = 300e9,
                             .flops_16bit = 312e12,
                             .flops_8bit = 312e12};
    assert_true(throughput_format_set(&c, "bf16", NULL));
    return c;
}

static ThroughputParams params_awkward(void)
{
    ThroughputParams p = throughput_params_default();
    p.v[PARAM_E_W] = 0.91;
    p.v[PARAM_E_KV] = 0.83;
    p.v[PARAM_E_FL] = 0.57;
    p.v[PARAM_E_PF] = 0.61;
    p.v[PARAM_E_LINK] = 0.44;
    p.v[PARAM_T_LAYER] = 41e-6;
    p.v[PARAM_T_FIX] = 0.7e-3;
    p.v[PARAM_T_SEQ] = 11e-6;
    p.v[PARAM_T_AR] = 7e-6;
    p.v[PARAM_T_PF_LAYER] = 55e-6;
    p.v[PARAM_T_PF_TOK] = 0.3e-6;
    p.v[PARAM_SCORE_BYTES] = 1.5;
    p.v[PARAM_MIX] = 0.9;
    p.v[PARAM_KV_USE] = 0.97;
    p.v[PARAM_BW_SCALING] = 1.1;
    p.v[PARAM_LAYER_SCALING] = 1.3;
    p.v[PARAM_PF_SCALING] = 0.9;
    return p;
}

static void terms_as_worked_by_hand(void **state)
{
    (void)state;
    ThroughputCase c = case_7b();
    ThroughputParams p = params_awkward();
    ThroughputTerms t;
    double step = throughput_step(&c, &p, 24, &t);
    assert_close(t.fix_s, 0.0007, 1e-12);
    assert_close(t.layer_s, 0.0013053690924410921, 1e-12);
    assert_close(t.seq_s, 0.000264, 1e-12);
    assert_close(t.allreduce_s, 0.000448, 1e-12);
    assert_close(t.weights_s, 0.003827935792813817, 1e-12);
    assert_close(t.cache_s, 0.0008752625976329394, 1e-12);
    assert_close(t.compute_s, 0.000993672757894737, 1e-12);
    assert_close(t.link_s, 9.532509090909091e-05, 1e-12);
    assert_true(t.stage_s == 0);
    assert_close(step, 0.008509565331691678, 1e-12);
    double alone;
    assert_close(throughput_prefill(&c, &p, &alone), 0.031584933382070544, 1e-12);
    assert_close(alone, 0.03717286917488436, 1e-12);
    ThroughputPrediction r = throughput_predict(&c, &p);
    assert_close(r.tpot_s, 0.010558317767285443, 1e-9);
    assert_close(r.out_tok_s, 24 / 0.010558317767285443, 1e-9);
    assert_close(r.memory.cache_tokens, 1122818.4518320311, 1e-12);
}

static void more_costs_more(void **state)
{
    (void)state;
    ThroughputCase c = case_7b();
    ThroughputParams p = params_awkward();
    double last = 0;
    for (int batch = 1; batch <= 512; batch *= 2) {
        double step = throughput_step(&c, &p, batch, NULL);
        assert_true(step > last);
        last = step;
    }
    ThroughputCase longer = c, cached = c;
    longer.input_tok *= 3;
    cached.hit_frac = 0.5;
    double alone, base = throughput_prefill(&c, &p, &alone);
    assert_true(throughput_prefill(&longer, &p, &alone) > 3 * base);
    assert_true(throughput_prefill(&cached, &p, &alone) < 0.7 * base);
    assert_true(throughput_step(&longer, &p, 24, NULL) > throughput_step(&c, &p, 24, NULL));
}

static void windows_bound_the_cache(void **state)
{
    (void)state;
    ThroughputCase c = case_7b(), window = c;
    ThroughputParams p = params_awkward();
    window.model.shape.sliding_layer_frac = 1;
    window.model.shape.sliding_window_tok = 256;
    ThroughputTerms full, sliding;
    throughput_step(&c, &p, 24, &full);
    throughput_step(&window, &p, 24, &sliding);
    assert_close(sliding.cache_s, full.cache_s * 256 / (777 + 333 / 2.0), 1e-12);
}

/* Two of eight experts each: one token reads a quarter of the expert weights, many tokens read all of them.
 */
static void experts_are_read_as_touched(void **state)
{
    (void)state;
    ThroughputCase c = case_7b();
    ThroughputParams p = params_awkward();
    c.model.shape.params_routed = 5e9;
    c.model.shape.experts = 8;
    c.model.shape.experts_active = 2;
    p.v[PARAM_MOE_W] = 1;
    ThroughputCase dense = c;
    dense.model.shape.params_total -= 5e9;
    dense.model.shape.params_routed = 0;
    dense.model.shape.experts = dense.model.shape.experts_active = 0;
    ThroughputTerms one, many, none;
    throughput_step(&c, &p, 1, &one);
    throughput_step(&c, &p, 1000, &many);
    throughput_step(&dense, &p, 1, &none);
    assert_close((one.weights_s - none.weights_s) / (many.weights_s - none.weights_s), 0.25, 1e-9);
}

/* A split by layers gives a lone stream nothing; pieces of a long prompt overlap. */
static void layer_split_only_overlaps_prompts(void **state)
{
    (void)state;
    ThroughputCase one = case_7b();
    ThroughputParams p = params_awkward();
    snprintf(one.engine, sizeof one.engine, "llama.cpp");
    one.gpus = 1;
    one.input_tok = 2048;
    p.v[PARAM_T_STAGE] = 1e-12;
    ThroughputCase four = one;
    four.gpus = four.pipeline = 4;
    assert_close(throughput_step(&four, &p, 1, NULL), throughput_step(&one, &p, 1, NULL), 1e-6);
    double alone_one, alone_four;
    throughput_prefill(&one, &p, &alone_one);
    throughput_prefill(&four, &p, &alone_four);
    assert_close(alone_one / alone_four, 16.0 / 7, 1e-9);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    ThroughputParams p = params_awkward();
    static const struct {
        const char *want;
        int gpus, pipeline;
        double input, output, hit, batch;
    } rows[] = {
        {"prompt", 2, 1, 0, 333, 0, 1},     {"answer", 2, 1, 777, 0, 0, 1},
        {"cached", 2, 1, 777, 333, 1.5, 1}, {"at least 1", 2, 1, 777, 333, 0, 0},
        {"divide", 3, 1, 777, 333, 0, 1},   {"fewer than", 33, 33, 777, 333, 0, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ThroughputCase c = case_7b();
        c.gpus = rows[i].gpus;
        c.pipeline = rows[i].pipeline;
        c.input_tok = rows[i].input;
        c.output_tok = rows[i].output;
        c.hit_frac = rows[i].hit;
        c.batch = rows[i].batch;
        Err err = {.code = ERR_NONE};
        assert_false(throughput_check(&c, &p, &err));
        assert_non_null(strstr(err.text, rows[i].want));
    }
    ThroughputCase big = case_7b();
    big.model.shape.params_total = 100e9;
    Err err = {.code = ERR_NONE};
    assert_false(throughput_check(&big, &p, &err));
    assert_int_equal(err.code, ERR_NO);
    Err format = {.code = ERR_NONE};
    assert_false(throughput_format_set(&big, "fp7", &format));
    assert_non_null(strstr(format.text, "fp8"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_as_worked_by_hand),           cmocka_unit_test(more_costs_more),
        cmocka_unit_test(windows_bound_the_cache),           cmocka_unit_test(experts_are_read_as_touched),
        cmocka_unit_test(layer_split_only_overlaps_prompts), cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
