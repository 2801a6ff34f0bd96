/* A Hugging Face config.json as dimensions. Layer: feed.
 *
 * Families spell the same dimension differently; each row of the table lists the spellings. A model of text
 * and images has its text part under text_config. What the benchmark cannot run is refused rather than
 * approximated: latent attention, layers without attention, feed-forward blocks without a gate.
 */
#include "tokentco/model_config.h"

#include "feed/json_in.h"

#include <stdio.h>
#include <string.h>

/* As in the record's own shape. */
#define PARAMS_MIN 1e6

enum { SPELLINGS = 4, POINTER_BYTES = 96, COUNT_MAX = 10000000 };

/* One dimension: where it goes and how it is spelt. */
typedef struct Dimension {
    const char *names[SPELLINGS];
    size_t offset;
    bool is_needed;
} Dimension;

/* Dimensions that lie in the struct as they are in the file. */
static const Dimension dimensions[] = {
    {{"num_hidden_layers", "n_layer", "num_layers"}, offsetof(ArchShape, layers), true},
    {{"hidden_size", "n_embd", "d_model"}, offsetof(ArchShape, hidden), true},
    {{"num_attention_heads", "n_head"}, offsetof(ArchShape, heads), true},
    {{"vocab_size"}, offsetof(ArchShape, vocab), true},
    {{"intermediate_size", "n_inner", "ffn_hidden_size"}, offsetof(ArchShape, intermediate), false},
    {{"num_key_value_heads"}, offsetof(ArchShape, kv_heads), false},
    {{"head_dim"}, offsetof(ArchShape, head_dim), false},
    {{"num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"},
     offsetof(ArchShape, experts),
     false},
    {{"num_experts_per_tok", "experts_per_token", "moe_topk", "moe_k"},
     offsetof(ArchShape, experts_active),
     false},
    {{"moe_intermediate_size"}, offsetof(ArchShape, expert_intermediate), false},
    {{"shared_expert_intermediate_size"}, offsetof(ArchShape, shared_intermediate), false},
};

/* Which layers of a model of experts are dense, by families: those before the first and behind the last, and
 * those that a step passes over. */
static const Dimension first_of_experts = {
    {"first_k_dense_replace", "moe_layer_start_index", "num_dense_layers"}, 0, false};
static const Dimension last_of_experts = {{"moe_layer_end_index"}, 0, false};
static const Dimension step_of_experts = {
    {"decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_interval", "moe_layer_freq"}, 0, false};
static const Dimension shared_experts = {
    {"n_shared_experts", "num_shared_experts", "moe_num_shared_experts"}, 0, false};

/* Members that say that the layers are of a kind that the benchmark does not run. */
static const struct {
    const char *name, *why;
} refused_members[] = {
    {"kv_lora_rank", "latent attention"},
    {"linear_num_key_heads", "layers with linear attention"},
    {"ssm_state_size", "state-space layers"},
    {"mamba_d_state", "state-space layers"},
};

typedef struct Reading {
    const char *path, *prefix; /* "" or "/text_config" */
    const json_t *root;
    ErrList *errors;
} Reading;

static bool fault(const Reading *r, const char *name, const char *text)
{
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "%s/%s", r->prefix, name);
    return err_list_addf(r->errors, ERR_DATA, r->path, 0, 0, pointer, "%s", text);
}

/* The first spelling that is there and not null. */
static const json_t *find(const Reading *r, const Dimension *dimension, const char **name)
{
    for (int i = 0; i < SPELLINGS && dimension->names[i] != NULL; i++) {
        const json_t *value = json_in_member(r->root, dimension->names[i]);
        *name = dimension->names[i];
        if (value != NULL && !json_is_null(value)) return value;
    }
    *name = dimension->names[0];
    return NULL;
}

/* A whole number that is at least `least`; `otherwise` when it is not there. */
static int number_of(const Reading *r, const Dimension *dimension, long least, int otherwise)
{
    const char *name;
    const json_t *value = find(r, dimension, &name);
    Err err = {0};
    long number = otherwise;
    if (value == NULL) {
        if (dimension->is_needed) fault(r, name, "is missing");
    } else if (!json_in_integer(value, least, COUNT_MAX, &number, &err)) {
        fault(r, name, err.text);
        number = otherwise;
    }
    return (int)number;
}

static void read_dimension(const Reading *r, const Dimension *dimension, ArchShape *out)
{
    int *at = (int *)(void *)((char *)out + dimension->offset);
    *at = number_of(r, dimension, 0, *at);
}

static void refuse_other_kinds(const Reading *r)
{
    const char *type = json_string_value(json_in_member(r->root, "model_type"));
    for (size_t i = 0; i < sizeof refused_members / sizeof refused_members[0]; i++) {
        const json_t *value = json_in_member(r->root, refused_members[i].name);
        if (value == NULL || json_is_null(value)) continue;
        char text[128];
        snprintf(text, sizeof text, "the model has %s, which the benchmark does not run",
                 refused_members[i].why);
        fault(r, refused_members[i].name, text);
    }
    if (type != NULL && arch_is_ungated_family(type))
        fault(r, "model_type",
              "feed-forward blocks of this family have no gate; the benchmark runs gated ones");
}

static bool is_listed(const json_t *list, int layer)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_integer_value(json_array_get(list, i)) == layer) return true;
    return false;
}

/* Layers without experts. `mlp_only_layers` names some; `moe_layer_freq` may be a list, with 1 for a layer of
 * experts. */
static int count_dense(const Reading *r, const ArchShape *arch)
{
    const json_t *named = json_in_member(r->root, "mlp_only_layers"),
                 *each = json_in_member(r->root, "moe_layer_freq");
    bool is_each = json_is_array(each);
    int first = number_of(r, &first_of_experts, 0, 0), last = number_of(r, &last_of_experts, -1, -1),
        step = is_each ? 1 : number_of(r, &step_of_experts, 1, 1), n = 0;
    for (int i = 0; i < arch->layers; i++) {
        bool is_between = i >= first && (last < 0 || i <= last) && (i + 1) % step == 0;
        bool is_chosen = !is_each || json_integer_value(json_array_get(each, (size_t)i)) != 0;
        n += !is_between || !is_chosen || is_listed(named, i);
    }
    return n;
}

/* Llama 4 calls the width of a dense block `intermediate_size_mlp`, and has one shared expert without saying
 * so. */
static void complete_llama4(const Reading *r, const char *type, ArchShape *out)
{
    static const Dimension dense_width = {{"intermediate_size_mlp"}, 0, true};
    if (type == NULL || strncmp(type, "llama4", 6) != 0) return;
    out->expert_intermediate = out->shared_intermediate = out->intermediate;
    out->intermediate = number_of(r, &dense_width, 1, out->intermediate);
}

/* What follows from other members when it is not written. */
static void complete(const Reading *r, ArchShape *out)
{
    const json_t *tied = json_in_member(r->root, "tie_word_embeddings");
    const char *type = json_string_value(json_in_member(r->root, "model_type"));
    int shared = number_of(r, &shared_experts, 0, 0);
    if (out->kv_heads == 0) out->kv_heads = out->heads;
    if (out->head_dim == 0 && out->heads > 0) out->head_dim = out->hidden / out->heads;
    if (out->experts > 0 && out->expert_intermediate == 0) out->expert_intermediate = out->intermediate;
    if (out->experts == 0) out->experts_active = out->expert_intermediate = out->shared_intermediate = 0;
    if (out->experts > 0 && shared > 0) out->shared_intermediate = shared * out->expert_intermediate;
    if (out->experts > 0) complete_llama4(r, type, out);
    if (out->experts > 0) out->dense_layers = count_dense(r, out);
    /* The library leaves the member out where it is the family's own default. */
    out->is_head_tied = tied != NULL ? json_is_true(tied) : type != NULL && strncmp(type, "gemma", 5) == 0;
}

static const char *name_of(const char *path, Arena *arena)
{
    char text[256];
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    if (slash == NULL || slash == path || strcmp(base, "config.json") != 0) {
        snprintf(text, sizeof text, "%s", base);
        char *dot = strrchr(text, '.');
        if (dot != NULL && dot != text) *dot = '\0';
        return arena_strdup(arena, text);
    }
    const char *start = slash;
    while (start > path && start[-1] != '/') start--;
    snprintf(text, sizeof text, "%.*s", (int)(slash - start), start);
    return arena_strdup(arena, text);
}

bool model_config_read(const char *path, Arena *arena, ArchShape *out, ErrList *errors)
{
    Err err = {0};
    int n_before = (int)errors->n_items;
    json_t *root = json_in_file(path, JSON_IN_STRICT, &err);
    *out = (ArchShape){.name = name_of(path, arena)};
    if (root == NULL) {
        err_list_add(errors, &err);
        return false;
    }
    const json_t *text_part = json_in_member(root, "text_config");
    bool has_part = json_is_object(text_part);
    Reading reading = {path, has_part ? "/text_config" : "", has_part ? text_part : root, errors};
    if (!json_is_object(root)) {
        fault(&reading, "", "must be an object");
    } else {
        refuse_other_kinds(&reading);
        for (size_t i = 0; i < sizeof dimensions / sizeof dimensions[0]; i++)
            read_dimension(&reading, &dimensions[i], out);
        complete(&reading, out);
    }
    bool is_ok = (int)errors->n_items == n_before;
    if (is_ok && arch_check(out, &err) && arch_params(out) < PARAMS_MIN)
        err_set(&err, ERR_DATA, "the dimensions make %.0f parameters; a record needs a million",
                arch_params(out));
    if (is_ok && err.code != ERR_NONE)
        is_ok = err_list_addf(errors, ERR_DATA, path, 0, 0, "/", "%s", err.text);
    json_decref(root);
    return is_ok;
}
