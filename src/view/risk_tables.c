/* Tables of Monte Carlo and sensitivity, and what to measure first. Layer: view. */
#include "tokentco/risk_report.h"

#include <math.h>
#include <string.h>

/* ---- one row an option ---- */

static const RiskView *view_of(const void *context)
{
    return context;
}

static const RiskOption *option_at(const void *context, int row)
{
    return &view_of(context)->risk->options[row];
}

static void get_number(const void *context, int row, Cell *out)
{
    (void)context;
    cell_set_number(out, row + 1);
}

static void get_name(const void *context, int row, Cell *out)
{
    cell_set_text(out, view_of(context)->resolved->inputs.options[row].name);
}

static bool is_candidate(const void *context, int row)
{
    return !view_of(context)->resolved->inputs.options[row].is_part;
}

#define FIGURE_IF(function, expression, condition)                                                           \
    static void function(const void *context, int row, Cell *out)                                            \
    {                                                                                                        \
        const RiskOption *option = option_at(context, row);                                                  \
        if (option->has_figures && (condition)) cell_set_number(out, expression);                            \
    }
#define FIGURE(function, expression)        FIGURE_IF(function, expression, true)
#define CHOICE_FIGURE(function, expression) FIGURE_IF(function, expression, is_candidate(context, row))

FIGURE(get_mean, option->mean.value)
FIGURE(get_mean_error, option->mean.error)
FIGURE(get_deviation, option->deviation)
FIGURE(get_p5, option->quantiles[RISK_P5].value)
FIGURE(get_p5_error, option->quantiles[RISK_P5].error)
FIGURE(get_p25, option->quantiles[RISK_P25].value)
FIGURE(get_p50, option->quantiles[RISK_P50].value)
FIGURE(get_p50_error, option->quantiles[RISK_P50].error)
FIGURE(get_p75, option->quantiles[RISK_P75].value)
FIGURE(get_p95, option->quantiles[RISK_P95].value)
FIGURE(get_p95_error, option->quantiles[RISK_P95].error)
FIGURE(get_cvar, option->cvar95.value)
FIGURE(get_cvar_error, option->cvar95.error)
/* A part of others is nobody's choice. */
CHOICE_FIGURE(get_best, option->best_frac.value)
CHOICE_FIGURE(get_best_error, option->best_frac.error)
CHOICE_FIGURE(get_regret, option->mean_regret_usd)
CHOICE_FIGURE(get_max_regret, option->max_regret_usd)

static void get_feasible(const void *context, int row, Cell *out)
{
    cell_set_number(out, option_at(context, row)->feasible_frac);
}

static int ink_of_option(const void *context, int row, int column)
{
    if (column == 0) return INK_SERIES + row;
    if (!option_at(context, row)->has_figures) return INK_FAINT;
    return row == view_of(context)->risk->best ? INK_STRONG : INK_PLAIN;
}

#define NUMBER_COLUMN                                                                                        \
    {                                                                                                        \
        "number", "", "", "number of the option", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_number                  \
    }
#define NAME_COLUMN                                                                                          \
    {                                                                                                        \
        "name", "option", "", "name of the option", ALIGN_LEFT, SHOW_SHORTEST, 30, get_name                  \
    }
#define USD_COLUMN(name, title, doc, get)                                                                    \
    {                                                                                                        \
        name, title, "USD", doc, ALIGN_RIGHT, SHOW_SI, 0, get                                                \
    }

static const Column option_columns[] = {
    NUMBER_COLUMN,
    NAME_COLUMN,
    USD_COLUMN("mean_usd", "mean", "mean NPV", get_mean),
    USD_COLUMN("p5_usd", "p5", "one draw in twenty costs less", get_p5),
    USD_COLUMN("p50_usd", "p50", "median NPV", get_p50),
    USD_COLUMN("p95_usd", "p95", "one draw in twenty costs more", get_p95),
    USD_COLUMN("cvar95_usd", "CVaR95", "mean of the dearest twentieth", get_cvar),
    {"best_frac", "best", "frac", "share of the draws in which it costs the least", ALIGN_RIGHT, SHOW_PERCENT,
     0, get_best},
    USD_COLUMN("mean_regret_usd", "regret", "mean cost over the cheapest of the draw", get_regret),
    {"feasible_frac", "can serve", "frac", "share of the draws in which it can serve", ALIGN_RIGHT,
     SHOW_PERCENT, 0, get_feasible},
    /* files only */
    USD_COLUMN("p25_usd", "p25", "first quartile", get_p25),
    USD_COLUMN("p75_usd", "p75", "third quartile", get_p75),
    USD_COLUMN("deviation_usd", "deviation", "standard deviation", get_deviation),
    USD_COLUMN("max_regret_usd", "max regret", "greatest cost over the cheapest of a draw", get_max_regret),
    USD_COLUMN("mean_error_usd", "se mean", "standard error of the mean", get_mean_error),
    USD_COLUMN("p5_error_usd", "se p5", "standard error of p5", get_p5_error),
    USD_COLUMN("p50_error_usd", "se p50", "standard error of the median", get_p50_error),
    USD_COLUMN("p95_error_usd", "se p95", "standard error of p95", get_p95_error),
    USD_COLUMN("cvar95_error_usd", "se CVaR95", "standard error of CVaR95", get_cvar_error),
    {"best_error", "se best", "frac", "standard error of the share", ALIGN_RIGHT, SHOW_PERCENT, 0,
     get_best_error},
};
enum { OPTION_PAGE_COLUMNS = 10, OPTION_COLUMNS = sizeof option_columns / sizeof *option_columns };

Table risk_table(const RiskView *view, bool is_page)
{
    return (Table){option_columns, is_page ? OPTION_PAGE_COLUMNS : OPTION_COLUMNS, view->risk->n_options,
                   view, ink_of_option};
}

/* ---- one row an item ---- */

static const Uncertain *item_at(const void *context, int row)
{
    return &view_of(context)->resolved->uncertainty.items[row];
}

static const TornadoBar *bar_at(const void *context, int row)
{
    return &view_of(context)->tornado->bars[row];
}

static void get_label(const void *context, int row, Cell *out)
{
    cell_set_text(out, item_at(context, row)->label);
}

static void get_pointer(const void *context, int row, Cell *out)
{
    cell_set_text(out, item_at(context, row)->pointer);
}

static void get_unit(const void *context, int row, Cell *out)
{
    cell_set_text(out, item_at(context, row)->unit);
}

static void get_source(const void *context, int row, Cell *out)
{
    cell_set_text(out, item_at(context, row)->source);
}

static void get_low(const void *context, int row, Cell *out)
{
    cell_set_number(out, bar_at(context, row)->low);
}

static void get_base(const void *context, int row, Cell *out)
{
    cell_set_number(out, bar_at(context, row)->base);
}

static void get_high(const void *context, int row, Cell *out)
{
    cell_set_number(out, bar_at(context, row)->high);
}

/* The change of the best option's NPV at an end. */
static void set_change(const RiskView *view, int row, bool is_high, Cell *out)
{
    const Tornado *tornado = view->tornado;
    const TornadoBar *bar = &tornado->bars[row];
    int o = tornado->best;
    if (o < 0 || !(is_high ? bar->has_high[o] : bar->has_low[o])) return;
    cell_set_number(out, (is_high ? bar->high_usd[o] : bar->low_usd[o]) - tornado->base_usd[o]);
}

static void get_low_change(const void *context, int row, Cell *out)
{
    set_change(context, row, false, out);
}

static void get_high_change(const void *context, int row, Cell *out)
{
    set_change(context, row, true, out);
}

static void get_elasticity(const void *context, int row, Cell *out)
{
    int o = view_of(context)->tornado->best;
    if (o >= 0 && bar_at(context, row)->has_elasticity[o])
        cell_set_number(out, bar_at(context, row)->elasticity[o]);
}

static const Flip *flip_at(const void *context, int row)
{
    return &view_of(context)->tornado->flips[row];
}

static void get_flip(const void *context, int row, Cell *out)
{
    if (flip_at(context, row)->has_flip) cell_set_number(out, flip_at(context, row)->value);
}

static void get_flip_factor(const void *context, int row, Cell *out)
{
    const Flip *flip = flip_at(context, row);
    double base = bar_at(context, row)->base;
    if (flip->has_flip && base != 0.0) cell_set_number(out, flip->value / base);
}

static void get_flip_winner(const void *context, int row, Cell *out)
{
    const Flip *flip = flip_at(context, row);
    if (!flip->has_flip) return;
    if (flip->winner < 0) {
        cell_set_text(out, "none");
    } else {
        cell_set_text(out, view_of(context)->resolved->inputs.options[flip->winner].name);
    }
}

static int ink_of_item(const void *context, int row, int column)
{
    (void)column;
    return flip_at(context, row)->is_inside ? INK_STRONG : INK_PLAIN;
}

static const Column item_columns[] = {
    {"label", "input", "", "what is uncertain", ALIGN_LEFT, SHOW_SHORTEST, 34, get_label},
    {"p5", "p5", "", "its 5 % quantile", ALIGN_RIGHT, SHOW_SI, 0, get_low},
    {"base", "now", "", "its value in the scenario", ALIGN_RIGHT, SHOW_SI, 0, get_base},
    {"p95", "p95", "", "its 95 % quantile", ALIGN_RIGHT, SHOW_SI, 0, get_high},
    {"elasticity", "elasticity", "", "per cent of the best option's NPV by per cent of the input",
     ALIGN_RIGHT, SHOW_PRICE, 0, get_elasticity},
    {"flip", "flips at", "", "nearest value at which another option is cheapest", ALIGN_RIGHT, SHOW_SI, 0,
     get_flip},
    {"flip_winner", "to", "", "that option", ALIGN_LEFT, SHOW_SHORTEST, 24, get_flip_winner},
    /* files only */
    {"low_change_usd", "NPV at p5", "USD", "change of the best option's NPV at p5", ALIGN_RIGHT, SHOW_SI, 0,
     get_low_change},
    {"high_change_usd", "at p95", "USD", "change of the best option's NPV at p95", ALIGN_RIGHT, SHOW_SI, 0,
     get_high_change},
    {"flip_factor", "x", "", "that value over the present one", ALIGN_RIGHT, SHOW_SHORTEST, 0,
     get_flip_factor},
    {"pointer", "field", "", "where it stands in the scenario", ALIGN_LEFT, SHOW_SHORTEST, 0, get_pointer},
    {"unit", "unit", "", "unit of its values", ALIGN_LEFT, SHOW_SHORTEST, 0, get_unit},
    {"source", "source", "", "who says so", ALIGN_LEFT, SHOW_SHORTEST, 0, get_source},
};
enum { ITEM_PAGE_COLUMNS = 7, ITEM_COLUMNS = sizeof item_columns / sizeof *item_columns };

Table sensitivity_table(const RiskView *view, bool is_page)
{
    return (Table){item_columns, is_page ? ITEM_PAGE_COLUMNS : ITEM_COLUMNS, view->tornado->n_items, view,
                   ink_of_item};
}

/* ---- advice ---- */

void risk_advice_format(const RiskView *view, Text *out)
{
    const RiskResult *risk = view->risk;
    char worth[FORMAT_BYTES], all[FORMAT_BYTES], share[FORMAT_BYTES];
    if (risk->best < 0) {
        text_add(
            out,
            "No option can serve in every draw, so there is no safe choice to improve: relax a limit, or "
            "add a plan with room.");
        return;
    }
    format_percent(risk->options[risk->best].best_frac.value, share);
    format_si(risk->evpi.value, all);
    if (risk->measure_first < 0) {
        text_addf(out,
                  "Nothing here is worth measuring before you choose: %s is cheapest in %s of the draws, and "
                  "knowing any one input alone would not pay.",
                  view->resolved->inputs.options[risk->best].name, share);
        return;
    }
    const char *currency = view->resolved->inputs.currency;
    const RiskItem *item = &risk->items[risk->measure_first];
    format_si(item->evppi.value, worth);
    text_addf(out,
              "Measure %s before anything else: to know it exactly is worth %s %s, of %s %s that knowing "
              "everything is worth.",
              view->resolved->uncertainty.items[risk->measure_first].label, worth, currency, all, currency);
}
