/* The figures behind costs: demand, the replica, the fleet, people. Layer: view.
 *
 * Values are those of the evaluation; formulas are the method's (E1 to E19, E32).
 */
#include "figures.h"

#include <math.h>
#include <string.h>

#define SECONDS_PER_HOUR 3600.0

static const Inputs *inputs_of(const FigurePlace *place)
{
    return &place->answer->resolved->inputs;
}

static const OptionResult *result_of(const FigurePlace *place)
{
    return workspace_result(place->answer->workspace, place->option);
}

static const MonthResult *month_of(const FigurePlace *place)
{
    return &result_of(place)->months[place->month];
}

/* ---- demand ---- */

static double get_requests(const FigurePlace *place)
{
    return month_of(place)->requests;
}
static double get_tokens(const FigurePlace *place)
{
    return month_of(place)->tokens;
}
static double get_discount(const FigurePlace *place)
{
    return month_of(place)->discount_middle;
}

static double get_attempts(const FigurePlace *place)
{
    const Inputs *inputs = inputs_of(place);
    double sum = 0.0;
    for (int k = 0; k < inputs->n_workloads; k++)
        sum += workload_requests(inputs, k, place->month) * (1.0 + inputs->workloads[k].retry_frac);
    return sum;
}

static double rate_of(const Inputs *inputs, int k, int month)
{
    const Workload *w = &inputs->workloads[k];
    return workload_requests(inputs, k, month) * (1.0 - w->batch_frac) * (1.0 + w->retry_frac) /
           (HOURS_PER_MONTH * SECONDS_PER_HOUR);
}

static double get_rate(const FigurePlace *place)
{
    double sum = 0.0;
    for (int k = 0; k < inputs_of(place)->n_workloads; k++) sum += rate_of(inputs_of(place), k, place->month);
    return sum;
}

static double get_peak_rate(const FigurePlace *place)
{
    const Inputs *inputs = inputs_of(place);
    double most = 0.0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double sum = 0.0;
        for (int k = 0; k < inputs->n_workloads; k++)
            sum += rate_of(inputs, k, place->month) * inputs->week[k][h] * inputs->workloads[k].burst;
        most = fmax(most, sum);
    }
    return most;
}

/* ---- the replica ---- */

static double get_degree(const FigurePlace *place)
{
    return result_of(place)->replica.degree;
}
static double get_kv_tokens(const FigurePlace *place)
{
    return result_of(place)->replica.kv_tokens;
}
static double get_batch(const FigurePlace *place)
{
    return result_of(place)->replica.batch;
}
static double get_prefill(const FigurePlace *place)
{
    return result_of(place)->replica.prefill_s;
}
static double get_step(const FigurePlace *place)
{
    return result_of(place)->replica.step_s;
}
static double get_tpot(const FigurePlace *place)
{
    return result_of(place)->replica.tpot_s;
}
static double get_replica_rate(const FigurePlace *place)
{
    return result_of(place)->replica.rate_req_s;
}
static double get_month_rate(const FigurePlace *place)
{
    return month_of(place)->replica_req_s;
}
static double get_kv_bytes(const FigurePlace *place)
{
    const OptionInputs *option = &inputs_of(place)->options[place->option];
    return step_kv_bytes_per_token(&option->shape, option->serving.kv_bytes);
}

/* ---- the fleet and its people ---- */

static double get_peak(const FigurePlace *place)
{
    return month_of(place)->replicas_peak;
}
static double get_trough(const FigurePlace *place)
{
    return month_of(place)->replicas_trough;
}
static double get_reserved(const FigurePlace *place)
{
    return month_of(place)->reserved_replicas;
}
static double get_gpu_hours(const FigurePlace *place)
{
    return month_of(place)->gpu_hours;
}
static double get_utilisation(const FigurePlace *place)
{
    return month_of(place)->utilisation_frac;
}
static double get_servers(const FigurePlace *place)
{
    return month_of(place)->servers;
}
static double get_fte(const FigurePlace *place)
{
    return month_of(place)->fte;
}
static double get_api_attempts(const FigurePlace *place)
{
    return month_of(place)->api_attempts;
}

static double get_gpus(const FigurePlace *place)
{
    return month_of(place)->staffed_gpus;
}
static double get_cap(const FigurePlace *place)
{
    return result_of(place)->replicas_cap;
}

/* ---- composed options ---- */

static double part_npv(const FigurePlace *place, int part)
{
    const OptionInputs *option = &inputs_of(place)->options[place->option];
    return workspace_result(place->answer->workspace, option->parts[part])->npv_usd;
}
static double get_small_alone(const FigurePlace *place)
{
    return part_npv(place, 0);
}
static double get_large_alone(const FigurePlace *place)
{
    return part_npv(place, 1);
}
static double get_indifference(const FigurePlace *place)
{
    double large = part_npv(place, 1);
    return large > 0.0 ? 1.0 - part_npv(place, 0) / large : 0.0;
}
static double get_first_move(const FigurePlace *place)
{
    return result_of(place)->move_month[0];
}
static double get_second_move(const FigurePlace *place)
{
    return result_of(place)->n_moves > 1 ? result_of(place)->move_month[1] : inputs_of(place)->horizon_months;
}

const FigureRow figure_rows[] = {
    {"requests", "req", "E1, E66: requests of the first month x (1 + growth)^m, or the table",
     "workloads/requests_per_month workloads/growth_per_month workloads/requests_table workloads/season "
     "workloads/from_month workloads/until_month ~volume",
     KIND_ALL, false, get_requests},
    {"attempts", "req", "requests x (1 + share sent again)", "@requests workloads/retry_frac", KIND_ALL,
     false, get_attempts},
    {"tokens", "tok", "useful tokens: requests x (input + output), retries left out",
     "@requests workloads/input_tok workloads/output_tok", KIND_ALL, false, get_tokens},
    {"discount_factor", "x", "E41: (1 + rate)^-((m + 1/2) / 12) for flows in the middle of the month",
     "discount_per_year", KIND_ALL, false, get_discount},
    {"arrival_rate", "req/s", "E2: attempts that cannot wait / (730 h x 3600 s)",
     "@attempts workloads/batch_frac", KIND_ALL, false, get_rate},
    {"peak_rate", "req/s", "E2, E16: arrival rate x busiest hour of the week x burst",
     "@arrival_rate workloads/profile workloads/profile_hours workloads/burst", KIND_SELF, false,
     get_peak_rate},
    {"degree", "GPUs", "E11: GPUs of a replica, the feasible number of fewest GPU-hours", "engine/degrees",
     KIND_SELF, true, get_degree},
    {"kv_bytes_per_tok", "B", "E4: layers x cached values of a layer x bytes",
     "shape/layers shape/kv_values_per_layer serving/kv_bytes", KIND_SELF, true, get_kv_bytes},
    {"kv_tokens", "tok",
     "E6: (memory x usable share - reserve - weights / G) x min(G, cache shards) / bytes a token",
     "@degree @kv_bytes_per_tok accelerator/memory_bytes serving/memory_use_frac serving/reserve_bytes "
     "shape/params_total serving/weight_bytes shape/kv_shards",
     KIND_SELF, true, get_kv_tokens},
    {"prefill_s", "s", "E7: time to read one prompt alone",
     "@degree shape/params_active shape/layers shape/heads shape/head_dim shape/hidden accelerator/flops_* "
     "accelerator/link_bytes_s efficiency/e_pf efficiency/e_link efficiency/moe_e_fl workloads/input_tok "
     "workloads/input_cv workloads/cache_hit_frac engine/measured_prefill_tok_s",
     KIND_SELF, true, get_prefill},
    {"step_s", "s", "E8: time of one decode step of the whole batch",
     "@degree @batch @kv_bytes_per_tok shape/params_* shape/layers shape/experts shape/experts_active "
     "serving/weight_bytes accelerator/bandwidth_bytes_s accelerator/flops_* accelerator/link_bytes_s "
     "efficiency/* workloads/input_tok workloads/output_tok workloads/output_cv engine/measured_decode_tok_s",
     KIND_SELF, true, get_step},
    {"batch", "sequences", "E10: most sequences whose time per output token keeps the limit and that fit",
     "@kv_tokens serving/kv_use_frac serving/batch_max workloads/slo_tpot_s workloads/max_context_tok "
     "engine/measured_batch",
     KIND_SELF, true, get_batch},
    {"tpot_s", "s", "E10: step + batch x prefill / output tokens",
     "@step_s @batch @prefill_s workloads/output_tok", KIND_SELF, true, get_tpot},
    {"replica_rate", "req/s", "E9: 1 / (prefill + output tokens x step / batch)",
     "@prefill_s @step_s @batch workloads/output_tok", KIND_SELF, true, get_replica_rate},
    {"month_rate", "req/s",
     "replica_rate x own factor x (1 - share of guardrails) x factors of a licence move (E38) and of the "
     "next "
     "generation",
     "@replica_rate engine/rate_factor extras/guardrail_rate_frac licence/mode licence/policy "
     "licence/switch_rate_factor fleet/generation_month fleet/generation_rate_factor",
     KIND_SELF, false, get_month_rate},
    {"replicas_cap", "replicas", "E68: most replicas of the fleet, given or the cheapest number found",
     "hybrid/replicas_cap hybrid/split_best hybrid/split", KIND_HYBRID, true, get_cap},
    {"peak_replicas", "replicas",
     "E15 to E17: fewest replicas at the peak within utilisation and waiting, and the spares",
     "@peak_rate @month_rate @replicas_cap hybrid/* fleet/utilisation_max_frac fleet/replicas_min "
     "fleet/spare_rule fleet/spares fleet/gpu_failures_per_year fleet/repair_h fleet/spare_miss_frac "
     "fleet/autoscale "
     "fleet/lookahead_h fleet/scale_to_zero workloads/slo_ttft_s workloads/slo_miss_frac "
     "workloads/arrival_scv fleet/batch_utilisation_frac",
     KIND_SELF, false, get_peak},
    {"trough_replicas", "replicas", "E17: billed in the quietest hour", "@peak_replicas", KIND_SELF, false,
     get_trough},
    {"reserved_replicas", "replicas", "E46: under reservation", "rent/reserved_replicas rent/reserve_best",
     KIND_SELF, false, get_reserved},
    {"gpu_hours", "GPU-h", "E19, E65: 730 / 168 x billed GPUs summed over the hours of the week",
     "@peak_replicas @trough_replicas @degree fleet/instance_gpus", KIND_SELF, false, get_gpu_hours},
    {"utilisation", "frac", "work over billed capacity", "@attempts @month_rate @gpu_hours", KIND_SELF, false,
     get_utilisation},
    {"servers", "servers", "E25: highest need of GPUs so far / GPUs of a server, rounded up",
     "@peak_replicas @degree own/server_gpus", KIND_OWN, false, get_servers},
    {"gpus", "GPUs", "E32: GPUs that are held at the peak: needed, reserved, or in the servers",
     "@peak_replicas @reserved_replicas @degree own/server_gpus", KIND_SELF, false, get_gpus},
    {"fte", "FTE",
     "E32: base + rotation + a step for each block of GPUs, at least the floor; an API has its own figure",
     "@gpus staff/self_base_fte staff/oncall_* staff/step_* staff/own_extra_fte staff/min_fte staff/api_fte "
     "staff/hiring_lag_months",
     KIND_SERVES, false, get_fte},
    {"api_attempts", "req", "E68: attempts that the fleet leaves to the API", "@attempts hybrid/*",
     KIND_HYBRID, false, get_api_attempts},
    {"small_alone", "USD", "NPV of the small option alone, with every request", "cascade/small", KIND_CASCADE,
     true, get_small_alone},
    {"large_alone", "USD", "NPV of the large option alone, with every request", "cascade/large", KIND_CASCADE,
     true, get_large_alone},
    {"indifference_escalation", "frac",
     "E64: 1 - NPV of the small option / NPV of the large one; passing on more costs more than the large one",
     "@small_alone @large_alone cascade/escalate_frac", KIND_CASCADE, true, get_indifference},
    {"second_from", "mo", "month from which the second option serves, given or the cheapest found",
     "plan/second_from_month plan/find_months", KIND_PLAN, true, get_first_move},
    {"third_from", "mo", "month from which the third option serves, given or the cheapest found",
     "plan/third_from_month plan/find_months plan/third", KIND_PLAN, true, get_second_move},
};
const int n_figure_rows = (int)(sizeof figure_rows / sizeof *figure_rows);

const FigureRow *figure_find(const char *name)
{
    for (int i = 0; i < n_figure_rows; i++)
        if (strcmp(figure_rows[i].name, name) == 0) return &figure_rows[i];
    return NULL;
}

static const char *const series_names[] = {
    [SERIES_GPU_RENT] = "gpu_rent",     [SERIES_API] = "api",
    [SERIES_SERVER] = "server",         [SERIES_WAGE] = "wage",
    [SERIES_API_INPUT] = "api_input",   [SERIES_API_CACHED] = "api_cached",
    [SERIES_API_OUTPUT] = "api_output", [SERIES_ENERGY] = "energy",
    [SERIES_VOLUME] = "volume"};
enum { N_SERIES_NAMES = sizeof series_names / sizeof *series_names };

const char *series_name(int series)
{
    return series_names[series];
}

const double *series_path(const Inputs *inputs, int option, int series)
{
    return series == SERIES_VOLUME ? inputs->volume_path[0] : inputs->options[option].price_path[series];
}

/* ---- lists of uses ---- */

/* Fields that serve one side only say so in their names: "self_base_fte", "setup_api_usd". */
static bool is_read_by(OptionKind kind, GroupId group, const char *name)
{
    unsigned bit = 1u << kind;
    if ((input_groups[group].kinds & bit) == 0) return false;
    if (group != GROUP_OPERATIONS && group != GROUP_STAFF) return true;
    if (strstr(name, "self_") != NULL) return (KIND_SELF & bit) != 0;
    if (strstr(name, "api_") != NULL) return (KIND_BUYS & bit) != 0;
    return true;
}

static bool is_word(const char *name, const char *word, size_t n)
{
    return name != NULL && strlen(name) == n && strncmp(name, word, n) == 0;
}

static GroupId group_named(const char *name, size_t n)
{
    for (int g = 0; g < N_GROUPS; g++)
        if (is_word(input_groups[g].name, name, n)) return (GroupId)g;
    return N_GROUPS;
}

static bool visit_fields(const char *word, size_t n, OptionKind kind,
                         void (*visit)(void *context, const Use *use), void *context)
{
    const char *slash = memchr(word, '/', n), *name = slash != NULL ? slash + 1 : word;
    GroupId group = slash != NULL ? group_named(word, (size_t)(slash - word)) : GROUP_SCENARIO;
    if (group == N_GROUPS) return false;
    size_t length = n - (size_t)(name - word);
    bool is_prefix = length > 0 && name[length - 1] == '*', is_found = false;
    if (is_prefix) length--;
    for (size_t i = 0; i < input_groups[group].n_rows; i++) {
        const char *field = input_groups[group].rows[i].name;
        if (strncmp(field, name, length) != 0 || (!is_prefix && field[length] != '\0')) continue;
        is_found = true;
        Use use = {.kind = USE_FIELD, .group = group, .row = (int)i};
        if (is_read_by(kind, group, field)) visit(context, &use);
    }
    return is_found;
}

bool uses_visit(const char *uses, OptionKind kind, void (*visit)(void *context, const Use *use),
                void *context)
{
    bool is_ok = true;
    for (const char *at = uses; *at != '\0';) {
        size_t n = strcspn(at, " ");
        if (*at == '@') {
            Use use = {.kind = USE_FIGURE};
            for (int i = 0; i < n_figure_rows && use.figure == NULL; i++)
                if (is_word(figure_rows[i].name, at + 1, n - 1)) use.figure = &figure_rows[i];
            is_ok = is_ok && use.figure != NULL;
            if (use.figure != NULL && (use.figure->kinds & 1u << kind) != 0) visit(context, &use);
        } else if (*at == '~') {
            Use use = {.kind = USE_SERIES};
            while (use.series < N_SERIES_NAMES && !is_word(series_names[use.series], at + 1, n - 1))
                use.series++;
            is_ok = is_ok && use.series < N_SERIES_NAMES;
            if (use.series < N_SERIES_NAMES) visit(context, &use);
        } else if (!visit_fields(at, n, kind, visit, context)) {
            is_ok = false;
        }
        at += n + strspn(at + n, " ");
    }
    return is_ok;
}
