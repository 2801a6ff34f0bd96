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
    {{"num_local_experts", "num_experts", "n_routed_experts"}, offsetof(ArchShape, experts), false},
    {{"num_experts_per_tok", "experts_per_token", "moe_topk"}, offsetof(ArchShape, experts_active), false},
    {{"moe_intermediate_size"}, offsetof(ArchShape, expert_intermediate), false},
    {{"shared_expert_intermediate_size"}, offsetof(ArchShape, shared_intermediate), false},
};

/* Members that say that the layers are of a kind that the benchmark does not run. */
static const struct {
    const char *name, *why;
} refused_members[] = {
    {"kv_lora_rank", "latent attention"},
    {"linear_num_key_heads", "layers with linear attention"},
    {"ssm_state_size", "state-space layers"},
    {"mamba_d_state", "state-space layers"},
};

static const char *const ungated_types[] = {"bloom",       "codegen",  "falcon", "gpt2",
                                            "gpt_bigcode", "gpt_neo",  "gptj",   "mpt",
                                            "opt",         "gpt_neox", "phi",    "starcoder2"};

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

static void read_dimension(const Reading *r, const Dimension *dimension, ArchShape *out)
{
    const char *name;
    const json_t *value = find(r, dimension, &name);
    if (value == NULL) {
        if (dimension->is_needed) fault(r, name, "is missing");
        return;
    }
    Err err = {0};
    long number;
    if (!json_in_integer(value, 0, COUNT_MAX, &number, &err)) {
        fault(r, name, err.text);
        return;
    }
    *(int *)(void *)((char *)out + dimension->offset) = (int)number;
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
    for (size_t i = 0; type != NULL && i < sizeof ungated_types / sizeof ungated_types[0]; i++)
        if (strcmp(type, ungated_types[i]) == 0)
            fault(r, "model_type",
                  "feed-forward blocks of this family have no gate; the benchmark runs gated ones");
}

/* What follows from other members when it is not written. */
static void complete(const Reading *r, ArchShape *out)
{
    const json_t *tied = json_in_member(r->root, "tie_word_embeddings");
    const char *type = json_string_value(json_in_member(r->root, "model_type"));
    long shared = 0;
    const json_t *n_shared = json_in_member(r->root, "n_shared_experts");
    if (n_shared != NULL && !json_is_null(n_shared)) {
        Err err = {0};
        if (!json_in_integer(n_shared, 0, 64, &shared, &err)) fault(r, "n_shared_experts", err.text);
    }
    if (out->kv_heads == 0) out->kv_heads = out->heads;
    if (out->head_dim == 0 && out->heads > 0) out->head_dim = out->hidden / out->heads;
    if (out->experts > 0 && out->expert_intermediate == 0) out->expert_intermediate = out->intermediate;
    if (out->experts == 0) out->experts_active = out->expert_intermediate = out->shared_intermediate = 0;
    if (shared > 0) out->shared_intermediate = (int)shared * out->expert_intermediate;
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
