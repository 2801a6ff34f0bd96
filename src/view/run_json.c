/* `run --json`: answers as documents. Layer: view. */
#include "tokentco/json_out.h"

#include "json_build.h"
#include "tokentco/move.h"
#include "tokentco/unit_costs.h"

#include <string.h>

static const char RUN_SCHEMA[] = "tokentco/run/1";

static json_t *replica_of(const OptionInputs *option, const Replica *replica)
{
    json_t *object = json_object();
    json_object_set_new(object, "G", json_integer(replica->degree));
    json_object_set_new(object, "B", json_integer(replica->batch));
    json_object_set_new(object, "t_pf", json_number_or_null(replica->prefill_s));
    json_object_set_new(object, "t_step", json_number_or_null(replica->step_s));
    json_object_set_new(object, "tpot", json_number_or_null(replica->tpot_s));
    json_object_set_new(object, "mu", json_number_or_null(replica->rate_req_s));
    /* The cache of a measured replica is not known. */
    bool is_measured = option->engine.has_measured_prefill_tok_s && option->engine.has_measured_decode_tok_s;
    json_object_set_new(object, "kv_tokens",
                        is_measured ? json_null() : json_number_or_null(replica->kv_tokens));
    return object;
}

static json_t *categories_of(const double category_usd[N_CATEGORIES])
{
    json_t *object = json_object();
    for (int c = 0; c < N_CATEGORIES; c++)
        json_object_set_new(object, cost_categories[c].name, json_number_or_null(category_usd[c]));
    return object;
}

static json_t *month_of(const Inputs *inputs, const MonthResult *month, int m)
{
    char name[16];
    month_format(inputs->start + m, name);
    json_t *object = categories_of(month->category_usd);
    json_object_set_new(object, "month", json_string(name));
    json_object_set_new(object, "total_usd", json_number_or_null(month->total_usd));
    json_object_set_new(object, "cumulative_npv_usd", json_number_or_null(month->cumulative_npv_usd));
    json_object_set_new(object, "requests", json_number_or_null(month->requests));
    json_object_set_new(object, "tokens", json_number_or_null(month->tokens));
    return object;
}

/* One value a month, as an array. */
typedef struct MonthSeries {
    const char *name;
    double (*get)(const MonthResult *month);
    bool is_whole;
} MonthSeries;

static double get_peak(const MonthResult *month)
{
    return month->replicas_peak;
}
static double get_trough(const MonthResult *month)
{
    return month->replicas_trough;
}
static double get_reserved(const MonthResult *month)
{
    return month->reserved_replicas;
}
static double get_servers(const MonthResult *month)
{
    return month->servers;
}
static double get_gpu_hours(const MonthResult *month)
{
    return month->gpu_hours;
}
static double get_utilisation(const MonthResult *month)
{
    return month->utilisation_frac;
}
static double get_fte(const MonthResult *month)
{
    return month->fte;
}

static const MonthSeries fleet_series[] = {
    {"peak_replicas", get_peak, true},
    {"trough_replicas", get_trough, true},
    {"reserved_replicas", get_reserved, true},
    {"servers", get_servers, true},
    {"gpu_hours", get_gpu_hours, false},
    {"utilisation", get_utilisation, false},
    {"fte", get_fte, false},
};

static void add_fleet(json_t *object, const OptionResult *result, int n_months)
{
    for (size_t s = 0; s < sizeof fleet_series / sizeof *fleet_series; s++) {
        json_t *values = json_array();
        for (int m = 0; m < n_months; m++) {
            double value = fleet_series[s].get(&result->months[m]);
            json_array_append_new(values, fleet_series[s].is_whole ? json_integer((json_int_t)value)
                                                                   : json_number_or_null(value));
        }
        json_object_set_new(object, fleet_series[s].name, values);
    }
}

static json_t *basis_of(const ThroughputBasis *basis)
{
    json_t *object = json_object();
    json_object_set_new(object, "basis", json_string(basis_name(basis->basis)));
    json_object_set_new(object, "source", json_text_or_null(basis->source));
    json_object_set_new(object, "band_p10",
                        basis->has_band ? json_number_or_null(basis->band_p10) : json_null());
    json_object_set_new(object, "band_p90",
                        basis->has_band ? json_number_or_null(basis->band_p90) : json_null());
    return object;
}

/* What was found (or given): the fleet of a hybrid, the months of a plan. */
static void add_findings(json_t *object, const OptionInputs *option, const OptionResult *result, int n_months)
{
    enum { SPLIT_SHARE = 0 };
    if (option->kind == OPTION_HYBRID && option->hybrid.split != SPLIT_SHARE)
        json_object_set_new(object, "replicas_cap", json_integer(result->replicas_cap));
    if (option->kind != OPTION_PLAN) return;
    json_t *moves = json_array();
    for (int i = 0; i < result->n_moves; i++)
        json_array_append_new(moves, result->move_month[i] < n_months ? json_integer(result->move_month[i])
                                                                      : json_null());
    json_object_set_new(object, "move_months", moves);
}

static json_t *option_of(const Inputs *inputs, const OptionInputs *option, const OptionResult *result)
{
    bool is_self = (1u << option->kind & KIND_SELF) != 0, is_ok = result->is_feasible;
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(option->name));
    json_object_set_new(object, "kind", json_string(option_kind_name(option->kind)));
    json_object_set_new(object, "part", json_boolean(option->is_part));
    json_object_set_new(object, "feasible", json_boolean(is_ok));
    json_object_set_new(object, "reason", is_ok ? json_null() : json_text_or_null(result->reason));
    json_object_set_new(object, "npv_usd", is_ok ? json_number_or_null(result->npv_usd) : json_null());
    json_object_set_new(object, "total_usd", is_ok ? json_number_or_null(result->total_usd) : json_null());
    json_object_set_new(object, "levelised_usd_per_mtok",
                        is_ok && result->has_levelised ? json_number_or_null(result->levelised_usd_per_mtok)
                                                       : json_null());
    json_object_set_new(object, "tokens", is_ok ? json_number_or_null(result->tokens) : json_null());
    json_object_set_new(object, "by_category_usd", is_ok ? categories_of(result->category_usd) : json_null());
    json_t *months = is_ok ? json_array() : json_null();
    for (int m = 0; is_ok && m < inputs->horizon_months; m++)
        json_array_append_new(months, month_of(inputs, &result->months[m], m));
    json_object_set_new(object, "months", months);
    json_object_set_new(object, "throughput", is_self ? basis_of(&option->basis) : json_null());
    json_object_set_new(object, "replica",
                        is_self && is_ok ? replica_of(option, &result->replica) : json_null());
    if (is_self && is_ok) add_fleet(object, result, inputs->horizon_months);
    if (is_ok) add_findings(object, option, result, inputs->horizon_months);
    return object;
}

/* What moving away from the present bill brings (E70); null when no option is a bill, or for itself. */
static json_t *move_of(const Answer *answer, int option)
{
    const Inputs *inputs = &answer->resolved->inputs;
    Move move;
    if (!move_build(inputs, answer->workspace, option, &move)) return json_null();
    json_t *object = json_object(), *list = json_array();
    for (int i = 0; i < move.n_rates; i++)
        json_array_append_new(list, json_number_or_null(move.irr_per_year[i]));
    json_object_set_new(object, "present", json_string(inputs->options[move.present].name));
    json_object_set_new(object, "saved_npv_usd", json_number_or_null(move.saved_npv_usd));
    json_object_set_new(object, "payback_month",
                        move.has_payback ? json_integer(move.payback_month) : json_null());
    json_object_set_new(object, "payback_months",
                        move.has_payback ? json_number_or_null(move.payback_months) : json_null());
    json_object_set_new(object, "irr_per_year", list);
    return object;
}

/* What one of each costs, and the months in which budgets are breached. */
static json_t *unit_costs_of(const Answer *answer, int option)
{
    const Inputs *inputs = &answer->resolved->inputs;
    UnitCosts costs;
    char month[16];
    if (!unit_costs_build(answer, option, &costs, NULL) || !costs.has) return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "usd_per_request", json_number_or_null(costs.request_usd));
    json_object_set_new(object, "usd_per_user_month",
                        costs.has_user ? json_number_or_null(costs.user_month_usd) : json_null());
    json_object_set_new(object, "usd_per_unit",
                        costs.has_unit ? json_number_or_null(costs.unit_usd) : json_null());
    json_object_set_new(object, "marginal_usd_per_mtok", json_number_or_null(costs.marginal_mtok_usd));
    json_object_set_new(object, "next_usd_per_mtok",
                        costs.has_next ? json_number_or_null(costs.next_mtok_usd) : json_null());
    json_object_set_new(object, "reservation_usd_per_mtok",
                        costs.has_fleet ? json_number_or_null(costs.reservation_mtok_usd) : json_null());
    json_object_set_new(object, "usage_usd_per_mtok",
                        costs.has_fleet ? json_number_or_null(costs.usage_mtok_usd) : json_null());
    month_format(inputs->start + costs.over_month, month);
    json_object_set_new(object, "over_budget_month",
                        costs.over_month >= 0 ? json_string(month) : json_null());
    month_format(inputs->start + costs.spent_month, month);
    json_object_set_new(object, "budget_spent_month",
                        costs.spent_month >= 0 ? json_string(month) : json_null());
    return object;
}

static json_t *duel_of(const Answer *answer, const Duel *duel)
{
    const OptionInputs *options = answer->resolved->inputs.options;
    json_t *object = json_object(), *crossings = json_array();
    json_object_set_new(object, "a", json_string(options[duel->a].name));
    json_object_set_new(object, "b", json_string(options[duel->b].name));
    for (int i = 0; duel->has_crossings && i < duel->crossings.n; i++) {
        const Crossing *crossing = &duel->crossings.items[i];
        json_t *item = json_object();
        json_object_set_new(item, "requests_per_month", json_number_or_null(crossing->requests_per_month));
        json_object_set_new(item, "cheaper_above", json_string(options[crossing->cheaper_above].name));
        json_object_set_new(item, "jump_usd", json_number_or_null(crossing->jump_usd));
        if (crossing->has_step) {
            char month[16];
            month_format(answer->resolved->inputs.start + crossing->step_month, month);
            json_object_set_new(item, "step_option", json_string(options[crossing->step_option].name));
            json_object_set_new(item, "step_month", json_string(month));
            json_object_set_new(item, "step_replicas", json_integer(crossing->step_replicas));
        }
        json_array_append_new(crossings, item);
    }
    if (duel->has_crossings) {
        const Crossings *found = &duel->crossings;
        json_object_set_new(object, "range_requests_per_month", json_pack("[f, f]", found->low, found->high));
        json_object_set_new(object, "crossings_truncated", json_boolean(found->is_truncated));
        json_object_set_new(object, "blind_frac", json_number_or_null(found->blind_frac));
    }
    json_object_set_new(object, "crossings", crossings);
    json_object_set_new(object, "payback_month",
                        duel->payback_month >= 0 ? json_integer(duel->payback_month) : json_null());
    double months;
    bool has_months = duel->payback_month >= 0 &&
                      payback_find(&answer->resolved->inputs, answer->workspace, duel->a, duel->b, &months);
    json_object_set_new(object, "payback_months", has_months ? json_number_or_null(months) : json_null());
    return object;
}

/* The rate that every amount was converted with; null for USD. */
static json_t *rate_of(const Resolved *resolved)
{
    char day[16];
    if (resolved->fx.text == NULL) return json_null();
    date_format(resolved->fx_date, day);
    json_t *object = json_object();
    json_object_set_new(object, "currency_per_usd", json_number_or_null(resolved->inputs.currency_per_usd));
    json_object_set_new(object, "date", json_string(day));
    json_object_set_new(object, "days_before_prices", json_integer(resolved->as_of - resolved->fx_date));
    json_object_set_new(object, "source", json_string(resolved->fx.text));
    return object;
}

static json_t *run_of(const Answer *answer)
{
    const Resolved *resolved = answer->resolved;
    const Inputs *inputs = &resolved->inputs;
    char start[16], as_of[16];
    month_format(inputs->start, start);
    date_format(resolved->as_of, as_of);
    json_t *object = json_object(), *options = json_array(), *duels = json_array();
    json_object_set_new(object, "schema", json_string(RUN_SCHEMA));
    json_object_set_new(object, "version", json_string(TOKENTCO_VERSION));
    json_object_set_new(object, "scenario", json_string(inputs->name));
    json_object_set_new(object, "scenario_sha256", json_text_or_null(resolved->sha256));
    json_object_set_new(object, "start", json_string(start));
    json_object_set_new(object, "horizon_months", json_integer(inputs->horizon_months));
    json_object_set_new(object, "as_of", json_string(as_of));
    json_object_set_new(object, "currency", json_string(inputs->currency));
    json_object_set_new(object, "exchange_rate", rate_of(resolved));
    json_object_set_new(object, "discount_per_year", json_number_or_null(inputs->discount_per_year));
    json_object_set_new(object, "cheapest",
                        answer->best >= 0 ? json_string(inputs->options[answer->best].name) : json_null());
    for (int i = 0; i < inputs->n_options; i++) {
        json_t *option = option_of(inputs, &inputs->options[i], workspace_result(answer->workspace, i));
        json_object_set_new(option, "against_present", move_of(answer, i));
        json_object_set_new(option, "unit_costs", unit_costs_of(answer, i));
        json_array_append_new(options, option);
    }
    json_object_set_new(object, "options", options);
    for (int d = 0; d < answer->n_duels; d++)
        json_array_append_new(duels, duel_of(answer, &answer->duels[d]));
    json_object_set_new(object, "break_even", duels);
    return json_name_currency(object, inputs->currency);
}

void json_out_runs(const Answer *answers, int n, Text *out)
{
    if (n == 1) {
        json_add_document(run_of(&answers[0]), out);
        return;
    }
    json_t *document = json_object(), *runs = json_array();
    json_object_set_new(document, "schema", json_string("tokentco/runs/1"));
    for (int i = 0; i < n; i++) json_array_append_new(runs, run_of(&answers[i]));
    json_object_set_new(document, "runs", runs);
    json_add_document(document, out);
}
