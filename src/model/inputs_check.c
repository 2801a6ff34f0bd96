/* What one row of the field tables cannot see: checks across fields and options, derived members. Layer:
 * model. */
#include "model/capacity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void fault(ErrList *errors, const char *scope, int index, const char *name, const char *text)
{
    char place[128];
    snprintf(place, sizeof place, "/%s/%d/%s", scope, index, name);
    err_list_addf(errors, ERR_DATA, NULL, 0, 0, place, "%s", text);
}

/* E3: hourly weights with a mean of exactly 1. */
static bool fill_week(const Workload *workload, const Profiles *profiles, double out[HOURS_PER_WEEK])
{
    enum { CONVERSATION, CODING, FLAT, CUSTOM };
    const double *source = NULL;
    if (workload->profile == CONVERSATION && profiles != NULL) source = profiles->conversation;
    if (workload->profile == CODING && profiles != NULL) source = profiles->coding;
    if (workload->profile == CUSTOM && workload->profile_hours.n == HOURS_PER_WEEK)
        source = workload->profile_hours.values;
    double sum = 0.0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        out[h] = workload->profile == FLAT ? 1.0 : source != NULL ? source[h] : 0.0;
        sum += out[h];
    }
    if (!(sum > 0.0)) return false;
    for (int h = 0; h < HOURS_PER_WEEK; h++) out[h] *= HOURS_PER_WEEK / sum;
    return true;
}

static void check_workload(Inputs *inputs, int w, const Profiles *profiles, ErrList *errors)
{
    const Workload *workload = &inputs->workloads[w];
    if (workload->profile_hours.n != 0 && workload->profile_hours.n != HOURS_PER_WEEK)
        fault(errors, "workloads", w, "profile_hours", "must have 168 values, one for each hour of the week");
    if (!fill_week(workload, profiles, inputs->week[w]))
        fault(errors, "workloads", w, "profile", "the hours of the week are missing or all zero");
    if (workload->season.n != 0 && workload->season.n != 12)
        fault(errors, "workloads", w, "season", "must have 12 values, one for each month from January");
    double season = 0.0;
    for (int i = 0; i < workload->season.n; i++) season += workload->season.values[i];
    if (workload->season.n == 12 && fabs(season / 12.0 - 1.0) > 1e-6)
        fault(errors, "workloads", w, "season", "the twelve factors must have a mean of 1");
}

static bool rises_from_zero(const FieldArray *from)
{
    for (int i = 0; i < from->n; i++)
        if (i == 0 ? from->values[0] != 0.0 : from->values[i] <= from->values[i - 1]) return false;
    return true;
}

/* E72: tiers rise from 0 and each has its price. */
static void check_tiers(const Network *net, int o, ErrList *errors)
{
    const FieldArray *from = &net->egress_from_gb;
    if (from->n != net->egress_tier_usd_per_gb.n) {
        fault(errors, "options", o, "network/egress_tier_usd_per_gb",
              "must have as many values as egress_from_gb");
        return;
    }
    if (!rises_from_zero(from)) fault(errors, "options", o, "network/egress_from_gb", "must rise, from 0 on");
}

/* A volume that grows out of its range is a slip of the growth rate, not a plan. */
static void check_volume(const Inputs *inputs, int w, ErrList *errors)
{
    const FieldRow *row = field_find(input_groups[GROUP_WORKLOAD].rows, input_groups[GROUP_WORKLOAD].n_rows,
                                     "requests_per_month");
    for (int m = 0; m < inputs->horizon_months; m++) {
        double requests = workload_requests(inputs, w, m);
        if (requests >= 0.0 && requests <= row->max) continue;
        char text[128];
        snprintf(text, sizeof text, "requests leave 0 to %g in month %d; check growth, season and events",
                 row->max, m);
        fault(errors, "workloads", w, row->name, text);
        return;
    }
}

/* Spares by reliability need replicas that work some of the time. */
static void check_spares(const OptionInputs *option, int o, ErrList *errors)
{
    enum { RELIABILITY = 1 };
    const double degree_default_max = 8.0, down_max = 0.5;
    const Fleet *fleet = &option->fleet;
    double widest = option->engine.degrees.n > 0 ? 1.0 : degree_default_max;
    for (int i = 0; i < option->engine.degrees.n; i++)
        widest = fmax(widest, option->engine.degrees.values[i]);
    if (fleet->spare_rule == RELIABILITY && replica_down_frac(fleet, (int)widest) > down_max)
        fault(errors, "options", o, "fleet/repair_h",
              "a replica would be down more than half of the time: check gpu_failures_per_year and repair_h");
}

static void check_option(Inputs *inputs, int o, ErrList *errors)
{
    OptionInputs *option = &inputs->options[o];
    const ModelShape *shape = &option->shape;
    check_tiers(&option->network, o, errors);
    if ((KIND_SELF & (1 << option->kind)) == 0) return;
    if (shape->params_active > shape->params_total)
        fault(errors, "options", o, "shape/params_active", "is more than params_total");
    if (shape->params_routed > shape->params_total)
        fault(errors, "options", o, "shape/params_routed", "is more than params_total");
    if (shape->experts_active > shape->experts)
        fault(errors, "options", o, "shape/experts_active", "is more than experts");
    if ((shape->experts > 0) != (shape->experts_active > 0))
        fault(errors, "options", o, "shape/experts",
              "experts and experts_active must both be given, or neither");
    if (option->engine.has_measured_prefill_tok_s != option->engine.has_measured_decode_tok_s)
        fault(errors, "options", o, "engine/measured_decode_tok_s",
              "measured_prefill_tok_s and measured_decode_tok_s must both be given, or neither");
    const FieldArray *degrees = &option->engine.degrees;
    if (degrees->n > INPUT_DEGREES_MAX)
        fault(errors, "options", o, "engine/degrees",
              "has more than 16 values; list the degrees worth trying");
    for (int i = 0; i < degrees->n; i++)
        if (degrees->values[i] != floor(degrees->values[i]))
            fault(errors, "options", o, "engine/degrees", "must be whole numbers");
    check_spares(option, o, errors);
    if (option->rent.spot_interruptions_per_h * option->rent.spot_recovery_h >= 1.0)
        fault(errors, "options", o, "rent/spot_recovery_h",
              "interruptions x recovery must stay below 1: no time would be left to work");
}

/* ---- options that are composed of others ---- */

bool contract_is_set(const Contract *contract)
{
    return contract->tier_from_usd.n > 0 || contract->credit_usd.n > 0 || contract->commit_usd > 0.0;
}

bool inputs_are_composed(const Inputs *inputs)
{
    for (int o = 0; o < inputs->n_options; o++)
        if ((KIND_COMPOSED & 1u << inputs->options[o].kind) != 0) return true;
    return false;
}

unsigned inputs_candidates(const Inputs *inputs)
{
    unsigned candidates = 0;
    for (int o = 0; o < inputs->n_options; o++)
        if (!inputs->options[o].is_part) candidates |= 1U << o;
    return candidates;
}

unsigned inputs_with_composed(const Inputs *inputs, unsigned options)
{
    enum { LEVELS = 2 }; /* a plan of cascades */
    for (int level = 0; level < LEVELS; level++)
        for (int o = 0; o < inputs->n_options; o++)
            for (int i = 0; i < inputs->options[o].n_parts; i++)
                if ((options >> inputs->options[o].parts[i] & 1U) != 0) options |= 1U << o;
    return options;
}

/* Finds the option that a field names and adds it to the parts. A cascade has no composed part, a plan no
 * plan. */
static void add_part(Inputs *inputs, int o, const char *field, const char *name, ErrList *errors)
{
    OptionInputs *option = &inputs->options[o];
    char text[2 * FIELD_TEXT_BYTES + 64];
    for (int i = 0; i < inputs->n_options; i++) {
        const OptionInputs *part = &inputs->options[i];
        if (strcmp(part->name, name) != 0) continue;
        bool is_too_deep = option->kind == OPTION_CASCADE ? (KIND_COMPOSED & 1u << part->kind) != 0
                                                          : part->kind == OPTION_PLAN;
        if (is_too_deep) {
            snprintf(text, sizeof text, "'%s' is a %s and cannot be part of a %s", name,
                     option_kind_name(part->kind), option_kind_name(option->kind));
            fault(errors, "options", o, field, text);
        }
        option->parts[option->n_parts++] = i;
        return;
    }
    snprintf(text, sizeof text, name[0] == '\0' ? "names no option" : "there is no option named '%s'", name);
    fault(errors, "options", o, field, text);
}

static void find_parts(Inputs *inputs, int o, ErrList *errors)
{
    OptionInputs *option = &inputs->options[o];
    option->n_parts = 0;
    if (option->kind == OPTION_CASCADE) {
        add_part(inputs, o, "cascade/small", option->cascade.small, errors);
        add_part(inputs, o, "cascade/large", option->cascade.large, errors);
    } else if (option->kind == OPTION_PLAN) {
        const Plan *plan = &option->plan;
        add_part(inputs, o, "plan/first", plan->first, errors);
        add_part(inputs, o, "plan/second", plan->second, errors);
        if (plan->third[0] != '\0') add_part(inputs, o, "plan/third", plan->third, errors);
        if (option->n_parts == OPTION_PARTS_MAX && plan->third_from_month < plan->second_from_month)
            fault(errors, "options", o, "plan/third_from_month", "lies before second_from_month");
    }
}

/* ---- contracts ---- */

static void check_contract(const Contract *contract, int o, ErrList *errors)
{
    const FieldArray *from = &contract->tier_from_usd, *ends = &contract->credit_last_month;
    if (from->n != contract->tier_discount_frac.n)
        fault(errors, "options", o, "contract/tier_discount_frac",
              "must have as many values as tier_from_usd");
    if (ends->n != contract->credit_usd.n)
        fault(errors, "options", o, "contract/credit_last_month", "must have as many values as credit_usd");
    if (!rises_from_zero(from)) fault(errors, "options", o, "contract/tier_from_usd", "must rise, from 0 on");
    for (int i = 1; i < ends->n; i++)
        if (ends->values[i] < ends->values[i - 1]) {
            fault(errors, "options", o, "contract/credit_last_month",
                  "must not fall: list the credits that end first before the others");
            return;
        }
}

bool inputs_finish(Inputs *inputs, const Profiles *profiles, ErrList *errors)
{
    size_t n_before = errors->n_items + errors->n_dropped;
    if (inputs->discount_per_year <= -1.0)
        err_list_addf(errors, ERR_DATA, NULL, 0, 0, "/discount_per_year", "must be more than -1");
    for (int w = 0; w < inputs->n_workloads; w++) {
        check_workload(inputs, w, profiles, errors);
        check_volume(inputs, w, errors);
    }
    for (int o = 0; o < inputs->n_options; o++) {
        check_option(inputs, o, errors);
        check_contract(&inputs->options[o].contract, o, errors);
        find_parts(inputs, o, errors);
    }
    return errors->n_items + errors->n_dropped == n_before;
}
