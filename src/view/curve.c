/* Curves: computing them. Layer: view. */
#include "tokentco/curve.h"

#include "tokentco/format.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOK_PER_MTOK 1e6

const char *curve_show_name(int show)
{
    static const char *const names[N_CURVE_SHOWS] = {"total", "mtok", "category"};
    return show >= 0 && show < N_CURVE_SHOWS ? names[show] : NULL;
}

/* Everything that one evaluation needs. */
typedef struct Maker {
    CurveSet *set;
    const Inputs *inputs;
    Inputs *scratch;      /* owned */
    Workspace *workspace; /* owned */
} Maker;

static bool is_shown(const CurveSet *set, int option)
{
    return set->request.option < 0 || set->request.option == option;
}

static void add_line(CurveSet *set, const char *name, int option, int slot)
{
    if (set->n_lines == CURVE_SERIES_MAX) return;
    CurveLine *line = &set->lines[set->n_lines++];
    size_t n = (size_t)set->n;
    const OptionInputs *inputs = &set->answer->resolved->inputs.options[option];
    snprintf(line->name, sizeof line->name, "%s", name);
    line->option = option;
    line->slot = slot;
    line->has_band = (1u << inputs->kind & KIND_SELF) != 0 && inputs->basis.has_band &&
                     set->request.show != CURVE_BY_CATEGORY;
    line->y = arena_array(&set->arena, n, sizeof(double));
    line->y_slow = arena_array(&set->arena, n, sizeof(double));
    line->y_fast = arena_array(&set->arena, n, sizeof(double));
    line->has = arena_array(&set->arena, n, sizeof(bool));
    line->has_slow = arena_array(&set->arena, n, sizeof(bool));
    line->has_fast = arena_array(&set->arena, n, sizeof(bool));
}

/* One line an option, or one a category of the option. */
static void add_lines(CurveSet *set)
{
    const Inputs *inputs = &set->answer->resolved->inputs;
    for (int o = 0; o < inputs->n_options; o++) {
        if (!is_shown(set, o)) continue;
        if (set->request.show != CURVE_BY_CATEGORY) {
            add_line(set, inputs->options[o].name, o, o);
            continue;
        }
        const OptionResult *result = workspace_result(set->answer->workspace, o);
        for (int c = 0; c < N_CATEGORIES; c++)
            if (result->category_usd[c] != 0.0) add_line(set, cost_categories[c].name, o, c);
    }
}

static int category_of(const CurveLine *line)
{
    for (int c = 0; c < N_CATEGORIES; c++)
        if (strcmp(cost_categories[c].name, line->name) == 0) return c;
    return 0;
}

/* The value of a line in a result over the horizon; false when there is none. */
static bool value_of(const CurveSet *set, const CurveLine *line, const OptionResult *result, double *out)
{
    if (!result->is_feasible) return false;
    switch (set->request.show) {
    case CURVE_TOTAL:
        *out = result->npv_usd;
        return true;
    case CURVE_PER_MTOK:
        *out = result->levelised_usd_per_mtok;
        return result->has_levelised;
    case CURVE_BY_CATEGORY:
        *out = result->category_usd[category_of(line)];
        return true;
    case N_CURVE_SHOWS:
        break;
    }
    return false;
}

/* The same in one month. */
static bool value_in_month(const CurveSet *set, const CurveLine *line, const OptionResult *result, int m,
                           double *out)
{
    if (!result->is_feasible) return false;
    const MonthResult *month = &result->months[m];
    switch (set->request.show) {
    case CURVE_TOTAL:
        *out = month->total_usd;
        return true;
    case CURVE_PER_MTOK:
        *out = month->tokens > 0.0 ? month->total_usd / month->tokens * TOK_PER_MTOK : 0.0;
        return month->tokens > 0.0;
    case CURVE_BY_CATEGORY:
        *out = month->category_usd[category_of(line)];
        return true;
    case N_CURVE_SHOWS:
        break;
    }
    return false;
}

/* Evaluates the option of a line with its replicas at a share of their rate, at point i or in all months. */
static void fill(Maker *maker, CurveLine *line, int i, double rate_factor, double *y, bool *has)
{
    CurveSet *set = maker->set;
    *maker->scratch = *maker->inputs;
    int over = set->request.over;
    if (over != CURVE_TIME) axis_set(maker->inputs, maker->scratch, line->option, (AxisId)over, set->x[i]);
    maker->scratch->options[line->option].engine.rate_factor *= rate_factor;
    evaluate_option(maker->scratch, line->option, maker->workspace, NULL);
    const OptionResult *result = workspace_result(maker->workspace, line->option);
    if (over != CURVE_TIME) {
        has[i] = value_of(set, line, result, &y[i]);
        return;
    }
    for (int m = 0; m < set->n; m++) has[m] = value_in_month(set, line, result, m, &y[m]);
}

static void fill_line(Maker *maker, CurveLine *line)
{
    const ThroughputBasis *basis = &maker->inputs->options[line->option].basis;
    /* All months come from one evaluation. */
    int n = maker->set->request.over == CURVE_TIME ? 1 : maker->set->n;
    for (int i = 0; i < n; i++) {
        fill(maker, line, i, 1.0, line->y, line->has);
        if (!line->has_band) continue;
        fill(maker, line, i, basis->band_p10, line->y_slow, line->has_slow);
        fill(maker, line, i, basis->band_p90, line->y_fast, line->has_fast);
    }
}

/* Present value of the axis: that of the first shown option that has it and a price of the axis's unit. */
static bool find_present(const CurveSet *set, double *present)
{
    const Inputs *inputs = &set->answer->resolved->inputs;
    const double fallback_requests = 1e6;
    *present = fallback_requests;
    if (set->request.over == AXIS_VOLUME && !(set->answer->volume > 0.0)) return true;
    for (int own = 0; own < 2; own++)
        for (int o = 0; o < inputs->n_options; o++) {
            bool is_own = set->request.over == AXIS_GPU_PRICE && inputs->options[o].kind == OPTION_OWN;
            if (is_shown(set, o) && is_own == (own == 1) && !inputs->options[o].is_blocked &&
                axis_get(inputs, o, (AxisId)set->request.over, present) && *present > 0.0)
                return true;
        }
    return false;
}

static bool set_points(CurveSet *set, Err *err)
{
    const Inputs *inputs = &set->answer->resolved->inputs;
    const CurveRequest *request = &set->request;
    double present = 0.0;
    if (request->over == CURVE_TIME) {
        set->n = inputs->horizon_months;
        set->x = arena_array(&set->arena, (size_t)set->n, sizeof *set->x);
        for (int m = 0; m < set->n; m++) set->x[m] = m + 1;
        snprintf(set->x_title, sizeof set->x_title, "month");
        return true;
    }
    const AxisRow *axis = &axes[request->over];
    if (!find_present(set, &present)) return err_set(err, ERR_NO, "no option shown has a %s", axis->title);
    double low = request->has_range ? request->low : present * axis->low;
    double high = request->has_range ? request->high : present * axis->high;
    if (axis->most > 0.0 && high > axis->most) high = axis->most;
    if (!(low > 0.0) || !(high > low)) return err_set(err, ERR_USAGE, "the range must be positive and rise");
    set->n = CURVE_STEPS;
    set->x = arena_array(&set->arena, CURVE_STEPS, sizeof *set->x);
    for (int i = 0; i < CURVE_STEPS; i++) set->x[i] = low * pow(high / low, (double)i / (CURVE_STEPS - 1));
    bool is_plain =
        strcmp(axis->unit, "x") == 0 || strcmp(axis->unit, "frac") == 0 || request->over == AXIS_VOLUME;
    snprintf(set->x_title, sizeof set->x_title, is_plain ? "%s" : "%s, %s", axis->title, axis->unit);
    return true;
}

/* Does the axis move the option? An API has no GPUs; owned servers have a price of their own, so a curve over
 * the rent of GPUs leaves them as they are unless they are shown alone. */
static bool is_moved(const CurveSet *set, int option)
{
    const Inputs *inputs = &set->answer->resolved->inputs;
    double present;
    if (set->request.over == CURVE_TIME) return true;
    bool is_other_price = set->request.over == AXIS_GPU_PRICE && inputs->options[option].kind == OPTION_OWN &&
                          set->request.option != option;
    return !is_other_price && axis_get(inputs, option, (AxisId)set->request.over, &present);
}

/* An option that the axis does not move costs what it costs. */
static void fill_level(CurveSet *set, CurveLine *line)
{
    double y = 0.0;
    bool has = value_of(set, line, workspace_result(set->answer->workspace, line->option), &y);
    line->has_band = false;
    for (int i = 0; i < set->n; i++) {
        line->has[i] = has;
        line->y[i] = y;
    }
}

static void fill_lines(Maker *maker)
{
    CurveSet *set = maker->set;
    for (int l = 0; l < set->n_lines; l++) {
        if (is_moved(set, set->lines[l].option)) {
            fill_line(maker, &set->lines[l]);
        } else {
            fill_level(set, &set->lines[l]);
        }
    }
}

static void set_y_title(CurveSet *set)
{
    static const char *const what[N_CURVE_SHOWS] = {"NPV", "cost of a million tokens", "cost by category"};
    bool is_of_month = set->request.over == CURVE_TIME && set->request.show == CURVE_TOTAL;
    snprintf(set->y_title, sizeof set->y_title, "%s, %s",
             is_of_month ? "cost of the month" : what[set->request.show],
             set->answer->resolved->inputs.currency);
}

bool curve_build(const Answer *answer, const CurveRequest *request, CurveSet *out, Err *err)
{
    const Inputs *inputs = &answer->resolved->inputs;
    *out = (CurveSet){.answer = answer, .request = *request};
    arena_init(&out->arena);
    set_y_title(out);
    if (!set_points(out, err)) {
        curve_free(out);
        return false;
    }
    add_lines(out);
    Maker maker = {.set = out, .inputs = inputs};
    maker.scratch = malloc(sizeof *maker.scratch);
    maker.workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    bool is_ok = maker.scratch != NULL && maker.workspace != NULL;
    if (is_ok) fill_lines(&maker);
    free(maker.scratch);
    workspace_free(maker.workspace);
    if (!is_ok) {
        curve_free(out);
        err_set(err, ERR_BUG, "out of memory");
    }
    return is_ok;
}

void curve_free(CurveSet *set)
{
    arena_free(&set->arena);
    set->n_lines = 0;
}
