/* Dimensions of models out of files: config.json as families write it, GGUF headers whole, cut and damaged.
 */
#include "test.h"

#include "tokentco/bench.h"
#include "tokentco/model_config.h"

#include <stdlib.h>
#include <unistd.h>

/* A file of its own for each test, removed at the end. */
static char path[64];

static int make_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/tokentco-shape-XXXXXX");
    int handle = mkstemp(path);
    return handle >= 0 ? close(handle) : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const void *bytes, size_t n_bytes)
{
    (void)unlink(path); /* a truncated file would be flushed to disk */
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n_bytes, file), n_bytes);
    assert_int_equal(fclose(file), 0);
}

/* ---- config.json ---- */

typedef struct Family {
    const char *members; /* beside the dimensions that all share */
    int experts, dense_layers, intermediate, expert_width, shared_width;
} Family;

/* Six layers; which of them hold experts follows from the families' own model code. */
static const Family families[] = {
    {"\"model_type\": \"qwen3_moe\", \"num_experts\": 16, \"moe_intermediate_size\": 96, "
     "\"intermediate_size\": 224",
     16, 0, 224, 96, 0},
    {"\"model_type\": \"glm4_moe\", \"n_routed_experts\": 16, \"moe_intermediate_size\": 96, "
     "\"n_shared_experts\": 2, \"first_k_dense_replace\": 2, \"moe_layer_freq\": 1, \"intermediate_size\": "
     "224",
     16, 2, 224, 96, 192},
    {"\"model_type\": \"qwen2_moe\", \"num_experts\": 16, \"moe_intermediate_size\": 96, "
     "\"shared_expert_intermediate_size\": 160, \"decoder_sparse_step\": 2, \"mlp_only_layers\": [0, 3], "
     "\"intermediate_size\": 224",
     16, 4, 224, 96, 160}, /* 1 and 5 are left */
    {"\"model_type\": \"ernie4_5_moe\", \"moe_num_experts\": 16, \"moe_k\": 4, \"moe_intermediate_size\": "
     "96, "
     "\"moe_num_shared_experts\": 1, \"moe_layer_start_index\": 1, \"moe_layer_end_index\": 4, "
     "\"moe_layer_interval\": 1, \"intermediate_size\": 224",
     16, 2, 224, 96, 96},
    {"\"model_type\": \"llama4_text\", \"num_local_experts\": 16, \"interleave_moe_layer_step\": 2, "
     "\"intermediate_size\": 96, \"intermediate_size_mlp\": 224",
     16, 3, 224, 96, 96},
    {"\"model_type\": \"mimo\", \"n_routed_experts\": 16, \"moe_intermediate_size\": 96, "
     "\"moe_layer_freq\": [0, 1, 1, 1, 0, 1], \"intermediate_size\": 224",
     16, 2, 224, 96, 0},
    {"\"model_type\": \"mixtral\", \"num_local_experts\": 16, \"intermediate_size\": 224", 16, 0, 224, 224,
     0},
    {"\"model_type\": \"llama\", \"n_shared_experts\": 1, \"first_k_dense_replace\": 2, "
     "\"intermediate_size\": 224",
     0, 0, 224, 0, 0},
};

static bool read_config(const char *members, ArchShape *out, ErrList *errors)
{
    Arena arena;
    char text[1024];
    int n = snprintf(text, sizeof text,
                     "{\"num_hidden_layers\": 6, \"hidden_size\": 256, \"num_attention_heads\": 8, "
                     "\"num_key_value_heads\": 2, \"vocab_size\": 8000, \"num_experts_per_tok\": 4, %s}",
                     members);
    write_file(text, (size_t)n);
    arena_init(&arena);
    bool is_ok = model_config_read(path, &arena, out, errors);
    arena_free(&arena);
    return is_ok;
}

static void families_name_their_dense_layers(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        ArchShape shape;
        ErrList errors;
        err_list_init(&errors);
        if (!read_config(families[f].members, &shape, &errors))
            fail_msg("%s: %s", families[f].members, errors.items[0].text);
        assert_int_equal(shape.experts, families[f].experts);
        assert_int_equal(shape.dense_layers, families[f].dense_layers);
        assert_int_equal(arch_layers_of(&shape, LAYER_DENSE) + arch_layers_of(&shape, LAYER_EXPERTS), 6);
        assert_int_equal(shape.intermediate, families[f].intermediate);
        assert_int_equal(shape.expert_intermediate, families[f].expert_width);
        assert_int_equal(shape.shared_intermediate, families[f].shared_width);
        err_list_free(&errors);
    }
}

static void a_model_without_layers_of_experts_is_refused(void **state)
{
    (void)state;
    ArchShape shape;
    ErrList errors;
    err_list_init(&errors);
    assert_false(read_config("\"n_routed_experts\": 16, \"moe_intermediate_size\": 96, "
                             "\"intermediate_size\": 224, \"first_k_dense_replace\": 9",
                             &shape, &errors));
    assert_non_null(strstr(errors.items[0].text, "dense_layers is 6, outside 0 to 5"));
    err_list_free(&errors);
    err_list_init(&errors);
    assert_false(read_config("\"n_routed_experts\": 16, \"moe_intermediate_size\": 96, "
                             "\"intermediate_size\": 224, \"decoder_sparse_step\": 0",
                             &shape, &errors));
    assert_non_null(strstr(errors.items[0].text, "0 is outside 1 to"));
    err_list_free(&errors);
}

/* ---- GGUF ---- */

static const ArchShape small = {"small", 3, 96, 160, 6, 2, 16, 173, true, 0, 0, 0, 0, 0};
static const ArchShape experts = {"experts", 2, 64, 0, 4, 2, 16, 131, false, 6, 2, 96, 0, 0};

/* What is written is read back, in every format that GGUF has. */
static void a_gguf_is_read_back(void **state)
{
    (void)state;
    static const char *const formats[] = {"f32", "f16", "bf16", "q8_0", "q4_0"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        Arena arena;
        ArchShape back;
        const char *format = NULL;
        Err err = {0};
        arena_init(&arena);
        if (!bench_gguf_write(path, &small, formats[i], 3, &err)) fail_msg("%s", err.text);
        if (!bench_gguf_read(path, &arena, &back, &format, &err)) fail_msg("%s", err.text);
        assert_string_equal(format, formats[i]);
        back.name = small.name;
        assert_memory_equal(&back.layers, &small.layers, sizeof back - offsetof(ArchShape, layers));
        arena_free(&arena);
    }
}

static void so_is_one_of_experts(void **state)
{
    (void)state;
    Arena arena;
    ArchShape back, other = experts;
    const char *format = NULL;
    Err err = {0};
    arena_init(&arena);
    if (!bench_gguf_write(path, &experts, "q8_0", 3, &err)) fail_msg("%s", err.text);
    if (!bench_gguf_read(path, &arena, &back, &format, &err)) fail_msg("%s", err.text);
    assert_string_equal(format, "q8_0");
    assert_int_equal(back.experts, 6);
    assert_int_equal(back.experts_active, 2);
    assert_int_equal(back.expert_intermediate, 96);
    assert_int_equal(back.dense_layers, 0);
    assert_false(back.is_head_tied);
    other.shared_intermediate = 32;
    assert_false(bench_gguf_write(path, &other, "q8_0", 3, &err));
    assert_int_equal(err.code, ERR_USAGE);
    other = experts;
    other.intermediate = 96;
    other.dense_layers = 1;
    err = (Err){0};
    assert_false(bench_gguf_write(path, &other, "q8_0", 3, &err));
    assert_int_equal(err.code, ERR_USAGE);
    arena_free(&arena);
}

/* A header by hand: metadata keys of counts, one tensor of f16. */
typedef struct Header {
    unsigned char bytes[4096];
    size_t n;
} Header;

static void add_number(Header *h, unsigned long long value, size_t n_bytes)
{
    memcpy(h->bytes + h->n, &value, n_bytes);
    h->n += n_bytes;
}

static void add_text(Header *h, const char *text)
{
    add_number(h, strlen(text), 8);
    memcpy(h->bytes + h->n, text, strlen(text));
    h->n += strlen(text);
}

typedef struct Key {
    const char *name;
    unsigned value;
} Key;

static void make_header(Header *h, const char *family, const Key *keys, int n_keys)
{
    enum { TYPE_U32 = 4, TYPE_F16 = 1 };
    memcpy(h->bytes, "GGUF", 4);
    h->n = 4;
    add_number(h, 3, 4);
    add_number(h, 1, 8);
    add_number(h, (unsigned long long)n_keys, 8);
    for (int i = 0; i < n_keys; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s.%s", family, keys[i].name);
        add_text(h, name);
        add_number(h, TYPE_U32, 4);
        add_number(h, keys[i].value, 4);
    }
    add_text(h, "blk.0.attn_q.weight");
    add_number(h, 2, 4);
    add_number(h, 64, 8);
    add_number(h, 64, 8);
    add_number(h, TYPE_F16, 4);
    add_number(h, 0, 8);
}

static const Key mixed[] = {
    {"block_count", 5},          {"embedding_length", 64},         {"feed_forward_length", 224},
    {"attention.head_count", 4}, {"attention.head_count_kv", 2},   {"vocab_size", 131},
    {"expert_count", 8},         {"expert_used_count", 2},         {"expert_feed_forward_length", 96},
    {"expert_shared_count", 2},  {"leading_dense_block_count", 3}, {"attention.kv_lora_rank", 512}};
enum { N_MIXED = sizeof mixed / sizeof *mixed - 1 };

static bool read_header(const char *family, int n_keys, ArchShape *out, Err *err)
{
    Arena arena;
    Header header;
    const char *format = NULL;
    make_header(&header, family, mixed, n_keys);
    write_file(header.bytes, header.n);
    arena_init(&arena);
    bool is_ok = bench_gguf_read(path, &arena, out, &format, err);
    arena_free(&arena);
    return is_ok;
}

static void a_header_names_dense_layers_and_shared_experts(void **state)
{
    (void)state;
    ArchShape shape;
    Err err = {0};
    if (!read_header("glm4moe", N_MIXED, &shape, &err)) fail_msg("%s", err.text);
    assert_int_equal(shape.dense_layers, 3);
    assert_int_equal(shape.intermediate, 224);
    assert_int_equal(shape.shared_intermediate, 192);
    assert_int_equal(shape.head_dim, 16);
}

static void a_header_of_another_kind_is_refused(void **state)
{
    (void)state;
    ArchShape shape;
    Err latent = {0}, ungated = {0};
    assert_false(read_header("deepseek2", N_MIXED + 1, &shape, &latent));
    assert_non_null(strstr(latent.text, "latent attention (deepseek2.attention.kv_lora_rank)"));
    assert_false(read_header("starcoder2", N_MIXED, &shape, &ungated));
    assert_non_null(strstr(ungated.text, "starcoder2 have no gate"));
}

/* Cut anywhere, or with one bit turned: read, or refused in one line that names the file. */
static void a_damaged_header_is_read_or_refused(void **state)
{
    (void)state;
    Header whole, damaged;
    make_header(&whole, "glm4moe", mixed, N_MIXED);
    int n_refused = 0;
    for (size_t i = 0; i < whole.n + 8 * whole.n; i++) {
        Arena arena;
        ArchShape shape;
        const char *format = NULL;
        Err err = {0};
        bool is_cut = i < whole.n;
        damaged = whole;
        if (is_cut) damaged.n = i;
        if (!is_cut) damaged.bytes[(i - whole.n) / 8] ^= (unsigned char)(1u << (i - whole.n) % 8);
        write_file(damaged.bytes, damaged.n);
        arena_init(&arena);
        bool is_ok = bench_gguf_read(path, &arena, &shape, &format, &err);
        if (is_ok) assert_true(!is_cut && arch_check(&shape, NULL));
        if (!is_ok) assert_true(err.code != ERR_NONE && err.text[0] && !strchr(err.text, '\n'));
        n_refused += !is_ok;
        arena_free(&arena);
    }
    assert_true(n_refused > (int)whole.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_name_their_dense_layers),
        cmocka_unit_test(a_model_without_layers_of_experts_is_refused),
        cmocka_unit_test(a_gguf_is_read_back),
        cmocka_unit_test(so_is_one_of_experts),
        cmocka_unit_test(a_header_names_dense_layers_and_shared_experts),
        cmocka_unit_test(a_header_of_another_kind_is_refused),
        cmocka_unit_test(a_damaged_header_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
