/* A search for people: ranking, fronts, what constraints cost, the step down in size. Layer: view. */
#include "tokentco/search_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MS_PER_S 1e3

static const SearchResult *result_of(const void *context)
{
    return context;
}

/* ---- cells of one plan ---- */

/* "rent H200 x4 at runpod, EUR-IS-1": where it runs and who is paid. */
static void cell_where(const SearchPlan *plan, Cell *out)
{
    const char *comma = plan->region[0] != '\0' && strcmp(plan->region, "any") != 0 ? ", " : "";
    const char *region = comma[0] != '\0' ? plan->region : "";
    switch ((OptionKind)plan->kind) {
    case OPTION_API:
        cell_printf(out, "API %s", plan->provider);
        return;
    case OPTION_OWN:
        cell_printf(out, "own %dx%s: %.60s", plan->degree, plan->gpu, plan->provider);
        return;
    case OPTION_HYBRID:
        cell_printf(out, "%dx%s %.40s%s%.24s + %.60s", plan->degree, plan->gpu, plan->provider, comma, region,
                    plan->api);
        return;
    case OPTION_RENT:
    case OPTION_BILL:
    case OPTION_CASCADE:
    case OPTION_PLAN:
    case N_OPTION_KINDS:
        break;
    }
    cell_printf(out, "%dx%s %.40s%s%.24s", plan->degree, plan->gpu, plan->provider, comma, region);
}

/* How it is paid, where that says more than "by the hour". */
static void cell_term(const SearchPlan *plan, Cell *out)
{
    if (plan->reserved > 0) {
        cell_printf(out, "%s (%d)", plan->term, plan->reserved);
    } else if (plan->kind == OPTION_HYBRID) {
        cell_printf(out, "up to %d replicas", plan->cap);
    } else {
        cell_set_text(out, plan->term);
    }
}

static void cell_run(const SearchPlan *plan, Cell *out)
{
    if (plan->kind != OPTION_API) cell_printf(out, "%s %s", plan->weights, plan->engine);
}

static void cell_ms(const SearchPlan *plan, Cell *out)
{
    char text[FORMAT_BYTES];
    if (!plan->has_tpot_s) return;
    format_price(plan->tpot_s * MS_PER_S, text);
    cell_printf(out, "%s", text);
}

/* ---- lists of plans: the same columns over different lists ---- */

typedef const SearchPlan *(*PlanAt)(const void *context, int row);

static const SearchPlan *ranked_at(const void *context, int row)
{
    return &result_of(context)->ranked.items[row];
}

static const SearchPlan *latency_at(const void *context, int row)
{
    return &result_of(context)->by_latency.items[row];
}

static const SearchPlan *quality_at(const void *context, int row)
{
    return &result_of(context)->by_quality.items[row];
}

static void get_rank(const void *context, int row, Cell *out)
{
    (void)context;
    cell_set_number(out, row + 1);
}

#define PLAN_GETTERS(list)                                                                                   \
    static void list##_model(const void *context, int row, Cell *out)                                        \
    {                                                                                                        \
        cell_set_text(out, list##_at(context, row)->model);                                                  \
    }                                                                                                        \
    static void list##_where(const void *context, int row, Cell *out)                                        \
    {                                                                                                        \
        cell_where(list##_at(context, row), out);                                                            \
    }                                                                                                        \
    static void list##_term(const void *context, int row, Cell *out)                                         \
    {                                                                                                        \
        cell_term(list##_at(context, row), out);                                                             \
    }                                                                                                        \
    static void list##_run(const void *context, int row, Cell *out)                                          \
    {                                                                                                        \
        cell_run(list##_at(context, row), out);                                                              \
    }                                                                                                        \
    static void list##_npv(const void *context, int row, Cell *out)                                          \
    {                                                                                                        \
        cell_set_number(out, list##_at(context, row)->npv_usd);                                              \
    }                                                                                                        \
    static void list##_ms(const void *context, int row, Cell *out)                                           \
    {                                                                                                        \
        cell_ms(list##_at(context, row), out);                                                               \
    }                                                                                                        \
    static void list##_quality(const void *context, int row, Cell *out)                                      \
    {                                                                                                        \
        const SearchPlan *plan = list##_at(context, row);                                                    \
        if (plan->has_quality) cell_set_number(out, plan->quality);                                          \
    }

PLAN_GETTERS(ranked)
PLAN_GETTERS(latency)
PLAN_GETTERS(quality)

static void ranked_mtok(const void *context, int row, Cell *out)
{
    const SearchPlan *plan = ranked_at(context, row);
    if (plan->has_usd_per_mtok) cell_set_number(out, plan->usd_per_mtok);
}

static void ranked_gpus(const void *context, int row, Cell *out)
{
    const SearchPlan *plan = ranked_at(context, row);
    if (plan->kind != OPTION_API) cell_set_number(out, plan->gpus);
}

#define COLUMN_MODEL(list)                                                                                   \
    {                                                                                                        \
        "model", "model", "", "model", ALIGN_LEFT, SHOW_SHORTEST, 26, list##_model                           \
    }
#define COLUMN_WHERE(list)                                                                                   \
    {                                                                                                        \
        "where", "where", "", "GPUs of a replica and who sells them, or the API", ALIGN_LEFT, SHOW_SHORTEST, \
            44, list##_where                                                                                 \
    }
#define COLUMN_TERM(list)                                                                                    \
    {                                                                                                        \
        "term", "term", "", "how it is paid; replicas under contract", ALIGN_LEFT, SHOW_SHORTEST, 20,        \
            list##_term                                                                                      \
    }
#define COLUMN_RUN(list)                                                                                     \
    {                                                                                                        \
        "run", "weights, engine", "", "weight format and serving engine", ALIGN_LEFT, SHOW_SHORTEST, 17,     \
            list##_run                                                                                       \
    }
#define COLUMN_NPV(list)                                                                                     \
    {                                                                                                        \
        "npv_usd", "NPV", "USD", "net present value of all costs", ALIGN_RIGHT, SHOW_GROUPED, 0, list##_npv  \
    }
#define COLUMN_MS(list)                                                                                      \
    {                                                                                                        \
        "tpot_ms", "TPOT ms", "ms", "time per output token at the planned batch", ALIGN_RIGHT,               \
            SHOW_SHORTEST, 0, list##_ms                                                                      \
    }
#define COLUMN_QUALITY(list)                                                                                 \
    {                                                                                                        \
        "quality", "score", "", "the user's score of the model", ALIGN_RIGHT, SHOW_SHORTEST, 0,              \
            list##_quality                                                                                   \
    }

static const Column ranking_columns[] = {
    {"rank", "", "", "place in the ranking", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_rank},
    COLUMN_NPV(ranked),
    {"usd_per_mtok", "$/Mtok", "USD/Mtok", "NPV over discounted useful tokens", ALIGN_RIGHT, SHOW_PRICE, 0,
     ranked_mtok},
    COLUMN_MS(ranked),
    {"gpus", "GPUs", "count", "most GPUs that stand by", ALIGN_RIGHT, SHOW_SHORTEST, 0, ranked_gpus},
    COLUMN_MODEL(ranked),
    COLUMN_WHERE(ranked),
    COLUMN_TERM(ranked),
    COLUMN_RUN(ranked),
    COLUMN_QUALITY(ranked),
};
static const Column latency_columns[] = {COLUMN_MS(latency),     COLUMN_NPV(latency),  COLUMN_MODEL(latency),
                                         COLUMN_WHERE(latency),  COLUMN_TERM(latency), COLUMN_RUN(latency),
                                         COLUMN_QUALITY(latency)};
static const Column quality_columns[] = {COLUMN_QUALITY(quality), COLUMN_NPV(quality),  COLUMN_MODEL(quality),
                                         COLUMN_WHERE(quality),   COLUMN_TERM(quality), COLUMN_RUN(quality),
                                         COLUMN_MS(quality)};

static bool has_scores(const SearchResult *result)
{
    return result->by_quality.n > 0;
}

/* Scores stand in the last column, which is left out when there are none. */
#define N_OF(columns, has_last) ((int)(sizeof(columns) / sizeof(columns)[0]) - ((has_last) ? 0 : 1))

Table search_ranking_table(const SearchResult *result)
{
    return (Table){ranking_columns, N_OF(ranking_columns, has_scores(result)), result->ranked.n, result,
                   NULL};
}

Table search_latency_table(const SearchResult *result)
{
    return (Table){latency_columns, N_OF(latency_columns, has_scores(result)), result->by_latency.n, result,
                   NULL};
}

Table search_quality_table(const SearchResult *result)
{
    return (Table){quality_columns, N_OF(quality_columns, true), result->by_quality.n, result, NULL};
}

/* ---- what constraints stop and cost ---- */

static const SearchPlan *best_plan(const SearchResult *result)
{
    return result->ranked.n > 0 ? &result->ranked.items[0] : NULL;
}

static void constraint_name(const void *context, int row, Cell *out)
{
    (void)context;
    cell_set_text(out, search_constraints[row].name);
}

static void constraint_stops(const void *context, int row, Cell *out)
{
    uint64_t all = search_n_here(context);
    if (all > 0)
        cell_set_number(out, (double)search_n_breaking(context, (SearchConstraint)row) / (double)all);
}

static void constraint_alone(const void *context, int row, Cell *out)
{
    cell_set_number(out, (double)search_n_breaking_alone(context, (SearchConstraint)row));
}

static void constraint_npv(const void *context, int row, Cell *out)
{
    const SearchResult *result = context;
    if (result->has_relaxed[row]) cell_set_number(out, result->relaxed[row].npv_usd);
}

/* What the constraint costs: how much cheaper the best plan would be without it. */
static void constraint_costs(const void *context, int row, Cell *out)
{
    const SearchPlan *best = best_plan(context);
    if (best == NULL || !search_constraints[row].is_soft) return;
    const SearchResult *result = context;
    double saved = result->has_relaxed[row] ? best->npv_usd - result->relaxed[row].npv_usd : 0.0;
    cell_set_number(out, fmax(0.0, saved));
}

static void constraint_model(const void *context, int row, Cell *out)
{
    const SearchResult *result = context;
    if (result->has_relaxed[row]) cell_set_text(out, result->relaxed[row].model);
}

static void constraint_where(const void *context, int row, Cell *out)
{
    const SearchResult *result = context;
    if (result->has_relaxed[row]) cell_where(&result->relaxed[row], out);
}

static const Column constraint_columns[] = {
    {"constraint", "constraint", "", "constraint", ALIGN_LEFT, SHOW_SHORTEST, 0, constraint_name},
    {"stops_frac", "stops", "frac", "share of the combinations that break it", ALIGN_RIGHT, SHOW_PERCENT, 0,
     constraint_stops},
    {"alone", "alone", "count", "combinations that break nothing else", ALIGN_RIGHT, SHOW_GROUPED, 0,
     constraint_alone},
    {"costs_usd", "costs", "USD", "saving on the best plan if it were dropped", ALIGN_RIGHT, SHOW_GROUPED, 0,
     constraint_costs},
    {"npv_usd", "NPV without", "USD", "cheapest plan that breaks only this", ALIGN_RIGHT, SHOW_GROUPED, 0,
     constraint_npv},
    {"model", "model", "", "of that plan", ALIGN_LEFT, SHOW_SHORTEST, 26, constraint_model},
    {"where", "where", "", "of that plan", ALIGN_LEFT, SHOW_SHORTEST, 44, constraint_where},
};

Table search_constraint_table(const SearchResult *result)
{
    return (Table){constraint_columns, N_OF(constraint_columns, true), N_SEARCH_CONSTRAINTS, result, NULL};
}

/* ---- the step down, largest class first ---- */

static int class_of(int row)
{
    return N_SEARCH_CLASSES - 1 - row;
}

static void class_name(const void *context, int row, Cell *out)
{
    (void)context;
    cell_set_text(out, search_classes[class_of(row)].name);
}

static void class_npv(const void *context, int row, Cell *out)
{
    const SearchResult *result = context;
    if (result->has_class[class_of(row)]) cell_set_number(out, result->classes[class_of(row)].npv_usd);
}

/* Against the next larger class that has a plan. */
static void class_saves(const void *context, int row, Cell *out)
{
    const SearchResult *result = context;
    int k = class_of(row), larger = k + 1;
    while (larger < N_SEARCH_CLASSES && !result->has_class[larger]) larger++;
    if (larger == N_SEARCH_CLASSES || !result->has_class[k]) return;
    cell_set_number(out, result->classes[larger].npv_usd - result->classes[k].npv_usd);
}

static void class_model(const void *context, int row, Cell *out)
{
    const SearchResult *result = context;
    if (result->has_class[class_of(row)]) cell_set_text(out, result->classes[class_of(row)].model);
}

static void class_where(const void *context, int row, Cell *out)
{
    const SearchResult *result = context;
    if (result->has_class[class_of(row)]) cell_where(&result->classes[class_of(row)], out);
}

static void class_quality(const void *context, int row, Cell *out)
{
    const SearchResult *result = context;
    const SearchPlan *plan = &result->classes[class_of(row)];
    if (result->has_class[class_of(row)] && plan->has_quality) cell_set_number(out, plan->quality);
}

static const Column class_columns[] = {
    {"class", "parameters", "", "size class", ALIGN_LEFT, SHOW_SHORTEST, 0, class_name},
    {"npv_usd", "NPV", "USD", "cheapest plan of the class", ALIGN_RIGHT, SHOW_GROUPED, 0, class_npv},
    {"saves_usd", "saves", "USD", "against the next larger class", ALIGN_RIGHT, SHOW_GROUPED, 0, class_saves},
    {"model", "model", "", "of that plan", ALIGN_LEFT, SHOW_SHORTEST, 26, class_model},
    {"where", "where", "", "of that plan", ALIGN_LEFT, SHOW_SHORTEST, 44, class_where},
    {"quality", "score", "", "the user's score of the model", ALIGN_RIGHT, SHOW_SHORTEST, 0, class_quality},
};

Table search_class_table(const SearchResult *result)
{
    return (Table){class_columns, N_OF(class_columns, has_scores(result)), N_SEARCH_CLASSES, result, NULL};
}

/* ---- the page ---- */

static void add_head(const SearchResult *result, Text *out)
{
    char date[16], all[FORMAT_BYTES], here[FORMAT_BYTES], feasible[FORMAT_BYTES];
    date_format(result->as_of, date);
    format_grouped((double)result->n_combinations, all);
    format_grouped((double)search_n_here(result), here);
    format_grouped((double)search_n_feasible(result), feasible);
    text_addf(out, "%s: search over the prices of %s: %d models, %d accelerators, %d offers, %d APIs\n",
              result->scenario, date, result->n_models, result->n_gpus, result->n_offers, result->n_apis);
    text_addf(out, "  asked %s\n", result->query);
    if (result->n_shards > 1) text_addf(out, "  part %d of %d\n", result->shard + 1, result->n_shards);
    bool is_less = result->n_shards > 1 || search_is_partial(result);
    text_addf(out, "  %s combinations%s%s, %s feasible\n", is_less ? here : all, is_less ? " of " : "",
              is_less ? all : "", feasible);
    if (result->n_unchecked > 0)
        text_addf(out,
                  "  licences of %d models have a threshold that was not checked: give users and "
                  "revenue_usd_per_year\n",
                  result->n_unchecked);
    if (search_is_partial(result))
        text_addf(out, "  partial: stopped after %ld of %ld blocks; the rest may hold better plans\n",
                  result->n_blocks_done, result->n_blocks);
}

static void add_section(const char *title, const Table *table, const Style *style, Text *out)
{
    if (table->n_rows == 0) return;
    text_addf(out, "\n  %s\n", title);
    table_add_text(table, style, 2, out);
}

typedef struct Blame {
    int constraint;
    uint64_t n, alone;
} Blame;

static int compare_blames(const void *a, const void *b)
{
    const Blame *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return x->constraint - y->constraint;
}

void search_blame_add(const SearchResult *result, Text *out)
{
    Blame blames[N_SEARCH_CONSTRAINTS];
    uint64_t all = search_n_here(result);
    for (int c = 0; c < N_SEARCH_CONSTRAINTS; c++)
        blames[c] = (Blame){c, search_n_breaking(result, (SearchConstraint)c),
                            search_n_breaking_alone(result, (SearchConstraint)c)};
    qsort(blames, N_SEARCH_CONSTRAINTS, sizeof blames[0], compare_blames);
    text_addf(out, "  no plan is feasible\n");
    for (int i = 0; i < N_SEARCH_CONSTRAINTS && blames[i].n > 0; i++) {
        char n[FORMAT_BYTES], of[FORMAT_BYTES], alone[FORMAT_BYTES];
        format_grouped((double)blames[i].n, n);
        format_grouped((double)all, of);
        format_grouped((double)blames[i].alone, alone);
        text_addf(out, "    %-8s stops %s of %s, %s of them alone: %s\n",
                  search_constraints[blames[i].constraint].name, n, of, alone,
                  search_constraints[blames[i].constraint].doc);
    }
}

/* Steps of the front that people can tell apart: each at least a twentieth faster than the one before. */
static bool thin_front(const SearchPlans *front, SearchPlans *out)
{
    const double step = 0.95;
    out->items = calloc((size_t)front->n + 1, sizeof *out->items);
    for (int i = 0; out->items != NULL && i < front->n; i++)
        if (out->n == 0 || front->items[i].tpot_s <= step * out->items[out->n - 1].tpot_s)
            out->items[out->n++] = front->items[i];
    return out->items != NULL;
}

void search_report_add(const SearchResult *result, const Style *style, Text *out)
{
    SearchResult thinned = *result;
    thinned.by_latency = (SearchPlans){0};
    if (!thin_front(&result->by_latency, &thinned.by_latency)) return;
    Table ranking = search_ranking_table(result), latency = search_latency_table(&thinned),
          quality = search_quality_table(result), constraints = search_constraint_table(result),
          classes = search_class_table(result);
    add_head(result, out);
    if (result->ranked.n == 0) search_blame_add(result, out);
    add_section("cheapest plans, the best of each model and price row", &ranking, style, out);
    add_section("what less time per token costs, in steps of at least 5 %", &latency, style, out);
    add_section("what a higher score costs", &quality, style, out);
    add_section("what the constraints stop, and what each one costs", &constraints, style, out);
    bool has_class = false;
    for (int k = 0; k < N_SEARCH_CLASSES; k++) has_class = has_class || result->has_class[k];
    if (has_class) add_section("one size class smaller saves", &classes, style, out);
    free(thinned.by_latency.items);
}
