/* Step time of a measured machine: counts, and prediction. Layer: step. */
#include "tokentco/machine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Query rows of one attention task, as the kernels take them. */
enum { ATTENTION_ROWS = 12 };

/* Up to so many rows are packed by each thread for itself, without a barrier. */
enum { OWN_ROWS = 4 };

/* Rows of a term; those of none have 0. */
static const int rows_of[N_MACHINE_TERMS] = {
#define MACHINE_ROWS_VALUE(n) n,
    MACHINE_ROWS(MACHINE_ROWS_VALUE) MACHINE_OUTPUTS(MACHINE_ROWS_VALUE)
#undef MACHINE_ROWS_VALUE
};

static const char *const term_names[N_MACHINE_TERMS] = {
#define MACHINE_ROWS_NAME(n) "rows_" #n,
    MACHINE_ROWS(MACHINE_ROWS_NAME)
#undef MACHINE_ROWS_NAME
#define MACHINE_OUTPUTS_NAME(n) "outputs_" #n,
        MACHINE_OUTPUTS(MACHINE_OUTPUTS_NAME)
#undef MACHINE_OUTPUTS_NAME
#define MACHINE_TERM_NAME(id, name, doc) name,
            MACHINE_TERMS(MACHINE_TERM_NAME)
#undef MACHINE_TERM_NAME
};

const char *machine_term_name(MachineTerm term)
{
    return term_names[term];
}

int machine_term_rows(MachineTerm term)
{
    return rows_of[term];
}

/* The known terms among [from, to) whose rows lie around `rows`, -1 where there is none, and the share of the
 * upper one. */
typedef struct Around {
    int below, above;
    double share;
} Around;

static Around find_around(double rows, int from, int to, const bool known[N_MACHINE_TERMS])
{
    Around a = {-1, -1, 0.0};
    for (int i = from; i < to; i++) {
        if (!known[i]) continue;
        if (rows_of[i] <= rows) a.below = i;
        if (rows_of[i] >= rows && a.above < 0) a.above = i;
    }
    if (a.below >= 0 && a.above >= 0 && a.above != a.below)
        a.share = (rows - rows_of[a.below]) / (rows_of[a.above] - rows_of[a.below]);
    return a;
}

/* Weights that `rows` rows meet: shared between the two known counts around, or scaled beyond them; and the
 * product's outputs, which cost beyond them what they cost there. */
static void add_product(double weights, double outputs, double rows, const bool known[N_MACHINE_TERMS],
                        double out[N_MACHINE_TERMS])
{
    Around of_weights = find_around(rows, 0, N_MACHINE_ROWS, known);
    Around of_outputs = find_around(rows, N_MACHINE_ROWS, N_MACHINE_ROWS + N_MACHINE_OUTPUTS, known);
    if (of_weights.above < 0) weights *= rows / rows_of[of_weights.below];
    const struct {
        Around at;
        double counted;
    } both[] = {{of_weights, weights}, {of_outputs, outputs}};
    for (int i = 0; i < 2; i++) {
        Around at = both[i].at;
        double share = at.below < 0 ? 1.0 : at.share;
        if (at.below >= 0) out[at.below] += both[i].counted * (1.0 - share);
        if (at.above >= 0) out[at.above] += both[i].counted * share;
    }
}

/* Experts of a layer that at least one of the rows chose. */
static double experts_visited(const ArchShape *a, double rows)
{
    if (a->experts == 0) return 0.0;
    return a->experts * (1.0 - pow(1.0 - (double)a->experts_active / a->experts, rows));
}

/* Outputs of gate, up and down. */
static double block_outputs(const ArchShape *a, int width)
{
    return width > 0 ? 2.0 * width + a->hidden : 0.0;
}

/* Of the products of a layer that every row meets. */
static double layer_outputs(const ArchShape *a, LayerKind kind)
{
    double attention = (a->heads + 2.0 * a->kv_heads) * a->head_dim + a->hidden;
    if (kind == LAYER_DENSE) return attention + block_outputs(a, a->intermediate);
    return attention + block_outputs(a, a->shared_intermediate) + a->experts;
}

static void count_experts(const ArchShape *a, double rows, const bool known[N_MACHINE_TERMS],
                          double out[N_MACHINE_TERMS])
{
    if (a->experts == 0) return;
    double visited = experts_visited(a, rows), layers = arch_layers_of(a, LAYER_EXPERTS);
    add_product(layers * visited * arch_expert_params(a),
                layers * visited * block_outputs(a, a->expert_intermediate),
                rows * a->experts_active / visited, known, out);
}

/* Scores, and the passes over keys and values that they take. */
static void count_attention(const ArchShape *a, const MachineLoad *load, double out[N_MACHINE_TERMS])
{
    int group = a->heads / a->kv_heads, queries = group < ATTENTION_ROWS ? group : ATTENTION_ROWS;
    double turns = ceil((double)group / queries), tokens = ATTENTION_ROWS / queries;
    double tasks = ceil(load->n_tokens / tokens) * turns * load->n_sequences;
    double context = load->depth + 0.5 * (load->n_tokens + 1);
    double scores = (double)load->n_sequences * load->n_tokens * context;
    out[TERM_QUERY] += a->layers * scores * a->heads * a->head_dim;
    out[TERM_KV] += a->layers * tasks * context * 2.0 * a->kv_heads * a->head_dim;
}

/* Between two barriers lies a product or attention, which starts up and whose last pieces do not end
 * together, or next to nothing: rows are packed, routed or gathered. Such a barrier was seen to cost about an
 * eighth of the others. */
static const double bare_phase = 0.125;

static double phases_a_layer(LayerKind kind, double rows)
{
    double packings = 4.0 * (rows > OWN_ROWS);
    return kind == LAYER_EXPERTS ? 6.0 + bare_phase * (7.0 + packings / 2.0) : 5.0 + bare_phase * packings;
}

/* Activation values of a row in one layer, as t_value counts them. */
static double values_a_row(const ArchShape *a, LayerKind kind)
{
    double inner = (double)a->heads * a->head_dim, kv = (double)a->kv_heads * a->head_dim;
    double width = kind == LAYER_EXPERTS
                       ? (double)a->experts_active * a->expert_intermediate + a->shared_intermediate
                       : a->intermediate;
    double gathered = kind == LAYER_EXPERTS ? 3.0 * a->experts_active * a->hidden : 0.0;
    return 4.0 * a->hidden + 2.0 * inner + 2.0 * kv + 3.0 * width + gathered;
}

/* Values of a layer's rows that are normalised and rounded for its products. A few rows are packed by each
 * thread for itself, which takes as long as if one thread packed them for all. Experts have their rows
 * gathered, and summed again, and share all of that. */
static double values_packed(const ArchShape *a, LayerKind kind, const MachineLoad *load)
{
    double rows = (double)load->n_sequences * load->n_tokens, inner = (double)a->heads * a->head_dim;
    double times = rows <= OWN_ROWS && load->n_threads > 1 ? load->n_threads : 1.0;
    if (kind == LAYER_DENSE) return times * rows * (2.0 * a->hidden + inner + a->intermediate);
    double routed = (double)a->experts_active * a->expert_intermediate + a->shared_intermediate;
    return rows * (times * (a->hidden + inner) + a->hidden + 3.0 * a->experts_active * a->hidden + routed);
}

static void count_head(const ArchShape *a, const MachineLoad *load, const bool known[N_MACHINE_TERMS],
                       double out[N_MACHINE_TERMS])
{
    bool is_own = load->n_sequences <= OWN_ROWS;
    double values = (double)load->n_sequences * a->hidden;
    add_product(arch_head_params(a), a->vocab, load->n_sequences, known, out);
    out[TERM_VALUE] = 2.0 * values;
    out[TERM_PACKED] = is_own && load->n_threads > 1 ? values * load->n_threads : values;
    out[TERM_PHASE] = 1.0 + bare_phase * (1.0 + !is_own);
}

void machine_counts(const ArchShape *arch, const MachineLoad *load, MachinePart part,
                    const bool known[N_MACHINE_TERMS], double out[N_MACHINE_TERMS])
{
    double rows = (double)load->n_sequences * load->n_tokens;
    for (int i = 0; i < N_MACHINE_TERMS; i++) out[i] = 0.0;
    if (part == PART_HEAD) {
        count_head(arch, load, known, out);
        return;
    }
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++) {
        double layers = arch_layers_of(arch, kind);
        add_product(layers * arch_layer_params(arch, kind), layers * layer_outputs(arch, kind), rows, known,
                    out);
        out[TERM_VALUE] += layers * rows * values_a_row(arch, kind);
        out[TERM_PACKED] += layers * values_packed(arch, kind, load);
        out[TERM_PHASE] += layers * (phases_a_layer(kind, rows) + (load->n_tokens > 1));
    }
    count_experts(arch, rows, known, out);
    count_attention(arch, load, out);
}

/* ---- memory ---- */

double machine_weights(const ArchShape *a, const MachineLoad *load, MachinePart part)
{
    double rows = (double)load->n_sequences * load->n_tokens;
    if (part == PART_HEAD) return arch_head_params(a);
    double weights = arch_layers_of(a, LAYER_EXPERTS) * experts_visited(a, rows) * arch_expert_params(a);
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++)
        weights += arch_layers_of(a, kind) * arch_layer_params(a, kind);
    return weights;
}

double machine_rebase_s(double step_s, double weight_bytes, MachinePace from, MachinePace to)
{
    double memory = 0.0, other = 0.0, slower = 1.0;
    if (from.read_b_s > 0.0 && to.read_b_s > 0.0) {
        memory = fmin(weight_bytes / from.read_b_s, step_s);
        other = memory * from.read_b_s / to.read_b_s;
    }
    if (from.arithmetic_op_s > 0.0 && to.arithmetic_op_s > 0.0)
        slower = from.arithmetic_op_s / to.arithmetic_op_s;
    return sqrt((step_s * step_s - memory * memory) * slower * slower + other * other);
}

/* ---- prediction ---- */

static MachineTerm term_find(const char *name)
{
    int i = 0;
    while (i < N_MACHINE_TERMS && strcmp(term_names[i], name) != 0) i++;
    return (MachineTerm)i;
}

bool machine_step_s(const MeasureFit *fit, const ArchShape *arch, const MachineLoad *load, double *step_s,
                    double *error_s, Err *err)
{
    bool known[N_MACHINE_TERMS] = {false}, has_rows = false;
    MachineTerm terms[MEASURE_COEFFICIENTS_MAX];
    double counts[N_MACHINE_TERMS], head[N_MACHINE_TERMS], variance = 0.0;
    for (int i = 0; i < fit->n; i++) {
        terms[i] = term_find(fit->names[i]);
        if (terms[i] == N_MACHINE_TERMS)
            return err_set(err, ERR_DATA, "the fit has a coefficient '%.40s' that is not known",
                           fit->names[i]);
        known[terms[i]] = true;
        has_rows = has_rows || (int)terms[i] < N_MACHINE_ROWS;
    }
    if (!has_rows) return err_set(err, ERR_DATA, "the fit says nothing about the weights");
    machine_counts(arch, load, PART_LAYERS, known, counts);
    machine_counts(arch, load, PART_HEAD, known, head);
    for (int i = 0; i < N_MACHINE_TERMS; i++) counts[i] += head[i];
    *step_s = 0.0;
    for (int i = 0; i < fit->n; i++) {
        *step_s += fit->values[i] * counts[terms[i]];
        for (int j = 0; j < fit->n; j++)
            variance += counts[terms[i]] * counts[terms[j]] * fit->covariance[i][j];
    }
    if (error_s) *error_s = sqrt(fmax(variance, 0.0));
    if (*step_s > 0.0 && isfinite(*step_s)) return true;
    return err_set(err, ERR_DATA, "the fit gives a time of %g s for a step of %s", *step_s, arch->name);
}

/* Quantile of a normal distribution at 0.9. */
#define NORMAL_P90 1.2816

/* The median of an absolute normal error is 0.6745 of its deviation. */
#define MEDIAN_OF_DEVIATION 0.6745

/* The fit is of the pace that its record measured. */
static double at_pace(const Measurement *record, const ArchShape *arch, const MachineLoad *load,
                      MachinePace at, double step_s)
{
    double bytes = record->weight_bytes *
                   (machine_weights(arch, load, PART_LAYERS) + machine_weights(arch, load, PART_HEAD));
    return machine_rebase_s(step_s, bytes, measurement_pace(record), at);
}

static bool project_point(const Measurement *record, const ArchShape *arch, MachinePace at,
                          const MeasurePoint *point, MeasurePoint *out, Err *err)
{
    double step_s, error_s;
    bool is_prefill = point->phase == PHASE_PREFILL;
    if (point->phase == PHASE_SERVING)
        return err_set(err, ERR_DATA, "points of serving cannot be predicted for another model");
    MachineLoad load = {(int)point->batch, is_prefill ? point->prompt_tok : 1, point->depth_tok,
                        point->threads > 0 ? point->threads : record->n_threads};
    if (!machine_step_s(&record->fit, arch, &load, &step_s, &error_s, err)) return false;
    double scatter = record->fit.median_error_frac / MEDIAN_OF_DEVIATION;
    double deviation = sqrt(pow(error_s / step_s, 2.0) + scatter * scatter);
    step_s = at_pace(record, arch, &load, at, step_s);
    double rate = (double)load.n_sequences * load.n_tokens / step_s;
    *out = *point;
    out->rate_tok_s = rate;
    out->rate_p10_tok_s = rate * exp(-NORMAL_P90 * deviation);
    out->rate_p90_tok_s = rate * exp(NORMAL_P90 * deviation);
    if (out->has_tpot) out->tpot_s = step_s;
    out->n_samples = 0;
    out->samples_tok_s = NULL;
    out->n_samples_read = 0;
    out->samples_read_b_s = NULL;
    out->n_samples_arithmetic = 0;
    out->samples_arithmetic_op_s = NULL;
    out->note = "predicted";
    return true;
}

bool measurement_project(const Measurement *record, const ArchShape *arch, MachinePace at, Arena *arena,
                         Measurement *out, Err *err)
{
    const double giga = 1e-9;
    char note[320], memory[64] = "", arithmetic[64] = "";
    MachinePace own = measurement_pace(record);
    double assumed_b_s = at.read_b_s > 0.0 ? at.read_b_s : own.read_b_s;
    double assumed_op_s = at.arithmetic_op_s > 0.0 ? at.arithmetic_op_s : own.arithmetic_op_s;
    if (!record->has_fit)
        return err_set(err, ERR_DATA, "the record has no fitted step times; run `tokentco bench`");
    if ((at.read_b_s > 0.0 && !(own.read_b_s > 0.0)) ||
        (at.arithmetic_op_s > 0.0 && !(own.arithmetic_op_s > 0.0)))
        return err_set(
            err, ERR_DATA,
            "the record does not say at which pace of %s it was measured; run `tokentco bench` again",
            at.read_b_s > 0.0 && !(own.read_b_s > 0.0) ? "memory" : "arithmetic");
    *out = *record;
    out->id[0] = '\0';
    out->model = arch->name;
    out->has_shape = true;
    out->shape = arch_model_shape(arch);
    out->layers_run = 0;
    out->points = arena_array(arena, (size_t)record->n_points, sizeof *out->points);
    for (int i = 0; i < record->n_points; i++)
        if (!project_point(record, arch, at, &record->points[i], &out->points[i], err)) return false;
    if (assumed_b_s > 0.0)
        snprintf(memory, sizeof memory, ", for memory that reads %.1f GB/s", assumed_b_s * giga);
    if (own.arithmetic_op_s > 0.0)
        snprintf(arithmetic, sizeof arithmetic, ", for arithmetic of %.1f GOP/s", assumed_op_s * giga);
    snprintf(note, sizeof note, "predicted from steps of %.60s measured here (record %.12s)%s%s",
             record->model, record->id, memory, arithmetic);
    out->note = arena_strdup(arena, note);
    return true;
}
