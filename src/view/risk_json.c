/* `risk --json` and `sensitivity --json`. Layer: view. */
#include "json_build.h"
#include "tokentco/risk_report.h"

static json_t *estimate_json(const Estimate *estimate)
{
    return json_pack("{s:o, s:o}", "value", json_number_or_null(estimate->value), "error",
                     json_number_or_null(estimate->error));
}

static json_t *quantiles_json(const Estimate quantiles[N_RISK_QUANTILES])
{
    static const char *const names[N_RISK_QUANTILES] = {"p5", "p25", "p50", "p75", "p95"};
    json_t *object = json_object();
    for (int q = 0; q < N_RISK_QUANTILES; q++)
        json_object_set_new(object, names[q], estimate_json(&quantiles[q]));
    return object;
}

/* By month the five quantiles; null where no draw has a value. */
static json_t *fan_json(const RiskOption *option, FanKind kind, int n_months)
{
    json_t *months = json_array();
    for (int m = 0; m < n_months; m++) {
        json_t *month = json_array();
        for (int q = 0; q < N_RISK_QUANTILES && option->has_fan[kind][m]; q++)
            json_array_append_new(month, json_number_or_null(option->fan[kind][m * N_RISK_QUANTILES + q]));
        json_array_append_new(months, option->has_fan[kind][m] ? month : json_null());
        if (!option->has_fan[kind][m]) json_decref(month);
    }
    return months;
}

static json_t *histogram_json(const RiskHistogram *histogram)
{
    json_t *counts = json_array();
    for (int b = 0; b < RISK_BINS; b++) json_array_append_new(counts, json_integer(histogram->counts[b]));
    return json_pack("{s:o, s:o, s:o}", "low_usd", json_number_or_null(histogram->low), "high_usd",
                     json_number_or_null(histogram->high), "counts", counts);
}

static json_t *option_json(const RiskView *view, int o)
{
    const RiskOption *option = &view->risk->options[o];
    int n_months = view->risk->n_months;
    bool is_part = view->resolved->inputs.options[o].is_part;
    json_t *object = json_pack("{s:s, s:b, s:o}", "name", view->resolved->inputs.options[o].name, "part",
                               is_part, "feasible_frac", json_number_or_null(option->feasible_frac));
    json_object_set_new(object, "reason", json_text_or_null(option->has_figures ? "" : option->reason));
    json_object_set_new(object, "best_frac", is_part ? json_null() : estimate_json(&option->best_frac));
    static const char *const figures[] = {
        "mean_usd",       "cvar95_usd", "quantiles_usd",           "deviation_usd",        "mean_regret_usd",
        "max_regret_usd", "histogram",  "cumulative_usd_by_month", "usd_per_mtok_by_month"};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        json_object_set_new(object, figures[i], json_null());
    if (!option->has_figures) return object;
    json_object_set_new(object, "mean_usd", estimate_json(&option->mean));
    json_object_set_new(object, "cvar95_usd", estimate_json(&option->cvar95));
    json_object_set_new(object, "quantiles_usd", quantiles_json(option->quantiles));
    json_object_set_new(object, "deviation_usd", json_number_or_null(option->deviation));
    if (!is_part)
        json_object_set_new(object, "mean_regret_usd", json_number_or_null(option->mean_regret_usd));
    if (!is_part) json_object_set_new(object, "max_regret_usd", json_number_or_null(option->max_regret_usd));
    json_object_set_new(object, "histogram", histogram_json(&option->histogram));
    json_object_set_new(object, "cumulative_usd_by_month", fan_json(option, FAN_CUMULATIVE_USD, n_months));
    json_object_set_new(object, "usd_per_mtok_by_month", fan_json(option, FAN_USD_PER_MTOK, n_months));
    return object;
}

static json_t *item_json(const Uncertain *item)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:o}", "field", item->pointer, "label", item->label,
                     "dist", dist_rows[item->spec.kind].name, "unit", item->unit, "base",
                     json_number_or_null(item->base), "relative", item->is_relative ? 1 : 0, "source",
                     json_text_or_null(item->source));
}

static json_t *correlations_json(const Uncertainty *uncertainty)
{
    json_t *list = json_array();
    for (int c = 0; c < uncertainty->n_correlations; c++) {
        const Correlation *pair = &uncertainty->correlations[c];
        json_array_append_new(list,
                              json_pack("{s:[s, s], s:f}", "between", uncertainty->items[pair->a].pointer,
                                        uncertainty->items[pair->b].pointer, "rank", pair->rank));
    }
    return list;
}

static json_t *levels_json(const RiskResult *risk)
{
    json_t *list = json_array();
    for (int i = 0; i < risk->n_levels; i++) {
        const RiskLevel *level = &risk->levels[i];
        json_array_append_new(list, json_pack("{s:I, s:o, s:o, s:o}", "draws", (json_int_t)level->n_draws,
                                              "mean_usd", estimate_json(&level->mean), "best_frac",
                                              estimate_json(&level->best_frac), "evpi_usd",
                                              estimate_json(&level->evpi)));
    }
    return list;
}

static json_t *name_or_null(const RiskView *view, int option)
{
    return option >= 0 ? json_string(view->resolved->inputs.options[option].name) : json_null();
}

static json_t *head_json(const RiskView *view, const char *schema)
{
    char as_of[16];
    date_format(view->resolved->as_of, as_of);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "schema", schema, "scenario",
                     view->resolved->inputs.name, "as_of", as_of, "currency", view->resolved->inputs.currency,
                     "sha256", view->resolved->sha256, "seed", (json_int_t)view->seed);
}

static json_t *tornado_json(const RiskView *view);

void risk_json_add(const RiskView *view, Text *out)
{
    const RiskResult *risk = view->risk;
    json_t *document = head_json(view, "tokentco/risk/1"), *options = json_array(), *items = json_array();
    Text advice;
    text_init(&advice);
    risk_advice_format(view, &advice);
    json_object_set_new(document, "draws", json_integer(risk->n_draws));
    json_object_set_new(document, "sampling", json_string(view->is_random ? "random" : "scrambled sobol"));
    json_object_set_new(document, "best", name_or_null(view, risk->best));
    json_object_set_new(document, "evpi_usd", risk->best >= 0 ? estimate_json(&risk->evpi) : json_null());
    json_object_set_new(document, "measure_first",
                        risk->measure_first >= 0
                            ? json_string(view->resolved->uncertainty.items[risk->measure_first].pointer)
                            : json_null());
    json_object_set_new(document, "advice", json_string(text_str(&advice)));
    for (int o = 0; o < risk->n_options; o++) json_array_append_new(options, option_json(view, o));
    for (int i = 0; i < risk->n_items; i++) {
        json_t *item = item_json(&view->resolved->uncertainty.items[i]);
        json_object_set_new(item, "evppi_usd",
                            risk->best >= 0 ? estimate_json(&risk->items[i].evppi) : json_null());
        json_array_append_new(items, item);
    }
    json_object_set_new(document, "options", options);
    json_object_set_new(document, "inputs", items);
    json_object_set_new(document, "correlations", correlations_json(&view->resolved->uncertainty));
    json_object_set_new(document, "convergence", levels_json(risk));
    if (view->tornado != NULL) json_object_set_new(document, "tornado", tornado_json(view));
    json_add_document(json_name_currency(document, view->resolved->inputs.currency), out);
    text_free(&advice);
}

/* ---- sensitivity ---- */

static json_t *usd_json(bool has, double usd)
{
    return has ? json_number_or_null(usd) : json_null();
}

static json_t *flip_json(const RiskView *view, int i)
{
    const Flip *flip = &view->tornado->flips[i];
    double base = view->tornado->bars[i].base;
    if (!flip->has_flip) return json_null();
    return json_pack("{s:o, s:o, s:o, s:b}", "value", json_number_or_null(flip->value), "factor",
                     base != 0.0 ? json_number_or_null(flip->value / base) : json_null(), "winner",
                     name_or_null(view, flip->winner), "inside_p5_p95", flip->is_inside ? 1 : 0);
}

static json_t *tornado_json(const RiskView *view)
{
    const Tornado *tornado = view->tornado;
    json_t *list = json_array();
    for (int i = 0; i < tornado->n_items; i++) {
        const TornadoBar *bar = &tornado->bars[i];
        json_t *options = json_array();
        for (int o = 0; o < tornado->n_options; o++)
            json_array_append_new(options,
                                  json_pack("{s:s, s:o, s:o, s:o, s:o}", "name",
                                            view->resolved->inputs.options[o].name, "base_usd",
                                            usd_json(tornado->has_base[o], tornado->base_usd[o]), "low_usd",
                                            usd_json(bar->has_low[o], bar->low_usd[o]), "high_usd",
                                            usd_json(bar->has_high[o], bar->high_usd[o]), "elasticity",
                                            usd_json(bar->has_elasticity[o], bar->elasticity[o])));
        json_array_append_new(
            list,
            json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "field",
                      view->resolved->uncertainty.items[i].pointer, "p5", json_number_or_null(bar->low),
                      "base", json_number_or_null(bar->base), "p95", json_number_or_null(bar->high),
                      "best_at_p5", name_or_null(view, bar->best_low), "best_at_p95",
                      name_or_null(view, bar->best_high), "flip", flip_json(view, i), "options", options));
    }
    return list;
}

/* One output's indices by input; the last output is the margin of the winner. */
static json_t *output_json(const RiskView *view, int output)
{
    const Indices *indices = view->indices;
    json_t *items = json_array();
    for (int i = 0; i < indices->n_items; i++) {
        const SobolRow *row = &indices->sobol[i * indices->n_outputs + output];
        const MorrisRow *morris = &indices->morris[i * indices->n_outputs + output];
        json_array_append_new(items,
                              json_pack("{s:s, s:o, s:o, s:{s:o, s:o, s:o}}", "field",
                                        view->resolved->uncertainty.items[i].pointer, "first",
                                        estimate_json(&row->first), "total", estimate_json(&row->total),
                                        "morris", "mu", json_number_or_null(morris->mean), "mu_star",
                                        json_number_or_null(morris->mean_abs), "sigma",
                                        json_number_or_null(morris->deviation)));
    }
    bool is_margin = output == indices->n_outputs - 1;
    return json_pack("{s:s, s:o}", "output",
                     is_margin ? "margin of the best option" : view->resolved->inputs.options[output].name,
                     "inputs", items);
}

void sensitivity_json_add(const RiskView *view, Text *out)
{
    json_t *document = head_json(view, "tokentco/sensitivity/1"), *items = json_array();
    json_object_set_new(document, "best", name_or_null(view, view->tornado->best));
    for (int i = 0; i < view->tornado->n_items; i++)
        json_array_append_new(items, item_json(&view->resolved->uncertainty.items[i]));
    json_object_set_new(document, "inputs", items);
    json_object_set_new(document, "tornado", tornado_json(view));
    json_t *outputs = view->indices != NULL ? json_array() : json_null();
    for (int w = 0; view->indices != NULL && w < view->indices->n_outputs; w++)
        json_array_append_new(outputs, output_json(view, w));
    json_object_set_new(document, "rows",
                        view->indices != NULL ? json_integer(view->indices->n) : json_null());
    json_object_set_new(document, "indices", outputs);
    json_add_document(json_name_currency(document, view->resolved->inputs.currency), out);
}
