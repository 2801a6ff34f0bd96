/* Picks. Layer: tui (no curses). */
#include "tui/pick.h"

#include "tokentco/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows of the price book ---- */

static bool set_text(App *app, const char *place, const char *value, Err *err)
{
    char pointer[POINTER_BYTES];
    Text json;
    text_init(&json);
    snprintf(pointer, sizeof pointer, "/options/%d/%s", app->option, place);
    scenario_quote(&json, value);
    bool ok = app_put_raw(app, pointer, text_str(&json), err);
    text_free(&json);
    return ok;
}

/* A figure that the scenario states would hide the row's. */
static bool unset(App *app, const char *place, Err *err)
{
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "/options/%d/%s", app->option, place);
    char *raw = scenario_get_raw(app->session->scenario, pointer);
    bool is_stated = raw != NULL && raw[0] != '\0';
    free(raw);
    return !is_stated || app_put_raw(app, pointer, "", err);
}

static bool pick_rental(App *app, const PriceRow *row, Err *err)
{
    return set_text(app, "rent/provider", row->cells[RENTAL_PROVIDER].text, err) &&
           set_text(app, "rent/region", row->cells[RENTAL_REGION].text, err) &&
           set_text(app, "rent/term", row->cells[RENTAL_TERM].text, err) &&
           set_text(app, "engine/gpu", row->cells[RENTAL_GPU].text, err) &&
           unset(app, "rent/on_demand_usd_per_gpu_h", err);
}

static bool pick_api(App *app, const PriceRow *row, Err *err)
{
    static const char *const stated[] = {"api/input_usd_per_mtok", "api/output_usd_per_mtok",
                                         "api/cached_usd_per_mtok", "api/batch_discount_frac"};
    bool ok = set_text(app, "api/provider", row->cells[APIP_PROVIDER].text, err) &&
              set_text(app, "api/model", row->cells[APIP_MODEL].text, err);
    for (size_t i = 0; i < sizeof stated / sizeof stated[0]; i++) ok = ok && unset(app, stated[i], err);
    return ok;
}

static bool pick_model(App *app, const PriceRow *row, Err *err)
{
    return set_text(app, "engine/model", row->cells[MODEL_ID].text, err);
}

static bool pick_accelerator(App *app, const PriceRow *row, Err *err)
{
    return set_text(app, "engine/gpu", row->cells[ACC_GPU].text, err);
}

static const struct {
    PriceKind kind;
    unsigned plans; /* kinds of plans that it fits */
    const char *wanted;
    bool (*pick)(App *app, const PriceRow *row, Err *err);
} picks[] = {
    {PRICE_GPU_RENTAL, KIND_RENT | KIND_HYBRID, "rents GPUs", pick_rental},
    {PRICE_API, KIND_API | KIND_HYBRID, "buys tokens", pick_api},
    {PRICE_MODELS, KIND_SELF, "runs a model", pick_model},
    {PRICE_ACCELERATORS, KIND_SELF, "runs on GPUs", pick_accelerator},
};

static void say_result(App *app, double before_usd, bool had_result)
{
    const OptionResult *result = session_result(app->session, app->option);
    const char *name = session_inputs(app->session)->options[app->option].name;
    char now[FORMAT_BYTES], delta[FORMAT_BYTES] = "";
    if (!result->is_feasible) {
        app_say(app, LOOK_WARN, "%.40s cannot serve with it: %.150s", name, result->reason);
        return;
    }
    format_grouped(result->npv_usd, now);
    if (had_result) format_delta(result->npv_usd - before_usd, delta);
    app_say(app, LOOK_GOOD, "%.60s: NPV %s (%s); u undoes it", name, now, had_result ? delta : "new");
}

void pick_price(App *app, PriceKind kind, const PriceRow *row)
{
    const OptionInputs *option = &session_inputs(app->session)->options[app->option];
    for (size_t i = 0; i < sizeof picks / sizeof picks[0]; i++) {
        if (picks[i].kind != kind) continue;
        if ((picks[i].plans & 1u << option->kind) == 0) {
            app_say(app, LOOK_WARN, "%.60s is no plan that %s; Tab looks at another one", option->name,
                    picks[i].wanted);
            return;
        }
        const OptionResult *result = session_result(app->session, app->option);
        bool had_result = result->is_feasible;
        double before_usd = had_result ? result->npv_usd : 0.0;
        Err err = {0};
        session_begin_gesture(app->session);
        if (picks[i].pick(app, row, &err))
            say_result(app, before_usd, had_result);
        else
            app_say(app, LOOK_BAD, "%s", err.text);
        return;
    }
    app_say(app, LOOK_DIM, "a plan takes rows of gpu_rental, api_prices, models and accelerators");
}

/* ---- plans of the search ---- */

static void add_member(Text *out, const char *name, const char *value)
{
    text_addf(out, "\"%s\": ", name);
    scenario_quote(out, value);
}

/* What an hour costs without a contract where the plan has one: the same offer on demand. */
static double hourly_usd(const App *app, const SearchPlan *plan)
{
    char gpus[24];
    snprintf(gpus, sizeof gpus, "%d", plan->instance_gpus);
    const char *keys[] = {plan->provider, plan->region[0] != '\0' ? plan->region : NULL, plan->gpu,
                          plan->instance_gpus > 0 ? gpus : NULL, "on_demand"};
    const PriceRow *row = pricebook_find(&app->session->book, PRICE_GPU_RENTAL, keys, 5,
                                         app->session->now->resolved.as_of, RENTAL_USD_PER_GPU_H, NULL);
    return row != NULL && row->cells[RENTAL_USD_PER_GPU_H].number > 0.0
               ? row->cells[RENTAL_USD_PER_GPU_H].number
               : plan->unit_usd;
}

static void add_rent(const App *app, const SearchPlan *plan, Text *out)
{
    bool is_spot = strcmp(plan->term, "spot") == 0, is_reserved = strncmp(plan->term, "reserved", 8) == 0;
    double hourly = is_spot || is_reserved ? hourly_usd(app, plan) : plan->unit_usd;
    double saved = fmax(0.0, 1.0 - plan->unit_usd / hourly);
    text_add(out, ", \"rent\": {");
    add_member(out, "provider", plan->provider);
    text_add(out, ", ");
    add_member(out, "region", plan->region);
    text_add(out, ", ");
    add_member(out, "term", plan->term);
    if (is_spot || is_reserved) text_addf(out, ", \"on_demand_usd_per_gpu_h\": %.9g", hourly);
    if (is_spot) text_addf(out, ", \"spot_share_frac\": 1, \"spot_discount_frac\": %.9g", saved);
    if (is_reserved)
        text_addf(out,
                  ", \"reserve_best\": true, \"reserved_discount_frac\": %.9g, \"reserved_term_months\": %d",
                  saved, atoi(plan->term + strlen("reserved_")));
    text_add(out, "}");
}

/* Contracts that are neither by the hour nor reservations hold their GPUs all the time. */
static bool is_held(const char *term)
{
    static const char *const by_need[] = {"on_demand", "marketplace", "spot", ""};
    for (size_t i = 0; i < sizeof by_need / sizeof by_need[0]; i++)
        if (strcmp(term, by_need[i]) == 0) return false;
    return strncmp(term, "reserved", 8) != 0;
}

static double weight_bytes(const char *format)
{
    return strcmp(format, "bf16") == 0 ? 2.0 : strcmp(format, "fp8") == 0 ? 1.0 : 0.5;
}

static void add_fleet(const SearchPlan *plan, Text *out)
{
    text_add(out, ", \"engine\": {");
    add_member(out, "model", plan->model);
    text_add(out, ", ");
    add_member(out, "gpu", plan->gpu);
    text_add(out, ", ");
    add_member(out, "software", plan->engine);
    text_addf(out, ", \"degrees\": [%d]}, \"serving\": {\"weight_bytes\": %g}", plan->degree,
              weight_bytes(plan->weights));
    text_addf(out, ", \"fleet\": {\"instance_gpus\": %d%s}", plan->instance_gpus,
              is_held(plan->term) ? ", \"autoscale\": \"static\"" : "");
}

static void add_api(const char *provider, const char *model, Text *out)
{
    text_add(out, ", \"api\": {");
    add_member(out, "provider", provider);
    text_add(out, ", ");
    add_member(out, "model", model);
    text_add(out, "}");
}

static void plan_name(const App *app, const SearchPlan *plan, char out[FIELD_TEXT_BYTES])
{
    const Inputs *inputs = session_inputs(app->session);
    snprintf(out, FIELD_TEXT_BYTES, "%.40s at %.30s", plan->model, plan->provider);
    for (int i = 0, n = 2; i < inputs->n_options; i++) {
        if (strcmp(inputs->options[i].name, out) != 0) continue;
        snprintf(out, FIELD_TEXT_BYTES, "%.40s at %.30s (%d)", plan->model, plan->provider, n++);
        i = -1;
    }
}

static void plan_json(const App *app, const SearchPlan *plan, const char *name, Text *out)
{
    text_add(out, "{");
    add_member(out, "name", name);
    text_add(out, ", ");
    add_member(out, "kind", option_kind_name((OptionKind)plan->kind));
    if (plan->kind == OPTION_API) {
        add_api(plan->provider, plan->model, out);
    } else {
        add_fleet(plan, out);
        add_rent(app, plan, out);
    }
    if (plan->kind == OPTION_HYBRID) {
        const char *slash = strchr(plan->api, '/');
        char provider[FIELD_TEXT_BYTES];
        snprintf(provider, sizeof provider, "%.*s", slash != NULL ? (int)(slash - plan->api) : 0, plan->api);
        add_api(provider, slash != NULL ? slash + 1 : plan->api, out);
        text_addf(out, ", \"hybrid\": {\"replicas_cap\": %d}", plan->cap);
    }
    text_add(out, "}");
}

void pick_plan(App *app, const SearchPlan *plan)
{
    int n = session_inputs(app->session)->n_options;
    if (plan->kind == OPTION_OWN || plan->kind == OPTION_BILL) {
        app_say(app, LOOK_WARN, "%.60s is in the scenario; what it runs is set on Assume", plan->provider);
        return;
    }
    if (n >= INPUT_OPTIONS_MAX) {
        app_say(app, LOOK_WARN, "there are %d plans; more do not fit", n);
        return;
    }
    char name[FIELD_TEXT_BYTES], said[FORMAT_BYTES];
    plan_name(app, plan, name);
    Text list;
    text_init(&list);
    char *raw = scenario_get_raw(app->session->scenario, "/options");
    size_t length = raw != NULL ? strlen(raw) : 0;
    if (length > 0 && raw[length - 1] == ']') raw[length - 1] = '\0';
    text_addf(&list, "%s%s", length > 0 ? raw : "[", n > 0 ? ", " : "");
    free(raw);
    plan_json(app, plan, name, &list);
    text_add(&list, "]");
    Err err = {0};
    session_begin_gesture(app->session);
    format_grouped(plan->npv_usd, said);
    if (app_put_raw(app, "/options", text_str(&list), &err)) {
        app->option = n;
        const OptionResult *result = session_result(app->session, n);
        char now[FORMAT_BYTES] = "cannot serve";
        if (result->is_feasible) format_grouped(result->npv_usd, now);
        app_say(app, result->is_feasible ? LOOK_GOOD : LOOK_WARN,
                "plan %d: NPV %s (the search said %s)%s%.100s", n + 1, now, said,
                result->is_feasible ? "; u undoes it" : ": ", result->reason);
    } else {
        app_say(app, LOOK_BAD, "%s", err.text);
    }
    text_free(&list);
}
